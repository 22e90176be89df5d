"""The page of one section: drawn, saved on a press or by itself, and the choice between two texts."""

import json
import secrets
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localtime
from django.views.decorators.http import require_POST

from dars.applications import (
    documents_posted,
    facts,
    posted,
    presenters,
    question_notes,
    scanners,
    selectors,
    services_drafts,
)
from dars.applications.controls import Offers, Person, controls, names
from dars.applications.gaps import Gap, gaps_in
from dars.applications.models import Application
from dars.applications.questions import Kind, Section, own
from dars.applications.screening import expected_conditions
from dars.applications.sections import SECTIONS, applicable
from dars.applications.views import editable, form_page, no_longer_editable
from dars.core.errors import NotFound
from dars.organisations.public import Organisation, members


@form_page
def section(request: HttpRequest, reference: str, key: str) -> HttpResponse:
    """One section. Whatever is typed is saved; what is missing is then pointed out."""
    application = editable(request, reference)
    one = _section(key)
    if application is None:
        return no_longer_editable(request, reference)
    if not one.applies(application.answers):
        return redirect("applications:tasks", reference)
    if request.method == "POST":
        application = _save(request, application, one)
        refused = "file" in request.FILES and not documents_posted.take(request, application, key)
        choice = _to_rivals(request, application, one)
        return redirect(
            choice or (f"{_page(application, one)}#documents" if refused else _after(request, application, one))
        )
    gaps = _gaps_of(application, one) if "problems" in request.GET else []
    services_drafts.be_present(application=application, section=key, by=request.user)
    return _draw(request, application, one, gaps)


@require_POST
def autosave(request: HttpRequest, reference: str, key: str) -> JsonResponse:
    """Saves what the page holds, and tells what became of it and who else is there. Called by form.js alone."""
    application = editable(request, reference)
    one = _section(key)
    if application is None:
        return JsonResponse({"closed": True}, status=409)
    services_drafts.be_present(application=application, section=key, by=request.user)
    given = _read(request, application, one)
    application = _save(request, application, one, given=given, by_itself=True)
    saved = own(application.answers, one)
    agreed = {name: saved.get(name) for name in given if services_drafts.same(saved.get(name), given[name])}
    others = [name for name in given if name not in agreed]
    rivals = {rival.question for rival in _open_rivals_of(request, application, one)}
    return JsonResponse(
        {
            "at": f"{localtime(application.updated_at):%H:%M}",
            "version": application.version,
            "base": agreed,
            "changed": [name for name in others if name not in rivals],
            "rivals": {
                name: presenters.words_of(one.question(name), saved.get(name), application.answers) for name in rivals
            },
            "present": [person.name for person in facts.present(application, key, but=request.user)],
        }
    )


@require_POST
def choose(request: HttpRequest, reference: str, key: str) -> HttpResponse:
    """Lets one of two texts stand: the button's value is `<rival>:mine` or `<rival>:saved`."""
    application = editable(request, reference)
    one = _section(key)
    if application is None:
        return redirect("applications:case", reference)
    number, _, which = request.POST.get("choose", "").partition(":")
    if not number.isdecimal() or len(number) > 18:
        raise NotFound("There is no such text.")
    services_drafts.choose_text(application=application, rival_id=int(number), take=which == "mine", by=request.user)
    messages.success(request, "Your choice is saved.")
    return redirect(_page(application, one))


def save_along(request: HttpRequest, application: Application, key: str) -> str:
    """Saves the answers that came with something else, such as a document: nothing that was typed is lost by it.

    Returns where a choice between two texts waits, or "". Does nothing for a form that carries no answers.
    """
    one = SECTIONS.get(key)
    if one is None or "asked" not in request.POST or not one.applies(application.answers):
        return ""
    return _to_rivals(request, _save(request, application, one), one)


def _to_rivals(request: HttpRequest, application: Application, one: Section) -> str:
    """Where the person chooses between two texts, if they wrote one of them; else ""."""
    mine = _open_rivals_of(request, application, one)
    if not mine:
        return ""
    messages.info(request, "Somebody else has changed an answer that you changed too. Both are shown below.")
    return f"{_page(application, one)}#rival-{mine[0].pk}"


def _section(key: str) -> Section:
    if key not in SECTIONS:
        raise NotFound("There is no such section.")
    return SECTIONS[key]


def _read(request: HttpRequest, application: Application, one: Section) -> dict[str, Any]:
    return posted.read(one, request.POST, _accounts(application, one))


