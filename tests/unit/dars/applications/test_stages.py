"""The table of stages: every state has its words, and days are working days."""

import datetime as dt

import pytest

from dars.applications.rules import TRANSITIONS, State
from dars.applications.stages import (
    DATA,
    DONE,
    LATER,
    NOW,
    SKIPPED,
    SOURCE,
    STAGES,
    STEPS,
    After,
    progress,
    working_day,
)

MONDAY = dt.date(2026, 11, 23)


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        (MONDAY, 0, MONDAY),
        (MONDAY, 1, dt.date(2026, 11, 24)),
        (MONDAY, 5, dt.date(2026, 11, 30)),
        (dt.date(2026, 11, 27), 1, MONDAY + dt.timedelta(days=7)),  # a Friday
        (dt.date(2026, 11, 28), 1, MONDAY + dt.timedelta(days=7)),  # a Saturday
        (dt.date(2026, 11, 29), 10, dt.date(2026, 12, 11)),  # a Sunday
    ],
)
def test_working_days_run_from_monday_to_friday(start: dt.date, days: int, expected: dt.date) -> None:
    assert working_day(start, days) == expected


def test_every_state_has_a_stage_with_words_for_both_sides() -> None:
    assert set(STAGES) == set(State)
    assert all(stage.told and stage.staff and stage.step in STEPS for stage in STAGES.values())
    assert SOURCE == "unverified"


def test_whoever_acts_next_is_named_unless_nobody_has_to() -> None:
    left = {before for before, _ in TRANSITIONS}
    assert {state for state, stage in STAGES.items() if not stage.who} == {State.REFUSED, State.WITHDRAWN}
    assert {state for state in STAGES if state not in left} == {State.APPROVED, State.WITHDRAWN}


def statuses(state: State, **more: object) -> list[str]:
    found = progress(state, since=MONDAY, today=MONDAY, team=True, **more)
    assert sum(step.current for step in found.steps) == 1
    return [step.status for step in found.steps]


def test_the_way_of_a_case() -> None:
    assert statuses(State.DRAFT) == [NOW, LATER, LATER, LATER, LATER, LATER]
    assert statuses(State.WITH_PANEL, before=State.IN_REVIEW) == [DONE, DONE, NOW, LATER, LATER, LATER]
    assert statuses(State.RETURNED, before=State.ADVISED) == [NOW, LATER, LATER, LATER, LATER, LATER]
    assert statuses(State.APPROVED, before=State.ADVISED) == [DONE, DONE, DONE, DONE, NOW, LATER]
    assert statuses(State.SHORT_ROUTE, before=State.IN_REVIEW) == [DONE, DONE, SKIPPED, NOW, LATER, LATER]
    assert statuses(State.APPROVED, before=State.SHORT_ROUTE, short=True) == [DONE, DONE, SKIPPED, DONE, NOW, LATER]
    assert statuses(State.REFUSED, before=State.ADVISED) == [DONE, DONE, DONE, "Refused", SKIPPED, SKIPPED]
    assert statuses(State.REFUSED, before=State.DRAFT) == [DONE, SKIPPED, SKIPPED, "Refused", SKIPPED, SKIPPED]
    assert statuses(State.WITHDRAWN, before=State.WITH_PANEL) == [DONE, DONE, "Withdrawn", SKIPPED, SKIPPED, SKIPPED]


def test_what_followed_an_approval_is_told_instead_of_it_and_of_nothing_else() -> None:
    released = After(
        DATA, "Recipients", "Released to you.", "Released.", due=MONDAY, note="the last day", word="Released"
    )
    assert statuses(State.APPROVED, before=State.ADVISED, after=released) == [DONE] * 5 + ["Released"]
    told = progress(State.APPROVED, since=MONDAY, today=MONDAY, team=True, after=released)
    assert (told.text, told.who, told.due, told.note) == ("Released to you.", "Recipients", MONDAY, "the last day")
    assert progress(State.APPROVED, since=MONDAY, today=MONDAY, team=False, after=released).text == "Released."
    assert statuses(State.IN_REVIEW, after=released)[1] == NOW


@pytest.mark.parametrize("binding", [True, False])
def test_only_a_day_that_binds_can_be_missed(binding: bool) -> None:
    owed = After(DATA, "Us", "Certify.", "Certify.", due=MONDAY, binding=binding)
    on = {"since": MONDAY, "team": True, "after": owed}
    assert not progress(State.APPROVED, today=MONDAY, **on).overdue
    assert progress(State.APPROVED, today=MONDAY + dt.timedelta(days=1), **on).overdue is binding


def test_overdue_is_said_the_day_after_and_not_before() -> None:
    due = working_day(MONDAY, STAGES[State.IN_REVIEW].days)
    assert not progress(State.IN_REVIEW, since=MONDAY, today=due, team=False).overdue
    late = progress(State.IN_REVIEW, since=MONDAY, today=due + dt.timedelta(days=1), team=False)
    assert (late.overdue, late.due) == (True, due)
    assert progress(State.DRAFT, since=MONDAY, today=dt.date(2030, 1, 1), team=True).due is None


def test_the_applicant_is_spoken_to_and_staff_are_told() -> None:
    assert progress(State.RETURNED, since=MONDAY, today=MONDAY, team=True).who == "You"
    assert progress(State.RETURNED, since=MONDAY, today=MONDAY, team=False).who == "The applicant"
