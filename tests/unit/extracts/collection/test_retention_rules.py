"""A month is kept for whole years after its last day, and not a day less."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dars.config import environment
from extracts.collection.retention_rules import first_kept

MONTHS = st.dates(dt.date(2012, 4, 1), dt.date(2099, 12, 31))
YEARS = st.integers(1, 99)


@given(MONTHS, YEARS)
def test_the_last_day_of_a_month_is_kept_for_whole_years(day: dt.date, years: int) -> None:
    period, following = f"{day:%Y-%m}", (day.replace(day=28) + dt.timedelta(4)).replace(day=1)
    last = following - dt.timedelta(1)
    until = last.replace(year=last.year + years, day=min(last.day, 28))
    assert period >= first_kept(years, until), "kept on its last day"
    assert period < first_kept(years, following.replace(year=following.year + years)), "past it on the next"


def test_periods_are_named_by_dataset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETENTION_YEARS", "did=15, deaths = 10")
    assert environment.numbers("RETENTION_YEARS") == {"did": 15, "deaths": 10}
    for wrong in ("did", "did=", "did=0", "did=-1", "did=1.5", "=3"):
        monkeypatch.setenv("RETENTION_YEARS", wrong)
        with pytest.raises(ValueError, match="RETENTION_YEARS"):
            environment.numbers("RETENTION_YEARS")
