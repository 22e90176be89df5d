"""Work that at most one worker may finish: a lease on the work's row, and a token that shuts out whoever comes late.

A worker that dies leaves a lease that lapses; a sweep then wakes another. A worker that only seemed dead finds, when
it comes back, that the row carries a newer token: all its writes are refused. Clocks that disagree cost an attempt,
never correctness, since the token decides and not the time.
"""

import datetime as dt
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import Error, connection, models
from django.db.models import F, Q, QuerySet

from dars.core import clock, tasks

log = logging.getLogger(__name__)

# Work that was announced and that nobody has begun after this long is announced again.
WAKE_AGAIN = dt.timedelta(minutes=5)
_BEATS_PER_LEASE = 3


class LeaseLost(Exception):
    """Another worker has taken over, or the work is no longer wanted: stop, and write nothing."""


class Leased(models.Model):
    """A row that stands for a piece of work."""

    lease_token = models.PositiveIntegerField(default=0)  # of the latest lease; it alone may write
    lease_until = models.DateTimeField(null=True)  # null: nobody is at work
    heartbeat_at = models.DateTimeField(null=True)
    woken_at = models.DateTimeField(null=True)  # when the work was last announced
    attempts = models.PositiveSmallIntegerField(default=0)  # leases since the work was last begun afresh

    class Meta:
        abstract = True


@dataclass(frozen=True)
class Lease:
    """One worker's hold on a row."""

    model: type[Leased]
    pk: int
    token: int

    def hold(self) -> Leased:
        """The row, locked for the caller's transaction. Raises LeaseLost if this lease is not the one in force."""
        row = self._mine().select_for_update().first()
        if row is None:
            raise LeaseLost
        return row

    def note(self, **values: Any) -> None:
        """Writes progress and extends the lease. Raises LeaseLost as `hold` does."""
        now = clock.now()
        if not self._mine().update(**values, lease_until=now + _length(), heartbeat_at=now):
            raise LeaseLost

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Extends the lease from a thread of its own while long steps run, until the block ends or it is lost."""
        over = threading.Event()
        beat = threading.Thread(target=self._beat, args=(over,), name=f"lease-{self.pk}", daemon=True)
        beat.start()
        try:
            yield
        finally:
            over.set()
            beat.join()

    def _beat(self, over: threading.Event) -> None:
        try:
            while not over.wait(settings.JOB_LEASE_SECONDS / _BEATS_PER_LEASE):
                try:
                    self.note()
                except Error:
                    log.warning("a heartbeat of %s %s was missed", self.model.__name__, self.pk)
                    connection.close()  # the next beat opens another: a connection that broke stays broken
                except LeaseLost:
                    return
        finally:
            connection.close()

    def _mine(self) -> QuerySet[Leased]:
        return self.model._default_manager.filter(pk=self.pk, lease_token=self.token, lease_until__isnull=False)


def is_free(row: Leased) -> bool:
    """True if nobody holds a lease that is still good."""
    return row.lease_until is None or row.lease_until < clock.now()


def take(row: Leased) -> Lease:
    """A new lease on a row that the caller has locked and found free. The caller saves the row."""
    now = clock.now()
    row.lease_token += 1
    row.attempts += 1
    row.lease_until = now + _length()
    row.heartbeat_at = now
    return Lease(type(row), row.pk, row.lease_token)


def let_go(row: Leased) -> None:
    """Ends whatever lease there is on a locked row: its holder can write no more. The caller saves the row."""
    row.lease_until = None


def wake(row: Leased, job: str) -> None:
    """Announces the work of a locked row to the workers, when the caller's transaction commits. The caller saves it."""
    row.woken_at = clock.now()
    tasks.queue(job, row.pk)


def due(rows: QuerySet[Leased]) -> QuerySet[Leased]:
    """Those of `rows` (all with work to do) to announce again: their worker died, or the announcement was lost."""
    now = clock.now()
    stale = Q(woken_at__lt=now - WAKE_AGAIN) | Q(woken_at=None)
    died = Q(lease_until__lt=now)
    return rows.filter((died & Q(woken_at__lt=F("lease_until"))) | (stale & (died | Q(lease_until=None))))


def _length() -> dt.timedelta:
    return dt.timedelta(seconds=settings.JOB_LEASE_SECONDS)
