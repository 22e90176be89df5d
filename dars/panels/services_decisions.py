"""Every write of the decision: by one approver, or by two where it takes two; and the letter that says so."""

from collections.abc import Mapping, Sequence

from django.db import transaction

from dars.accounts.public import Proposal, User, two_people
from dars.applications.public import Application, Revision, State, move, particulars, spec
from dars.audit.public import label, record
from dars.core import clock, outbox, tasks
from dars.core.errors import Invalid, WrongState
from dars.correspondence.public import Asked, return_for_changes
from dars.organisations.public import is_member
from dars.panels import precedents, selectors, services_opinions, telling
from dars.panels.models import Decision, FirstApproval
from dars.panels.rules import Choice, Due, Part
from dars.panels.taking import taking

LETTER = "panels.write_letter"  # the job's name
AGAINST_ADVICE = "decision.against_advice"  # the action that takes two people


@transaction.atomic
def approve(*, application: Application, revision: int, reasons: str, by: User) -> Decision | FirstApproval:
    """Approves the revision. In the same transaction: decision, state, audit events, and the event that queues the run.

    Identifiable data take two: this is then the first of two approvals, and nothing happens yet. Raises NotAllowed for
    anybody tied to the case, WrongState if it has been decided or is not ready for it: an open condition, advice that
    is not supportive (which takes two people to go against, see `approve_against_advice`).
    """
    row, seen = taking(Part.DECIDE, application, revision, by)
    advice = selectors.advice_on(row, revision)
    if advice is not None and advice.outcome == Choice.OPPOSE:
        raise WrongState(
            "The panel’s advice is not supportive. To approve against it takes two people.", rule="against_advice"
        )
    _require_ready(row, seen, reasons)
    if not selectors.takes_two(seen):
        return _approved(row, seen, by, reasons)
    first = selectors.first_approval_of(row, revision)
    if first is not None:
        raise WrongState(f"{first.approver.name} has already approved this as the first of two.", rule="first_of_two")
    first = FirstApproval.objects.create(
        application=row,
        revision=revision,
        approver=by,
        office=selectors.office_of(by),
        reasons=reasons.strip(),
        spec_sha256=seen.spec_sha256,
        created_at=clock.now(),
    )
    record(
        "decision.first_approval",
        by=by,
        subject=row,
        case=row.reference,
        revision=revision,
        spec_sha256=seen.spec_sha256,
    )
    telling.second_approval_awaited(row, first)
    return first


@transaction.atomic
def confirm(*, application: Application, revision: int, reasons: str, by: User) -> Decision:
    """The second of two approvals, by another approver: what the first recorded takes effect."""
    row, seen = taking(Part.CONFIRM, application, revision, by)
    first = selectors.first_approval_of(row, revision)
    if first is None:
        raise WrongState("Nobody has approved this revision as the first of two.", rule="first_of_two")
    _require_ready(row, seen, reasons)
    if selectors.why_not(Part.DECIDE, first.approver, row):
        raise WrongState(f"{first.approver.name} can no longer decide on this case. Return or refuse it.", rule="tied")
    return _approved(row, seen, first.approver, first.reasons, second=by, second_reasons=reasons)


@transaction.atomic
def propose_against_advice(*, application: Application, revision: int, reasons: str, by: User) -> Proposal:
    """Asks another approver to confirm an approval against the panel's advice. Nothing is decided yet."""
    row, seen = taking(Part.DECIDE, application, revision, by)
    _require_ready(row, seen, reasons)
    payload = {"application": row.pk, "revision": revision, "reference": row.reference}
    return two_people.propose(action=AGAINST_ADVICE, subject=label(row), payload=payload, reason=reasons.strip(), by=by)


def check_against_advice(payload: Mapping[str, str | int]) -> None:
    """Raises WrongState where the panel's advice is not against an approval."""
    application = Application.objects.get(pk=payload["application"])
    advice = selectors.advice_on(application, int(payload["revision"]))
    if advice is None or advice.outcome != Choice.OPPOSE:
        raise WrongState("The panel’s advice does not stand against an approval.")


