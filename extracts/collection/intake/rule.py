"""The shape of a rule and the checks most rules are made of. Which rules a collection has is declared elsewhere."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from extracts.collection.intake import digits
from extracts.collection.intake.batch import Batch


class Severity(StrEnum):
    REFUSE = "refuse"  # the whole file
    REJECT = "reject"  # the record
    WARNING = "warning"  # the record is kept; the fields that the rule empties are not


@dataclass(frozen=True)
class Setting:
    """What a file is judged against. `sites`: ODS site code -> the organisation it belongs to, as far as known."""

    provider: str
    period: str
    today: dt.date
    sites: Mapping[str, str] = field(default_factory=dict)

    @property
    def month(self) -> np.datetime64:
        return np.datetime64(self.period, "M")


Fails = Callable[[Batch, Setting], np.ndarray]

_DAYS = 32  # more than a month has
_MOST_DAYS = 1 << 17


@dataclass(frozen=True)
class Rule:
    """One check. `fails` gives for each record whether it fails; `fields` are the items the report names.

    `source` says where the rule comes from. `message` is for the sender, and never holds a value.
    `refusal` is the reason given when the whole file is refused.
    """

    id: str
    severity: Severity
    fields: tuple[str, ...]
    message: str
    source: str
    fails: Fails
    empties: tuple[str, ...] = ()
    refusal: str = ""


def blank(name: str) -> Fails:
    return lambda batch, setting: batch[name].blank


def not_matching(name: str, pattern: str) -> Fails:
    return lambda batch, setting: batch[name].each(lambda values: ~digits.matches(values, pattern))


def not_among(name: str, codes: tuple[str, ...]) -> Fails:
    return lambda batch, setting: batch[name].each(lambda values: ~digits.among(values, codes))


def failing(name: str, check: Callable) -> Fails:
    """Fails where the check on the text says False."""
    return lambda batch, setting: batch[name].each(lambda values: ~check(values))


def no_date(name: str) -> Fails:
    return lambda batch, setting: batch[name].undated()


def earlier(name: str, than: str) -> Fails:
    """Fails where both are dates and the first is before the second."""
    return lambda batch, setting: batch[name].dates() < batch[than].dates()


def in_future(name: str) -> Fails:
    return lambda batch, setting: batch[name].dates() > np.datetime64(setting.today)


def before(name: str, day: dt.date) -> Fails:
    return lambda batch, setting: batch[name].dates() < np.datetime64(day)


def more_than_months(first: str, second: str, months: int) -> Fails:
    """Fails where the second date is later than the first moved on by whole months."""
    return lambda batch, setting: batch[second].dates() > months_after(batch[first].dates(), months)


def outside_month(name: str) -> Fails:
    def fails(batch: Batch, setting: Setting) -> np.ndarray:
        days = batch[name].dates()
        first = setting.month.astype("datetime64[D]")
        return (days < first) | (days >= (setting.month + 1).astype("datetime64[D]"))

    return fails


def months_after(days: np.ndarray, months: int) -> np.ndarray:
    """The same day `months` later, or the last of that month where it has no such day."""
    return _by_day(lambda each: _months_after(each, months), days)


def _months_after(days: np.ndarray, months: int) -> np.ndarray:
    month = days.astype("datetime64[M]")
    moved = month + months
    length = (moved + 1).astype("datetime64[D]") - moved.astype("datetime64[D]")
    place = np.minimum(days - month.astype("datetime64[D]"), length - 1)
    return moved.astype("datetime64[D]") + place


def whole_years(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Completed years from the first date to the second, as float; NaN where either is missing."""
    # A year later is reached on the same day of the month, or after it.
    first_day, second_day = (_by_day(_ordinal, days) for days in (first, second))
    missing = np.isnat(first) | np.isnat(second)
    return np.where(missing, np.nan, (second_day - first_day) // (12 * _DAYS))


def _ordinal(days: np.ndarray) -> np.ndarray:
    """A number by which days stand in order and the same day of the next month is _DAYS further."""
    month = days.astype("datetime64[M]")
    return month.astype(np.int64) * _DAYS + (days - month.astype("datetime64[D]")).astype(np.int64)


def _by_day(work_out: Callable[[np.ndarray], np.ndarray], days: np.ndarray) -> np.ndarray:
    """What is worked out of each date, once for each day between the first and the last where these are few."""
    known = days[~np.isnat(days)]
    if not len(known) or (known.max() - known.min()).astype(np.int64) >= min(len(days), _MOST_DAYS):
        return work_out(days)
    first = known.min()
    table = work_out(np.append(np.arange(first, known.max() + 1), np.datetime64("NaT", "D")))
    places = (days - first).astype(np.int64)
    places[np.isnat(days)] = -1  # the last
    return table[places]


def rejects(name: str, field: str, message: str, fails: Fails, source: str, also: tuple[str, ...] = ()) -> Rule:
    """A rule whose failure rejects the record. `also`: the other items the check reads."""
    return Rule(name, Severity.REJECT, (field, *also), message, source, fails)


def empties(name: str, field: str, message: str, fails: Fails, source: str, also: tuple[str, ...] = ()) -> Rule:
    """A rule whose failure leaves the field empty and keeps the record."""
    return Rule(name, Severity.WARNING, (field, *also), f"{message} The field was left empty.", source, fails, (field,))


def warns(name: str, field: str, message: str, fails: Fails, source: str, also: tuple[str, ...] = ()) -> Rule:
    """A rule whose failure is only reported."""
    return Rule(name, Severity.WARNING, (field, *also), message, source, fails)
