"""Days are London's; instants are UTC."""

import datetime as dt

import pytest

from dars.core import clock


@pytest.mark.parametrize(
    ("day", "over"),
    [
        (dt.date(2026, 1, 31), "2026-02-01T00:00:00+00:00"),  # winter: London is UTC
        (dt.date(2026, 6, 30), "2026-06-30T23:00:00+00:00"),  # summer: an hour ahead
        (dt.date(2026, 10, 24), "2026-10-24T23:00:00+00:00"),  # the clocks go back the next night
        (dt.date(2026, 10, 25), "2026-10-26T00:00:00+00:00"),
    ],
)
def test_an_end_date_is_inclusive_to_midnight_in_london(day: dt.date, over: str) -> None:
    assert clock.end_of(day).isoformat() == over


def test_today_is_londons_day(monkeypatch: pytest.MonkeyPatch) -> None:
    late = dt.datetime(2026, 6, 30, 23, 30, tzinfo=dt.UTC)  # half past midnight in London
    monkeypatch.setattr(clock, "now", lambda: late)
    assert clock.today() == dt.date(2026, 7, 1)
