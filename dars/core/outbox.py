"""Events between applications: written with the change that caused them, delivered at least once, in order per key.

A consumer runs in a Celery worker, in a transaction that also records that it has acted, so its database work
happens once. It re-reads the state it acts on. Longer work is queued with `tasks.queue`, not done here.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from django.db import connection, transaction
from django.utils.module_loading import autodiscover_modules

from dars.core import clock
from dars.core.models import OutboxEvent

log = logging.getLogger(__name__)

CHANNEL = "dars_outbox"
# An event that was handed to Celery and not finished after this long is handed over again.
RESEND_AFTER_SECONDS = 30


@dataclass(frozen=True)
class Event:
    """What a consumer is given."""

    id: int
    topic: str
    key: str
    ids: dict[str, int | str]


Consumer = Callable[[Event], None]
_consumers: dict[str, dict[str, Consumer]] = {}


def consumer(topic: str) -> Callable[[Consumer], Consumer]:
    """Registers a consumer. Those of one topic run in the order of INSTALLED_APPS."""

    def register(function: Consumer) -> Consumer:
        _consumers.setdefault(topic, {})[f"{function.__module__}.{function.__name__}"] = function
        return function

    return register


@cache
def _discover() -> None:
    """Imports every application's `consumers`, and not at start: most processes only emit."""
    autodiscover_modules("consumers")


def emit(topic: str, key: str, **ids: int | str) -> OutboxEvent:
    """Queues an event in the caller's transaction and wakes the relay when that commits."""
    if not connection.in_atomic_block:
        raise RuntimeError("emit belongs into the transaction of the change it announces")
    event = OutboxEvent.objects.create(topic=topic, key=key, ids=ids)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])  # PostgreSQL sends it at commit
    return event


def send_due(send: Callable[[int], None], *, limit: int = 100) -> int:
    """Hands events that are due to `send`: of each key the oldest open one. Returns how many.

    Safe beside other relays (SKIP LOCKED). Sent after the commit: a worker that is quicker than the commit would find
    the row locked and leave it. What a crash keeps from being sent is due again after `RESEND_AFTER_SECONDS`.
    """
    with transaction.atomic():
        stale = clock.now().timestamp() - RESEND_AFTER_SECONDS
        due = OutboxEvent.objects.raw(
            """
            SELECT e.* FROM core_outboxevent e
            WHERE e.done_at IS NULL AND (e.sent_at IS NULL OR e.sent_at < to_timestamp(%s))
              AND NOT EXISTS (
                SELECT 1 FROM core_outboxevent f WHERE f.key = e.key AND f.id < e.id AND f.done_at IS NULL)
            ORDER BY e.id LIMIT %s FOR UPDATE OF e SKIP LOCKED
            """,
            [stale, limit],
        )
        events = list(due)
        OutboxEvent.objects.filter(pk__in=[event.pk for event in events]).update(sent_at=clock.now())
    for event in events:
        send(event.pk)
    return len(events)


def deliver(event_id: int) -> None:
    """Runs what has not acted on the event yet; does nothing if it is done or in other hands."""
    while _deliver_to_next(event_id):
        pass


def _deliver_to_next(event_id: int) -> bool:
    _discover()
    with transaction.atomic():
        row = OutboxEvent.objects.select_for_update(skip_locked=True).filter(pk=event_id, done_at=None).first()
        if row is None:
            return False
        waiting = {name: act for name, act in _consumers.get(row.topic, {}).items() if name not in row.consumed_by}
        if not waiting:
            row.done_at = clock.now()
            row.save(update_fields=["done_at"])
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])  # the next event of this key may go
            return False
        name, act = next(iter(waiting.items()))
        act(Event(id=row.pk, topic=row.topic, key=row.key, ids=row.ids))
        row.consumed_by = [*row.consumed_by, name]
        row.attempts += 1
        row.save(update_fields=["consumed_by", "attempts"])
        return True
