"""Keyed digests of the rows that a run wrote: kept to tell later what an erasure took from them, and nothing else.

They lie under DATA_ROOT/digests, one file for each run; keys are rows of the database. When an agreement is over, the
keys of its runs are destroyed: from then on nobody can tell whether a row was in a file. The files, which tell nothing
without their key, go with the next sweep: whoever hears of the end need not reach the data.
"""

import secrets
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import transaction

from dars.core import clock
from dars.core.folders import fsync
from extracts.production.digest_models import RowDigests
from extracts.production.models import Run

_GRACE_SECONDS = 6 * 60 * 60  # between writing a file and committing its row


def new_key() -> bytes:
    return secrets.token_bytes(32)


def keep(run: Run, key: bytes, write: Callable[[Path], None]) -> None:
    """Keeps the digests that `write` puts into the file it is given; what the run had before is replaced."""
    name = f"{run.pk}-{secrets.token_hex(8)}.parquet"
    path = _path(name)
    path.touch(mode=0o600)
    write(path)
    fsync(path)
    fsync(path.parent)
    with transaction.atomic():
        RowDigests.objects.filter(run=run).delete()
        RowDigests.objects.create(run=run, key=key, file=name, kept_at=clock.now())


def of(run: Run) -> tuple[bytes, Path] | None:
    """The key and the file of a run; None if they were destroyed or never made."""
    kept = RowDigests.objects.filter(run=run).first()
    return (bytes(kept.key), _path(kept.file)) if kept and _path(kept.file).exists() else None


@transaction.atomic
def destroy(*, agreement_id: int) -> None:
    """The agreement is over: the keys of its runs go."""
    RowDigests.objects.filter(run__agreement=agreement_id).delete()


def sweep() -> None:
    """Removes files whose key is gone, and what a crash left."""
    named = set(RowDigests.objects.values_list("file", flat=True))
    for file in _folder().iterdir():
        if file.name not in named and time.time() - file.stat().st_mtime > _GRACE_SECONDS:
            file.unlink(missing_ok=True)


def _folder() -> Path:
    folder = Path(settings.DATA_ROOT) / "digests"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _path(name: str) -> Path:
    return _folder() / name
