"""Who may take part in a case, when the panel is quorate and what it may advise. Pure: no database, no clock."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum


class Choice(StrEnum):
    """What a member may vote for, and what the panel may advise (AGD's four kinds of advice)."""

    SUPPORT = "support"
    CONDITIONS = "conditions"
    DEFER = "defer"
    OPPOSE = "oppose"

    @property
    def label(self) -> str:
        return _VOTES[self]

    @property
    def advice(self) -> str:
        return _ADVICE[self]


_VOTES = {
    Choice.SUPPORT: "Support",
    Choice.CONDITIONS: "Support with conditions",
    Choice.DEFER: "Defer",
    Choice.OPPOSE: "Do not support",
}
_ADVICE = {
    Choice.SUPPORT: "Supportive",
    Choice.CONDITIONS: "Supportive with conditions",
    Choice.DEFER: "Deferred",
    Choice.OPPOSE: "Not supportive",
}


# --- Conflicts -------------------------------------------------------------------------------------------------------


class Tie(StrEnum):
    """What may tie a colleague to a case."""

    INTEREST = "interest"  # declared by themselves
    TEAM = "team"  # works on the application, is named in it, or belongs to an organisation in it
    REVIEWED = "reviewed"  # recorded a review of the case
    PANEL = "panel"  # sits on the panel by role, or has voted on the case


class Part(StrEnum):
    """The parts that colleagues play in a case."""

    REVIEW = "review"
    VOTE = "vote"
    ADVISE = "advise"
    DECIDE = "decide"


_OUTSIDE = frozenset({Tie.INTEREST, Tie.TEAM})

# Which ties bar from which part. A member with a conflict withdraws and does not count to the quorum (AGD terms of
# reference; unverified). The panel advises and does not decide (DARS process), so whoever sat there, or reviewed the
# case, does not decide it.
BARRED: dict[Part, frozenset[Tie]] = {
    Part.REVIEW: _OUTSIDE,
    Part.VOTE: _OUTSIDE | {Tie.REVIEWED},
    Part.ADVISE: _OUTSIDE | {Tie.REVIEWED},
    Part.DECIDE: _OUTSIDE | {Tie.REVIEWED, Tie.PANEL},
}

_WORDS = {
    Tie.INTEREST: "You declared an interest in this case, so you take no part in it.",
    Tie.TEAM: "You or your organisation are part of this application, so you take no part in judging it.",
    Tie.REVIEWED: "You reviewed this case, so somebody else has to do this.",
    Tie.PANEL: "You sit on the panel, which advises and does not decide.",
}


def bars(part: Part, ties: Iterable[Tie]) -> list[str]:
    """Why a person with these ties may not play the part, in plain sentences; empty if they may."""
    return [_WORDS[tie] for tie in Tie if tie in BARRED[part] and tie in set(ties)]


# --- Quorum and advice -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ballot:
    """One vote of a member who is in no conflict. `chair`: the member is the chair or a deputy."""

    choice: Choice
    chair: bool = False


@dataclass(frozen=True)
class Requirement:
    """One row of the quorum table."""

    words: str
    met: Callable[[list[Ballot]], bool]


# Quorum 4 with chair or deputy (AGD terms of reference; unverified).
QUORUM_MEMBERS = 4
QUORUM_CHAIRS = 1

QUORUM = (
    Requirement(
        f"At least {QUORUM_MEMBERS} members without a conflict have voted",
        lambda ballots: len(ballots) >= QUORUM_MEMBERS,
    ),
    Requirement(
        "The chair or a deputy is among them",
        lambda ballots: sum(ballot.chair for ballot in ballots) >= QUORUM_CHAIRS,
    ),
)


def missing_for_quorum(ballots: list[Ballot]) -> list[str]:
    """The requirements of the quorum table that the ballots do not meet; empty when the panel is quorate."""
    return [requirement.words for requirement in QUORUM if not requirement.met(ballots)]


def open_to_advice(ballots: list[Ballot]) -> frozenset[Choice]:
    """What the chair may record: the choice with most votes; of several with equally many, any of them."""
    counts = Counter(ballot.choice for ballot in ballots)
    most = max(counts.values(), default=0)
    return frozenset(choice for choice, count in counts.items() if count == most)
