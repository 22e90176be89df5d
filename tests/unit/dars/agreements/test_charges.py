"""Charges by the published table: which row holds on a day, how years are counted, what each kind of version costs."""

import datetime as dt

import pytest

from dars.agreements.charges import TARIFFS, complete_years, compute, reviews, tariff_on
from dars.agreements.rules import Kind

DAY = dt.date(2026, 11, 22)


def test_the_published_table() -> None:
    """NHS England, from April 2026: 1,431 for a new application, 1,138 to change one, 694 for an annual review."""
    row = tariff_on(dt.date(2026, 4, 1))
    assert (row.new, row.change, row.annual_review) == (1431, 1138, 694)
    assert all(each.source for each in TARIFFS)
    with pytest.raises(LookupError):
        tariff_on(dt.date(2026, 3, 31))


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "years", "count"),
    [
        ((2027, 1, 1), (2027, 12, 31), 1, 0),
        ((2027, 1, 1), (2027, 12, 30), 0, 0),
        ((2027, 1, 1), (2028, 12, 30), 1, 0),
        ((2027, 1, 1), (2028, 12, 31), 2, 1),
        ((2026, 11, 22), (2029, 11, 21), 3, 2),
        ((2028, 2, 29), (2029, 2, 28), 1, 0),  # to 28 February of the following year: a whole one
    ],
)
def test_complete_years_count_both_days(starts_on, ends_on, years: int, count: int) -> None:
    term = dt.date(*starts_on), dt.date(*ends_on)
    assert (complete_years(*term), reviews(*term)) == (years, count)


def test_a_new_agreement_pays_for_each_complete_year_beyond_the_first() -> None:
    charge = compute(Kind.NEW, on=DAY, starts_on=DAY, ends_on=dt.date(2029, 11, 21))
    assert [pounds for _, pounds in charge.lines] == [1431, 2 * 694]
    assert charge.total == 2819


def test_an_extension_pays_for_the_years_that_it_adds() -> None:
    began, agreed = DAY, dt.date(2028, 11, 21)
    longer = compute(Kind.EXTENSION, on=DAY, starts_on=began, ends_on=dt.date(2029, 11, 21), charged_to=agreed)
    assert longer.total == 1138 + 694
    slightly = compute(Kind.EXTENSION, on=DAY, starts_on=began, ends_on=dt.date(2029, 3, 1), charged_to=agreed)
    assert slightly.lines == (("Extension", 1138),)


def test_an_amendment_that_shortens_the_term_gives_nothing_back() -> None:
    shorter = compute(Kind.AMENDMENT, on=DAY, starts_on=DAY, ends_on=DAY, charged_to=dt.date(2030, 1, 1))
    assert shorter.total == 1138


def test_a_renewal_is_charged_for_its_own_term() -> None:
    assert compute(Kind.RENEWAL, on=DAY, starts_on=DAY, ends_on=dt.date(2028, 11, 21)).total == 1138 + 694
