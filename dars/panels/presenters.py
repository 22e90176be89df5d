"""A case as reviewers, panel and approver read it. Reads only; what may be shown to whom is asked of `selectors`."""

from dataclasses import dataclass

from django.urls import reverse

from dars.accounts.public import User
from dars.applications.public import Application, Revision, State, findings, particulars, sections_of
from dars.core.permissions import P, allowed
from dars.organisations.public import lapsed
from dars.panels import selectors
from dars.panels.rules import QUORUM_MEMBERS, Choice, Part


@dataclass(frozen=True)
class CaseFile:
    """What is judged: the revision, what it would release, what screening found, how its parties stand today."""

    application: Application
    revision: Revision
    answers: list  # sections of the answers, in words
    reveals: list  # sections told from the specification
    findings: list  # what screening found, without what passed
    passed: list
    lapsed: list[str]


def case_file(application: Application) -> CaseFile:
    """Everything but what colleagues said about it. Raises NotFound before the first submission."""
    revision = selectors.current(application)
    told, verdicts, asked = sections_of(revision), findings(revision), particulars(revision)
    parties = dict.fromkeys([*asked.controllers, *asked.processors])
    return CaseFile(
        application=application,
        revision=revision,
        answers=[text for text in told if text.key],
        reveals=[text for text in told if not text.key],
        findings=[each for each in verdicts if each.verdict != "pass"],
        passed=[each for each in verdicts if each.verdict == "pass"],
        lapsed=[reason for party in parties for reason in lapsed(party)],
    )


@dataclass(frozen=True)
class Discussion:
    """What colleagues said: shown only to those who are in no conflict with the case."""

    review: object
    standing: selectors.Standing
    advice: object
    advice_label: str
    decision: object


def discussion(user: User, application: Application, revision: int) -> Discussion | None:
    """None for somebody who may not see it."""
    if not selectors.may_see_discussion(user, application):
        return None
    advice = selectors.advice_on(application, revision)
    return Discussion(
        review=selectors.review_of(application, revision),
        standing=selectors.standing(application, revision),
        advice=advice,
        advice_label=Choice(advice.outcome).advice if advice else "",
        decision=selectors.decision_on(application, revision),
    )


@dataclass(frozen=True)
class QueueRow:
    """One case in a queue. `barred`: why this person takes no part in it."""

    application: Application
    revision: Revision
    href: str
    barred: list[str]
    progress: str


def queue_rows(part: Part, user: User, page: str) -> list[QueueRow]:
    """The queue of a part in a case, longest waiting first."""
    rows = []
    for application in selectors.queue(part, user):
        revision = selectors.current(application)
        progress = ""
        if part is Part.VOTE:
            votes = selectors.standing(application, revision.number).votes
            own = any(vote.member_id == user.pk for vote in votes)
            progress = f"{len(votes)} of {QUORUM_MEMBERS} votes" + (", yours among them" if own else "")
        rows.append(
            QueueRow(
                application=application,
                revision=revision,
                href=reverse(page, args=[application.reference]),
                barred=selectors.why_not(part, user, application),
                progress=progress,
            )
        )
    return rows


# On the page of the case: (state, right, page, words of the link).
_NEXT = (
    (State.IN_REVIEW, P.APPLICATION_REVIEW, "panels:review", "Review this application"),
    (State.WITH_PANEL, P.PANEL_VOTE, "panels:case", "Open the panel’s page of this case"),
    (State.ADVISED, P.CASE_DECIDE, "panels:decide", "Decide on this application"),
)


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
    talk = discussion(user, application, revision.number)
    decision = selectors.decision_on(application, revision.number)
    advice = selectors.advice_on(application, revision.number) if decision or talk else None
    may_declare = selectors.may_declare(user) and not selectors.has_interest(user, application)
    if not (ways or talk or decision or may_declare):
        return []
    context = {
        "application": application,
        "ways": ways,
        "review": talk.review if talk else None,
        "advice": advice,
        "advice_label": Choice(advice.outcome).advice if advice else "",
        "decision": decision,
        "may_declare": may_declare and application.state in selectors.STATE_FOR.values(),
        "interest": selectors.has_interest(user, application),
    }
    return [{"template": "panels/_on_case.html", "context": context}]
