"""The recipient's pages: files, keys, downloads."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dars.accounts.public import has_second_factor
from dars.core.errors import Invalid
from dars.organisations.public import memberships_of
from extracts.delivery import calendar, downloads, key_services, presenters, ranges, selectors, services
from extracts.delivery.forms import ConfirmForm, KeyForm

PAGE_SIZE = 10


@require_safe
def files(request: HttpRequest) -> HttpResponse:
    """Packages with their files, and what is being prepared."""
    page = Paginator(selectors.packages(request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    downloadable = selectors.downloadable(request.user, list(page.object_list))
    context = {
        "page": page,
        "packages": [presenters.package(package, request.user, downloadable) for package in page.object_list],
        "coming": selectors.coming(request.user),
        "calendars": calendar.of_recipient(request.user),
        "has_key": selectors.active_keys(request.user).exists(),
        "key_waits": selectors.waiting_keys(request.user).exists(),
        "receives": selectors.receives_anywhere(request.user),
    }
    return render(request, "delivery/files.html", context)


@sensitive_post_parameters("public_key", "code")
@require_http_methods(["GET", "HEAD", "POST"])
def keys(request: HttpRequest) -> HttpResponse:
    """The person's public keys, the form to register one, and the keys of others that wait for the person."""
    form = KeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            key = key_services.register_key(**form.cleaned_data, by=request.user)
        except Invalid as refusal:
            form.add_error(refusal.field, refusal.message)
        else:
            told = "It is used once somebody else has confirmed it."
            messages.success(request, f"Your key {key.fingerprint} is registered. {told}")
            return redirect("delivery:keys")
    context = {
        "form": form,
        "own": [*selectors.waiting_keys(request.user), *selectors.active_keys(request.user)],
        "former": selectors.former_keys(request.user),
        "signatories": selectors.signatories_beside(request.user),
        "judges": selectors.may_judge_keys(request.user),
        "to_confirm": selectors.keys_to_confirm(request.user),
        "receives": selectors.receives_anywhere(request.user),
        "has_factor": has_second_factor(request.user),
        "set_up": f"{reverse('accounts:second-factor-set-up')}?next={reverse('delivery:keys')}",
    }
    return render(request, "delivery/keys.html", context, status=422 if form.errors else 200)


@require_POST
def retire_key(request: HttpRequest, key_id: int) -> HttpResponse:
    """Retires a key of the person's own."""
    key = key_services.retire_key(key_id=key_id, by=request.user)
    messages.success(request, f"Your key {key.fingerprint} is retired.")
    return redirect("delivery:keys")


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_key(request: HttpRequest, key_id: int) -> HttpResponse:
    """A key of somebody else: its fingerprint, to be compared with them and confirmed."""
    form = ConfirmForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            key = key_services.confirm_key(key_id=key_id, **form.cleaned_data, by=request.user)
        except Invalid as refusal:
            form.add_error(refusal.field, refusal.message)
        else:
            messages.success(request, f"The key of {key.user.name} is confirmed. Their files are encrypted to it.")
            return redirect("delivery:keys")
    key = selectors.key_to_judge(request.user, key_id)
    context = {
        "key": key,
        "form": form,
        "parts": memberships_of(key.user, role="recipient"),
        "has_factor": has_second_factor(request.user),
        "set_up": f"{reverse('accounts:second-factor-set-up')}?next={reverse('delivery:confirm-key', args=[key_id])}",
    }
    return render(request, "delivery/confirm_key.html", context, status=422 if form.errors else 200)


@require_POST
def refuse_key(request: HttpRequest, key_id: int) -> HttpResponse:
    """Refuses a key of somebody else."""
    key = key_services.refuse_key(key_id=key_id, by=request.user)
    messages.success(request, f"The key of {key.user.name} is refused. They have been told.")
    return redirect("delivery:keys")


@require_POST
def retry(request: HttpRequest, package: UUID) -> HttpResponse:
    """Starts the packing of a failed package again."""
    services.retry(package_uuid=package, by=request.user)
    messages.success(request, "The package is being encrypted again.")
    return redirect("delivery:list")


@require_safe
def download(request: HttpRequest, package: UUID, name: str) -> HttpResponseBase:
    """A file of a package, whole or a range of it. Ranges are defined for GET alone (RFC 9110)."""
    try:
        offer = services.offer(
            package_uuid=package,
            name=name,
            method=request.method,
            range_header=request.headers.get("Range", "") if request.method == "GET" else "",
            if_range=request.headers.get("If-Range", ""),
            by=request.user,
        )
    except ranges.Unsatisfiable as outside:
        return downloads.beyond_the_end(outside.size)
    return downloads.respond(offer, head=request.method == "HEAD")
