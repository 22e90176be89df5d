"""How an agreement stands: in force, suspended, superseded, expired, ended. The one place where its state changes."""

from collections.abc import Mapping

from django.db import transaction
from django.db.models import Q

from dars.accounts.public import Proposal, User, two_people
from dars.agreements import telling
from dars.agreements.models import Agreement, StateChange
from dars.agreements.rules import (
    BINDING,
    BY_ITSELF,
    FINAL,
    TRANSITIONS,
    TWO_PEOPLE_LIFT,
    WARN_DAYS,
    Reason,
    State,
    right_to_reach,
    warning_due,
)
from dars.applications.public import is_of_applicants_team
from dars.audit.public import label, record
from dars.core import clock, outbox
from dars.core.errors import Invalid, NotAllowed, WrongState
from dars.core.permissions import P, require

# What arriving in a state announces to production and delivery.
ANNOUNCED = {
    State.IN_FORCE: "agreement.in_force",
    State.SUSPENDED: "agreement.suspended",
    State.SUPERSEDED: "agreement.superseded",
    State.EXPIRED: "agreement.ended",
    State.ENDED: "agreement.ended",
}


def locked(agreement: Agreement) -> Agreement:
    """The row, locked with all versions of its agreement until the caller's transaction ends.

    Always the whole lineage and in one order: what happens to one version may move another.
    """
    lineage = Agreement.objects.filter(pk=agreement.pk).values("lineage")
    rows = Agreement.objects.select_related("application__organisation").filter(lineage__in=lineage)
    versions = {row.pk: row for row in rows.select_for_update(of=("self",)).order_by("pk")}
    for row in versions.values():
        if row.supersedes_id:
            row.supersedes = versions[row.supersedes_id]  # the locked row: the joined one may be older
    return versions[agreement.pk]


# --- Suspend, lift, end ----------------------------------------------------------------------------------------------


@transaction.atomic
def suspend(*, agreement: Agreement, reason: str, words: str = "", by: User) -> Agreement:
    """Stops all flow of data at once, until the suspension is lifted. Both sides read the words."""
    return _move(locked(agreement), State.SUSPENDED, by=by, reason=_reason(reason), words=words)


@transaction.atomic
def suspend_by_service(*, agreement_id: int, reason: str, words: str = "") -> bool:
    """The service itself suspends an agreement that is in force, for one of the reasons in `BY_ITSELF`.

    False, and nothing happens, if it is not in force. Raises ValueError for another reason.
    """
    if reason not in BY_ITSELF:
        raise ValueError(f"the service does not suspend by itself for this: {reason}")
    row = locked(Agreement.objects.get(pk=agreement_id))
    if row.state != State.IN_FORCE:
        return False
    _move(row, State.SUSPENDED, reason=Reason(reason), words=words)
    return True


@transaction.atomic
def lift(*, agreement: Agreement, words: str = "", by: User) -> Agreement:
    """Ends a suspension. Raises WrongState when the term is over, or where two people have to lift it."""
    row = _may_lift(agreement, by)
    if row.state_reason in TWO_PEOPLE_LIFT:
        raise WrongState("Two people lift this suspension: propose it, and another approver confirms it.")
    return _move(row, State.IN_FORCE, by=by, words=words)


LIFT = "agreement.lift_suspension"  # the action that takes two people


def propose_lift(*, agreement: Agreement, words: str, by: User) -> Proposal:
    """Asks another approver to confirm that a suspension is lifted that takes two. Nothing is lifted yet."""
    row = Agreement.objects.get(pk=agreement.pk)
    payload = {"agreement": row.pk, "reference": row.reference, "because": row.state_reason}
    return two_people.propose(action=LIFT, subject=label(agreement), payload=payload, reason=words, by=by)


def check_lift(payload: Mapping[str, str | int]) -> None:
    """Raises WrongState where there is no suspension that two people lift."""
    found = Agreement.objects.get(pk=payload["agreement"])
    if found.state != State.SUSPENDED or found.state_reason not in TWO_PEOPLE_LIFT:
        raise WrongState("The agreement is not suspended for what two people lift.")


@transaction.atomic
def lift_together(payload: Mapping[str, str | int], proposed_by: User, confirmed_by: User) -> None:
    """Lifts a suspension that takes two people, in the words of the proposal that the second person confirms."""
    agreement = Agreement.objects.get(pk=payload["agreement"])
    row = _may_lift(agreement, proposed_by)
    if is_of_applicants_team(proposed_by, row.application):
        raise NotAllowed(f"{proposed_by.name} is named in this agreement, so somebody else has to propose this.")
    proposal = Proposal.objects.get(action=LIFT, subject=label(row), state="open")
    _move(row, State.IN_FORCE, by=confirmed_by, words=proposal.reason)


@transaction.atomic
def lift_by_service(*, agreement_id: int, reason: str) -> bool:
    """The service lifts a suspension for a reason of `BY_ITSELF`. False if the agreement is not suspended for it."""
    if reason not in BY_ITSELF:
        raise ValueError(f"the service does not lift this by itself: {reason}")
    row = locked(Agreement.objects.get(pk=agreement_id))
    if row.state != State.SUSPENDED or row.state_reason != reason or clock.today() > row.ends_on:
        return False
    _move(row, State.IN_FORCE)
    return True


