"""Pages of publication officers: the publications, an edition to look at and decide on, a revision to ask for."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dars.core import times
from dars.core.errors import Invalid, WrongState
from extracts.statistics import presenters, public_views, selectors, services_publication
from extracts.statistics.forms import ApproveForm, ReviseForm, StopForm
from extracts.statistics.models import Edition
from extracts.statistics.rules import OPEN


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every month with its editions, newest first."""
    rows = [
        {
            "month": each.month,
            "words": times.month(each.month),
            "editions": each.editions.all(),
            "open": any(edition.state in OPEN for edition in each.editions.all()),
        }
        for each in selectors.publications(request.user)
    ]
    return render(request, "statistics/publications.html", {"rows": rows, "colours": presenters.COLOURS})


@require_http_methods(["GET", "HEAD", "POST"])
def edition(request: HttpRequest, edition_id: int) -> HttpResponse:
    """One edition as it would be published, with what differs from before; approving it."""
    found = selectors.edition(request.user, edition_id)
    form = ApproveForm(request.POST or None, initial={"sha256": found.sha256})
    if request.method == "POST" and form.is_valid():
        try:
            approved = services_publication.approve(edition_id=found.pk, by=request.user, **form.cleaned_data)
        except Invalid as refusal:
            form.add_error(refusal.field, refusal.message)
        else:
            out = approved.state == Edition.State.PUBLISHED
            messages.success(request, "The edition is published." if out else "The edition is approved.")
            return redirect("publications:edition", found.pk)
    context = {
        **presenters.page(found, selectors.files_of(found)),
        **presenters.preview(found, selectors.edition_before(found)),
        "form": form,
        "own": found.asked_by_id == request.user.pk,
        "moving": found.state == Edition.State.MAKING,
    }
    return render(request, "statistics/edition.html", context, status=422 if form.errors else 200)


@require_POST
def again(request: HttpRequest, edition_id: int) -> HttpResponse:
    """Makes a draft, or one that failed, again."""
    services_publication.again(edition_id=edition_id, by=request.user)
    messages.success(request, "The edition is made again from the newest data.")
    return redirect("publications:edition", edition_id)


@require_POST
def take_back(request: HttpRequest, edition_id: int) -> HttpResponse:
    """Takes an approval back."""
    services_publication.take_back(edition_id=edition_id, by=request.user)
    messages.success(request, "The approval is taken back.")
    return redirect("publications:edition", edition_id)


@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, edition_id: int) -> HttpResponse:
    """Sets a draft aside, or withdraws what is published."""
    found = selectors.edition(request.user, edition_id)
    public = found.state in (Edition.State.PUBLISHED, Edition.State.SUPERSEDED)
    if not public and found.state not in (Edition.State.DRAFT, Edition.State.FAILED):
        raise WrongState(f"This edition is “{found.get_state_display()}”: it cannot be set aside or withdrawn now.")
    form = StopForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services_publication.stop(edition_id=edition_id, because=form.cleaned_data["because"], by=request.user)
        messages.success(request, "The edition is withdrawn." if public else "The edition is set aside.")
        return redirect("publications:edition", edition_id)
    context = {"form": form, "edition": found, "public": public, "month_words": times.month(found.publication.month)}
    return render(request, "statistics/stop.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def revise(request: HttpRequest, month: str) -> HttpResponse:
    """Asks for a new edition of a month."""
    history = [each for each in selectors.publications(request.user) if each.month == month]
    form = ReviseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        asked = services_publication.ask(month=month, reason=form.cleaned_data["reason"], by=request.user)
        messages.success(request, "The edition is being made. A colleague has to approve it.")
        return redirect("publications:edition", asked.pk)
    context: dict[str, Any] = {"form": form, "month": month, "month_words": times.month(month), "known": bool(history)}
    return render(request, "statistics/revise.html", context, status=422 if form.errors else 200)


@require_safe
def file(request: HttpRequest, edition_id: int, name: str) -> HttpResponse:
    """A file of an edition that is not out yet."""
    found = selectors.edition(request.user, edition_id)
    return public_views.answer(selectors.file(found, name))
