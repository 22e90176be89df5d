"""Two people's proposals: how they may move, and what keeps the service from locking everybody out. Pure."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from dars.core.life_cycle import LifeCycle
from dars.core.rights import P

# Long enough for a colleague's leave to end, short enough that both still know why.
LAPSES_AFTER = dt.timedelta(days=7)
# With one administrator nobody could confirm what that one proposes.
LEAST_ADMINISTRATORS = 2
REASON_LENGTH = 2000


class State(StrEnum):
    """Where a proposal stands. All but the first are final."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    LAPSED = "lapsed"

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS = {
    State.OPEN: "Waits for a second person",
    State.CONFIRMED: "Confirmed and done",
    State.REJECTED: "Rejected",
    State.LAPSED: "Lapsed",
}


@dataclass(frozen=True)
class Transition:
    """A way from state to state. `who`: a right that is enough for accounts' own actions; others name their own."""

    does: str
    who: P | None
    audit: str


TRANSITIONS: dict[tuple[str, str], Transition] = {
    (State.OPEN, State.CONFIRMED): Transition(
        "another person confirms, and it is done", P.ACCOUNT_MANAGE, "proposal.confirmed"
    ),
    (State.OPEN, State.REJECTED): Transition("reject or take back", P.ACCOUNT_MANAGE, "proposal.rejected"),
    (State.OPEN, State.LAPSED): Transition("7 days have passed", None, "proposal.lapsed"),
}

LIFE_CYCLE = LifeCycle("A proposal that takes two people", TRANSITIONS, LABELS)


def check_payload(payload: Mapping[str, object]) -> None:
    """Raises ValueError unless the payload is names with labels or numbers: it is the caller's mistake."""
    for key, value in payload.items():
        if not isinstance(key, str) or isinstance(value, bool) or not isinstance(value, str | int):
            raise ValueError("a proposal carries names with text or whole numbers")
