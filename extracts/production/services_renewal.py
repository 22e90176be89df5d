"""What production does when people are erased: it names the data that have to stay, and lets go of files with them."""

from django.db import transaction

from extracts.collection import public as collection
from extracts.production.models import Run
from extracts.production.rules import STAGED
from extracts.production.services import write_anew


def pinned() -> set[int]:
    """The data versions that runs name: to be written from, or made again from."""
    rows = Run.objects.exclude(state=Run.State.PURGED).exclude(data_version_id=None)
    return set(rows.order_by().values_list("data_version_id", flat=True))


@transaction.atomic
def renew_after_opt_outs() -> int:
    """Sends whatever waits, cleared or not, to be written anew if opt-outs came since. Returns how many."""
    waiting = Run.objects.select_for_update().filter(state__in=STAGED)
    outdated = [run for run in waiting if collection.opt_outs_changed_since(run.opt_outs_at)]
    for run in outdated:
        write_anew(run)
    return len(outdated)
