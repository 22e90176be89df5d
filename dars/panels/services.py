"""Every write of review, interests, votes and advice. Decisions, meetings and precedents have modules of their own."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from dars.accounts.public import User
from dars.applications.public import Application, State, locked, move
from dars.audit.public import record
from dars.core import clock
from dars.core.errors import Invalid, NotAllowed, WrongState
from dars.core.permissions import P, require
from dars.correspondence.public import Asked, return_for_changes
from dars.panels import interests, selectors, services_papers, telling
from dars.panels.models import Advice, AgendaItem, Condition, Interest, Review, Roll, Vote
from dars.panels.rolls import require_item, take_roll
from dars.panels.rules import Choice, Due, Part
from dars.panels.services_decisions import (
    approve,
    confirm,
    propose_against_advice,
    record_view,
    refuse,
    return_to_applicant,
)
from dars.panels.taking import taking

__all__ = [
    "ConditionGiven",
    "approve",
    "cast_vote",
    "confirm",
    "declare_interest",
    "propose_against_advice",
    "record_advice",
    "record_review",
    "record_view",
    "refuse",
    "return_to_applicant",
]

_REVIEW_OUTCOMES = (Review.Outcome.TO_PANEL, Review.Outcome.RETURN)


@dataclass(frozen=True)
class ConditionGiven:
    """A condition as the chair records it. `clears`: the key of who is to clear it; None for a special condition."""

    words: str
    due: str = Due.SPECIAL
    clears: int | None = None


@transaction.atomic
def record_review(
    *,
    application: Application,
    revision: int,
    outcome: str,
    note: str = "",
    commercial_finding: str = "",
    public_interest: bool = False,
    asked: Sequence[Asked] = (),
    by: User,
) -> Review:
    """An information governance review: on to the panel, or back with the questions to change.

    Where screening found purposes that are commercial in part, the
    finding has to be answered before the panel sees the case (DARS standard 5e). `public_interest`: it relies on
    disclosure in the overriding public interest, so the Caldicott Guardian is asked for an opinion (DARS standard 7b).
    """
    row, seen = taking(Part.REVIEW, application, revision, by)
    if outcome not in _REVIEW_OUTCOMES:
        raise Invalid("Choose what happens next.", field="outcome", rule="known")
    returning = outcome == Review.Outcome.RETURN
    if not returning and selectors.needs_commercial_finding(seen) and not commercial_finding.strip():
        raise Invalid(
            "Answer what screening found about commercial purposes.", field="commercial_finding", rule="required"
        )
    review = Review.objects.create(
        application=row,
        revision=revision,
        reviewer=by,
        outcome=outcome,
        note=note.strip(),
        commercial_finding=commercial_finding.strip(),
        public_interest=public_interest,
        created_at=clock.now(),
    )
    record("review.recorded", by=by, subject=row, case=row.reference, revision=revision, outcome=str(outcome))
    if public_interest:
        record("review.public_interest", by=by, subject=row, case=row.reference, revision=revision)
    if returning:
        return_for_changes(application=row, asked=asked, by=by)
    else:
        if public_interest:
            telling.opinion_awaited(row)
        move(application=row, to=State.WITH_PANEL, by=by)
    return review


@transaction.atomic
def declare_interest(*, application: Application, nature: str, by: User) -> Interest:
    """The person takes no further part in the case, also in mid-meeting, and it is closed to them. For good.

    A vote that they have cast is set aside: it stays on record and does not count, and the quorum is counted without
    them from this moment.
    """
    row = locked(application.pk)
    if selectors.has_interest(by, row):
        raise WrongState("You have already declared an interest in this case.")
    require(by, P.APPLICATION_VIEW, row)
    if not selectors.may_declare(by):
        raise NotAllowed("Only reviewers, panel members and approvers declare an interest in a case.")
    if not nature.strip():
        raise Invalid("Say what your interest is.", field="nature", rule="required")
    interest = Interest.objects.create(application=row, person=by, nature=nature.strip(), declared_at=clock.now())
    aside = Vote.objects.filter(application=row, member=by, set_aside_at=None, revision=selectors.latest_number(row))
    count = 0 if selectors.advice_on(row, selectors.latest_number(row)) else aside.update(set_aside_at=clock.now())
    record("interest.declared", by=by, subject=row, case=row.reference, votes_set_aside=count)
    telling.interest_declared(row, by)
    services_papers.make_again(row)
    amendment = interests.follows(row)
    if amendment is not None and not selectors.has_interest(by, amendment):
        declare_interest(application=amendment, nature=nature, by=by)
    return interest


@transaction.atomic
def cast_vote(
    *, application: Application, revision: int, choice: str, rationale: str, conditions: str = "", by: User
) -> Vote:
    """The member's view with its reasons, at a meeting that is in session and quorate for this case.

    Voting again replaces it, until the advice is recorded. Raises WrongState, with what is missing, without quorum.
    """
    row, _ = taking(Part.VOTE, application, revision, by)
    item = require_item(row, revision)
    if choice not in list(Choice):
        raise Invalid("Choose your view.", field="choice", rule="known")
    if not rationale.strip():
        raise Invalid("Give your reasons.", field="rationale", rule="required")
    if choice == Choice.CONDITIONS and not conditions.strip():
        raise Invalid("Name the conditions under which you support this.", field="conditions", rule="required")
    present = selectors.presence(item, row)
    if by.pk not in {sitting.person_id for sitting in present.counted}:
        raise WrongState("You are not recorded as present at this meeting, so your vote cannot be taken.")
    values = {
        "choice": Choice(choice),
        "rationale": rationale.strip(),
        "conditions": conditions.strip() if choice == Choice.CONDITIONS else "",
        "cast_at": clock.now(),
        "roll": take_roll(item, present.counted, present.aside),
    }
    vote, _ = Vote.objects.update_or_create(application=row, revision=revision, member=by, defaults=values)
    record(
        "vote.cast",
        by=by,
        subject=row,
        case=row.reference,
        revision=revision,
        choice=str(choice),
        roll=vote.roll_id,
        present=vote.roll.members,
    )
    return vote


@transaction.atomic
def record_advice(
    *,
    application: Application,
    revision: int,
    outcome: str,
    summary: str,
    conditions: Sequence[str | ConditionGiven] = (),
    asked: Sequence[Asked] = (),
    by: User,
) -> Advice:
    """The panel's advice, recorded by its chair or deputy once those whose votes count are quorate.

    Deferred: back to the applicant with the questions to change. The outcome must be the one with the most votes. Each
    condition becomes a row; one given as mere words is a special condition of the agreement.
    """
    row, _ = taking(Part.ADVISE, application, revision, by)
    if outcome not in list(Choice):
        raise Invalid("Choose what the panel advises.", field="outcome", rule="known")
    item = require_item(row, revision)
    standing = selectors.standing(row, revision)
    if not standing.quorate:
        missing = "; ".join(words[:1].lower() + words[1:] for words in standing.missing)
        raise WrongState(f"The panel is not quorate yet. Still needed: {missing}.", rule="quorum")
    if outcome not in standing.open_to:
        raise Invalid("The advice must be what most members voted for.", field="outcome", rule="majority")
    if not summary.strip():
        raise Invalid("Sum up the panel’s reasons.", field="summary", rule="required")
    given = _conditions(row, conditions)
    if (outcome == Choice.CONDITIONS) != bool(given):
        raise Invalid(
            "Give conditions exactly when the advice is supportive with conditions.",
            field="conditions",
            rule="required",
        )
    advice = Advice.objects.create(
        application=row,
        revision=revision,
        chair=by,
        outcome=Choice(outcome),
        summary=summary.strip(),
        conditions=[each.words for each in given],
        created_at=clock.now(),
        roll=_roll_of_votes(item, standing),
    )
    for number, each in enumerate(given, 1):
        Condition.objects.create(
            advice=advice,
            application=row,
            revision=revision,
            number=number,
            words=each.words,
            due=each.due,
            clears_id=each.clears,
        )
    record(
        "advice.recorded",
        by=by,
        subject=row,
        case=row.reference,
        revision=revision,
        outcome=str(outcome),
        votes=len(standing.votes),
        roll=advice.roll_id,
        conditions=len(given),
    )
    if outcome == Choice.DEFER:
        reason = f"The panel deferred its advice. {advice.summary}"
        return_for_changes(application=row, asked=asked, summary=reason, by=by)
    else:
        move(application=row, to=State.ADVISED, by=by)
    telling.advice_recorded(row, advice)
    return advice


def _conditions(row: Application, given: Sequence[str | ConditionGiven]) -> list[ConditionGiven]:
    """The conditions that have words, each with somebody who may clear it where it has to be cleared."""
    each = [one if isinstance(one, ConditionGiven) else ConditionGiven(one) for one in given]
    each = [ConditionGiven(one.words.strip(), one.due, one.clears) for one in each if one.words.strip()]
    able = {person.pk for person in selectors.may_clear(row)}
    for one in each:
        if one.due not in list(Due):
            raise Invalid("Say until when each condition has to be met.", field="conditions", rule="due")
        if one.due == Due.SPECIAL and one.clears is not None:
            raise Invalid(
                "Nobody clears a special condition: it holds all the time.", field="conditions", rule="clears"
            )
        if one.due != Due.SPECIAL and one.clears not in able:
            raise Invalid(
                "Name who clears each condition: somebody without a conflict who does not decide the case.",
                field="conditions",
                rule="clears",
            )
    return each


def _roll_of_votes(item: AgendaItem, standing: selectors.Standing) -> Roll:
    """The roll of those whose votes the advice rests on."""
    voted = {vote.member_id for vote in standing.votes}
    void = {vote.member_id for vote in standing.void}
    sittings = list(item.meeting.sittings.order_by("person"))
    return take_roll(
        item,
        [each for each in sittings if each.person_id in voted],
        [each for each in sittings if each.person_id in void],
    )
