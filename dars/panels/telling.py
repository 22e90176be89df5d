"""Who is told of what happens to a case: the notices of this application, in the transaction of their cause."""

from django.urls import reverse

from dars.accounts.public import User
from dars.applications.public import Application
from dars.core import times
from dars.core.permissions import P, holders
from dars.notices.public import notify
from dars.panels import selectors, ties
from dars.panels.models import Advice, Condition, Decision, FirstApproval, Meeting, Opinion, Pack, Precedent, ShortRoute
from dars.panels.rules import Choice, Part


def _able(part: Part, application: Application, *, but: User | None = None) -> list[User]:
    people = [person for person in ties.holders_of(ties.RIGHT_FOR[part]) if but is None or person.pk != but.pk]
    able = ties.able(part, people, application)
    return [person for person in people if person.pk in able]


def papers_ready(pack: Pack) -> None:
    """To everybody who sits at the meeting."""
    meeting = pack.meeting
    notify(
        people=[sitting.person for sitting in meeting.sittings.select_related("person")],
        kind="meeting.papers_ready",
        subject=f"Papers for the panel meeting on {_day(meeting)}",
        text=f"Version {pack.version} of the papers is ready.\n\nRead them before the meeting. If you have an "
        "interest in a case, declare it first: the papers then leave that case out.",
        link=reverse("panels:meeting", args=[meeting.pk]),
    )


def votes_awaited(meeting: Meeting, application: Application, present: list[User]) -> None:
    """To those who are at the meeting and may vote on the case."""
    able = ties.able(Part.VOTE, present, application)
    notify(
        people=[person for person in present if person.pk in able],
        kind="vote.awaited",
        subject=f"Your vote on {application.reference} is awaited",
        text="The meeting of the panel is in session.\n\nRead the case, then vote and give your reasons. If you have "
        "an interest in it, declare that instead.",
        link=reverse("panels:case", args=[application.reference]),
        case=application.reference,
    )


def interest_declared(application: Application, by: User) -> None:
    """To whoever runs the meeting that has the case on its agenda."""
    people = [person for person in ties.holders_of(P.PANEL_MANAGE) if person.pk != by.pk]
    notify(
        people=people,
        kind="interest.declared",
        subject=f"An interest in {application.reference} has been declared",
        text=f"{by.name} has declared an interest and takes no further part in the case.\n\nLook whether the meeting "
        "is still quorate for it.",
        link=reverse("applications:case", args=[application.reference]),
        case=application.reference,
    )


def advice_recorded(application: Application, advice: Advice) -> None:
    """To the approvers who may decide; for a deferral nobody decides, and the applicant reads of the return."""
    for condition in advice.rows.select_related("clears").exclude(clears=None):
        _condition_named(application, condition)
    if advice.outcome == Choice.DEFER:
        return
    notify(
        people=_able(Part.DECIDE, application),
        kind="advice.recorded",
        subject=f"The panel has advised on {application.reference}",
        text=f"The panel’s advice: {Choice(advice.outcome).advice.lower()}.\n\nRead the case, then decide.",
        link=reverse("panels:decide", args=[application.reference]),
        case=application.reference,
    )


def _condition_named(application: Application, condition: Condition) -> None:
    notify(
        people=[condition.clears],
        kind="condition.named",
        subject=f"You are named to clear a condition of {application.reference}",
        text=f"The panel’s condition {condition.number} has to be met: {condition.get_due_display().lower()}.\n\nOnce "
        "you have seen the evidence, record it.",
        link=reverse("panels:clear", args=[condition.pk]),
        case=application.reference,
    )


def condition_cleared(application: Application, condition: Condition) -> None:
    """To the approvers who may decide."""
    notify(
        people=_able(Part.DECIDE, application),
        kind="condition.cleared",
        subject=f"Condition {condition.number} of {application.reference} is cleared",
        text=f"{condition.cleared_by.name} has cleared it.\n\nOpen the case to read the evidence.",
        link=reverse("applications:case", args=[application.reference]),
        case=application.reference,
    )


def proposed_for_short_route(application: Application, route: ShortRoute) -> None:
    """To the approvers who may decide, and to the panel, which may pull the case back."""
    notify(
        people=_able(Part.DECIDE, application),
        kind="precedent.proposed",
        subject=f"{application.reference} is proposed without a meeting of the panel",
        text=f"A reviewer proposes it. {route.label}.\n\nRead the case, then decide.",
        link=reverse("panels:decide", args=[application.reference]),
        case=application.reference,
    )
    notify(
        people=_able(Part.PULL_BACK, application),
        kind="precedent.proposed",
        subject=f"{application.reference} goes the short route, without a meeting",
        text=f"An approver may decide it. {route.label}.\n\nIf the panel should discuss it, pull it back.",
        link=reverse("panels:short-route", args=[application.reference]),
        case=application.reference,
    )


def precedent_to_confirm(precedent: Precedent) -> None:
    """To the chairs who have not recorded it."""
    notify(
        people=[each for each in ties.holders_of(P.PANEL_CHAIR) if each.pk != precedent.recorded_by_id],
        kind="precedent.to_confirm",
        subject=f"Precedent {precedent.number} waits for a chair to confirm it",
        text="No case goes by it before.\n\nRead what it settles and its criteria, then confirm it.",
        link=reverse("panels:precedent", args=[precedent.number]),
    )


def opinion_awaited(application: Application) -> None:
    """To the Caldicott Guardian and the delegates who may give it."""
    people = selectors.guardians()
    able = ties.able(Part.OPINE, people, application)
    notify(
        people=[person for person in people if person.pk in able],
        kind="opinion.awaited",
        subject=f"The Caldicott Guardian’s opinion on {application.reference} is awaited",
        text="The review found that the request relies on disclosure in the public interest.\n\nRead the case, then "
        "give your opinion. Nobody approves it before.",
        link=reverse("panels:opinion", args=[application.reference]),
        case=application.reference,
    )


def opinion_given(application: Application, opinion: Opinion) -> None:
    """To the approvers who may decide."""
    notify(
        people=_able(Part.DECIDE, application, but=opinion.guardian),
        kind="opinion.given",
        subject=f"The Caldicott Guardian’s opinion on {application.reference} is on record",
        text=f"{opinion.guardian.name} has given it.\n\nOpen the case to read it.",
        link=reverse("applications:case", args=[application.reference]),
        case=application.reference,
    )


def second_approval_awaited(application: Application, first: FirstApproval) -> None:
    """To the other approvers who may confirm it."""
    notify(
        people=_able(Part.CONFIRM, application, but=first.approver),
        kind="decision.second_awaited",
        subject=f"A second approval of {application.reference} is awaited",
        text=f"{first.approver.name} has approved it. The data are identifiable, so a second approver has to confirm "
        "or refuse it.\n\nRead the case, then decide.",
        link=reverse("panels:decide", args=[application.reference]),
        case=application.reference,
    )


def decided(application: Application, decision: Decision) -> None:
    """To everybody who may read the application by a right of their own."""
    outcome = "approved" if decision.outcome == Decision.Outcome.APPROVE else "refused"
    after = {
        "approved": "Everyone who signs the agreement is asked to do so next.",
        "refused": "The reasons are in the letter. You can appeal, or start another application.",
    }
    notify(
        people=holders(P.APPLICATION_VIEW, application),
        kind="decision.made",
        subject=f"Your application {application.reference} is {outcome}",
        text=f"The decision letter is on the page of your application.\n\n{after[outcome]}",
        link=reverse("applications:case", args=[application.reference]),
        case=application.reference,
    )


def _day(meeting: Meeting) -> str:
    return times.day(meeting.held_on)
