"""Which folders of the state each process works in, and how they are for it; repairs nothing, looks at no file."""

import os
import shutil
import tempfile
from pathlib import Path

from django.conf import settings

# Below this an upload or a package could no longer be written.
LEAST_FREE_BYTES = 100_000_000

# A test holds these, the tasks of each queue and the mounts of docker-compose.yml against each other.
WEB_WRITES, WEB_READS = ("uploads", "documents"), ("reports", "delivery")
QUEUE_WRITES = {
    "default": ("documents", "delivery"),
    "vault": ("uploads", "reports", "data", "vault", "staging", "delivery"),
}


def folder(name: str) -> Path:
    """Where the state has it."""
    return {
        "uploads": settings.UPLOAD_ROOT,
        "documents": settings.DOCUMENT_ROOT,
        "delivery": settings.DELIVERY_ROOT,
        "data": settings.DATA_ROOT,
        "vault": settings.VAULT_ROOT,
        "staging": settings.STAGING_ROOT,
        "reports": settings.STATE_ROOT / "reports",
    }[name]


def trouble_of_web() -> str:
    """What is wrong with a folder of the pages; empty if nothing is."""
    return _trouble(WEB_WRITES, WEB_READS)


def trouble_of_worker(queues: tuple[str, ...]) -> str:
    """What is wrong, for this process, with a folder that these queues are worked in; empty if nothing is."""
    return _trouble(tuple(dict.fromkeys(name for queue in queues for name in QUEUE_WRITES.get(queue, ()))))


def _trouble(written: tuple[str, ...], read: tuple[str, ...] = ()) -> str:
    for name in written:
        try:
            _write(folder(name))
        except OSError:
            return f"{name} can't be written"
    for name in read:
        if not os.access(folder(name), os.R_OK | os.X_OK):
            return f"{name} can't be read"
    for name in (*written, *read):
        try:
            free = shutil.disk_usage(folder(name)).free
        except OSError:
            return f"{name} can't be read"
        if free < LEAST_FREE_BYTES:
            return f"less than {LEAST_FREE_BYTES // 1_000_000} MB are left for {name}"
    return ""


def _write(into: Path) -> None:
    """Writes as far as the disk and takes it back."""
    with tempfile.TemporaryFile(dir=into) as file:
        file.write(b"\0")
        file.flush()
        os.fsync(file.fileno())
