"""What takes two people: one proposes, another confirms, and only then it is done. Knows none of the actions.

An application registers its actions from `ready`; the payload is all that `perform` gets, so that what the second
person read is what is done.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from dars.accounts.models import Proposal, User
from dars.accounts.rules import LAPSES_AFTER, REASON_LENGTH, TRANSITIONS, State, check_payload
from dars.audit.public import label, record
from dars.core import clock, outbox
from dars.core.errors import Invalid, NotAllowed, WrongState
from dars.core.permissions import P, allowed, require

Payload = Mapping[str, str | int]


@dataclass(frozen=True)
class Action:
    """Something that takes two people. `words`: what would be done, as one sentence without a full stop; `grave`: once
    it is done, nobody can undo it; `about`: the address of the page of what it is about."""

    name: str
    words: str | Callable[[Payload], str]
    right: P
    perform: Callable[[Payload, User, User], None]
    check: Callable[[Payload], None]
    grave: bool = False
    about: Callable[[Payload], str] | None = None

    def in_words(self, payload: Payload) -> str:
        return self.words if isinstance(self.words, str) else self.words(payload)


_actions: dict[str, Action] = {}


def action(
    name: str,
    words: str | Callable[[Payload], str],
    *,
    right: P,
    perform: Callable[[Payload, User, User], None],
    check: Callable[[Payload], None] = lambda payload: None,
    grave: bool = False,
    about: Callable[[Payload], str] | None = None,
) -> None:
    """Registers an action, from an app's `ready`. Its name is a label such as "role.grant".

    `perform(payload, by1, by2)` does it when the second person confirms, in that transaction; `check(payload)` raises
    a DomainError for what could not be done anyway, when it is proposed. Raises ValueError for a name taken by another.
    """
    new = Action(name, words, right, perform, check, grave, about)
    if name in _actions and _actions[name].perform is not perform:
        raise ValueError(f"the action {name} is registered twice")
    _actions[name] = new


def rights() -> frozenset[P]:
    """Every right that some action takes: whoever has one has the page of proposals."""
    return frozenset(each.right for each in _actions.values())


def actions_of(person: User) -> list[str]:
    """The names of the actions that the person may propose and confirm."""
    return [name for name, each in _actions.items() if allowed(person, each.right)]


def right_of(name: str) -> P:
    """The right that the action takes. Raises ValueError for an action that nobody registered."""
    return _registered(name).right


def is_grave(proposal: Proposal) -> bool:
    """Whether nobody can undo it once it is done."""
    return _registered(proposal.action).grave


def page_about(proposal: Proposal) -> str:
    """The address of the page of what it is about; empty if there is none."""
    about = _registered(proposal.action).about
    return about(proposal.payload) if about else ""


def _registered(name: str) -> Action:
    if name not in _actions:
        raise ValueError(f"no such action: {name}")
    return _actions[name]


# --- Moves -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def propose(*, action: str, subject: str = "", payload: Payload, reason: str, by: User) -> Proposal:
    """A proposal for somebody else to confirm within 7 days. `subject`: what it is about, e.g. `label(user)`.

    Raises Invalid without a reason (field `reason`), WrongState if the same is proposed already.
    """
    registered = _registered(action)
    require(by, registered.right)
    check_payload(payload)
    registered.check(payload)
    proposal = Proposal(
        action=action,
        subject=subject,
        payload=dict(payload),
        words=registered.in_words(payload),
        reason=_reason(reason),
        proposed_by=by,
        proposed_at=clock.now(),
        lapses_at=clock.now() + LAPSES_AFTER,
    )
    try:
        with transaction.atomic():
            proposal.save()
    except IntegrityError:
        raise WrongState("This has been proposed already, and waits for a second person.") from None
    record("proposal.made", by=by, subject=proposal, action=action, about=subject)
    outbox.emit("proposal.made", f"proposal:{proposal.pk}", proposal_id=proposal.pk)
    return proposal


@transaction.atomic
def confirm(*, proposal: Proposal, by: User) -> Proposal:
    """Does what was proposed.

    Raises NotAllowed for the proposer and for the person whom it is about; WrongState when it has been decided, has
    lapsed, or its proposer may not propose it any more.
    """
    row = _open(proposal, by)
    if row.proposed_by_id == by.pk:
        raise NotAllowed("You proposed this, so somebody else has to confirm it.")
    if row.subject == label(by):
        raise NotAllowed("This is about yourself, so somebody else has to confirm it.")
    registered = _registered(row.action)
    if not allowed(row.proposed_by, registered.right):
        raise WrongState(f"{row.proposed_by.name} may no longer propose this. Reject it, and propose it anew.")
    registered.perform(row.payload, row.proposed_by, by)
    return _decide(row, State.CONFIRMED, by=by)


@transaction.atomic
def reject(*, proposal: Proposal, by: User, reason: str) -> Proposal:
    """Ends a proposal without doing it; its proposer takes it back so."""
    row = _open(proposal, by)
    row.rejected_because = _reason(reason)
    return _decide(row, State.REJECTED, by=by)


def lapse_due() -> int:
    """Ends proposals whose time is over. Returns how many."""
    ended = 0
    for proposal in Proposal.objects.filter(state=State.OPEN, lapses_at__lte=clock.now()):
        with transaction.atomic():
            row = Proposal.objects.select_for_update().get(pk=proposal.pk)
            if row.state == State.OPEN:
                _decide(row, State.LAPSED, by=None)
                ended += 1
    return ended


def _open(proposal: Proposal, by: User) -> Proposal:
    rows = Proposal.objects.select_for_update(of=("self",)).select_related("proposed_by")
    row = rows.get(pk=proposal.pk)
    require(by, right_of(row.action))
    if row.state != State.OPEN:
        raise WrongState(f"The proposal is “{row.state_label}”, so nothing more can be done with it.")
    if row.lapses_at <= clock.now():
        raise WrongState("The proposal was not confirmed in time and has lapsed. Propose it anew.")
    return row


def _decide(row: Proposal, to: State, *, by: User | None) -> Proposal:
    transition = TRANSITIONS[(State(row.state), to)]
    row.state, row.decided_by, row.decided_at = to, by, clock.now()
    row.save(update_fields=["state", "decided_by", "decided_at", "rejected_because"])
    record(transition.audit, by=by, subject=row, action=row.action, about=row.subject, proposer=label(row.proposed_by))
    outbox.emit("proposal.decided", f"proposal:{row.pk}", proposal_id=row.pk)
    return row


def _reason(text: str) -> str:
    given = text.strip()
    if not given:
        raise Invalid("Give the reason", field="reason", rule="required")
    if len(given) > REASON_LENGTH:
        raise Invalid(f"The reason must be {REASON_LENGTH} characters or fewer", field="reason", rule="length")
    return given
