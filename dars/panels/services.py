"""Every write of review, panel and decision. Each asks in the same order: right, ties to the case, state, revision."""

from django.db import transaction

from dars.accounts.public import User
from dars.applications.public import Application, Revision, State, locked, move, particulars, spec
from dars.audit.public import record
from dars.core import clock, outbox
from dars.core.errors import Invalid, NotAllowed, WrongState
from dars.core.permissions import P, require
from dars.organisations.public import is_member
from dars.panels import selectors
from dars.panels.models import Advice, Decision, Interest, Review, Vote
from dars.panels.rules import Choice, Part


@transaction.atomic
def record_review(
    *,
    application: Application,
    revision: int,
    outcome: str,
    note: str = "",
    commercial_finding: str = "",
    changes: list[tuple[str, str]] | None = None,
    by: User,
) -> Review:
    """An information governance review: on to the panel, or back with what to change, section by section.

    `changes`: (title of the section, what to change). Where screening found purposes that are commercial in part, the
    finding has to be answered before the panel sees the case (DARS standard 5e).
    """
    row, seen = _taking(Part.REVIEW, application, revision, by)
    changes = [(section, words.strip()) for section, words in changes or [] if words.strip()]
    returning = outcome == Review.Outcome.RETURN
    if returning and not changes:
        raise Invalid("Say what to change in at least one section.", field="changes", rule="required")
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
        changes=changes if returning else [],
        created_at=clock.now(),
    )
    record("review.recorded", by=by, subject=row, case=row.reference, revision=revision, outcome=str(outcome))
    if returning:
        reason = "\n".join(f"{section}: {words}" for section, words in changes)
        move(application=row, to=State.RETURNED, by=by, reason=reason)
    else:
        move(application=row, to=State.WITH_PANEL, by=by)
    return review


@transaction.atomic
def declare_interest(*, application: Application, nature: str, by: User) -> Interest:
    """The person takes no further part in the case; a vote they have cast no longer counts. It cannot be taken back."""
    row = locked(application.pk)
    require(by, P.APPLICATION_VIEW, row)
    if not selectors.may_declare(by):
        raise NotAllowed("Only reviewers, panel members and approvers declare an interest in a case.")
    if not nature.strip():
        raise Invalid("Say what your interest is.", field="nature", rule="required")
    if Interest.objects.filter(application=row, person=by).exists():
        raise WrongState("You have already declared an interest in this case.")
    interest = Interest.objects.create(application=row, person=by, nature=nature.strip(), declared_at=clock.now())
    record("interest.declared", by=by, subject=row, case=row.reference)
    return interest


@transaction.atomic
def cast_vote(
    *, application: Application, revision: int, choice: str, rationale: str, conditions: str = "", by: User
) -> Vote:
    """The member's view with its reasons. Voting again replaces it, until the advice is recorded."""
    row, _ = _taking(Part.VOTE, application, revision, by)
    if not rationale.strip():
        raise Invalid("Give your reasons.", field="rationale", rule="required")
    if choice == Choice.CONDITIONS and not conditions.strip():
        raise Invalid("Name the conditions under which you support this.", field="conditions", rule="required")
    values = {
        "choice": Choice(choice),
        "rationale": rationale.strip(),
        "conditions": conditions.strip() if choice == Choice.CONDITIONS else "",
        "cast_at": clock.now(),
    }
    vote, _ = Vote.objects.update_or_create(application=row, revision=revision, member=by, defaults=values)
    record("vote.cast", by=by, subject=row, case=row.reference, revision=revision, choice=str(choice))
    return vote


@transaction.atomic
def record_advice(
    *,
    application: Application,
    revision: int,
    outcome: str,
    summary: str,
    conditions: list[str] | None = None,
    by: User,
) -> Advice:
    """The panel's advice, recorded by its chair once the panel is quorate. Deferred: back to the applicant.

    The outcome must be the one with the most votes. `conditions` become special conditions of the agreement.
    """
    row, _ = _taking(Part.ADVISE, application, revision, by)
    standing = selectors.standing(row, revision)
    if not standing.quorate:
        missing = "; ".join(words[:1].lower() + words[1:] for words in standing.missing)
        raise WrongState(f"The panel is not quorate yet. Still needed: {missing}.", rule="quorum")
    if outcome not in standing.open_to:
        raise Invalid("The advice must be what most members voted for.", field="outcome", rule="majority")
    if not summary.strip():
        raise Invalid("Sum up the panel’s reasons.", field="summary", rule="required")
    conditions = [words.strip() for words in conditions or [] if words.strip()]
    if (outcome == Choice.CONDITIONS) != bool(conditions):
        raise Invalid(
            "Give conditions, one a line, exactly when the advice is supportive with conditions.",
            field="conditions",
            rule="required",
        )
    advice = Advice.objects.create(
        application=row,
        revision=revision,
        chair=by,
        outcome=Choice(outcome),
        summary=summary.strip(),
        conditions=conditions,
        created_at=clock.now(),
    )
    record(
        "advice.recorded",
        by=by,
        subject=row,
        case=row.reference,
        revision=revision,
        outcome=str(outcome),
        votes=len(standing.votes),
    )
    if outcome == Choice.DEFER:
        move(application=row, to=State.RETURNED, by=by, reason=f"The panel deferred its advice. {advice.summary}")
    else:
        move(application=row, to=State.ADVISED, by=by)
    return advice


