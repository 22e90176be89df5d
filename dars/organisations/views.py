"""Pages of organisations: the list, one organisation with its people and assurances, and what is recorded there."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dars.core.errors import Invalid, NotAllowed, NotFound
from dars.core.permissions import P, allowed, require
from dars.organisations import organisation_panels, presenters, selectors, services
from dars.organisations.forms import AssuranceForm, EndForm, SearchForm
from dars.organisations.models import Organisation

PAGE_SIZE = 25
PEOPLE_SHOWN = 200  # of an organisation; the largest has a few dozen


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The organisations that the person may read, with the state of their assurances."""
    form = SearchForm(request.GET)
    text = form.cleaned_data["q"] if form.is_valid() else ""
    page = Paginator(selectors.matching(request.user, text), PAGE_SIZE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "form": form,
        "page": page,
        "rows": [(each, presenters.standings(each)) for each in page.object_list],
        "sees_all": allowed(request.user, P.ORGANISATION_VIEW),
        "waiting": selectors.waiting_to_be_lifted() if allowed(request.user, P.STOP_LIFT) else [],
        "query": query.urlencode(),
    }
    return render(request, "organisations/list.html", context)


@require_safe
def page(request: HttpRequest, code: str) -> HttpResponse:
    """One organisation: its people with parts and dates, what it holds and held, and what was stopped."""
    organisation = selectors.get(code, user=request.user)
    may_give = selectors.may_give_memberships(request.user, organisation)
    people = list(selectors.people_of(organisation)[:PEOPLE_SHOWN])
    context = {
        "organisation": organisation,
        "standings": presenters.standings(organisation),
        "history": [each for each in selectors.history(organisation) if each.superseded_at is not None],
        "effects": presenters.effects(),
        "stops": organisation.stops.select_related("lifted_by"),
        "current": [each for each in people if selectors.is_current(each)],
        "former": [each for each in people if not selectors.is_current(each)],
        "is_own": any(each.user_id == request.user.pk and selectors.is_current(each) for each in people),
        "may_end": selectors.may_end_memberships(request.user, organisation),
        "may_give": may_give,
        "invitations": presenters.invitations(organisation, request.user) if may_give else [],
        "may_record": allowed(request.user, P.ASSURANCE_RECORD),
        "may_lift": allowed(request.user, P.STOP_LIFT),
        "panels": [
            render_to_string(panel["template"], panel["context"], request)
            for panel in organisation_panels.organisation_panels(request.user, organisation)
        ],
    }
    return render(request, "organisations/page.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def record_assurance(request: HttpRequest, code: str) -> HttpResponse:
    """Records or renews an assurance."""
    organisation = selectors.get(code, user=request.user)
    require(request.user, P.ASSURANCE_RECORD)
    form = AssuranceForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.record_assurance(organisation=organisation, by=request.user, **form.cleaned_data)
        except Invalid as refusal:
            form.add_error(refusal.field, refusal.message)
        else:
            messages.success(request, f"The {made.get_kind_display()} of {organisation.name} is recorded.")
            return redirect("organisations:page", code)
    context = {"organisation": organisation, "form": form}
    return render(request, "organisations/record.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def end_membership(request: HttpRequest, code: str, user_id: int) -> HttpResponse:
    """Ends a person's parts in the organisation at once."""
    organisation = selectors.get(code, user=request.user)
    own = request.user.pk == user_id
    if not own and not selectors.may_end_memberships(request.user, organisation):
        raise NotAllowed("Only a signatory of the organisation, or the service, ends a membership.")
    current = _current_of(organisation, user_id)
    person = current[0].user
    form = EndForm(request.POST if request.method == "POST" else None, current=current)
    if request.method == "POST" and form.is_valid():
        roles = form.cleaned_data["roles"]
        services.end_memberships(organisation=organisation, user=person, roles=roles, by=request.user)
        who = "You have" if own else f"{person.name} has"
        messages.success(request, f"{who} left {organisation.name} as of now, in the parts you chose.")
        still = selectors.visible_to(request.user).filter(pk=organisation.pk).exists()
        return redirect("organisations:page", code) if still else redirect("home")
    context = {"organisation": organisation, "person": person, "form": form, "own": own}
    return render(request, "organisations/end.html", context, status=422 if form.errors else 200)


def _current_of(organisation: Organisation, user_id: int) -> list:
    memberships = selectors.people_of(organisation).filter(user=user_id, ended_at=None)
    current = [each for each in memberships if selectors.is_current(each)]
    if not current:
        raise NotFound("This person has no part in the organisation.")
    return current


@require_POST
def lift(request: HttpRequest, code: str, stop_id: int) -> HttpResponse:
    """Lifts a stop whose need is met again."""
    organisation = selectors.get(code, user=request.user)
    require(request.user, P.STOP_LIFT)
    stop = organisation.stops.filter(pk=stop_id).first()
    if stop is None:
        raise NotFound("There is no such stop.")
    services.lift_stop(stop=stop, by=request.user)
    messages.success(request, f"The stop is lifted. Data may flow to {organisation.name} again.")
    return redirect("organisations:page", code)
