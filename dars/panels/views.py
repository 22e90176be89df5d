"""Pages of reviewers, panel members, the chair and approvers. Every reading of a case file is recorded."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from dars.applications.public import Application, get
from dars.core.errors import Invalid, NotAllowed
from dars.core.permissions import require
from dars.panels import presenters, selectors, services
from dars.panels.forms import AdviceForm, DecisionForm, InterestForm, ReviewForm, VoteForm
from dars.panels.models import Decision, Vote
from dars.panels.rules import Part

form_page = require_http_methods(["GET", "HEAD", "POST"])


def sent(request: HttpRequest) -> QueryDict | None:
    """What was posted, even if that is nothing; None for a page that is only looked at."""
    return request.POST if request.method == "POST" else None


# --- Queues ----------------------------------------------------------------------------------------------------------


def _queue(request: HttpRequest, part: Part, page: str, title: str) -> HttpResponse:
    require(request.user, selectors.RIGHT_FOR[part])
    rows = presenters.queue_rows(part, request.user, page)
    return render(request, "panels/queue.html", {"title": title, "rows": rows})


@require_safe
def reviews(request: HttpRequest) -> HttpResponse:
    """Applications that wait for review."""
    return _queue(request, Part.REVIEW, "panels:review", "Applications to review")


@require_safe
def panel(request: HttpRequest) -> HttpResponse:
    """Applications that wait for the panel's advice."""
    return _queue(request, Part.VOTE, "panels:case", "Applications with the panel")


@require_safe
def decisions(request: HttpRequest) -> HttpResponse:
    """Applications that wait for a decision."""
    return _queue(request, Part.DECIDE, "panels:decide", "Applications to decide")


# --- Review ----------------------------------------------------------------------------------------------------------


@form_page
def review(request: HttpRequest, reference: str) -> HttpResponse:
    """The case file and the reviewer's form."""
    application, context = _open(request, reference, Part.REVIEW)
    file = context["file"]
    form = ReviewForm(
        sent(request),
        initial={"revision": file.revision.number},
        sections=[(text.key, text.heading) for text in file.answers],
        commercial=selectors.needs_commercial_finding(file.revision),
    )

    def carry_out(given: dict[str, Any]) -> None:
        services.record_review(
            application=application,
            revision=given["revision"],
            outcome=given["outcome"],
            note=given["note"],
            commercial_finding=given.get("commercial_finding", ""),
            changes=form.changes(),
            by=request.user,
        )

    if _done(request, form, carry_out, other_field={"changes": f"change_{file.answers[0].key}"}):
        messages.success(request, f"Your review of {reference} is recorded.")
        return redirect("panels:reviews")
    return _page(request, "panels/review.html", form, context)


# --- Panel -----------------------------------------------------------------------------------------------------------


@require_safe
def case(request: HttpRequest, reference: str) -> HttpResponse:
    """The case file, the panel's discussion, and the ways to vote and to record the advice."""
    application, context = _open(request, reference, Part.VOTE)
    user = request.user
    context["may_advise"] = not selectors.why_not(Part.ADVISE, user, application)
    context["own_vote"] = selectors.vote_of(user, application, context["file"].revision.number)
    return render(request, "panels/case.html", context)


@form_page
def vote(request: HttpRequest, reference: str) -> HttpResponse:
    """A member's vote."""
    application, context = _open(request, reference, Part.VOTE)
    number = context["file"].revision.number
    own: Vote | None = selectors.vote_of(request.user, application, number)
    cast = {"choice": own.choice, "conditions": own.conditions, "rationale": own.rationale} if own else {}
    form = VoteForm(sent(request), initial={"revision": number, **cast})
    if _done(request, form, lambda given: services.cast_vote(application=application, by=request.user, **given)):
        messages.success(request, "Your vote is recorded.")
        return redirect("panels:case", reference)
    return _page(request, "panels/vote.html", form, context)


@form_page
def advise(request: HttpRequest, reference: str) -> HttpResponse:
    """The chair's record of the panel's advice."""
    application, context = _open(request, reference, Part.ADVISE)
    number = context["file"].revision.number
    standing = selectors.standing(application, number)
    form = AdviceForm(sent(request), initial={"revision": number}, open_to=standing.open_to)
    context["standing"] = standing
    if _done(request, form, lambda given: services.record_advice(application=application, by=request.user, **given)):
        messages.success(request, f"The panel’s advice on {reference} is recorded.")
        return redirect("panels:panel")
    return _page(request, "panels/advise.html", form, context)


@form_page
def interest(request: HttpRequest, reference: str) -> HttpResponse:
    """A declaration of interest."""
    application = get(reference, user=request.user)
    if not selectors.may_declare(request.user):
        raise NotAllowed("Only reviewers, panel members and approvers declare an interest in a case.")
    form = InterestForm(sent(request))
    if _done(request, form, lambda given: services.declare_interest(application=application, by=request.user, **given)):
        messages.success(request, f"Your interest in {reference} is recorded. You take no further part in this case.")
        return redirect("home")
    declared = ["You have already declared an interest in this case."]
    barred = declared if selectors.has_interest(request.user, application) else []
    return _page(request, "panels/interest.html", form, {"application": application, "barred": barred, "open": True})


# --- Decision --------------------------------------------------------------------------------------------------------


@form_page
def decide(request: HttpRequest, reference: str) -> HttpResponse:
    """The case file with the panel's advice, and the approver's form."""
    application, context = _open(request, reference, Part.DECIDE)
    form = DecisionForm(sent(request), initial={"revision": context["file"].revision.number})

    def carry_out(given: dict[str, Any]) -> None:
        approving = given.pop("outcome") == Decision.Outcome.APPROVE
        act = services.approve if approving else services.refuse
        act(application=application, by=request.user, **given)

    if _done(request, form, carry_out):
        approved = form.data["outcome"] == Decision.Outcome.APPROVE
        messages.success(request, f"You {'approved' if approved else 'refused'} {reference}.")
        return redirect("panels:decisions")
    return _page(request, "panels/decide.html", form, context)


# --- What the pages share --------------------------------------------------------------------------------------------


def _open(request: HttpRequest, reference: str, part: Part) -> tuple[Application, dict[str, Any]]:
    """The case for this part in it: the right first, then the file, whose reading is recorded."""
    require(request.user, selectors.RIGHT_FOR[part])
    application = get(reference, user=request.user)
    file = presenters.case_file(application)
    if request.method != "POST":
        services.record_view(application=application, revision=file.revision.number, by=request.user)
    context = {
        "application": application,
        "file": file,
        "talk": presenters.discussion(request.user, application, file.revision.number),
        "barred": selectors.why_not(part, request.user, application),
        "open": application.state == selectors.STATE_FOR[part],
    }
    return application, context


def _done(
    request: HttpRequest,
    form: Form,
    carry_out: Callable[[dict[str, Any]], object],
    other_field: dict[str, str] | None = None,
) -> bool:
    """True if the form was sent and carried out. What was not acceptable becomes an error of the form."""
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        carry_out(dict(form.cleaned_data))
    except Invalid as refusal:
        field = (other_field or {}).get(refusal.field or "", refusal.field)
        form.add_error(field if field in form.fields else None, refusal.message)
        return False
    return True


def _page(request: HttpRequest, template: str, form: Form, context: dict[str, Any]) -> HttpResponse:
    return render(request, template, {**context, "form": form}, status=422 if form.errors else 200)
