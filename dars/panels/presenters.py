"""A case as reviewers, panel and approver read it. Reads only; what may be shown to whom is asked of `selectors`."""

from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q
from django.urls import reverse

from dars.accounts.public import User
from dars.applications.public import Application, Revision, State, findings, particulars, sections_of
from dars.core import times
from dars.core.permissions import P, allowed
from dars.organisations.public import lapsed
from dars.panels import letters, selectors, services_opinions, ties
from dars.panels.amended import Amended, amended
from dars.panels.models import AgendaItem, FirstApproval, Point, Vote
from dars.panels.risk_words import RiskWords, in_words
from dars.panels.rules import QUORUM_MEMBERS, Choice, MeetingState, Part
from extracts.catalogue.public import assessed


@dataclass(frozen=True)
class CaseFile:
    """What is judged: the revision, what it would release, what screening found, how its parties stand today.

    `amended`: what an amendment changes and what stays as approved; None for a first application.
    """

    application: Application
    revision: Revision
    answers: list  # sections of the answers, in words
    reveals: list  # sections told from the specification
    findings: list  # what screening found, without what passed
    passed: list
    lapsed: list[str]
    risk: RiskWords  # how far people would stand out, measured
    amended: Amended | None


def case_file(application: Application) -> CaseFile:
    """Everything but what colleagues said about it. Raises NotFound before the first submission."""
    revision = selectors.current(application)
    told, verdicts, asked = sections_of(revision), findings(revision), particulars(revision)
    parties = dict.fromkeys([*asked.controllers, *asked.processors])
    identifiable = selectors.takes_two(revision)
    return CaseFile(
        application=application,
        revision=revision,
        answers=[text for text in told if text.key],
        reveals=[text for text in told if not text.key],
        findings=[each for each in verdicts if each.verdict != "pass"],
        passed=[each for each in verdicts if each.verdict == "pass"],
        lapsed=[reason for party in parties for reason in lapsed(party, identifiable=identifiable)],
        risk=in_words(assessed(application.reference, revision.number), aggregated=selectors.aggregated(revision)),
        amended=amended(revision),
    )


@dataclass(frozen=True)
class Discussion:
    """What colleagues said: shown only to those who are in no conflict with the case."""

    review: object
    opinion: object
    route: object
    standing: selectors.Standing
    points: list
    advice: object
    advice_label: str
    conditions: list
    first: object
    decision: object


def discussion(user: User, application: Application, revision: int) -> Discussion | None:
    """None for somebody who may not see it."""
    if not selectors.may_see_discussion(user, application):
        return None
    advice = selectors.advice_on(application, revision)
    points = Point.objects.filter(item__application=application, item__revision=revision).select_related("by")
    return Discussion(
        review=selectors.review_of(application, revision),
        opinion=selectors.opinion_on(application, revision),
        route=selectors.short_route_of(application, revision),
        standing=selectors.standing(application, revision),
        points=list(points.order_by("pk")),
        advice=advice,
        advice_label=Choice(advice.outcome).advice if advice else "",
        conditions=list(selectors.conditions_of(application, revision)) if advice else [],
        first=selectors.first_approval_of(application, revision),
        decision=selectors.decision_on(application, revision),
    )


PAGE = 25  # rows of a list


@dataclass(frozen=True)
class QueueRow:
    """One case in a queue. `barred`: why this person takes no part in it."""

    application: Application
    revision: Revision
    href: str
    barred: list[str]
    progress: str


def queue_page(part: Part, user: User, page: str, number: str | None) -> Page:
    """A page of the queue of a part, longest waiting first: rows of `QueueRow`, in a fixed number of queries."""
    listed = Paginator(selectors.queue(part, user).select_related("organisation"), PAGE).get_page(number)
    cases = list(listed.object_list)
    revisions = latest_revisions(cases)
    barred = ties.why_not_each(part, user, cases)
    progress = _votes(user, cases) if part is Part.VOTE else _firsts(cases) if part is Part.DECIDE else {}
    listed.object_list = [
        QueueRow(
            application=case,
            revision=revisions[case.pk],
            href=reverse(page, args=[case.reference]),
            barred=barred[case.pk],
            progress=progress.get(case.pk, ""),
        )
        for case in cases
    ]
    return listed


def latest_revisions(cases: list[Application]) -> dict[int, Revision]:
    """The newest revision of each case, without its words. One query."""
    rows = Revision.objects.filter(application__in=cases).order_by("application_id", "-number").distinct("application")
    return {row.application_id: row for row in rows.defer("answers", "spec", "screening")}


