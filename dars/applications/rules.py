"""The life of an application as one table: who may move it from where to where, and under which guard. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from dars.core.errors import NotAllowed, WrongState
from dars.core.life_cycle import LifeCycle
from dars.core.rights import P


class State(StrEnum):
    """Where an application stands. The last three are final; what follows an approval is the agreement's life."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    RETURNED = "returned"
    WITH_PANEL = "with_panel"
    ADVISED = "advised"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS = {
    State.DRAFT: "Draft",
    State.IN_REVIEW: "In review",
    State.RETURNED: "Returned for changes",
    State.WITH_PANEL: "With the panel",
    State.ADVISED: "Panel has advised",
    State.APPROVED: "Approved",
    State.REFUSED: "Refused",
    State.WITHDRAWN: "Withdrawn",
}
EDITABLE = frozenset({State.DRAFT, State.RETURNED})


@dataclass(frozen=True)
class Facts:
    """All that a guard may look at. The defaults are those under which least is allowed."""

    whole: bool = False  # no answer is missing
    screened_out: bool | None = None  # None: not screened
    independent: bool = False  # the actor is not of the applicant's team


# Raises NotAllowed or WrongState when the facts do not allow the move.
Guard = Callable[[Facts], None]


def free(facts: Facts) -> None:
    """No condition beyond the right."""


def passes_screening(facts: Facts) -> None:
    """Whole and screened, with no rule that refuses it."""
    if not facts.whole or facts.screened_out is not False:
        raise WrongState("Only a complete application that passes screening goes to review.")


def fails_screening(facts: Facts) -> None:
    """Whole, and refused by a screening rule."""
    if not facts.whole or facts.screened_out is not True:
        raise WrongState("Only a complete application that fails screening is refused at submission.")


def independent(facts: Facts) -> None:
    """Nobody of the applicant's team reviews, advises on or decides its application."""
    if not facts.independent:
        raise NotAllowed("You are of the applicant's team, so you take no part in this decision.")


@dataclass(frozen=True)
class Transition:
    """One way from state to state: the right it takes, its guard, its audit tag, whether a reason must be given."""

    does: str
    who: P
    audit: str
    guard: Guard = free
    reason: bool = False


_SUBMIT = Transition("submit", P.APPLICATION_SUBMIT, "application.submitted", passes_screening)
_SCREEN_OUT = Transition(
    "submit, refused at screening", P.APPLICATION_SUBMIT, "application.refused_at_screening", fails_screening
)
_WITHDRAW = Transition("withdraw", P.APPLICATION_SUBMIT, "application.withdrawn", reason=True)


def _send_back(who: P) -> Transition:
    return Transition("return for changes", who, "application.returned", independent, reason=True)


TRANSITIONS: dict[tuple[State, State], Transition] = {
    (State.DRAFT, State.IN_REVIEW): _SUBMIT,
    (State.DRAFT, State.REFUSED): _SCREEN_OUT,
    (State.RETURNED, State.IN_REVIEW): _SUBMIT,
    (State.RETURNED, State.REFUSED): _SCREEN_OUT,
    (State.IN_REVIEW, State.RETURNED): _send_back(P.APPLICATION_REVIEW),
    (State.IN_REVIEW, State.WITH_PANEL): Transition(
        "send to the panel", P.APPLICATION_REVIEW, "application.sent_to_panel", independent
    ),
    (State.WITH_PANEL, State.ADVISED): Transition("advise", P.PANEL_CHAIR, "application.advised", independent),
    (State.WITH_PANEL, State.RETURNED): _send_back(P.PANEL_CHAIR),
    (State.ADVISED, State.APPROVED): Transition("approve", P.CASE_DECIDE, "application.approved", independent),
    (State.ADVISED, State.REFUSED): Transition(
        "refuse", P.CASE_DECIDE, "application.refused", independent, reason=True
    ),
    (State.ADVISED, State.RETURNED): _send_back(P.CASE_DECIDE),
    **{
        (state, State.WITHDRAWN): _WITHDRAW
        for state in (State.DRAFT, State.RETURNED, State.IN_REVIEW, State.WITH_PANEL, State.ADVISED)
    },
}


def exits(state: State) -> dict[State, Transition]:
    """Where an application in this state may go, and how."""
    return {after: transition for (before, after), transition in TRANSITIONS.items() if before == state}


LIFE_CYCLE = LifeCycle("An application", TRANSITIONS, {state: state.label for state in State})
