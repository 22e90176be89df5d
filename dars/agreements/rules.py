"""The life of an agreement as one table, and when an agreement lets data flow. Pure: no database, no clock."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from dars.core import times
from dars.core.life_cycle import LifeCycle
from dars.core.rights import P


class State(StrEnum):
    """Where an agreement stands. The last three are final."""

    ISSUED = "issued"
    IN_FORCE = "in_force"
    SUSPENDED = "suspended"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    ENDED = "ended"

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS = {
    State.ISSUED: "Issued for signature",
    State.IN_FORCE: "In force",
    State.SUSPENDED: "Suspended",
    State.SUPERSEDED: "Superseded by a new version",
    State.EXPIRED: "Expired",
    State.ENDED: "Ended early",
}
FINAL = frozenset({State.SUPERSEDED, State.EXPIRED, State.ENDED})
# In force, or so until a suspension: there is one such version of an agreement at most.
BINDING = frozenset({State.IN_FORCE, State.SUSPENDED})


class Reason(StrEnum):
    """Why an agreement was suspended, or ended before its time: codes, so that the audit trail can hold them."""

    BREACH = "breach"
    INCIDENT = "incident"
    ASSURANCE = "assurance"
    AUDIT = "audit"
    DESTRUCTION = "destruction"
    REQUEST = "request"

    @property
    def label(self) -> str:
        return _REASONS[self]


_REASONS = {
    Reason.BREACH: "A breach of the agreement",
    Reason.INCIDENT: "A data incident",
    Reason.ASSURANCE: "An assurance that lapsed or was found wanting",
    Reason.AUDIT: "A finding of a data sharing audit",
    Reason.DESTRUCTION: "A certificate of destruction that is overdue",
    Reason.REQUEST: "A request of a controller",
}
# Whose suspension only two people lift together: it was a decision about trust, not about a date.
TWO_PEOPLE_LIFT = frozenset({Reason.BREACH, Reason.INCIDENT, Reason.AUDIT})
# What the service may suspend for, and lift again, by itself: what a date settles. The rest is for people.
BY_ITSELF = frozenset({Reason.ASSURANCE, Reason.DESTRUCTION})


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
    (State.IN_FORCE, State.SUPERSEDED): Transition("a new version comes into force", None, "agreement.superseded"),
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
    elif state == State.SUPERSEDED:
        reasons.append(f"The agreement {reference} was superseded by a new version.")
    if day < starts_on:
        reasons.append(f"The agreement {reference} starts on {times.day(starts_on)}.")
    if state != State.SUPERSEDED and (day > ends_on or state == State.EXPIRED):
        reasons.append(f"The agreement {reference} expired at the end of {times.day(ends_on)}.")
    return reasons


# Days before the end on which its people are told, the furthest first.
WARN_DAYS = (dt.timedelta(days=90), dt.timedelta(days=30))


def warning_due(days_left: int, told: int | None) -> int | None:
    """The warning to give now, as its days before the end; None if it has been given, or none is due yet.

    One that came late is given in the words of the nearest: whoever is told of 30 days is not told of 90 as well.
    """
    nearest = min((one.days for one in WARN_DAYS if days_left <= one.days), default=None)
    return nearest if nearest is not None and (told is None or told > nearest) else None


# --- Versions --------------------------------------------------------------------------------------------------------


class Kind(StrEnum):
    """How a version of an agreement came about. The last three are kinds of amendments (`dars.applications`)."""

    NEW = "new"
    AMENDMENT = "amendment"
    EXTENSION = "extension"
    RENEWAL = "renewal"

    @property
    def label(self) -> str:
        return _KINDS[self]


_KINDS = {
    Kind.NEW: "New agreement",
    Kind.AMENDMENT: "Amendment",
    Kind.EXTENSION: "Extension",
    Kind.RENEWAL: "Renewal",
}


def next_version(kind: Kind, highest: tuple[int, int]) -> tuple[int, int]:
    """The version after `highest`, the highest that was issued: a renewal begins a new main version (v2.0), because it
    has a term of its own; an amendment and an extension count on behind the point (v1.1), as in references such as
    DARS-NIC-377644-X9J4P-v1.2. A version that was issued and never came into force keeps its number."""
    major, minor = highest
    return (major + 1, 0) if kind is Kind.RENEWAL else (major, minor + 1)


def covers(newer: dict[str, Any], older: dict[str, Any]) -> bool:
    """Whether whatever an extract by the specification `older` holds may also be had under `newer`, both as JSON.

    That is so if `newer` has each of its datasets with at least its months and its fields in the same forms, chooses
    people and records in no other way, and is bound to no more opt-outs. In doubt it is not.
    """
    selections = {item["dataset"]: item for item in newer["datasets"]}
    for item in older["datasets"]:
        wider = selections.get(item["dataset"])
        if wider is None or not (
            wider["period_from"] <= item["period_from"] <= item["period_to"] <= wider["period_to"]
        ):
            return False
        if any(choice not in wider["fields"] for choice in item["fields"]):
            return False
    same = ("filters", "cohort", "opt_out", "identifiability")
    return all(newer[key] == older[key] for key in same) and (
        newer["linkage"]["max_match_rank"] >= older["linkage"]["max_match_rank"]
    )


def name_matches(typed: str, name: str) -> bool:
    """Whether what was typed is the name, whatever the case and the spaces between words."""
    return typed.casefold().split() == name.casefold().split() != []


def _in_sentence(label: str) -> str:
    return label[:1].lower() + label[1:]
