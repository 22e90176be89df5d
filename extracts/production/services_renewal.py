"""What becomes of files that wait and may not go out as they are: written anew, or destroyed until they can be sent.

And what production does when records are erased: it names the data that have to stay.
"""

from collections.abc import Mapping
from functools import partial

from django.db import transaction

from extracts.collection import public as collection
from extracts.production import staging
from extracts.production.models import Run
from extracts.production.rules import STAGED
from extracts.production.services import is_outdated, write_anew
from extracts.production.steps import locked, move, note


def pinned() -> set[int]:
    """The data versions that runs name: to be written from, or made again from."""
    rows = Run.objects.exclude(state=Run.State.PURGED).exclude(data_version_id=None)
    return set(rows.order_by().values_list("data_version_id", flat=True))


@transaction.atomic
def may_go_out(*, run_id: int) -> bool:
    """True if the run is cleared and honours today's opt-outs. If they have moved on, it is sent to be written anew,
    and checked again: what goes out is what was looked at."""
    run = locked(run_id)
    if run.state == Run.State.CLEARED and not is_outdated(run):
        return True
    if run.state in (Run.State.CLEARED, Run.State.SHELVED):
        write_anew(run)
    return False


@transaction.atomic
def renew_waiting() -> int:
    """Sends those that wait for a checker to be written anew once their opt-outs are not of today. Returns how many."""
    waiting = Run.objects.select_for_update(skip_locked=True).filter(state=Run.State.WRITTEN)
    outdated = [run for run in waiting if is_outdated(run)]
    for run in outdated:
        write_anew(run)
    return len(outdated)


@transaction.atomic
def shelve_outdated() -> int:
    """Destroys the plain files of those that are cleared and could not go out while their opt-outs were of the day.

    They wait for a recipient's key, so nobody knows for how long. What the files were stays in the row, by which they
    can be made again; they are written anew once there is a key. Returns how many.
    """
    waiting = Run.objects.select_for_update(skip_locked=True).filter(state=Run.State.CLEARED)
    outdated = [run for run in waiting if is_outdated(run)]
    for run in outdated:
        move(run, Run.State.SHELVED)
        run.staged = ""
        run.save()
        note(run, "run.shelved")
        transaction.on_commit(partial(staging.tidy, run.pk))
    return len(outdated)


@transaction.atomic
def renew(first_kept: Mapping[str, str]) -> int:
    """Sends whatever waits, cleared or not, to be written anew if opt-outs came since, or if it was made from months
    before the one given of their dataset. Returns how many."""
    waiting = Run.objects.select_for_update().filter(state__in=STAGED)
    outdated = [
        run for run in waiting if collection.opt_outs_changed_since(run.opt_outs_at) or _holds_older(run, first_kept)
    ]
    for run in outdated:
        write_anew(run)
    return len(outdated)


def _holds_older(run: Run, first_kept: Mapping[str, str]) -> bool:
    tables = run.found.get("tables", {}).items()
    return any(found["periods"] and found["periods"][0] < first_kept.get(name, "") for name, found in tables)
