"""Conflicts, quorum and advice, against a second telling of the rules."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dars.panels.rules import (
    BARRED,
    TRANSITIONS,
    Ballot,
    Choice,
    MeetingState,
    Part,
    Sitter,
    Tie,
    bars,
    missing_for_quorum,
    open_to_advice,
    quorum,
)

sitters = st.lists(st.builds(Sitter, chair=st.booleans(), lay=st.booleans(), independent=st.booleans()), max_size=9)
ballots = st.lists(st.builds(Ballot, choice=st.sampled_from(Choice)), max_size=9)


@given(sitters)
def test_quorum_is_four_with_a_chair_a_lay_member_and_independents_in_the_majority(there: list[Sitter]) -> None:
    dependent = [one for one in there if not one.independent]
    quorate = (
        len(there) >= 4
        and any(one.chair for one in there)
        and any(one.lay for one in there)
        and len(dependent) < len(there) - len(dependent)
    )
    assert (missing_for_quorum(there) == []) is quorate


@given(sitters)
def test_every_missing_requirement_is_named_with_how_it_stands(there: list[Sitter]) -> None:
    members, chair, lay, independent = quorum(there)
    assert members.found == str(len(there)) and members.met is (len(there) >= 4)
    assert chair.met is any(one.chair for one in there)
    assert lay.met is any(one.lay for one in there)
    assert independent.found == f"{sum(one.independent for one in there)} of {len(there)}"
    assert all(check.source for check in (members, chair, lay, independent))


@given(sitters)
def test_another_independent_member_never_breaks_the_quorum(there: list[Sitter]) -> None:
    assert set(missing_for_quorum([*there, Sitter(independent=True)])) <= set(missing_for_quorum(there))


def test_half_of_them_are_no_majority() -> None:
    half = [Sitter(chair=True), Sitter(), Sitter(lay=True, independent=True), Sitter(independent=True)]
    assert missing_for_quorum(half) == ["Independent members are in the majority"]


@given(ballots)
def test_advice_follows_the_most_votes(votes: list[Ballot]) -> None:
    counts = {choice: sum(vote.choice == choice for vote in votes) for choice in Choice}
    allowed = open_to_advice(votes)
    assert allowed == {choice for choice in Choice if votes and counts[choice] == max(counts.values())}


def test_a_tie_leaves_the_choice_to_the_chair() -> None:
    votes = [Ballot(choice) for choice in (Choice.SUPPORT, Choice.SUPPORT, Choice.DEFER, Choice.DEFER)]
    assert open_to_advice(votes) == {Choice.SUPPORT, Choice.DEFER}


# Written out by hand, so that a change of the table has to be made twice. An interest and the applicant's team bar
# from every part.
EXPECTED = {
    Tie.REVIEWED: {Part.VOTE, Part.ADVISE, Part.PULL_BACK, Part.OPINE, Part.DECIDE, Part.CONFIRM, Part.APPEAL},
    Tie.PANEL: {Part.OPINE, Part.DECIDE, Part.CONFIRM, Part.APPEAL, Part.OUTPUT_CHECK},
    Tie.VOTED: {Part.REVIEW},
    Tie.OPINION: {Part.REVIEW, Part.VOTE, Part.ADVISE, Part.PULL_BACK, Part.DECIDE, Part.CONFIRM, Part.APPEAL},
    Tie.CLEARED: {Part.OPINE, Part.DECIDE, Part.CONFIRM, Part.APPEAL},
    Tie.FIRST: {Part.CONFIRM},
    Tie.DECIDED: set(Part) - {Part.DECIDE, Part.CONFIRM},
    Tie.REFUSED: set(Part),
    Tie.APPEAL: set(Part) - {Part.APPEAL},
}


@pytest.mark.parametrize(("part", "tie"), list(itertools.product(Part, Tie)))
def test_each_tie_bars_from_the_parts_it_should(part: Part, tie: Tie) -> None:
    assert bool(bars(part, [tie])) is (part in EXPECTED.get(tie, set(Part)))


@given(st.sampled_from(Part), st.sets(st.sampled_from(Tie)))
def test_one_reason_for_each_barring_tie(part: Part, ties: set[Tie]) -> None:
    assert len(bars(part, ties)) == len(ties & BARRED[part])


def test_a_meeting_is_opened_and_closed_once() -> None:
    moves = {(before.value, after.value) for before, after in TRANSITIONS}
    assert moves == {("planned", "in_session"), ("planned", "cancelled"), ("in_session", "closed")}
    assert {before for before, _ in TRANSITIONS} == {MeetingState.PLANNED, MeetingState.IN_SESSION}
