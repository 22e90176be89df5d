"""The person's own account: what they may do here, and their second factor. Nobody sees anybody else's."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from dars.accounts import second_factor
from dars.accounts.forms import CodeForm, HandedOverForm, SetUpForm
from dars.core.errors import Invalid
from dars.core.roles import Role

_OFFERED = "second_factor_offered"  # in the session, sealed
_BACK = "second_factor_back"  # in the session: the page that asked for a second factor


@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Name, address, roles, second factor."""
    names = set(request.user.groups.values_list("name", flat=True))
    context = {
        "roles": [role.label for role in Role if role.value in names],
        "has_factor": second_factor.has_second_factor(request.user),
    }
    return render(request, "accounts/account.html", context)


@sensitive_post_parameters("code", "password", "handed_over")
@require_http_methods(["GET", "HEAD", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    """A secret as a picture and as text; the code that the app makes of it, with the password, sets it up."""
    _remember_the_way_back(request)
    if second_factor.has_second_factor(request.user):
        return redirect(request.session.pop(_BACK, "accounts:account"))
    offer = second_factor.offer(user=request.user, sealed=request.session.get(_OFFERED, ""))
    request.session[_OFFERED] = offer.sealed
    asked = HandedOverForm if second_factor.awaits_code(request.user) else SetUpForm
    form = asked(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            codes = second_factor.set_up(sealed=offer.sealed, **form.cleaned_data, by=request.user)
        except Invalid as refusal:
            form.add_error(refusal.field, refusal.message)
        else:
            del request.session[_OFFERED]
            back = request.session.pop(_BACK, "")
            context = {"codes": codes, "heading": "Your second factor is set up", "back": back}
            return render(request, "accounts/recovery_codes.html", context)
    context = {"form": form, "offer": offer}
    return render(request, "accounts/second_factor_set_up.html", context, status=422 if form.errors else 200)


def _remember_the_way_back(request: HttpRequest) -> None:
    """Whoever was sent here by a page of the service goes back to it; no address elsewhere is kept."""
    asked = request.GET.get("next", "")
    if asked.startswith("/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None):
        request.session[_BACK] = asked


def _with_code(request: HttpRequest, *, template: str, act: object) -> HttpResponse:
    """A page that takes a code before it does `act(code)`, which gives the answer."""
    if not second_factor.has_second_factor(request.user):
        return redirect("accounts:second-factor-set-up")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            return act(form.cleaned_data["code"])
        except Invalid as refusal:
            form.add_error("code", refusal.message)
    return render(request, template, {"form": form}, status=422 if form.errors else 200)


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Shows the codes that are left, or makes new ones."""

    def show(code: str) -> HttpResponse:
        if "renew" in request.POST:
            codes = second_factor.renew_recovery_codes(code=code, by=request.user)
            context = {"codes": codes, "heading": "Your new recovery codes"}
        else:
            codes = second_factor.recovery_codes(code=code, by=request.user)
            context = {"codes": codes, "heading": "Your recovery codes"}
        return render(request, "accounts/recovery_codes.html", context)

    return _with_code(request, template="accounts/recovery_codes_ask.html", act=show)


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest) -> HttpResponse:
    """Takes the second factor away."""

    def take(code: str) -> HttpResponse:
        second_factor.remove(code=code, by=request.user)
        messages.success(request, "Your second factor is removed.")
        return redirect("accounts:account")

    return _with_code(request, template="accounts/second_factor_remove.html", act=take)
