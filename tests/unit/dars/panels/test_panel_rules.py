"""Conflicts, quorum and advice, against a second telling of the rules."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dars.panels.rules import BARRED, Ballot, Choice, Part, Tie, bars, missing_for_quorum, open_to_advice

ballots = st.lists(st.builds(Ballot, choice=st.sampled_from(Choice), chair=st.booleans()), max_size=9)


@given(ballots)
def test_quorum_is_four_members_with_a_chair(votes: list[Ballot]) -> None:
    quorate = len(votes) >= 4 and any(vote.chair for vote in votes)
    assert (missing_for_quorum(votes) == []) is quorate


@given(ballots)
def test_every_missing_requirement_is_named(votes: list[Ballot]) -> None:
    missing = missing_for_quorum(votes)
    assert any("4 members" in words for words in missing) is (len(votes) < 4)
    assert any("chair" in words for words in missing) is (not any(vote.chair for vote in votes))


@given(ballots)
def test_another_vote_never_breaks_the_quorum(votes: list[Ballot]) -> None:
    more = [*votes, Ballot(Choice.OPPOSE)]
    assert set(missing_for_quorum(more)) <= set(missing_for_quorum(votes))


@given(ballots)
def test_advice_follows_the_most_votes(votes: list[Ballot]) -> None:
    counts = {choice: sum(vote.choice == choice for vote in votes) for choice in Choice}
    allowed = open_to_advice(votes)
    assert allowed == {choice for choice in Choice if votes and counts[choice] == max(counts.values())}


def test_a_tie_leaves_the_choice_to_the_chair() -> None:
    votes = [Ballot(Choice.SUPPORT), Ballot(Choice.SUPPORT, chair=True), Ballot(Choice.DEFER), Ballot(Choice.DEFER)]
    assert open_to_advice(votes) == {Choice.SUPPORT, Choice.DEFER}


# Written out by hand, so that a change of the table has to be made twice.
EXPECTED = {
    (Part.REVIEW, Tie.REVIEWED): False,
    (Part.REVIEW, Tie.PANEL): False,
    (Part.VOTE, Tie.PANEL): False,
    (Part.ADVISE, Tie.PANEL): False,
}


@pytest.mark.parametrize(("part", "tie"), list(itertools.product(Part, Tie)))
def test_each_tie_bars_from_the_parts_it_should(part: Part, tie: Tie) -> None:
    assert bool(bars(part, [tie])) is EXPECTED.get((part, tie), True)


@given(st.sampled_from(Part), st.sets(st.sampled_from(Tie)))
def test_one_reason_for_each_barring_tie(part: Part, ties: set[Tie]) -> None:
    assert len(bars(part, ties)) == len(ties & BARRED[part])