@transaction.atomic
def approve_against_advice(payload: Mapping[str, str | int], proposed_by: User, confirmed_by: User) -> None:
    """Approves although the panel's advice is not supportive, for the reasons of the proposal that is confirmed.

    Both have to be free to decide the case, as for identifiable data.
    """
    application, revision = Application.objects.get(pk=payload["application"]), int(payload["revision"])
    check_against_advice(payload)
    row, seen = taking(Part.DECIDE, application, revision, proposed_by)
    taking(Part.CONFIRM, application, revision, confirmed_by)
    proposal = Proposal.objects.get(action=AGAINST_ADVICE, subject=label(row), state="open")
    _require_ready(row, seen, proposal.reason)
    record("decision.against_advice", by=confirmed_by, subject=row, case=row.reference, revision=revision)
    second_reasons = "Confirms the reasons of the first approver."
    _approved(row, seen, proposed_by, proposal.reason, second=confirmed_by, second_reasons=second_reasons)


@transaction.atomic
def refuse(*, application: Application, revision: int, reasons: str, by: User) -> Decision:
    """Refuses the revision, with reasons that the applicant reads. One approver suffices: nothing is released."""
    row, seen = taking(_part(application, revision), application, revision, by)
    decision = _decide(row, seen, Decision.Outcome.REFUSE, by, reasons)
    move(application=row, to=State.REFUSED, by=by, reason=decision.reasons)
    telling.decided(row, decision)
    return decision


@transaction.atomic
def return_to_applicant(
    *, application: Application, revision: int, reasons: str, asked: Sequence[Asked] = (), by: User
) -> None:
    """Back to the applicant, who reads the reasons and which questions to change."""
    row, _ = taking(_part(application, revision), application, revision, by)
    if not reasons.strip():
        raise Invalid("Say what to change.", field="reasons", rule="required")
    return_for_changes(application=row, asked=asked, summary=reasons, by=by)


@transaction.atomic
def record_view(*, application: Application, revision: int, by: User) -> None:
    """A reading of the case file by a colleague is an event."""
    record("application.viewed", by=by, subject=application, case=application.reference, revision=revision)


def _part(application: Application, revision: int) -> Part:
    """Once there is a first approval, it is for another approver to go on."""
    return Part.CONFIRM if selectors.first_approval_of(application, revision) else Part.DECIDE


def _approved(
    row: Application, seen: Revision, by: User, reasons: str, *, second: User | None = None, second_reasons: str = ""
) -> Decision:
    decision = _decide(row, seen, Decision.Outcome.APPROVE, by, reasons, second, second_reasons)
    move(application=row, to=State.APPROVED, by=second or by, reason=decision.reasons)
    outbox.emit("case.approved", f"application:{row.pk}", application_id=row.pk)
    telling.decided(row, decision)
    return decision


def _decide(
    row: Application,
    seen: Revision,
    outcome: str,
    by: User,
    reasons: str,
    second: User | None = None,
    second_reasons: str = "",
) -> Decision:
    if not reasons.strip():
        raise Invalid("Give the reasons for your decision.", field="reasons", rule="required")
    decision = Decision.objects.create(
        application=row,
        revision=seen.number,
        approver=by,
        office=selectors.office_of(by),
        outcome=outcome,
        reasons=reasons.strip(),
        second_approver=second,
        second_office=selectors.office_of(second) if second else "",
        second_reasons=second_reasons.strip() if second else "",
        takes_two=selectors.takes_two(seen),
        public_interest=selectors.relies_on_public_interest(row, seen.number),
        opinion=selectors.opinion_on(row, seen.number),
        spec_sha256=seen.spec_sha256,
        created_at=clock.now(),
    )
    record(
        "decision.made",
        by=second or by,
        subject=row,
        case=row.reference,
        revision=seen.number,
        outcome=str(outcome),
        spec_sha256=seen.spec_sha256,
        approvers=2 if second else 1,
    )
    tasks.queue(LETTER, decision.pk)
    return decision


def _require_ready(row: Application, seen: Revision, reasons: str) -> None:
    if not reasons.strip():
        raise Invalid("Give the reasons for your decision.", field="reasons", rule="required")
    waiting = selectors.open_conditions(row, seen.number, Due.DECISION)
    if waiting:
        numbers = ", ".join(str(each.number) for each in waiting)
        raise WrongState(f"Conditions that come before the decision are not cleared yet: {numbers}.", rule="conditions")
    services_opinions.require_opinion(row, seen.number)
    if row.state == State.SHORT_ROUTE:
        precedents.require_still_met(row, seen)
    _check_can_be_agreed(seen)


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
