"""Puts months that submissions have left in pieces back into the table's order, at night; changes no row.

One month at a time, each a data version of its own, so that a submission waits for one month at most. A month that
lies in order is left alone: called again, or by two at once, the work is done once. Data versions that runs have
pinned keep the files that they name.
"""

import logging

from extracts.catalogue.public import DATASETS
from extracts.collection import tables
from extracts.collection.publishing import current, publishing

log = logging.getLogger(__name__)


def compact() -> int:
    """Compacts whatever needs it in the current data version; the number of months written anew."""
    base = current()
    waiting = [
        (name, period)
        for name in DATASETS
        for period, parts in tables.by_month(name, base.versions.get(name) if base else None).items()
        if not tables.is_compact(name, parts)
    ]
    return sum(_month(name, period) for name, period in waiting)


def _month(name: str, period: str) -> bool:
    with publishing() as publisher:
        if not publisher.compact(name, period):
            return False
        version = publisher.publish()
    log.info("%s of %s lies in order again: data version %s", name, period, version.label)
    return True
