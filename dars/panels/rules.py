"""Who may take part in a case, when the panel is quorate, what it may advise, how a meeting goes. Pure: no clock."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from dars.core.life_cycle import LifeCycle
from dars.core.rights import P


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
    REVIEWED = "reviewed"  # recorded a review of the case, or proposed it under a precedent
    PANEL = "panel"  # sits on the panel by role, or has voted on the case
    VOTED = "voted"  # voted on the case, or recorded the panel's advice
    OPINION = "opinion"  # gave the Caldicott Guardian's opinion on the case
    CLEARED = "cleared"  # is named to clear, or has cleared, a condition of the panel
    FIRST = "first"  # gave the first of two approvals of the latest revision
    DECIDED = "decided"  # approved the case, or gave the first of two approvals of any revision
    REFUSED = "refused"  # refused the case
    APPEAL = "appeal"  # upheld or dismissed an appeal in the case


class Part(StrEnum):
    """The parts that colleagues play in a case. The last two are played after the decision."""

    REVIEW = "review"
    VOTE = "vote"
    ADVISE = "advise"
    PULL_BACK = "pull_back"
    CLEAR = "clear"
    OPINE = "opine"
    DECIDE = "decide"
    CONFIRM = "confirm"
    APPEAL = "appeal"
    PRODUCE = "produce"
    OUTPUT_CHECK = "output_check"


_OUTSIDE = frozenset({Tie.INTEREST, Tie.TEAM})
_JUDGED = _OUTSIDE | {Tie.REVIEWED, Tie.PANEL, Tie.CLEARED}
_ADVISED = _JUDGED | {Tie.OPINION}
_RULED = frozenset({Tie.REFUSED, Tie.APPEAL})
_DECIDED = _RULED | {Tie.DECIDED}

# Which ties bar from which part. A member with a conflict withdraws and does not count to the quorum (AGD terms of
# reference; unverified). The panel advises and does not decide (DARS process), so whoever sat there, reviewed the case,
# proposed it under a precedent or clears its conditions, does not decide it; nor does whoever voted on it, or gave the
# opinion, review it when it comes back. The second of two approvers is another person than the first. Whoever gave the
# Caldicott Guardian's opinion on a disclosure in the public interest leaves the decision to others, and does not vote
# (chosen; no source). Whoever decided, refused or ruled on an appeal neither reviews the case nor sits on it nor clears
# its conditions, nor produces the extract or checks what comes out. What an upheld appeal brings back is decided by
# approvers who have neither refused nor upheld it. An approver who returned a case, or gave the first of two approvals
# before another returned it, decides on the next revision like any other. A data production reviewer may check the
# output of a case that they reviewed: that check is of files, not of the request.
BARRED: dict[Part, frozenset[Tie]] = {
    Part.REVIEW: _OUTSIDE | _DECIDED | {Tie.VOTED, Tie.OPINION},
    Part.VOTE: _OUTSIDE | _DECIDED | {Tie.REVIEWED, Tie.OPINION},
    Part.ADVISE: _OUTSIDE | _DECIDED | {Tie.REVIEWED, Tie.OPINION},
    Part.PULL_BACK: _OUTSIDE | _DECIDED | {Tie.REVIEWED, Tie.OPINION},
    Part.CLEAR: _OUTSIDE | _DECIDED,
    Part.OPINE: _JUDGED | _DECIDED,
    Part.DECIDE: _ADVISED | _RULED,
    Part.CONFIRM: _ADVISED | _RULED | {Tie.FIRST},
    Part.APPEAL: _ADVISED | {Tie.DECIDED, Tie.REFUSED},
    Part.PRODUCE: _OUTSIDE | _DECIDED,
    Part.OUTPUT_CHECK: _OUTSIDE | _DECIDED | {Tie.PANEL},
}

_WORDS = {
    Tie.INTEREST: "You declared an interest in this case, so you take no part in it.",
    Tie.TEAM: "You or your organisation are part of this application, so you take no part in judging it.",
    Tie.REVIEWED: "You reviewed this case, so somebody else has to do this.",
    Tie.PANEL: "You sit on the panel, which advises and does not decide.",
    Tie.VOTED: "You voted on this case, so somebody else has to do this.",
    Tie.OPINION: "You gave the Caldicott Guardian’s opinion on this case, so somebody else has to do this.",
    Tie.CLEARED: "You clear conditions of this case, so somebody else has to do this.",
    Tie.FIRST: "You approved this as the first of two, so somebody else has to do this.",
    Tie.DECIDED: "You decided on this case, so somebody else has to do this.",
    Tie.REFUSED: "You refused this case, so somebody else has to do this.",
    Tie.APPEAL: "You decided on an appeal in this case, so somebody else has to do this.",
}


def bars(part: Part, ties: Iterable[Tie]) -> list[str]:
    """Why a person with these ties may not play the part, in plain sentences; empty if they may."""
    return [_WORDS[tie] for tie in Tie if tie in BARRED[part] and tie in set(ties)]


# --- Quorum ----------------------------------------------------------------------------------------------------------


class Seat(StrEnum):
    """What a person is at a meeting."""

    CHAIR = "chair"
    DEPUTY = "deputy"
    MEMBER = "member"

    @property
    def label(self) -> str:
        return {"chair": "Chair", "deputy": "Deputy chair", "member": "Member"}[self]


class Kind(StrEnum):
    """What a member of the panel brings (AGD terms of reference; unverified)."""

    CLINICAL = "clinical"
    ETHICS = "ethics"
    RESEARCH = "research"
    LAY = "lay"

    @property
    def label(self) -> str:
        return {"clinical": "Clinical", "ethics": "Ethics", "research": "Research", "lay": "Lay"}[self]


@dataclass(frozen=True)
class Sitter:
    """A member who is in no conflict, as far as the quorum goes. `chair`: the chair or a deputy."""

    chair: bool = False
    lay: bool = False
    independent: bool = False


@dataclass(frozen=True)
class Ballot:
    """One vote that counts, and who cast it."""

    choice: Choice
    sitter: Sitter = Sitter()


@dataclass(frozen=True)
class Requirement:
    """One row of the quorum table. `found`: how it stands, in words."""

    words: str
    source: str
    met: Callable[[list[Sitter]], bool]
    found: Callable[[list[Sitter]], str]


# Quorum 4 with chair or deputy and a lay member, independents in the majority (AGD terms of reference; unverified).
QUORUM_SOURCE = "AGD terms of reference, as this service reads them"
QUORUM_MEMBERS = 4
QUORUM_CHAIRS = 1
QUORUM_LAY = 1


def _independents(sitters: list[Sitter]) -> int:
    return sum(sitter.independent for sitter in sitters)


QUORUM = (
    Requirement(
        f"At least {QUORUM_MEMBERS} members without a conflict",
        QUORUM_SOURCE,
        lambda sitters: len(sitters) >= QUORUM_MEMBERS,
        lambda sitters: str(len(sitters)),
    ),
    Requirement(
        "The chair or a deputy is among them",
        QUORUM_SOURCE,
        lambda sitters: sum(sitter.chair for sitter in sitters) >= QUORUM_CHAIRS,
        lambda sitters: str(sum(sitter.chair for sitter in sitters)),
    ),
    Requirement(
        "A lay member is among them",
        QUORUM_SOURCE,
        lambda sitters: sum(sitter.lay for sitter in sitters) >= QUORUM_LAY,
        lambda sitters: str(sum(sitter.lay for sitter in sitters)),
    ),
    Requirement(
        "Independent members are in the majority",
        QUORUM_SOURCE,
        lambda sitters: 2 * _independents(sitters) > len(sitters),
        lambda sitters: f"{_independents(sitters)} of {len(sitters)}",
    ),
)


@dataclass(frozen=True)
class Check:
    """A requirement held against the members there are."""

    words: str
    source: str
    found: str
    met: bool


def quorum(sitters: list[Sitter]) -> list[Check]:
    """The whole table, each row with how it stands."""
    return [Check(row.words, row.source, row.found(sitters), row.met(sitters)) for row in QUORUM]


def missing_for_quorum(sitters: list[Sitter]) -> list[str]:
    """The requirements of the quorum table that the members do not meet; empty when the panel is quorate."""
    return [check.words for check in quorum(sitters) if not check.met]


def open_to_advice(ballots: list[Ballot]) -> frozenset[Choice]:
    """What the chair may record: the choice with most votes; of several with equally many, any of them."""
    counts = Counter(ballot.choice for ballot in ballots)
    most = max(counts.values(), default=0)
    return frozenset(choice for choice, count in counts.items() if count == most)


# --- Conditions and decisions ----------------------------------------------------------------------------------------


class Due(StrEnum):
    """Until when a condition of the panel has to be met."""

    DECISION = "decision"
    RELEASE = "release"
    SPECIAL = "special"

    @property
    def label(self) -> str:
        return _DUE[self]


_DUE = {
    Due.DECISION: "Before the decision",
    Due.RELEASE: "Before any data are released",
    Due.SPECIAL: "All the time, as a special condition of the agreement",
}


class Office(StrEnum):
    """In whose name an approver decides: the SIRO, the Caldicott Guardian or their delegate (DARS process)."""

    SIRO = "siro"
    CALDICOTT = "caldicott"
    SIRO_DELEGATE = "siro_delegate"
    CALDICOTT_DELEGATE = "caldicott_delegate"

    @property
    def label(self) -> str:
        return _OFFICES[self]


_OFFICES = {
    Office.SIRO: "Senior Information Risk Owner",
    Office.CALDICOTT: "Caldicott Guardian",
    Office.SIRO_DELEGATE: "delegate of the Senior Information Risk Owner",
    Office.CALDICOTT_DELEGATE: "delegate of the Caldicott Guardian",
}
GUARDIANS = frozenset({Office.CALDICOTT, Office.CALDICOTT_DELEGATE})
SINGLE = frozenset({Office.SIRO, Office.CALDICOTT})  # held by one person at a time; delegates may be several

# A disclosure in the public interest goes to the Caldicott Guardian first.
OPINION_SOURCE = "DARS standard 7b"


# --- A meeting -------------------------------------------------------------------------------------------------------


class MeetingState(StrEnum):
    """Where a meeting stands. The last two are final; minutes have versions of their own."""

    PLANNED = "planned"
    IN_SESSION = "in_session"
    CLOSED = "closed"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        return MEETING_LABELS[self]


MEETING_LABELS = {
    MeetingState.PLANNED: "Planned",
    MeetingState.IN_SESSION: "In session",
    MeetingState.CLOSED: "Closed",
    MeetingState.CANCELLED: "Cancelled",
}


@dataclass(frozen=True)
class Transition:
    """One way of a meeting from state to state."""

    does: str
    who: P
    audit: str


TRANSITIONS: dict[tuple[MeetingState, MeetingState], Transition] = {
    (MeetingState.PLANNED, MeetingState.IN_SESSION): Transition("open", P.PANEL_MANAGE, "meeting.opened"),
    (MeetingState.PLANNED, MeetingState.CANCELLED): Transition("cancel", P.PANEL_MANAGE, "meeting.cancelled"),
    (MeetingState.IN_SESSION, MeetingState.CLOSED): Transition("close", P.PANEL_MANAGE, "meeting.closed"),
}
LIFE_CYCLE = LifeCycle("A meeting of the panel", TRANSITIONS, {state: state.label for state in MeetingState})
