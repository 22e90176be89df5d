"""The applicant's pages: own applications, a new one, its task list, its sections, checking and submitting."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from dars.applications import facts, posted, presenters, selectors, services
from dars.applications.controls import Offers, Person, controls
from dars.applications.forms import DeclarationForm, NewForm
from dars.applications.gaps import Gap, gaps_in
from dars.applications.models import Application
from dars.applications.moves import require_on
from dars.applications.questions import Section, merged, own
from dars.applications.rules import EDITABLE, State
from dars.applications.sections import GROUPS, SECTIONS, applicable
from dars.core.errors import NotAllowed, NotFound
from dars.core.permissions import P
from dars.organisations.public import Organisation, members, memberships_of

form_page = require_http_methods(["GET", "HEAD", "POST"])


def posted_or_none(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: also an empty post is one."""
    return request.POST if request.method == "POST" else None


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The person's own applications."""
    found = selectors.of_member(request.user)
    may_start = memberships_of(request.user, role="applicant").exists()
    return render(request, "applications/list.html", {"applications": found, "may_start": may_start, "State": State})


@form_page
def new(request: HttpRequest) -> HttpResponse:
    """Starts an application."""
    own_organisations = [row.organisation for row in memberships_of(request.user, role="applicant")]
    if not own_organisations:
        raise NotAllowed("Only an applicant of an organisation may start an application.")
    choices = [(row.code, row.name) for row in own_organisations]
    form = NewForm(posted_or_none(request), organisations=choices, initial={"organisation": choices[0][0]})
    if request.method == "POST" and form.is_valid():
        organisation = next(row for row in own_organisations if row.code == form.cleaned_data["organisation"])
        title = form.cleaned_data["title"]
        application = services.create_application(organisation=organisation, title=title, by=request.user)
        return redirect("applications:tasks", application.reference)
    return render(request, "applications/new.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
def tasks(request: HttpRequest, reference: str) -> HttpResponse:
    """The sections and how far each is."""
    application = _editable(request, reference)
    if application is None:
        return redirect("applications:case", reference)
    gaps = facts.gaps(application)
    incomplete = {gap.section for gap in gaps}
    sections = applicable(application.answers)
    groups = [(name, [_task(application, one, incomplete) for one in sections if one.group == name]) for name in GROUPS]
    done = sum(task["status"] == "Completed" for _, rows in groups for task in rows)
    context = {
        "application": application,
        "groups": groups,
        "done": done,
        "total": len(sections),
        "reason": presenters.reason_of_return(application),
    }
    return render(request, "applications/tasks.html", context)


def _task(application: Application, section: Section, incomplete: set[str]) -> dict[str, str]:
    started = bool(own(application.answers, section)) and section.key in application.saved
    status = "Completed" if section.key not in incomplete else "Incomplete" if started else "Not started"
    return {"section": section.key, "title": section.title, "status": status}


@form_page
def section(request: HttpRequest, reference: str, key: str) -> HttpResponse:
    """One section. Whatever is typed is saved; what is missing is then pointed out."""
    application = _editable(request, reference)
    if key not in SECTIONS:
        raise NotFound("There is no such section.")
    if application is None:
        return redirect("applications:case", reference)
    one = SECTIONS[key]
    if not one.applies(application.answers):
        return redirect("applications:tasks", reference)
    if request.method != "POST":
        gaps = _gaps_of(application, one) if "problems" in request.GET else []
        return _section_page(request, application, one, own(application.answers, one), gaps)
    answers = posted.read(one, request.POST, _accounts(application, one))
    try:
        application = services.save_section(
            application=application, section=key, answers=answers, version=_version(request), by=request.user
        )
    except services.Conflict as conflict:
        application.refresh_from_db()
        told = presenters.draft_sections(application.answers)
        theirs = next((text for text in told if text.key == key), None)
        if theirs is None:  # meanwhile another answer has made the section one that is not asked
            raise
        context = {"conflict": conflict.message, "theirs": theirs}
        return _section_page(request, application, one, answers, [], status=409, **context)
    return redirect(_after(request, application, one))


def _after(request: HttpRequest, application: Application, one: Section) -> str:
    """Where to go after saving: the list if asked for, this page while it has problems, else the next section."""
    if request.POST.get("then") == "tasks":
        return reverse("applications:tasks", args=[application.reference])
    if _gaps_of(application, one):
        messages.info(request, "Your answers are saved. Some are missing or need a change.")
        return reverse("applications:section", args=[application.reference, one.key]) + "?problems=1"
    keys = [row.key for row in applicable(application.answers)]
    following = keys[keys.index(one.key) + 1 :] if one.key in keys else []
    if following:
        return reverse("applications:section", args=[application.reference, following[0]])
    return reverse("applications:check", args=[application.reference])


def _section_page(
    request: HttpRequest,
    application: Application,
    one: Section,
    given: dict[str, Any],
    gaps: list[Gap],
    *,
    status: int = 200,
    **extra: Any,
) -> HttpResponse:
    shown = Application(answers=merged(application.answers, one, given), organisation=application.organisation)
    context = {
        "application": application,
        "section": one,
        "controls": controls(one, given, gaps, _offers(shown, one)),
        "gaps": gaps,
        **extra,
    }
    return render(request, "applications/section.html", context, status=status)


def _offers(application: Application, one: Section) -> Offers:
    """People and organisations, as far as the section asks for them."""
    roles = {question.role for question in one.questions if question.role}
    ours = set(members(application.organisation).values_list("pk", flat=True)) if roles else set()
    people = {
        role: [Person(row.email, row.pk, row.name, row.pk in ours) for row in selectors.candidates(application, role)]
        for role in roles
    }
    asks_codes = any(question.kind == "organisations" for question in one.questions)
    return Offers(people, list(Organisation.objects.values_list("code", "name")) if asks_codes else ())


def _accounts(application: Application, one: Section) -> dict[str, int]:
    return {person.email: person.number for people in _offers(application, one).people.values() for person in people}


def _gaps_of(application: Application, one: Section) -> list[Gap]:
    return [gap for gap in gaps_in(application.answers, facts.known(application)) if gap.section == one.key]


def _version(request: HttpRequest) -> int:
    """The version on which the person's answers rest; 0, the oldest, if the form carries none."""
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


@form_page
def check(request: HttpRequest, reference: str) -> HttpResponse:
    """All answers with what is missing, and the declaration under which they are submitted."""
    application = _editable(request, reference)
    if application is None:
        return redirect("applications:case", reference)
    require_on(request.user, P.APPLICATION_SUBMIT, application)
    gaps = facts.gaps(application)
    form = DeclarationForm(posted_or_none(request))
    if request.method == "POST" and not gaps and form.is_valid():
        revision = services.submit(application=application, by=request.user)
        if revision.application.state == State.IN_REVIEW:
            messages.success(request, "Your application has been submitted. It passed screening and is in review.")
        return redirect("applications:case", reference)
    context = {
        "application": application,
        "sections": presenters.draft_sections(application.answers),
        "gaps": [(SECTIONS[gap.section], gap) for gap in gaps],
        "form": form,
    }
    return render(request, "applications/check.html", context, status=422 if request.method == "POST" else 200)


def _editable(request: HttpRequest, reference: str) -> Application | None:
    """The application if the person may edit it; None when its state does not allow it any more."""
    application = selectors.get(reference, user=request.user)
    require_on(request.user, P.APPLICATION_EDIT, application)
    return application if State(application.state) in EDITABLE else None