@transaction.atomic
def end(*, agreement: Agreement, reason: str, words: str = "", by: User) -> Agreement:
    """Ends the agreement before its time, for good; a version of it that waits for signatures ends with it."""
    row = locked(agreement)
    was_binding = row.state in BINDING
    row = _move(row, State.ENDED, by=by, reason=_reason(reason), words=words)
    if was_binding:
        for successor in Agreement.objects.filter(lineage=row.lineage_id, state=State.ISSUED):
            _move(locked(successor), State.ENDED, by=by, reason=_reason(reason), words=words)
    return row


def _may_lift(agreement: Agreement, by: User) -> Agreement:
    row = locked(agreement)
    require(by, P.AGREEMENT_SUSPEND, row)
    if clock.today() > row.ends_on:
        raise WrongState("The term of the agreement is over, so the suspension cannot be lifted.")
    if row.state != State.SUSPENDED:
        raise WrongState("The agreement is not suspended.")
    return row


def _reason(code: str) -> Reason:
    try:
        return Reason(code)
    except ValueError:
        raise Invalid("Choose a reason.", field="reason", rule="known") from None


# --- What dates bring ------------------------------------------------------------------------------------------------


def keep_terms() -> int:
    """Puts in force and expires what is due today, and tells of ends that come near. Returns how many changed.

    Each agreement in a transaction of its own. The newest first: a renewal that begins today supersedes the version
    whose last day was yesterday, so that files released under it stay.
    """
    today = clock.today()
    near = Q(state=State.IN_FORCE, ends_on__lte=today + max(WARN_DAYS))
    changed = 0
    for agreement in Agreement.objects.filter(Q(state=State.ISSUED) | near | Q(state=State.SUSPENDED)).order_by("-pk"):
        with transaction.atomic():
            row = locked(agreement)
            changed += keep_term(row).state != agreement.state
            _warn(row)
    return changed


def keep_term(row: Agreement) -> Agreement:
    """Moves the locked row to the state that its dates and signatures bring; as it is if they bring none."""
    today = clock.today()
    if row.state not in FINAL and today > row.ends_on:
        return _move(row, State.EXPIRED)
    if row.state != State.ISSUED or today < row.starts_on or row.signatures.filter(signed_at=None).exists():
        return row
    if row.supersedes and row.supersedes.state == State.SUSPENDED:
        return row  # a new version is no way round a suspension: it waits until that is lifted
    return _move(row, State.IN_FORCE)


def _warn(row: Agreement) -> None:
    days = (row.ends_on - clock.today()).days
    due = warning_due(days, row.ending_told)
    if row.state == State.IN_FORCE and due is not None:
        row.ending_told = due
        row.save(update_fields=["ending_told"])
        record("agreement.ending_told", by=None, subject=row, case=row.application.reference, days=due)
        telling.ending(row, days)


# --- The one place where an agreement changes its state --------------------------------------------------------------


def _move(
    row: Agreement, to: State, *, by: User | None = None, reason: Reason | None = None, words: str = ""
) -> Agreement:
    before = State(row.state)
    transition = TRANSITIONS.get((before, to))
    if by is not None:
        require(by, right_to_reach(to), row)
        if is_of_applicants_team(by, row.application):
            raise NotAllowed("You are named in this agreement, so somebody else has to do this.")
    if transition is None:
        raise WrongState(f"The agreement is “{before.label}”, so it cannot become “{to.label}” now.")
    if to == State.IN_FORCE and before == State.ISSUED and row.supersedes and row.supersedes.state == State.IN_FORCE:
        old = row.supersedes
        _move(old, State.SUPERSEDED)
        telling.superseded(old, row)
    row.state, row.state_reason = to, reason or ""
    if to == State.IN_FORCE and row.in_force_at is None:
        row.in_force_at = clock.now()
    row.save(update_fields=["state", "state_reason", "in_force_at"])
    StateChange.objects.create(
        agreement=row, from_state=before, to_state=to, reason=reason or "", words=words.strip(), by=by, at=clock.now()
    )
    payload = {"reason": str(reason)} if transition.reason else {}
    record(transition.audit, by=by, subject=row, case=row.application.reference, **payload)
    outbox.emit(ANNOUNCED[to], f"agreement:{row.pk}", agreement_id=row.pk)
    if to in (State.EXPIRED, State.ENDED) and before in BINDING:
        _end_of_the_line(row)
    _tell(row, before, to, reason, words.strip())
    if before == State.SUSPENDED and to == State.IN_FORCE:
        for successor in Agreement.objects.filter(supersedes=row, state=State.ISSUED):
            keep_term(locked(successor))  # signed while the suspension kept it from coming into force
            row.refresh_from_db(fields=["state"])
    return row


def _end_of_the_line(row: Agreement) -> None:
    """Files that were released under earlier versions were kept by this one: their end is announced as well."""
    for earlier in Agreement.objects.filter(lineage=row.lineage_id, state=State.SUPERSEDED):
        outbox.emit("agreement.ended", f"agreement:{earlier.pk}", agreement_id=earlier.pk)


def _tell(row: Agreement, before: State, to: State, reason: Reason | None, words: str) -> None:
    if to == State.IN_FORCE:
        telling.resumed(row) if before == State.SUSPENDED else telling.in_force(row)
    elif to == State.SUSPENDED:
        telling.suspended(row, reason, words)
    elif to == State.EXPIRED:
        telling.expired(row)
    elif to == State.ENDED:
        telling.ended(row, reason, words)
