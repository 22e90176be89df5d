"""What an agreement costs, by the published table. Pure: no database, no clock.

A charge is in whole pounds, without VAT.
"""

import datetime as dt
from dataclasses import dataclass

from dars.agreements.rules import Kind


@dataclass(frozen=True)
class Tariff:
    """One row of the table: what was charged from a day to a day (inclusive; None: until further notice)."""

    valid_from: dt.date
    valid_to: dt.date | None
    new: int  # a new application
    change: int  # to amend, renew or extend
    annual_review: int  # for each complete year beyond the first
    source: str


TARIFFS = (
    Tariff(
        valid_from=dt.date(2026, 4, 1),
        valid_to=None,
        new=1431,
        change=1138,
        annual_review=694,
        source="NHS England, DARS charges from April 2026",
    ),
)

# The published table does not say for which years of an amended agreement the review is charged: here for those that
# it adds to the years already charged; for a renewal, with a term of its own, as for a new agreement (unverified).


@dataclass(frozen=True)
class Computed:
    """`lines`: (what for, pounds)."""

    lines: tuple[tuple[str, int], ...]
    source: str

    @property
    def total(self) -> int:
        return sum(pounds for _, pounds in self.lines)


def tariff_on(day: dt.date) -> Tariff:
    """The row in force on that day. Raises LookupError where the table has none."""
    for tariff in TARIFFS:
        if tariff.valid_from <= day and (tariff.valid_to is None or day <= tariff.valid_to):
            return tariff
    raise LookupError(f"no charges are published for {day}")


def complete_years(starts_on: dt.date, ends_on: dt.date) -> int:
    """Whole years of a term, both days included: 1 January 2027 to 31 December 2027 is one."""
    after = ends_on + dt.timedelta(days=1)
    years = after.year - starts_on.year
    return max(years - ((after.month, after.day) < (starts_on.month, starts_on.day)), 0)


def reviews(starts_on: dt.date, ends_on: dt.date) -> int:
    """How many annual reviews a term brings: one for each complete year beyond the first."""
    return max(complete_years(starts_on, ends_on) - 1, 0)


def compute(
    kind: Kind, *, on: dt.date, starts_on: dt.date, ends_on: dt.date, charged_to: dt.date | None = None
) -> Computed:
    """The charge of a version that is issued on the day `on`.

    starts_on: the first day of the term; of an amendment or extension, that of the term it changes. charged_to: the
    last day for which reviews were charged before. Raises LookupError where no charges are published for the day.
    """
    tariff = tariff_on(on)
    first = ("New application", tariff.new) if kind is Kind.NEW else (kind.label, tariff.change)
    count = reviews(starts_on, ends_on) - (reviews(starts_on, charged_to) if charged_to else 0)
    lines = [first]
    if count > 0:
        words = f"Annual review, {count} complete year{'s' if count > 1 else ''} beyond the first"
        lines.append((f"{words}, at £{tariff.annual_review:,} each", count * tariff.annual_review))
    return Computed(tuple(lines), tariff.source)
