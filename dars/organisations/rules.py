"""What an organisation has to hold, whose lapse stops what, and the life of a stop. Pure: no database, no clock."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from dars.core import times
from dars.core.life_cycle import LifeCycle
from dars.core.rights import P

# --- What is needed --------------------------------------------------------------------------------------------------


class Need(StrEnum):
    """What an organisation has to have, whichever assurance gives it."""

    SECURITY = "security"
    REGISTRATION = "registration"
    CONTRACT = "contract"
    REVIEW = "review"

    @property
    def label(self) -> str:
        return NEEDS[self].label


@dataclass(frozen=True)
class Asked:
    """One need: its words, the kinds of assurance of which one suffices, and the standard that asks for it.

    `identifiable`: asked for identifiable data alone, of an assurance that was reviewed.
    """

    label: str
    kinds: tuple[str, ...]
    source: str
    identifiable: bool = False


NEEDS: dict[Need, Asked] = {
    Need.SECURITY: Asked("security assurance", ("dspt", "slsp", "iso27001"), "DARS standard 2a"),
    Need.REGISTRATION: Asked("ICO registration", ("ico",), "DARS standard 2b"),
    Need.CONTRACT: Asked("Data sharing framework contract", ("framework_contract",), "DARS standard 1b"),
    # "Identifiable data need a reviewed DSPT": neither a policy nor a certificate does instead. What counts as reviewed
    # (here: the day of the review is on record with the evidence) is unverified.
    Need.REVIEW: Asked("reviewed toolkit assessment (for identifiable data)", ("dspt",), "DARS standard 2a", True),
}

IDENTIFIABLE_NEEDS = frozenset(need for need, asked in NEEDS.items() if asked.identifiable)

# DARS standard 2a: Met, Exceeded, or an improvement plan that was approved (which brings a special condition).
IMPROVEMENT_PLAN = "Approved improvement plan"
DSPT_ACCEPTED = ("Standards Met", "Standards Exceeded", IMPROVEMENT_PLAN)
DSPT_STATUSES = (*DSPT_ACCEPTED, "Approaching Standards", "Standards Not Met")

# --- Whose lapse stops what ------------------------------------------------------------------------------------------


class Part(StrEnum):
    """What an organisation is in an agreement."""

    CONTROLLER = "controller"
    PROCESSOR = "processor"


@dataclass(frozen=True)
class Effect:
    """What lapses of these needs do: to which agreements, to whose downloads, and where that is said."""

    needs: tuple[Need, ...]
    agreements: str
    downloads: str
    source: str


# Both block a submission that names the organisation, and every release under the agreements.
WHOSE_LAPSE: dict[Part, Effect] = {
    Part.CONTROLLER: Effect(
        (Need.SECURITY, Need.REGISTRATION, Need.CONTRACT, Need.REVIEW),
        "every agreement in which it is a controller, sole or joint",
        "those of all recipients, of its joint controllers too: the purpose is theirs together",
        "DARS standards 1b, 2a and 2b; that a joint controller's lapse stops the others is unverified",
    ),
    Part.PROCESSOR: Effect(
        (Need.SECURITY, Need.REGISTRATION, Need.REVIEW),
        "every agreement in which it is a processor",
        "those of all recipients: what they download, the processor holds",
        "DARS standard 1c (listed, contracted, assured); its contract is with the controller; the reach is unverified",
    ),
}
# What goes on whatever has lapsed: the ways in which an organisation puts things right or gives account.
NEVER_STOPPED = (
    "certificates of destruction",
    "reports of incidents",
    "replies to audits",
    "annual confirmations",
    "acknowledgements of notices",
)
# Days before the last one on which the organisation and the service's staff are told (the service's own choice).
WARN_DAYS = (90, 30)


class Held(Protocol):
    """An assurance as the rules see it."""

    kind: str
    status: str
    expires_on: dt.date
    reviewed_on: dt.date | None

    def get_kind_display(self) -> str: ...


def accepted(held: Held) -> bool:
    """True unless its status is one that is not enough, whatever its dates."""
    return held.kind != "dspt" or held.status in DSPT_ACCEPTED


def gives(held: Held, need: Need) -> bool:
    """True if it is what is needed, whatever its dates."""
    asked = NEEDS[need]
    return held.kind in asked.kinds and accepted(held) and not (asked.identifiable and held.reviewed_on is None)


def needs_of(part: Part, *, identifiable: bool) -> tuple[Need, ...]:
    """What an organisation in that part has to have, for identifiable data or for others."""
    return tuple(need for need in WHOSE_LAPSE[part].needs if identifiable or not NEEDS[need].identifiable)


def covers(need: Need, held: Iterable[Held], day: dt.date) -> bool:
    """True if one of them gives what is needed on that day; its last day counts."""
    return any(gives(each, need) and day <= each.expires_on for each in held)


def covered_until(need: Need, held: Iterable[Held]) -> dt.date | None:
    """The last day on which what is needed is there; None if it never was."""
    return max((each.expires_on for each in held if gives(each, need)), default=None)


def lapse(name: str, need: Need, held: Iterable[Held], day: dt.date) -> str | None:
    """Why the organisation of that name does not have what is needed on that day, in a sentence; None if it has."""
    held = list(held)
    if covers(need, held, day):
        return None
    if need is Need.REVIEW:
        return _not_reviewed(name, held, day)
    asked = NEEDS[need]
    fitting = sorted((each for each in held if each.kind in asked.kinds), key=lambda each: each.expires_on)
    if not fitting:
        return f"{name} has no {asked.label} on record ({asked.source})."
    last = fitting[-1]
    if day > last.expires_on:
        return f"The {last.get_kind_display()} of {name} expired on {in_words(last.expires_on)} ({asked.source})."
    return f"The {last.get_kind_display()} status of {name} is not Met or Exceeded ({asked.source})."


def _not_reviewed(name: str, held: list[Held], day: dt.date) -> str:
    mine = [each for each in held if each.kind in NEEDS[Need.REVIEW].kinds]
    if not mine:
        why = f"{name} has none on record"
    elif day > mine[-1].expires_on:
        why = f"that of {name} expired on {in_words(mine[-1].expires_on)}"
    elif not accepted(mine[-1]):
        why = f"the status of {name} is not Met or Exceeded"
    else:
        why = f"that of {name} has not been reviewed"
    kind = "Data Security and Protection Toolkit assessment"
    return f"Identifiable data need a reviewed {kind} ({NEEDS[Need.REVIEW].source}): {why}."


# --- A stop ----------------------------------------------------------------------------------------------------------


class Stop(StrEnum):
    """Where a stop stands: it outlives the lapse until a person lifts it."""

    ON = "on"
    LIFTED = "lifted"

    @property
    def label(self) -> str:
        return {Stop.ON: "Data are stopped", Stop.LIFTED: "Lifted"}[self]


@dataclass(frozen=True)
class Transition:
    """One way from state to state: the right it takes, and its audit tag."""

    does: str
    who: P | None
    audit: str


TRANSITIONS: dict[tuple[Stop, Stop], Transition] = {
    (Stop.ON, Stop.LIFTED): Transition("lift, once the renewal is recorded", P.STOP_LIFT, "organisation.stop_lifted"),
}
LIFE_CYCLE = LifeCycle("A stop after a lapse of assurance", TRANSITIONS, {state: state.label for state in Stop})


# --- An invitation ---------------------------------------------------------------------------------------------------

INVITATION_GOOD_FOR = dt.timedelta(days=14)  # as that to an application
# What a person signs for binds the organisation, and whoever signs takes others up: nobody gives that alone.
TAKES_TWO = frozenset({"signatory"})


class Invited(StrEnum):
    """Where an invitation into an organisation stands. The last two are final."""

    PROPOSED = "proposed"
    SENT = "sent"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        return _INVITED[self]


_INVITED = {
    Invited.PROPOSED: "Waits for a second person",
    Invited.SENT: "Invited",
    Invited.ACCEPTED: "Accepted",
    Invited.WITHDRAWN: "Withdrawn",
}


def takes_two(roles: Iterable[str], *, from_inside: bool) -> bool:
    """True if somebody else has to confirm the invitation before it is sent: for parts that bind the organisation, and
    for all that a colleague of the service gives, who does not sign for it."""
    return not from_inside or bool(TAKES_TWO & set(roles))


_WITHDRAW = Transition("take back", P.MEMBERSHIP_GIVE, "organisation.invitation_withdrawn")
INVITATIONS: dict[tuple[Invited, Invited], Transition] = {
    (Invited.PROPOSED, Invited.SENT): Transition(
        "another person confirms", P.MEMBERSHIP_GIVE, "organisation.invitation_confirmed"
    ),
    (Invited.SENT, Invited.ACCEPTED): Transition("join", None, "organisation.invitation_accepted"),
    (Invited.PROPOSED, Invited.WITHDRAWN): _WITHDRAW,
    (Invited.SENT, Invited.WITHDRAWN): _WITHDRAW,
}
LIFE_CYCLES = (LifeCycle("An invitation into an organisation", INVITATIONS, {state: state.label for state in Invited}),)


def in_words(day: dt.date) -> str:
    """15 June 2026."""
    return times.day(day)
