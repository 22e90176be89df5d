"""Reports of erasures in words, for the page and the command.

How many people or records opt-outs led to is in neither. Months that went are told with their records, which are
national figures; of few people's identifiers only that they are few.
"""

import datetime as dt
from typing import Any

from django.utils.timezone import localtime

from dars.core import clock, times
from extracts.catalogue.public import DATASETS
from extracts.collection.erasure_rules import OVERDUE, PATIENCE
from extracts.collection.models import UNDER_WAY, Erasure

_KINDS = {"tables": "files of the tables", "logs": "logs and checkpoints", "vault": "files of the vault"}
_WAITS = {
    "readers": f"outputs that are being made. After {PATIENCE.seconds // 3600} hour new outputs queue behind it",
    "files on their way": "submissions or files of runs that were there when it began",
    "another round": "another round: the search found something",
}
COLOURS = {Erasure.State.DONE: "green"}


def page(erasure: Erasure) -> dict[str, Any]:
    """What the report shows of an erasure. `rows`: (what, in words)."""
    return {
        "erasure": erasure,
        "rows": rows(erasure),
        "overdue": overdue(erasure),
        "remains": REMAINS[erasure.reason],
        "months": months(erasure),
    }


# What is not removed, and until when; the same for each erasure of its kind.
REMAINS = {
    Erasure.Reason.OPT_OUTS: (
        "The opt-out itself: the NHS number, encrypted, and keyed hashes by which records that come in later are "
        "refused. They go when the opt-out is withdrawn.",
        "Files that were released before: they are the recipients’, and are destroyed under their agreements.",
        "Counts, rounded and moved at random, that applicants see: no person stands in them, and they are made anew "
        "within 28 days.",
        "Published statistics: on the first of the next month the service makes every publication again that is in "
        "force from before. Where a figure changes, a publication officer approves the new edition, and the figures of "
        "earlier ones go. Readers keep what they have, so the ledger of published tables keeps it, too, as shown.",
        "Lists of national opt-outs, if the person stands in one.",
    ),
    Erasure.Reason.RETENTION: (
        "Files that were released before: they are the recipients’, and are destroyed under their agreements.",
        "Published statistics and rounded counts: no person stands in them.",
        "Identifiers of people of whom a record is left, be it in another month: opt-outs are recognised by them.",
        "That the months were submitted, by whom and when, and how many records they had; the audit trail.",
    ),
}
_FEW = 10  # of fewer people's identifiers, the report says only that


def overdue(erasure: Erasure) -> bool:
    return erasure.state in UNDER_WAY and clock.now() - erasure.begun_at > OVERDUE


def what(erasure: Erasure) -> str:
    """Of what it is: how many opt-outs, or how many months."""
    if not erasure.of_months:
        return _counted(erasure.opt_outs, "opt-out")
    return "Past its retention period"


def months(erasure: Erasure) -> list[tuple[str, str, int]]:
    """(dataset, month, records) of each month that went from the present data."""
    return [
        (DATASETS[name].label, period, count)
        for name, removed in sorted(erasure.removed.items())
        for period, count in sorted(removed.items())
    ]


def rows(erasure: Erasure) -> list[tuple[str, str]]:
    """What was done and when, as far as it has got."""
    found = _of_months(erasure) if erasure.of_months else [("Opt-outs", f"{erasure.opt_outs:,}")]
    if erasure.begun_at:
        found.append(("Begun", _at(erasure.begun_at)))
    if erasure.published_at and erasure.data_version:
        found.append(("Out of the present data", f"{_at(erasure.published_at)}, version {erasure.data_version.label}"))
    if erasure.published_at and erasure.of_months:
        found += _taken_out(erasure)
    if erasure.copied_at:
        found.append(("Out of versions that runs name", f"{_at(erasure.copied_at)}, {erasure.editions:,} versions"))
    if erasure.removed_at:
        found.append(("Older files and logs removed", f"{_at(erasure.removed_at)}, {erasure.files_removed:,} files"))
    if erasure.done_at:
        searched = ", ".join(f"{erasure.searched.get(kind, 0):,} {words}" for kind, words in _KINDS.items())
        found.append(("Searched, and nothing found", f"{_at(erasure.done_at)}: {searched}"))
        first = [f"{DATASETS[name].label}: {period}" for name, period in sorted(erasure.earliest.items())]
        found += [("Earliest month found", "; ".join(first) or "None")] if erasure.of_months else []
    if erasure.in_no_backup_from:
        found.append(("In no backup from", times.day(erasure.in_no_backup_from)))
    if erasure.waits_for:
        found.append(("Waits for", _WAITS[erasure.waits_for]))
    if erasure.trouble:
        found.append(("Last attempt failed", f"{erasure.trouble}. It is tried again every 5 minutes"))
    return found


def _of_months(erasure: Erasure) -> list[tuple[str, str]]:
    stays = "; ".join(f"{DATASETS[name].label}: {first}" for name, first in sorted(erasure.months.items()))
    announced = f"{_at(erasure.announced_at)}, to begin on {times.day(clock.day_of(erasure.due_at))}"
    return [("First month that stays", stays), ("Announced", announced)]


def _taken_out(erasure: Erasure) -> list[tuple[str, str]]:
    gone = [count for _, _, count in months(erasure)]
    few = 0 < erasure.identifiers < _FEW
    return [
        ("Months and records removed", f"{_counted(len(gone), 'month')}, {_counted(sum(gone), 'record')}"),
        (
            "Identifiers of people without a record removed",
            f"Fewer than {_FEW} sets" if few else _counted(erasure.identifiers, "set"),
        ),
    ]


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _at(instant: dt.datetime) -> str:
    there = localtime(instant)
    return f"{times.of_day(there)} on {times.day(there)}"
