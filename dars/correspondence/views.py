"""Pages of what is asked of the applicant and what changed: comparison, changes asked for, returning, appeals."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from dars.applications.public import Application, State, dismiss, get, latest_revision, record_view, require_on, uphold
from dars.applications.public import appeal as make_appeal
from dars.core.errors import Invalid, NotFound, WrongState
from dars.core.permissions import P, require
from dars.correspondence import presenters, selectors, services
from dars.correspondence.forms import DISMISS, AnswersForm, AppealDecisionForm, AppealForm
from dars.correspondence.presenters import DRAFT

form_page = require_http_methods(["GET", "HEAD", "POST"])


def sent(request: HttpRequest) -> QueryDict | None:
    """What was posted, even if that is nothing; None for a page that is only looked at."""
    return request.POST if request.method == "POST" else None


def status_of(form: Any) -> int:
    return 422 if form.errors else 200


# --- What changed ----------------------------------------------------------------------------------------------------


@require_safe
def compare(request: HttpRequest, reference: str) -> HttpResponse:
    """Two revisions side by side in one text; the last two if none are named. The draft is its team's alone."""
    application = get(reference, user=request.user)
    rows = selectors.revision_rows(application)
    numbers = [row.number for row in rows]
    writer = selectors.writer(request.user, application)
    draft = writer.team and application.state == State.RETURNED
    later = [DRAFT] * draft + [str(number) for number in numbers]
    context: dict[str, Any] = {"application": application, "revisions": rows, "draft": draft, "comparison": None}
    if len(later) > 1:
        after = request.GET.get("to", later[0])
        before = request.GET.get("from", later[later.index(after) + 1] if after in later[:-1] else later[-1])
        if after not in later or before not in later or before == DRAFT:
            raise NotFound("There is no such revision.")
        found = selectors.revisions(application, int(before), *([int(after)] if after != DRAFT else []))
        sides = (found[int(before)], None if after == DRAFT else found[int(after)])
        context |= {"before": before, "after": after, "comparison": presenters.comparison(application, *sides)}
    record_view(application=application, by=request.user)
    return render(request, "correspondence/compare.html", context)


# --- Changes asked for -----------------------------------------------------------------------------------------------


@form_page
def changes(request: HttpRequest, reference: str) -> HttpResponse:
    """What was asked, what the applicant says of it, and what changed. The applicant's team answers here."""
    application = get(reference, user=request.user)
    current = selectors.current_requests(application)
    team = selectors.writer(request.user, application).team
    if request.method == "POST":
        require_on(request.user, P.APPLICATION_EDIT, application)
        if not current:
            raise WrongState("Nothing is asked of you now.")
    form = None
    if current and team:
        pairs = [(each.pk, each.label) for each in current]
        initial = {f"answer-{each.pk}": each.answer for each in current}
        form = AnswersForm(sent(request), requests=pairs, initial=initial)
        if request.method == "POST" and form.is_valid():
            given = [(each, form.cleaned_data[f"answer-{each.pk}"].strip()) for each in current]
            for each, words in given:
                if words:
                    services.answer_change(request=each, answer=words, by=request.user)
            left = sum(not words for _, words in given)
            told = f"Saved. {left} of {len(given)} still to be answered." if left else "Saved. Every one is answered."
            messages.success(request, told)
            return redirect("correspondence:changes", reference)
    else:
        record_view(application=application, by=request.user)
    context = {
        "application": application,
        "rounds": _rounds(request, application),
        "form": form,
        "answering": {each.pk for each in current} if form else set(),
    }
    return render(request, "correspondence/changes.html", context, status=status_of(form) if form else 200)


def _rounds(request: HttpRequest, application: Application) -> list[dict[str, Any]]:
    """The return that is asked for by number, the latest one otherwise, and the numbers of the others."""
    numbers = sorted(set(selectors.requests_of(application).values_list("revision", flat=True)), reverse=True)
    wanted = request.GET.get("revision", "")
    shown = int(wanted) if wanted.isdecimal() and int(wanted) in numbers else (numbers[0] if numbers else 0)
    asked = list(selectors.requests_of(application, shown)) if shown else []
    told = (
        presenters.asked_changes(application, asked)
        if _may_see_draft(request, application, shown)
        else [presenters.AskedChange(each) for each in asked]
    )
    return [{"number": number, "asked": told if number == shown else None} for number in numbers]


def _may_see_draft(request: HttpRequest, application: Application, revision: int) -> bool:
    """Before it is submitted again, what became of the answer is the applicant's own business."""
    last = latest_revision(application)
    return bool(last and last.number > revision) or selectors.writer(request.user, application).team


# --- Appeals ---------------------------------------------------------------------------------------------------------


@form_page
def appeal(request: HttpRequest, reference: str) -> HttpResponse:
    """The applicant's appeal against a refusal."""
    application = get(reference, user=request.user)
    require_on(request.user, P.APPLICATION_SUBMIT, application)
    standing = presenters.appeal_of(request.user, application)
    form = AppealForm(sent(request))
    if request.method == "POST" and form.is_valid():
        make_appeal(application=application, grounds=form.cleaned_data["grounds"], by=request.user)
        messages.success(request, "Your appeal is made. An approver who has not refused the application decides on it.")
        return redirect("applications:case", reference)
    if request.method != "POST" and (standing is None or not standing.may_appeal):
        form = None
    context = {"application": application, "form": form, "standing": standing}
    return render(request, "correspondence/appeal.html", context, status=status_of(form) if form else 200)


@form_page
def decide_appeal(request: HttpRequest, reference: str) -> HttpResponse:
    """An approver's decision on an appeal."""
    require(request.user, P.CASE_DECIDE)
    application = get(reference, user=request.user)
    standing = presenters.appeal_of(request.user, application)
    form = AppealDecisionForm(sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            _decide(application, form.cleaned_data, request)
        except Invalid as refused:
            form.add_error("reasons" if refused.field == "reason" else None, refused.message)
        else:
            messages.success(request, f"Your decision on the appeal in {reference} is recorded.")
            return redirect("correspondence:appeals")
    else:
        record_view(application=application, by=request.user)
    context = {
        "application": application,
        "form": form if standing and standing.may_decide else None,
        "standing": standing,
        "rules": presenters.rules_that_refused(standing.refused) if standing else [],
    }
    return render(request, "correspondence/decide_appeal.html", context, status=status_of(form))


def _decide(application: Application, given: dict[str, str], request: HttpRequest) -> None:
    if given["outcome"] == DISMISS:
        dismiss(application=application, reasons=given["reasons"], by=request.user)
    else:
        uphold(application=application, to=State(given["outcome"]), reasons=given["reasons"], by=request.user)


@require_safe
def appeals(request: HttpRequest) -> HttpResponse:
    """Cases under appeal, longest waiting first, a page at a time."""
    require(request.user, P.CASE_DECIDE)
    page = presenters.appeals_page(request.user, request.GET.get("page"))
    return render(request, "correspondence/appeals.html", {"page": page})