def _votes(user: User, cases: list[Application]) -> dict[int, str]:
    rows = Vote.objects.filter(application__in=cases, set_aside_at=None).values("application", "revision")
    votes = rows.annotate(all=Count("pk"), own=Count("pk", filter=Q(member=user))).order_by("revision")
    found = {row["application"]: row for row in votes}  # the newest revision stays
    meetings = {
        item.application_id: item.meeting
        for item in AgendaItem.objects.filter(
            application__in=cases,
            removed_at=None,
            meeting__state__in=[MeetingState.PLANNED, MeetingState.IN_SESSION],
        ).select_related("meeting")
    }
    words = {}
    for case in cases:
        meeting, row = meetings.get(case.pk), found.get(case.pk)
        if meeting is None:
            words[case.pk] = "On no agenda yet"
        elif meeting.state == MeetingState.PLANNED:
            words[case.pk] = f"On the agenda for {times.day(meeting.held_on)}"
        else:
            number = row["all"] if row else 0
            words[case.pk] = f"In session: {number} of {QUORUM_MEMBERS} votes" + (
                ", yours among them" if row and row["own"] else ""
            )
    return words


def _firsts(cases: list[Application]) -> dict[int, str]:
    words = {case.pk: "Without a meeting of the panel" for case in cases if case.state == State.SHORT_ROUTE}
    for first in FirstApproval.objects.filter(application__in=cases).select_related("approver"):
        words[first.application_id] = f"Approved by {first.approver.name}; a second approver is awaited"
    return words


# On the page of the case: (state, right, page, words of the link).
_NEXT = (
    (State.IN_REVIEW, P.APPLICATION_REVIEW, "panels:review", "Review this application"),
    (State.WITH_PANEL, P.PANEL_VOTE, "panels:case", "Open the panel’s page of this case"),
    (State.SHORT_ROUTE, P.PANEL_VOTE, "panels:short-route", "See under what it is proposed"),
    (State.SHORT_ROUTE, P.CASE_DECIDE, "panels:decide", "Decide on this application"),
    (State.ADVISED, P.CASE_DECIDE, "panels:decide", "Decide on this application"),
)
# Audit kinds that the timeline of a case shows. What the panel said is not among them.
TIMELINE = {
    "opinion.given": "The Caldicott Guardian gave an opinion",
    "condition.cleared": "A condition of the panel was cleared",
    "decision.first_approval": "Approved by the first of two approvers",
    "decision.made": "Decision recorded",
    "letter.written": "Decision letter written",
}


def case_panels(user: User, application: Application) -> list[dict]:
    """For the page of the case: what was advised and decided, and the way to this person's part in it."""
    revision = selectors.latest(application)
    if revision is None:
        return []
    ways = [
        {"text": words, "href": reverse(page, args=[application.reference])}
        for state, right, page, words in _NEXT
        if application.state == state and allowed(user, right)
    ]
    sees = selectors.may_see_discussion(user, application)
    number = revision.number
    awaits = services_opinions.missing_opinion(application, number) if sees else ""
    if awaits and services_opinions.may_give(user, application, number):
        href = reverse("panels:opinion", args=[application.reference])
        ways.append({"text": "Give the Caldicott Guardian’s opinion", "href": href})
    decision = selectors.decision_on(application, number)
    advice = selectors.advice_on(application, number) if decision or sees else None
    judges = selectors.may_declare(user)
    interest = judges and selectors.has_interest(user, application)
    if not (ways or sees or decision or judges):
        return []
    runs = allowed(user, P.PANEL_MANAGE) and selectors.is_waiting(application)
    context = {
        "application": application,
        "ways": ways,
        "review": selectors.review_of(application, number) if sees else None,
        "route": selectors.short_route_of(application, number) if sees or decision else None,
        "advice": advice,
        "advice_label": Choice(advice.outcome).advice if advice else "",
        "conditions": list(selectors.conditions_of(application, number)) if advice else [],
        "sees": sees,
        "first": selectors.first_approval_of(application, number) if sees else None,
        "opinion": selectors.opinion_on(application, number) if sees else None,
        "awaits_opinion": awaits,
        "decision": decision,
        "letter": bool(decision) and letters.exists_for(application),
        "may_declare": judges and not interest and selectors.is_waiting(application),
        "interest": interest,
        "kept_out": ties.barred_by_naming(ties.judges(), application) if runs else [],
        "item": selectors.next_item(application) if sees else None,
    }
    return [{"template": "panels/_on_case.html", "context": context}]


def conditions_page(user: User, number: str | None) -> Page:
    """The conditions that this person is named to clear, in a fixed number of queries."""
    return Paginator(selectors.to_clear(user), PAGE).get_page(number)
