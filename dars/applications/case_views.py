"""The page of a case for everyone who may read it, and the applicant's team: colleagues, withdrawal."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from dars.accounts.public import User
from dars.applications import bars, case_panels, facts, letters, presenters, selectors, services
from dars.applications.forms import CollaboratorForm, WithdrawForm
from dars.applications.models import Application
from dars.applications.moves import require_on
from dars.applications.rules import EDITABLE, State, exits
from dars.applications.screening import Outcome
from dars.applications.standing import standing
from dars.applications.views import form_page, posted_or_none
from dars.audit.public import entries, pages
from dars.core.errors import Invalid
from dars.core.permissions import P, holders
from dars.organisations.public import members

EVENTS_SHOWN = 10  # on the page of the case
EVENTS_A_PAGE = 50  # on the timeline's own page


@require_safe
def case(request: HttpRequest, reference: str) -> HttpResponse:
    """State, what happens next, screening, actions of other apps, timeline, and what was submitted."""
    application = selectors.get(reference, user=request.user)
    services.record_view(application=application, by=request.user)
    revision = selectors.latest_revision(application)
    verdicts = presenters.findings(revision) if revision else []
    ours = selectors.may_edit(request.user, application)
    state = State(application.state)
    titles = case_panels.timeline_titles(internal=bars.sees_internal(request.user, application))
    events = pages(case=reference, kinds=titles, size=EVENTS_SHOWN).page(1)
    panels = [
        render_to_string(panel["template"], panel["context"], request)
        for panel in case_panels.case_panels(request.user, application)
    ]
    context = {
        "application": application,
        "state": state,
        "stage": standing(request.user, application),
        "ours": ours,
        "editable": ours and state in EDITABLE,
        "may_withdraw": ours and State.WITHDRAWN in exits(state),
        "revision": revision,
        "verdicts": verdicts,
        "refusing": [verdict for verdict in verdicts if verdict.verdict is Outcome.REFUSE],
        "Outcome": Outcome,
        "reason": presenters.latest_reason(application),
        "sections": presenters.sections_of(revision) if revision else [],
        "letters": letters.of_case(application),
        "panels": panels,
        "events": case_panels.told(entries(events), titles),
        "more_events": events.has_next(),
    }
    return render(request, "applications/case.html", context)


@require_safe
def timeline(request: HttpRequest, reference: str) -> HttpResponse:
    """Everything that has happened, newest first, a page at a time."""
    application = selectors.get(reference, user=request.user)
    services.record_view(application=application, by=request.user)
    titles = case_panels.timeline_titles(internal=bars.sees_internal(request.user, application))
    page = pages(case=reference, kinds=titles, size=EVENTS_A_PAGE).get_page(request.GET.get("page", "1"))
    context = {"application": application, "page": page, "events": case_panels.told(entries(page), titles)}
    return render(request, "applications/timeline.html", context)


@form_page
def withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    """Ends the application, with a reason."""
    application = selectors.get(reference, user=request.user)
    require_on(request.user, P.APPLICATION_SUBMIT, application)
    form = WithdrawForm(posted_or_none(request))
    if request.method == "POST" and form.is_valid():
        services.withdraw(application=application, reason=form.cleaned_data["reason"], by=request.user)
        messages.success(request, "The application has been withdrawn.")
        return redirect("applications:case", reference)
    context = {"application": application, "form": form}
    return render(request, "applications/withdraw.html", context, status=422 if form.errors else 200)


@form_page
def team(request: HttpRequest, reference: str) -> HttpResponse:
    """Who may edit the application, and adding a colleague."""
    application = selectors.get(reference, user=request.user)
    require_on(request.user, P.APPLICATION_EDIT, application)
    people = _not_in_the_team(application)
    form = CollaboratorForm(posted_or_none(request), people=people)
    if request.method == "POST" and form.is_valid():
        person = User.objects.get(email=form.cleaned_data["person"])
        services.add_collaborator(application=application, user=person, by=request.user)
        messages.success(request, f"{person.name} can now edit and submit the application.")
        return redirect("applications:team", reference)
    return render(
        request, "applications/team.html", _team(application, people, form), status=422 if form.errors else 200
    )


def refused_invitation(request: HttpRequest, application: Application, refusal: Invalid) -> HttpResponse:
    """The page of colleagues with what was wrong with an invitation, and what was typed for it."""
    people = _not_in_the_team(application)
    context = _team(application, people, CollaboratorForm(people=people))
    context |= {"refusal": refusal, "typed": request.POST}
    return render(request, "applications/team.html", context, status=refusal.status)


def _not_in_the_team(application: Application) -> list[tuple[str, str]]:
    others = members(application.organisation, role="applicant").exclude(
        pk__in=holders(P.APPLICATION_EDIT, application)
    )
    return [(row.email, f"{row.name} ({row.email})") for row in others]


def _team(application: Application, choices: list[tuple[str, str]], form: CollaboratorForm) -> dict[str, Any]:
    return {
        "application": application,
        "people": holders(P.APPLICATION_EDIT, application),
        "choices": choices,
        "form": form,
        "invitations": facts.open_invitations(application),
        "may_invite": State(application.state) in EDITABLE,
    }
