"""Pages of reviewers, panel members and the chair on one case. Every reading of a case file is recorded."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from dars.applications.public import get
from dars.core.errors import NotAllowed
from dars.core.permissions import P, allowed, require
from dars.correspondence.public import to_return
from dars.panels import precedents, presenters, selectors, services, services_meetings
from dars.panels.forms import (
    AdviceForm,
    InterestForm,
    PointForm,
    PrecedentChoiceForm,
    ReasonForm,
    ReviewForm,
    VoteForm,
)
from dars.panels.models import Vote
from dars.panels.pages import done, form_page, open_case, page, sent
from dars.panels.rules import Part
from dars.panels.services import ConditionGiven

# --- Queues ----------------------------------------------------------------------------------------------------------


def _queue(request: HttpRequest, part: Part, target: str, title: str) -> HttpResponse:
    require(request.user, selectors.RIGHT_FOR[part])
    listed = presenters.queue_page(part, request.user, target, request.GET.get("page"))
    return render(request, "panels/queue.html", {"title": title, "listed": listed, "part": str(part)})


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
    application, context = open_case(request, reference, Part.REVIEW)
    revision = context["revision"]
    form = ReviewForm(
        sent(request),
        initial={"revision": revision.number},
        questions=to_return(revision),
        commercial=selectors.needs_commercial_finding(revision),
    )
    context["met"] = [row for row, found in precedents.met_by(revision) if all(one.met for one in found)]
    context["rule"] = precedents.rule_for(application, revision)

    def carry_out(given: dict[str, Any]) -> None:
        services.record_review(
            application=application,
            revision=given["revision"],
            outcome=given["outcome"],
            note=given["note"],
            commercial_finding=given.get("commercial_finding", ""),
            public_interest=given["public_interest"],
            asked=form.asked(),
            by=request.user,
        )

    if done(request, form, carry_out, other_field={"asked": form.first_tick()}):
        messages.success(request, f"Your review of {reference} is recorded.")
        return redirect("panels:reviews")
    return page(request, "panels/review.html", form, context)


@form_page
def propose(request: HttpRequest, reference: str) -> HttpResponse:
    """The rule for the change if it is an amendment, the precedents with what they find, the reviewer's proposal."""
    application, context = open_case(request, reference, Part.REVIEW)
    told = precedents.met_by(context["revision"])
    met = [row for row, found in told if all(one.met for one in found)]
    rule = precedents.rule_for(application, context["revision"])
    number = context["revision"].number
    words = rule.words if rule else ""
    form = PrecedentChoiceForm(sent(request), initial={"revision": number}, precedents=met, rule=words)

    def carry_out(given: dict[str, Any]) -> None:
        what = {"revision": given["revision"], "reasons": given["reasons"], "by": request.user}
        if given["precedent"] == form.RULE:
            precedents.propose_change(application=application, **what)
        else:
            precedents.propose(application=application, precedent=precedents.get(int(given["precedent"])), **what)

    if done(request, form, carry_out):
        messages.success(request, f"{reference} is proposed without a meeting of the panel.")
        return redirect("panels:reviews")
    return page(request, "panels/propose.html", form, {**context, "told": told, "met": met, "rule": rule})


# --- Panel -----------------------------------------------------------------------------------------------------------


@require_safe
def case(request: HttpRequest, reference: str) -> HttpResponse:
    """The case file, the panel's discussion, and the ways to vote and to record the advice."""
    application, context = open_case(request, reference, Part.VOTE)
    user, number = request.user, context["revision"].number
    item = selectors.item_in_session(application)
    presence = selectors.presence(item, application) if item and context["talk"] else None
    context |= {
        "may_advise": not selectors.why_not(Part.ADVISE, user, application),
        "own_vote": selectors.vote_of(user, application, number),
        "item": item,
        "agenda": item or selectors.next_item(application),
        "presence": presence,
        "there": presence and user.pk in {sitting.person_id for sitting in presence.counted},
        "point": PointForm(),
    }
    return render(request, "panels/case.html", context)


