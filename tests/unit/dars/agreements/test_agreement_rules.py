"""When state and dates let data flow."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dars.agreements.rules import TRANSITIONS, State, exits, name_matches, right_to_reach, why_not_live

START, END = dt.date(2026, 3, 1), dt.date(2027, 2, 28)


@given(st.dates(dt.date(2025, 1, 1), dt.date(2028, 1, 1)))
def test_in_force_from_the_first_day_to_the_last(day: dt.date) -> None:
    assert (why_not_live("D", "in_force", "", START, END, day) == []) is (START <= day <= END)


@pytest.mark.parametrize("state", ["issued", "suspended", "expired", "ended"])
@given(day=st.dates(dt.date(2025, 1, 1), dt.date(2028, 1, 1)))
def test_no_other_state_lets_data_flow(state: str, day: dt.date) -> None:
    assert why_not_live("D", state, "breach", START, END, day)


def test_the_reason_is_in_the_sentence() -> None:
    [sentence] = why_not_live("D-1", "suspended", "breach", START, END, START)
    assert sentence == "The agreement D-1 is suspended: a breach of the agreement."
    [sentence] = why_not_live("D-1", "in_force", "", START, END, END + dt.timedelta(days=1))
    assert sentence == "The agreement D-1 expired at the end of 28 February 2027."
    [sentence] = why_not_live("D-1", "in_force", "", START, END, START - dt.timedelta(days=1))
    assert sentence == "The agreement D-1 starts on 1 March 2026."


def test_nothing_leads_back_from_the_end() -> None:
    assert {source for source, _ in TRANSITIONS}.isdisjoint({"expired", "ended"})


@pytest.mark.parametrize("typed", ["Ada Lovelace", "ada lovelace", "  ADA   Lovelace "])
def test_a_typed_name_matches_whatever_its_case(typed: str) -> None:
    assert name_matches(typed, "Ada Lovelace")


@pytest.mark.parametrize("typed", ["", "Ada", "Ada Lovelac", "AdaLovelace", "Lovelace Ada"])
def test_another_name_does_not(typed: str) -> None:
    assert not name_matches(typed, "Ada Lovelace")


def test_an_empty_name_matches_nothing() -> None:
    assert not name_matches("", "")


def test_people_move_agreements_by_one_right_only() -> None:
    assert right_to_reach(State.SUSPENDED) == right_to_reach(State.ENDED) == right_to_reach(State.IN_FORCE)
    assert right_to_reach(State.EXPIRED) is None
    assert set(exits(State.IN_FORCE)) == {State.SUSPENDED, State.SUPERSEDED, State.EXPIRED, State.ENDED}
