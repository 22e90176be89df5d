"""The life of a run, and the policies that bound it. Pure: no database, no clock."""

import calendar
import datetime as dt
from dataclasses import dataclass

from dars.core.rights import P


@dataclass(frozen=True)
class Transition:
    """One way from state to state: who may go it (None: the service itself), its audit tag, its guard in words."""

    does: str
    who: P | None
    audit: str
    guard: str


_OPEN = ("queued", "preparing", "prepared", "writing", "written", "cleared", "shelved", "held", "failed")
_OVER = Transition("purge", None, "run.purged", "the agreement is suspended or over")
_FAIL = Transition("fail", None, "run.failed", "a step or a check failed")
_ANEW = Transition("write anew", None, "run.outdated", "opt-outs changed or are old, or other tables came out")

# The diagram in docs/ is drawn from this table.
TRANSITIONS: dict[tuple[str, str], Transition] = {
    ("queued", "preparing"): Transition("prepare", None, "run.started", "a worker holds the lease"),
    ("preparing", "prepared"): Transition("finish preparing", None, "run.prepared", "the plan is bound and measured"),
    ("prepared", "writing"): Transition("write", None, "run.started", "the agreement is in force, a worker at hand"),
    ("writing", "written"): Transition("finish writing", None, "run.written", "every check passed, still in force"),
    ("written", "cleared"): Transition("clear the output", P.OUTPUT_CHECK, "run.cleared", "not by its producer"),
    ("written", "held"): Transition("hold the output", P.OUTPUT_CHECK, "run.held", "not by its producer"),
    ("held", "prepared"): Transition("write again", P.RUN_MANAGE, "run.rewritten", "and not check it then"),
    ("cleared", "released"): Transition("release", None, "run.released", "the encrypted package is released"),
    ("cleared", "shelved"): Transition(
        "destroy the files", None, "run.shelved", "its day is over, and nobody had a key"
    ),
    ("shelved", "prepared"): Transition("write anew", None, "run.outdated", "a recipient has registered a key"),
    ("written", "prepared"): _ANEW,
    ("cleared", "prepared"): _ANEW,
    ("preparing", "failed"): _FAIL,
    ("writing", "failed"): _FAIL,
    ("failed", "queued"): Transition("try again", P.RUN_MANAGE, "run.retried", "it failed while being prepared"),
    ("failed", "prepared"): Transition("try again", P.RUN_MANAGE, "run.retried", "it failed while being written"),
    **{(state, "purged"): _OVER for state in _OPEN},
    ("prepared", "queued"): Transition("prepare anew", None, "run.queued", "another period began before it was wanted"),
    ("purged", "queued"): Transition("revive", None, "run.queued", "the suspension was lifted"),
}

BUSY = ("preparing", "writing")
STAGED = ("written", "cleared")  # plain files stand for it
OVER = ("released", "purged")

# How often a run whose worker died is begun again by itself before staff have to look at it. Chosen.
MAX_ATTEMPTS = 5

# Why a checker may hold an output. Labels go to the audit trail, words to staff.
HOLD_REASONS = {
    "small_classes": "People could be singled out: too few are alike",
    "more_than_approved": "It holds more than was approved: columns, rows, dates or forms",
    "unexpected_counts": "The counts are not what preparation or earlier extracts let expect",
    "opt_outs": "Opt-outs were not applied as they should be",
    "documents": "The documents beside the data are wrong or unclear",
    "agreement": "The agreement or its purpose needs a second look before anything goes out",
    "other": "Something else",
}


def same_content(spec: dict, other: dict) -> bool:
    """True if two specifications (as JSON) give out the same, whichever versions of the agreement they belong to."""
    versions = ("reference", "revision", "schema")
    return {**spec, **dict.fromkeys(versions)} == {**other, **dict.fromkeys(versions)}


# How often an agreement delivers: the catalogue's words. Each period is one of the calendar's. Chosen: the Diagnostic
# Imaging Dataset is collected by calendar months, so that a delivery follows a collection.
ONCE, MONTHLY, QUARTERLY, ANNUAL = "once", "monthly", "quarterly", "annual"
RECURRING = (MONTHLY, QUARTERLY, ANNUAL)


def period_of(frequency: str, day: dt.date) -> str:
    """The delivery that a day belongs to: "once", "2026-11", "2026-Q4" or "2026"."""
    quarter = (day.month + 2) // 3
    return {
        ONCE: ONCE,
        MONTHLY: f"{day:%Y-%m}",
        QUARTERLY: f"{day:%Y}-Q{quarter}",
        ANNUAL: f"{day:%Y}",
    }[frequency]


def period_in_words(period: str) -> str:
    """ "November 2026", "October to December 2026", "2026"; nothing for the only delivery of an agreement."""
    if period == ONCE:
        return ""
    year, _, part = period.partition("-")
    if part.startswith("Q"):
        last = 3 * int(part[1])
        return f"{calendar.month_name[last - 2]} to {calendar.month_name[last]} {year}"
    return f"{calendar.month_name[int(part)]} {year}" if part else year


def first_day(period: str) -> dt.date:
    """The day on which a period begins. Raises ValueError for the only delivery of an agreement, which has none."""
    if period == ONCE:
        raise ValueError("a single delivery has no period")
    year, _, part = period.partition("-")
    month = 3 * int(part[1]) - 2 if part.startswith("Q") else int(part or 1)
    return dt.date(int(year), month, 1)


def periods_in(frequency: str, first: dt.date, last: dt.date) -> list[str]:
    """Every period of that frequency that has a day from `first` to `last`, in order; none for a single delivery."""
    if frequency not in RECURRING:
        return []
    months = [dt.date(year, month, 1) for year in range(first.year, last.year + 1) for month in range(1, 13)]
    within = [day for day in months if first.replace(day=1) <= day <= last]
    return list(dict.fromkeys(period_of(frequency, day) for day in within))
