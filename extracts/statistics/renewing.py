"""After people were erased: editions that count them are made again without them, and earlier ones lose their figures.

On the first of a month, for all erasures of the months before, so that no edition says by its day when somebody opted
out (ADR 25). The ledger of what was published stays: it holds what readers have, not what the service keeps.
"""

import datetime as dt

from django.db import transaction

from dars.core import clock
from dars.core.errors import WrongState
from extracts.collection.public import bindings, current_data_version, last_erasure_before
from extracts.statistics.making import begin_edition, note
from extracts.statistics.models import Edition, Publication
from extracts.statistics.publication import counting
from extracts.statistics.rules import OPEN, RENEWED


def sweep() -> None:
    """All that is due now. Called any number of times."""
    began = month_began()
    erased = last_erasure_before(began)
    if erased is None:
        return
    renew(erased, began)
    clear(erased)


def month_began() -> dt.datetime:
    """When this month began, in London."""
    return clock.end_of(clock.today().replace(day=1) - dt.timedelta(days=1))


def renew(erased: dt.datetime, began: dt.datetime) -> int:
    """Begins a new edition of each publication in force from before; once a month. Returns how many.

    One whose own months are not all held any more can't be counted again: it stays as it is.
    """
    try:
        held = counting.months_held(bindings(current_data_version().id))
    except WrongState:
        return 0
    in_force = Edition.objects.filter(state=Edition.State.PUBLISHED, opt_outs_at__lt=erased)
    begun = 0
    for row in in_force.select_related("publication").order_by("publication__month"):
        if not held or row.as_tables[0].rows[0][0] < held[0]:
            continue
        with transaction.atomic():
            publication = Publication.objects.select_for_update().get(pk=row.publication_id)
            editions = publication.editions
            if editions.filter(state__in=OPEN).exists():
                continue
            if editions.filter(reason=RENEWED, asked_at__gte=began).exists():  # one was begun, and came to its end
                continue
            number = 1 + max(editions.values_list("number", flat=True))
            begin_edition(publication, number=number, reason=RENEWED)
            begun += 1
    return begun


@transaction.atomic
def clear(erased: dt.datetime) -> int:
    """Takes the figures and files of superseded editions from before away. Returns of how many."""
    earlier = Edition.objects.select_for_update(of=("self",), skip_locked=True).select_related("publication")
    rows = list(earlier.filter(state=Edition.State.SUPERSEDED, opt_outs_at__lt=erased, cleared_at=None))
    for edition in rows:
        edition.tables, edition.cleared_at = [], clock.now()
        edition.save()
        edition.files.all().delete()
        note(edition, "edition.cleared")
    return len(rows)
