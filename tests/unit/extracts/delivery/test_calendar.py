"""What a calendar of deliveries says of each period, whatever became of its run."""

import datetime as dt

import pytest

from extracts.delivery.calendar import entries
from extracts.production import rules
from extracts.production.public import Delivery

TODAY = dt.date(2026, 11, 22)


def run(period: str, *, released: dt.date | None = None, over: bool = False) -> Delivery:
    return Delivery(1, 1, period, released, over or released is not None)


def states(runs: list[Delivery], *, frequency: str = "monthly", stopped: bool = False) -> list[tuple[str, str]]:
    found = entries(
        frequency=frequency,
        starts_on=dt.date(2026, 9, 15),
        ends_on=dt.date(2027, 1, 10),
        stopped=stopped,
        today=TODAY,
        runs=runs,
        until={1: "Its files can be downloaded until then."},
    )
    return [(entry.period, entry.state) for _, entry in found]


def test_each_month_of_the_term_is_there() -> None:
    runs = [run("2026-09", released=dt.date(2026, 10, 2)), run("2026-10", over=True), run("2026-11")]
    assert states(runs) == [
        ("September 2026", "Released"),
        ("October 2026", "Not delivered"),
        ("November 2026", "Being prepared"),
        ("December 2026", "To come"),
        ("January 2027", "To come"),
    ]


def test_what_is_due_and_what_a_suspension_keeps_back() -> None:
    assert states([])[2:4] == [("November 2026", "Due"), ("December 2026", "To come")]
    assert states([run("2026-11", over=True)], stopped=True)[2] == ("November 2026", "To come")


def test_of_two_versions_the_one_that_released_counts_and_what_came_before_the_term_stays() -> None:
    released = run("2026-11", released=TODAY)
    for runs in ([released, run("2026-11", over=True)], [run("2026-11", over=True), released]):
        assert states(runs)[2] == ("November 2026", "Released")
    assert states([run("2026-06", released=dt.date(2026, 6, 5))])[0] == ("June 2026", "Released")
    assert states([run("2026-06", over=True)])[0] == ("September 2026", "Not delivered")


def test_quarters_and_years() -> None:
    assert [period for period, _ in states([], frequency="quarterly")] == [
        "July to September 2026",
        "October to December 2026",
        "January to March 2027",
    ]
    assert [period for period, _ in states([], frequency="annual")] == ["2026", "2027"]


@pytest.mark.parametrize("frequency", rules.RECURRING)
def test_a_period_begins_on_a_day_of_its_own(frequency: str) -> None:
    found = rules.periods_in(frequency, TODAY, TODAY + dt.timedelta(days=800))
    assert found == sorted(set(found)) and found[0] == rules.period_of(frequency, TODAY)
    assert [rules.period_of(frequency, rules.first_day(period)) for period in found] == found


def test_a_single_delivery_has_no_calendar() -> None:
    assert rules.periods_in("once", TODAY, TODAY) == []
    with pytest.raises(ValueError):
        rules.first_day("once")