@transaction.atomic
def approve(*, application: Application, revision: int, reasons: str, by: User) -> Decision:
    """Approves the revision. In the same transaction: decision, state, audit events, and the event that queues the run.

    Raises NotAllowed for anybody tied to the case, WrongState if it has been decided or is not ready for it.
    """
    row, seen = _taking(Part.DECIDE, application, revision, by)
    _check_can_be_agreed(seen)
    decision = _decide(row, seen, Decision.Outcome.APPROVE, reasons, by)
    move(application=row, to=State.APPROVED, by=by, reason=decision.reasons)
    outbox.emit("case.approved", f"application:{row.pk}", application_id=row.pk)
    return decision


@transaction.atomic
def refuse(*, application: Application, revision: int, reasons: str, by: User) -> Decision:
    """Refuses the revision, with reasons that the applicant reads."""
    row, seen = _taking(Part.DECIDE, application, revision, by)
    decision = _decide(row, seen, Decision.Outcome.REFUSE, reasons, by)
    move(application=row, to=State.REFUSED, by=by, reason=decision.reasons)
    return decision


@transaction.atomic
def record_view(*, application: Application, revision: int, by: User) -> None:
    """A reading of the case file by a colleague is an event."""
    record("application.viewed", by=by, subject=application, case=application.reference, revision=revision)


def _decide(row: Application, seen: Revision, outcome: str, reasons: str, by: User) -> Decision:
    if not reasons.strip():
        raise Invalid("Give the reasons for your decision.", field="reasons", rule="required")
    decision = Decision.objects.create(
        application=row,
        revision=seen.number,
        approver=by,
        outcome=outcome,
        reasons=reasons.strip(),
        spec_sha256=seen.spec_sha256,
        created_at=clock.now(),
    )
    record(
        "decision.made",
        by=by,
        subject=row,
        case=row.reference,
        revision=seen.number,
        outcome=str(outcome),
        spec_sha256=seen.spec_sha256,
    )
    return decision


def _check_can_be_agreed(revision: Revision) -> None:
    """An approval that could never become an agreement is refused here, while the case can still be returned."""
    asked = particulars(revision)
    if asked.ends_on < clock.today():
        raise Invalid("The term that was asked for is over. Refuse the application.", rule="term")
    for controller in asked.controllers:
        if not any(is_member(person, controller, role="signatory") for person in asked.signatories):
            raise Invalid(f"Nobody is named who signs for {controller.name}.", rule="signatories")
    if spec(revision).sha256 != revision.spec_sha256:
        raise Invalid("The specification differs from the one that was submitted.", rule="spec_hash")


def _taking(part: Part, application: Application, revision: int, by: User) -> tuple[Application, Revision]:
    """The locked application and the revision, if the person may play this part in it now."""
    row = locked(application.pk)
    require(by, selectors.RIGHT_FOR[part])
    reasons = selectors.why_not(part, by, row)
    if reasons:
        raise NotAllowed(" ".join(reasons))
    if row.state != selectors.STATE_FOR[part]:
        raise WrongState(_too_late(row, revision, part))
    seen = selectors.current(row)
    if seen.number != revision:
        raise WrongState("The application has changed since you opened it. Read the latest revision first.")
    return row, seen


def _too_late(row: Application, revision: int, part: Part) -> str:
    decision = selectors.decision_on(row, revision)
    if part is Part.DECIDE and decision:
        done = {"approve": "approved", "refuse": "refused"}[decision.outcome]
        return f"{decision.approver.name} has already {done} this application."
    return f"The application is “{State(row.state).label}”, so this cannot be done now."
