"""Days, months and times of the day as pages and papers write them."""

import datetime as dt

import pytest

from dars.core.times import day, months, of_day


@pytest.mark.parametrize(
    ("hour", "minute", "words"),
    [(0, 0, "12am"), (9, 5, "9:05am"), (10, 0, "10am"), (12, 0, "midday"), (12, 30, "12:30pm"), (17, 0, "5pm")],
)
def test_a_time_is_written_one_way(hour: int, minute: int, words: str) -> None:
    assert of_day(dt.time(hour, minute)) == words


def test_a_day_is_written_in_words_without_a_zero_before_it() -> None:
    assert day(dt.date(2026, 11, 2)) == "2 November 2026"


def test_months_are_written_in_words_and_one_alone_once() -> None:
    assert months("2026-04", "2026-06") == "April 2026 to June 2026"
    assert months("2026-04", "2026-04") == "April 2026"
