"""Is the service well? Each part is asked by name; nothing is repaired here, and nothing secret is told."""

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import redis
from django.conf import settings
from django.db import DatabaseError, connection

from dars.core import pulse

# Below this an upload or a package could no longer be written.
LEAST_FREE_BYTES = 100_000_000


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
    wanted = {settings.CELERY_TASK_DEFAULT_QUEUE} | {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    try:
        missing = sorted(wanted - pulse.queues_served())
    except redis.RedisError:
        return Check(False, "unknown while the broker does not answer")
    if missing:
        return Check(False, f"no worker has given a sign of life for queue {', '.join(missing)}")
    return Check(True, f"heartbeats for queue {', '.join(sorted(wanted))}")


def storage() -> Check:
    """Submissions and documents can be written and packages can be read."""
    for folder, what in ((settings.UPLOAD_ROOT, "submissions"), (settings.DOCUMENT_ROOT, "documents")):
        try:
            _write(folder)
        except OSError:
            return Check(False, f"{what} can't be written")
    if not os.access(settings.DELIVERY_ROOT, os.R_OK | os.X_OK):
        return Check(False, "packages can't be read")
    for folder in (settings.UPLOAD_ROOT, settings.DOCUMENT_ROOT, settings.DELIVERY_ROOT):
        if shutil.disk_usage(folder).free < LEAST_FREE_BYTES:
            return Check(False, f"less than {LEAST_FREE_BYTES // 1_000_000} MB are left")
    return Check(True, "submissions and documents can be written, packages can be read")


def _write(folder: Path) -> None:
    """Writes as far as the disk and takes it back."""
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"\0")
        file.flush()
        os.fsync(file.fileno())


_PARTS: dict[str, Callable[[], Check]] = {"database": database, "broker": broker, "worker": worker, "storage": storage}


def checks() -> dict[str, Check]:
    """How every part is, by name."""
    return {name: ask() for name, ask in _PARTS.items()}
