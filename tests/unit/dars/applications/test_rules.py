"""The table of transitions: every pair of states, every guard."""

import itertools
from pathlib import Path

import pytest

from dars.applications.events import EVENTS
from dars.applications.rules import EDITABLE, LABELS, TRANSITIONS, Facts, State, exits
from dars.core.errors import NotAllowed, WrongState
from dars.core.rights import P

ROOT = Path(__file__).resolve().parents[4]
BEST = {
    State.IN_REVIEW: Facts(whole=True, screened_out=False, independent=True),
    State.REFUSED: Facts(whole=True, screened_out=True, independent=True, bars=()),
    State.APPEALED: Facts(in_time=True, first_appeal=True),
}
REOPENED = Facts(independent=True, bars=(), reopened=True)
ALLOWED = {
    ("draft", "in_review"),
    ("draft", "refused"),
    ("draft", "withdrawn"),
    ("returned", "in_review"),
    ("returned", "refused"),
    ("returned", "withdrawn"),
    ("in_review", "returned"),
    ("in_review", "with_panel"),
    ("in_review", "withdrawn"),
    ("in_review", "short_route"),
    ("short_route", "with_panel"),
    ("short_route", "approved"),
    ("short_route", "refused"),
    ("short_route", "returned"),
    ("short_route", "withdrawn"),
    ("with_panel", "advised"),
    ("with_panel", "returned"),
    ("with_panel", "withdrawn"),
    ("advised", "approved"),
    ("advised", "refused"),
    ("advised", "returned"),
    ("advised", "withdrawn"),
    ("refused", "appealed"),
    ("appealed", "in_review"),
    ("appealed", "with_panel"),
    ("appealed", "refused"),
    ("appealed", "withdrawn"),
}


def test_the_table_holds_exactly_the_moves_of_the_design() -> None:
    pairs = {(before.value, after.value) for before, after in itertools.product(State, State)}
    assert {(before.value, after.value) for before, after in TRANSITIONS} == ALLOWED
    assert pairs >= ALLOWED


FINAL = {State.APPROVED, State.WITHDRAWN}


@pytest.mark.parametrize("state", sorted(FINAL))
def test_nothing_leaves_a_final_state(state: State) -> None:
    assert exits(state) == {}


def test_every_state_but_the_final_ones_has_an_exit_and_every_state_a_label() -> None:
    assert {state for state in State if exits(state)} == set(State) - FINAL
    assert set(exits(State.REFUSED)) == {State.APPEALED}
    assert set(LABELS) == set(State)
    assert EDITABLE.isdisjoint(FINAL)


def test_every_move_is_audited_by_a_declared_event() -> None:
    assert {move.audit for move in TRANSITIONS.values()} <= set(EVENTS)


@pytest.mark.parametrize("pair", TRANSITIONS, ids=lambda pair: f"{pair[0]}-{pair[1]}")
def test_every_guard_allows_the_best_facts(pair: tuple[State, State]) -> None:
    TRANSITIONS[pair].guard(REOPENED if pair[0] is State.APPEALED else BEST.get(pair[1], Facts(independent=True)))


@pytest.mark.parametrize(
    "pair",
    [pair for pair, move in TRANSITIONS.items() if move.who in {P.APPLICATION_REVIEW, P.PANEL_CHAIR, P.CASE_DECIDE}],
    ids=lambda pair: f"{pair[0]}-{pair[1]}",
)
def test_nobody_of_the_applicants_team_reviews_advises_or_decides(pair: tuple[State, State]) -> None:
    with pytest.raises(NotAllowed):
        TRANSITIONS[pair].guard(Facts(whole=True, screened_out=False, independent=False))


@pytest.mark.parametrize("before", sorted(EDITABLE))
@pytest.mark.parametrize(
    ("after", "facts"),
    [
        (State.IN_REVIEW, Facts()),
        (State.IN_REVIEW, Facts(whole=True, screened_out=True)),
        (State.IN_REVIEW, Facts(whole=True, screened_out=None)),
        (State.IN_REVIEW, Facts(whole=False, screened_out=False)),
        (State.REFUSED, Facts()),
        (State.REFUSED, Facts(whole=True, screened_out=False)),
        (State.REFUSED, Facts(whole=False, screened_out=True)),
    ],
)
def test_submission_needs_whole_answers_and_the_verdict_that_fits(before: State, after: State, facts: Facts) -> None:
    with pytest.raises(WrongState):
        TRANSITIONS[before, after].guard(facts)


@pytest.mark.parametrize(
    "facts", [Facts(), Facts(in_time=True), Facts(first_appeal=True)], ids=["neither", "in time", "the first"]
)
def test_an_appeal_is_the_first_and_in_time(facts: Facts) -> None:
    with pytest.raises(WrongState):
        TRANSITIONS[State.REFUSED, State.APPEALED].guard(facts)


@pytest.mark.parametrize("after", [State.REFUSED, State.IN_REVIEW, State.WITH_PANEL])
def test_whoever_is_tied_to_the_case_decides_no_appeal(after: State) -> None:
    for facts in (Facts(independent=True, reopened=True), Facts(bars=(), reopened=True)):
        with pytest.raises(NotAllowed):
            TRANSITIONS[State.APPEALED, after].guard(facts)


def test_an_appeal_that_is_upheld_puts_a_new_revision_before_those_who_judge() -> None:
    for after in (State.IN_REVIEW, State.WITH_PANEL):
        with pytest.raises(WrongState):
            TRANSITIONS[State.APPEALED, after].guard(Facts(independent=True, bars=()))
