"""Reports of erasures in words, for the page and the command. How many people or records were found is in neither."""

import datetime as dt
from typing import Any

from django.utils.timezone import localtime

from dars.core import clock, times
from extracts.collection.erasure_rules import OVERDUE, PATIENCE
from extracts.collection.models import Erasure

_KINDS = {"tables": "files of the tables", "logs": "logs and checkpoints", "vault": "files of the vault"}
_WAITS = {
    "readers": f"outputs that are being made. After {PATIENCE.seconds // 3600} hour new outputs queue behind it",
    "files on their way": "submissions or files of runs that were there when it began",
    "another round": "another round: the search found something",
}
COLOURS = {Erasure.State.DONE: "green"}


def page(erasure: Erasure) -> dict[str, Any]:
    """What the report shows of an erasure. `rows`: (what, in words)."""
    return {"erasure": erasure, "rows": rows(erasure), "overdue": overdue(erasure), "remains": REMAINS}


# What is not removed, and until when; the same for each erasure.
REMAINS = (
    "The opt-out itself: the NHS number, encrypted, and keyed hashes by which records that come in later are refused. "
    "They go when the opt-out is withdrawn.",
    "Files that were released before: they are the recipients’, and are destroyed under their agreements.",
    "Counts, rounded and moved at random, that applicants see: no person stands in them, and they are made anew within "
    "28 days.",
    "Published statistics: on the first of the next month the service makes every publication again that is in force "
    "from before. Where a figure changes, a publication officer approves the new edition, and the figures of earlier "
    "ones go. Readers keep what they have, so the ledger of published tables keeps it too, as it was shown.",
    "Lists of national opt-outs, if the person stands in one.",
)


def overdue(erasure: Erasure) -> bool:
    return erasure.state != Erasure.State.DONE and clock.now() - erasure.begun_at > OVERDUE


def rows(erasure: Erasure) -> list[tuple[str, str]]:
    """What was done and when, as far as it has got."""
    found = [("Opt-outs", f"{erasure.opt_outs:,}"), ("Begun", _at(erasure.begun_at))]
    if erasure.published_at and erasure.data_version:
        found.append(("Out of the present data", f"{_at(erasure.published_at)}, version {erasure.data_version.label}"))
    if erasure.copied_at:
        found.append(("Out of versions that runs name", f"{_at(erasure.copied_at)}, {erasure.editions:,} versions"))
    if erasure.removed_at:
        found.append(("Older files and logs removed", f"{_at(erasure.removed_at)}, {erasure.files_removed:,} files"))
    if erasure.done_at:
        searched = ", ".join(f"{erasure.searched.get(kind, 0):,} {words}" for kind, words in _KINDS.items())
        found.append(("Searched, and nothing found", f"{_at(erasure.done_at)}: {searched}"))
    if erasure.in_no_backup_from:
        found.append(("In no backup from", times.day(erasure.in_no_backup_from)))
    if erasure.waits_for:
        found.append(("Waits for", _WAITS[erasure.waits_for]))
    if erasure.trouble:
        found.append(("Last attempt failed", f"{erasure.trouble}. It is tried again every 5 minutes"))
    return found


def _at(instant: dt.datetime) -> str:
    there = localtime(instant)
    return f"{times.of_day(there)} on {times.day(there)}"