@require_POST
def note(request: HttpRequest, reference: str) -> HttpResponse:
    """A point of the discussion, from the page of the case."""
    if not (allowed(request.user, P.PANEL_VOTE) or allowed(request.user, P.PANEL_MANAGE)):
        require(request.user, P.PANEL_VOTE)
    application = get(reference, user=request.user)
    form = PointForm(request.POST)
    if done(
        request, form, lambda given: services_meetings.note_point(application=application, by=request.user, **given)
    ):
        messages.success(request, "The point is written down.")
        return redirect("panels:case", reference)
    return page(request, "panels/note.html", form, {"application": application, "barred": [], "open": True})


@form_page
def vote(request: HttpRequest, reference: str) -> HttpResponse:
    """A member's vote."""
    application, context = open_case(request, reference, Part.VOTE)
    number = context["revision"].number
    own: Vote | None = selectors.vote_of(request.user, application, number)
    cast = {"choice": own.choice, "conditions": own.conditions, "rationale": own.rationale} if own else {}
    form = VoteForm(sent(request), initial={"revision": number, **cast})
    item = selectors.item_in_session(application)
    context |= {"item": item, "presence": selectors.presence(item, application) if item else None}
    if done(request, form, lambda given: services.cast_vote(application=application, by=request.user, **given)):
        messages.success(request, "Your vote is recorded.")
        return redirect("panels:case", reference)
    return page(request, "panels/vote.html", form, context)


@form_page
def advise(request: HttpRequest, reference: str) -> HttpResponse:
    """The chair's record of the panel's advice."""
    application, context = open_case(request, reference, Part.ADVISE)
    number = context["revision"].number
    standing = selectors.standing(application, number)
    form = AdviceForm(
        sent(request),
        initial={"revision": number},
        questions=to_return(context["revision"]),
        open_to=standing.open_to,
        people=selectors.may_clear(application),
    )
    context |= {"standing": standing, "item": selectors.item_in_session(application)}

    def carry_out(given: dict[str, Any]) -> None:
        services.record_advice(
            application=application,
            revision=given["revision"],
            outcome=given["outcome"],
            summary=given["summary"],
            conditions=[ConditionGiven(*each) for each in form.conditions()],
            asked=form.asked(),
            by=request.user,
        )

    if done(request, form, carry_out, other_field={"conditions": "words_1", "asked": form.first_tick()}):
        messages.success(request, f"The panel’s advice on {reference} is recorded.")
        return redirect("panels:panel")
    return page(request, "panels/advise.html", form, context)


@form_page
def interest(request: HttpRequest, reference: str) -> HttpResponse:
    """A declaration of interest."""
    application = get(reference, user=request.user)
    if not selectors.may_declare(request.user):
        raise NotAllowed("Only reviewers, panel members and approvers declare an interest in a case.")
    form = InterestForm(sent(request))
    if done(request, form, lambda given: services.declare_interest(application=application, by=request.user, **given)):
        messages.success(request, f"Your interest in {reference} is recorded. You take no further part in this case.")
        return redirect("home")
    declared = ["You have already declared an interest in this case."]
    barred = declared if selectors.has_interest(request.user, application) else []
    return page(request, "panels/interest.html", form, {"application": application, "barred": barred, "open": True})


@form_page
def short_route(request: HttpRequest, reference: str) -> HttpResponse:
    """A case that goes by a precedent: what was proposed and why, and the member's way to pull it back."""
    application, context = open_case(request, reference, Part.PULL_BACK)
    form = ReasonForm(sent(request), initial={"revision": context["revision"].number})
    if done(request, form, lambda given: precedents.pull_back(application=application, by=request.user, **given)):
        messages.success(request, f"{reference} waits for a meeting of the panel.")
        return redirect("panels:panel")
    return page(request, "panels/short_route.html", form, context)
