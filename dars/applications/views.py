"""The applicant's pages: own applications, a new one, its task list, checking and submitting."""

from itertools import groupby
from operator import attrgetter

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from dars.applications import amendments, facts, presenters, question_notes, selectors, services
from dars.applications.forms import DeclarationForm, NewForm, SearchForm
from dars.applications.models import Application
from dars.applications.moves import require_on
from dars.applications.questions import Section, own
from dars.applications.rules import EDITABLE, State
from dars.applications.sections import GROUPS, SECTIONS, applicable
from dars.core.errors import Invalid, NotAllowed, WrongState
from dars.core.permissions import P
from dars.organisations.public import memberships_of

form_page = require_http_methods(["GET", "HEAD", "POST"])


def posted_or_none(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: also an empty post is one."""
    return request.POST if request.method == "POST" else None


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The applications of the person's organisations, or of all for colleagues; found by words and state, in pages."""
    form = SearchForm(request.GET or None)
    applications = selectors.listed(request.user)
    words, state = (form.cleaned_data["q"].strip(), form.cleaned_data["state"]) if form.is_valid() else ("", "")
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "form": form,
        "page": selectors.page_of(selectors.matching(applications, words=words, state=state), request.GET.get("page")),
        "sought": bool(words or state),
        "query": query.urlencode(),
        "may_start": memberships_of(request.user, role="applicant").exists(),
    }
    return render(request, "applications/list.html", context)


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
    application = editable(request, reference)
    if application is None:
        return redirect("applications:case", reference)
    gaps = facts.gaps(application)
    incomplete = {gap.section for gap in gaps}
    sections = applicable(application.answers)
    noted = question_notes.statuses(application)
    groups = [(name, [_task(application, one, incomplete) for one in sections if one.group == name]) for name in GROUPS]
    for _, rows in groups:
        for row in rows:
            row["note"] = noted.get(row["section"], "")
    done = sum(task["status"] == "Completed" for _, rows in groups for task in rows)
    context = {
        "application": application,
        "groups": groups,
        "done": done,
        "total": len(sections),
        "reason": presenters.reason_of_return(application),
        "term_over": amendments.term_over(application),
    }
    return render(request, "applications/tasks.html", context)


def _task(application: Application, section: Section, incomplete: set[str]) -> dict[str, str]:
    started = bool(own(application.answers, section)) and section.key in application.saved
    status = "Completed" if section.key not in incomplete else "Incomplete" if started else "Not started"
    return {"section": section.key, "title": section.title, "status": status}


@form_page
def check(request: HttpRequest, reference: str) -> HttpResponse:
    """All answers with what is missing, and the declaration under which they are submitted."""
    application = editable(request, reference)
    if application is None:
        return redirect("applications:case", reference)
    require_on(request.user, P.APPLICATION_SUBMIT, application)
    gaps = facts.gaps(application)
    form = DeclarationForm(posted_or_none(request))
    if request.method == "POST" and not gaps and form.is_valid():
        try:
            revision = services.submit(application=application, by=request.user)
        except Invalid as refusal:  # what an amendment may not change, or when
            form.add_error(None, refusal.message)
        else:
            if revision.application.state == State.IN_REVIEW:
                messages.success(request, "Your application has been submitted. It passed screening and is in review.")
            return redirect("applications:case", reference)
    context = {
        "application": application,
        "sections": presenters.begun_sections(application.answers),
        "count": len(gaps),
        "gaps": [(SECTIONS[key], list(found)) for key, found in groupby(gaps, key=attrgetter("section"))],
        "form": form,
        "term_over": amendments.term_over(application),
    }
    return render(request, "applications/check.html", context, status=422 if request.method == "POST" else 200)


def editable(request: HttpRequest, reference: str) -> Application | None:
    """The application if the person may edit it; None when its state does not allow it any more."""
    application = selectors.get(reference, user=request.user)
    require_on(request.user, P.APPLICATION_EDIT, application)
    return application if State(application.state) in EDITABLE else None


def no_longer_editable(request: HttpRequest, reference: str) -> HttpResponse:
    """Leads to the case. Raises WrongState for answers that were sent: they are not thrown away in silence."""
    if request.method == "POST":
        raise WrongState("The application can no longer be changed: it was submitted or withdrawn while you wrote.")
    return redirect("applications:case", reference)
