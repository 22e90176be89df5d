"""The life of an application as one table: who may move it from where to where, and under which guard. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from dars.core.errors import NotAllowed, WrongState
from dars.core.life_cycle import LifeCycle
from dars.core.rights import P


class State(StrEnum):
    """Where an application stands. What follows an approval is the agreement's life; a refusal may be appealed."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    RETURNED = "returned"
    WITH_PANEL = "with_panel"
    SHORT_ROUTE = "short_route"
    ADVISED = "advised"
    APPROVED = "approved"
    REFUSED = "refused"
    APPEALED = "appealed"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS = {
    State.DRAFT: "Draft",
    State.IN_REVIEW: "In review",
    State.RETURNED: "Returned for changes",
    State.WITH_PANEL: "With the panel",
    State.SHORT_ROUTE: "Proposed under a precedent",
    State.ADVISED: "Panel has advised",
    State.APPROVED: "Approved",
    State.REFUSED: "Refused",
    State.APPEALED: "Refused, under appeal",
    State.WITHDRAWN: "Withdrawn",
}
EDITABLE = frozenset({State.DRAFT, State.RETURNED})
# Days after a refusal, the last one included, in which the applicant may appeal (unverified: no source is published).
APPEAL_DAYS = 28


@dataclass(frozen=True)
class Facts:
    """All that a guard may look at. The defaults are those under which least is allowed."""

    whole: bool = False  # no answer is missing
    screened_out: bool | None = None  # None: not screened
    independent: bool = False  # the actor is not of the applicant's team
    in_time: bool = False  # the refusal is no older than APPEAL_DAYS
    first_appeal: bool = False  # nobody has appealed against this refusal before
    bars: tuple[str, ...] = ("You take no part in this appeal.",)  # why the actor may not decide the appeal
    reopened: bool = False  # the revision is on record anew, so that review and panel begin afresh


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


def appealable(facts: Facts) -> None:
    """Once for each refusal, and in time."""
    if not facts.first_appeal:
        raise WrongState("This refusal has been appealed against before, and that decision is final.")
    if not facts.in_time:
        raise WrongState(f"A refusal may be appealed against within {APPEAL_DAYS} days, which are over.")


def another(facts: Facts) -> None:
    """An appeal is decided by somebody who has not refused the case, and whom nothing ties to it."""
    independent(facts)
    if facts.bars:
        raise NotAllowed(" ".join(facts.bars))


def reopens(facts: Facts) -> None:
    """As `another`; and what is judged again is a revision of its own."""
    another(facts)
    if not facts.reopened:
        raise WrongState("Only the decision on an appeal reopens a case.")


@dataclass(frozen=True)
class Transition:
    """One way from state to state: the right it takes, its guard, its audit tag, whether a reason must be given, and
    whether the service writes a letter about it (the decision of an approver has one of its own)."""

    does: str
    who: P
    audit: str
    guard: Guard = free
    reason: bool = False
    letter: bool = False


_SUBMIT = Transition("submit", P.APPLICATION_SUBMIT, "application.submitted", passes_screening)
_SCREEN_OUT = Transition(
    "submit, refused at screening",
    P.APPLICATION_SUBMIT,
    "application.refused_at_screening",
    fails_screening,
    letter=True,
)
_WITHDRAW = Transition("withdraw", P.APPLICATION_SUBMIT, "application.withdrawn", reason=True)

_APPROVE = Transition("approve", P.CASE_DECIDE, "application.approved", independent, reason=True)
_REFUSE = Transition("refuse", P.CASE_DECIDE, "application.refused", independent, reason=True)


def _send_back(who: P) -> Transition:
    return Transition("return for changes", who, "application.returned", independent, reason=True)


_UPHOLD = Transition("uphold the appeal", P.CASE_DECIDE, "application.appeal_upheld", reopens, reason=True, letter=True)

TRANSITIONS: dict[tuple[State, State], Transition] = {
    (State.DRAFT, State.IN_REVIEW): _SUBMIT,
    (State.DRAFT, State.REFUSED): _SCREEN_OUT,
    (State.RETURNED, State.IN_REVIEW): _SUBMIT,
    (State.RETURNED, State.REFUSED): _SCREEN_OUT,
    (State.IN_REVIEW, State.RETURNED): _send_back(P.APPLICATION_REVIEW),
    (State.IN_REVIEW, State.WITH_PANEL): Transition(
        "send to the panel", P.APPLICATION_REVIEW, "application.sent_to_panel", independent
    ),
    (State.IN_REVIEW, State.SHORT_ROUTE): Transition(
        "propose under a precedent", P.APPLICATION_REVIEW, "application.proposed_under_precedent", independent
    ),
    (State.SHORT_ROUTE, State.WITH_PANEL): Transition(
        "pull back to a meeting", P.PANEL_VOTE, "application.pulled_back", independent, reason=True
    ),
    (State.WITH_PANEL, State.ADVISED): Transition("advise", P.PANEL_CHAIR, "application.advised", independent),
    (State.WITH_PANEL, State.RETURNED): _send_back(P.PANEL_CHAIR),
    **{(state, State.APPROVED): _APPROVE for state in (State.ADVISED, State.SHORT_ROUTE)},
    **{(state, State.REFUSED): _REFUSE for state in (State.ADVISED, State.SHORT_ROUTE)},
    **{(state, State.RETURNED): _send_back(P.CASE_DECIDE) for state in (State.ADVISED, State.SHORT_ROUTE)},
    (State.REFUSED, State.APPEALED): Transition(
        "appeal", P.APPLICATION_SUBMIT, "application.appealed", appealable, reason=True
    ),
    (State.APPEALED, State.IN_REVIEW): _UPHOLD,
    (State.APPEALED, State.WITH_PANEL): _UPHOLD,
    (State.APPEALED, State.REFUSED): Transition(
        "dismiss the appeal", P.CASE_DECIDE, "application.appeal_dismissed", another, reason=True, letter=True
    ),
    **{
        (state, State.WITHDRAWN): _WITHDRAW
        for state in (
            State.DRAFT,
            State.RETURNED,
            State.IN_REVIEW,
            State.WITH_PANEL,
            State.SHORT_ROUTE,
            State.ADVISED,
            State.APPEALED,
        )
    },
}


def exits(state: State) -> dict[State, Transition]:
    """Where an application in this state may go, and how."""
    return {after: transition for (before, after), transition in TRANSITIONS.items() if before == state}


LIFE_CYCLE = LifeCycle("An application", TRANSITIONS, {state: state.label for state in State})
