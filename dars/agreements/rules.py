"""The life of an agreement as one table, and when an agreement lets data flow. Pure: no database, no clock."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from dars.core.life_cycle import LifeCycle
from dars.core.rights import P


class State(StrEnum):
    """Where an agreement stands. The last two are final."""

    ISSUED = "issued"
    IN_FORCE = "in_force"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    ENDED = "ended"

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS = {
    State.ISSUED: "Issued for signature",
    State.IN_FORCE: "In force",
    State.SUSPENDED: "Suspended",
    State.EXPIRED: "Expired",
    State.ENDED: "Ended early",
}
FINAL = frozenset({State.EXPIRED, State.ENDED})


class Reason(StrEnum):
    """Why an agreement was suspended, or ended before its time: codes, so that the audit trail can hold them."""

    BREACH = "breach"
    ASSURANCE = "assurance"
    AUDIT = "audit"
    REQUEST = "request"

    @property
    def label(self) -> str:
        return _REASONS[self]


_REASONS = {
    Reason.BREACH: "A breach of the agreement",
    Reason.ASSURANCE: "An assurance that lapsed or was found wanting",
    Reason.AUDIT: "A finding of a data sharing audit",
    Reason.REQUEST: "A request of a controller",
}


@dataclass(frozen=True)
class Transition:
    """One way from state to state: the right it takes (None: the service itself) and its audit tag."""

    does: str
    who: P | None
    audit: str
    reason: bool = False


_EXPIRE = Transition("the last day is over", None, "agreement.expired")
_END = Transition("end early", P.AGREEMENT_SUSPEND, "agreement.ended", reason=True)

TRANSITIONS: dict[tuple[State, State], Transition] = {
    (State.ISSUED, State.IN_FORCE): Transition(
        "all have signed and the first day has come", None, "agreement.in_force"
    ),
    (State.IN_FORCE, State.SUSPENDED): Transition("suspend", P.AGREEMENT_SUSPEND, "agreement.suspended", reason=True),
    (State.SUSPENDED, State.IN_FORCE): Transition(
        "lift the suspension", P.AGREEMENT_SUSPEND, "agreement.suspension_lifted"
    ),
    **{(state, State.EXPIRED): _EXPIRE for state in (State.ISSUED, State.IN_FORCE, State.SUSPENDED)},
    **{(state, State.ENDED): _END for state in (State.ISSUED, State.IN_FORCE, State.SUSPENDED)},
}


def exits(state: State) -> dict[State, Transition]:
    """Where an agreement in this state may go, and how."""
    return {after: transition for (before, after), transition in TRANSITIONS.items() if before == state}


def right_to_reach(after: State) -> P | None:
    """The right that moves an agreement into this state by hand; None if only the service does."""
    rights = {transition.who for (_, to), transition in TRANSITIONS.items() if to == after} - {None}
    return next(iter(rights), None)


LIFE_CYCLE = LifeCycle("An agreement", TRANSITIONS, {state: state.label for state in State})


def why_not_live(
    reference: str, state: str, state_reason: str, starts_on: dt.date, ends_on: dt.date, day: dt.date
) -> list[str]:
    """Why state and dates keep data from flowing on that day (London's; both dates inclusive); empty if they do not."""
    reasons = []
    if state == State.ISSUED:
        reasons.append(f"The agreement {reference} is not in force yet: it waits for signatures or for its first day.")
    elif state == State.SUSPENDED:
        reasons.append(f"The agreement {reference} is suspended: {_in_sentence(Reason(state_reason).label)}.")
    elif state == State.ENDED:
        reasons.append(f"The agreement {reference} was ended early: {_in_sentence(Reason(state_reason).label)}.")
    if day < starts_on:
        reasons.append(f"The agreement {reference} starts on {_day(starts_on)}.")
    if day > ends_on or state == State.EXPIRED:
        reasons.append(f"The agreement {reference} expired at the end of {_day(ends_on)}.")
    return reasons


def name_matches(typed: str, name: str) -> bool:
    """Whether what was typed is the name, whatever the case and the spaces between words."""
    return typed.casefold().split() == name.casefold().split() != []


def _in_sentence(label: str) -> str:
    return label[:1].lower() + label[1:]


def _day(date: dt.date) -> str:
    return f"{date.day} {date:%B %Y}"