def _save(
    request: HttpRequest,
    application: Application,
    one: Section,
    *,
    given: dict[str, Any] | None = None,
    by_itself: bool = False,
) -> Application:
    return services_drafts.save_section(
        application=application,
        section=one.key,
        answers=_read(request, application, one) if given is None else given,
        version=_version(request),
        base=_base(request),
        page=services_drafts.Page.of(request.POST.get("page", ""), request.POST.get("turn", "")),
        by=request.user,
        by_itself=by_itself,
    )


def _version(request: HttpRequest) -> int:
    """The version on which the person's answers rest; 0, the oldest, if the form carries none."""
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _base(request: HttpRequest) -> dict[str, Any] | None:
    """The answers that the page showed, as it carries them; None if it carries nothing that can be read."""
    try:
        base = json.loads(request.POST.get("base", ""))
    except ValueError:
        return None
    return base if isinstance(base, dict) else None


def _after(request: HttpRequest, application: Application, one: Section) -> str:
    """Where to go after saving: the list if asked for, this page while it has problems, else the next section."""
    if request.POST.get("then") == "tasks":
        return reverse("applications:tasks", args=[application.reference])
    if _gaps_of(application, one):
        messages.info(request, "Your answers are saved. Some are missing or need a change.")
        return f"{_page(application, one)}?problems=1"
    keys = [row.key for row in applicable(application.answers)]
    following = keys[keys.index(one.key) + 1 :] if one.key in keys else []
    if following:
        return reverse("applications:section", args=[application.reference, following[0]])
    return reverse("applications:check", args=[application.reference])


def _page(application: Application, one: Section) -> str:
    return reverse("applications:section", args=[application.reference, one.key])


def _draw(request: HttpRequest, application: Application, one: Section, gaps: list[Gap]) -> HttpResponse:
    given = own(application.answers, one)
    drawn = controls(one, given, gaps, _offers(application, one), application.answers)
    asked = names(drawn)
    context = {
        "application": application,
        "section": one,
        "controls": drawn,
        "asked": asked,
        "base": json.dumps({key: given.get(key) for key in asked}, ensure_ascii=False),
        "page": secrets.token_urlsafe(),
        "gaps": gaps,
        "notes": question_notes.drawn(application, one.key, request),
        "rivals": _rivals(application, one),
        "present": facts.present(application, one.key, but=request.user),
        "documents": [row for row in facts.documents(application) if row.section == one.key],
        "unscanned": scanners.is_none(),
        "takes": [question for question in one.questions if question.attach and question.asked(application.answers)],
        "needed": any(question.evidence(application.answers) for question in one.questions),
        "expected": expected_conditions(application.answers) if one.key == "conditions" else [],
    }
    return render(request, "applications/section.html", context)


def _open_rivals_of(request: HttpRequest, application: Application, one: Section) -> list:
    return [row for row in facts.open_rivals(application) if row.section == one.key and row.by_id == request.user.pk]


def _rivals(application: Application, one: Section) -> list[dict[str, Any]]:
    """Every open choice of the section: both texts in words."""
    saved = own(application.answers, one)
    return [
        {
            "rival": rival,
            "question": one.question(rival.question),
            "saved": presenters.words_of(one.question(rival.question), saved.get(rival.question), application.answers),
            "other": presenters.words_of(one.question(rival.question), rival.value, application.answers),
        }
        for rival in facts.open_rivals(application)
        if rival.section == one.key
    ]


def _offers(application: Application, one: Section) -> Offers:
    """People and organisations, as far as the section asks for them."""
    roles = {question.role for question in one.questions if question.role}
    ours = set(members(application.organisation).values_list("pk", flat=True)) if roles else set()
    people = {
        role: [Person(row.email, row.pk, row.name, row.pk in ours) for row in selectors.candidates(application, role)]
        for role in roles
    }
    kinds = {question.kind for question in one.questions}
    codes = [code for question in one.questions for code in question.each(application.answers)]
    organisations = Organisation.objects.values_list("code", "name") if Kind.ORGANISATIONS in kinds else ()
    if Kind.EACH in kinds:
        organisations = Organisation.objects.filter(code__in=codes).values_list("code", "name")
    records = facts.on_record(codes) if one.key == "security" else {}
    return Offers(people, list(organisations), records)


def _accounts(application: Application, one: Section) -> dict[str, int]:
    """Who may be named, by address; asked for only where the section names people."""
    if not any(question.role for question in one.questions):
        return {}
    return {person.email: person.number for people in _offers(application, one).people.values() for person in people}


def _gaps_of(application: Application, one: Section) -> list[Gap]:
    return [gap for gap in gaps_in(application.answers, facts.known(application)) if gap.section == one.key]
