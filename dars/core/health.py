"""Is the service well? Each part is asked by name; nothing is repaired here, and nothing secret is told."""

from collections.abc import Callable
from dataclasses import dataclass

import redis
from django.conf import settings
from django.db import DatabaseError, connection

from dars.core import pulse
from dars.core import storage as folders

_UNKNOWN = "unknown"  # the check of the workers says why


@dataclass(frozen=True)
class Check:
    """How one part is, in words for whoever is called at night."""

    ok: bool
    detail: str


def database() -> Check:
    """PostgreSQL answers a query."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return Check(False, "does not answer")
    return Check(True, "answers")


def broker() -> Check:
    """The broker answers, with the password we have."""
    try:
        pulse.broker().ping()
    except redis.RedisError:
        return Check(False, "does not answer")
    return Check(True, "answers")


def worker() -> Check:
    """Every queue that tasks are sent to has a living worker."""
    wanted = _queues()
    try:
        missing = sorted(wanted - pulse.queues_served())
    except redis.RedisError:
        return Check(False, "unknown while the broker does not answer")
    if missing:
        return Check(False, f"no worker has given a sign of life for queue {', '.join(missing)}")
    return Check(True, f"heartbeats for queue {', '.join(sorted(wanted))}")


def storage() -> Check:
    """The folders of the pages, as this process finds them, and those of each queue, as its workers' signs say."""
    said = {"web": folders.trouble_of_web()}
    try:
        signs = pulse.workers()
    except redis.RedisError:
        signs = []
    for queue in sorted(_queues()):
        found = [sign.trouble for sign in signs if queue in sign.queues]
        said[f"worker of queue {queue}"] = max(found, default=_UNKNOWN)
    wrong = any(trouble not in ("", _UNKNOWN) for trouble in said.values())
    return Check(not wrong, "; ".join(f"{process}: {trouble or 'well'}" for process, trouble in said.items()))


def _queues() -> set[str]:
    return {settings.CELERY_TASK_DEFAULT_QUEUE} | {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}


_PARTS: dict[str, Callable[[], Check]] = {"database": database, "broker": broker, "worker": worker, "storage": storage}


def checks() -> dict[str, Check]:
    """How every part is, by name."""
    return {name: ask() for name, ask in _PARTS.items()}
