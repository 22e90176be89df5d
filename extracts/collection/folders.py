"""The private folders of collection: received files, checked rows on their way, error reports, hashes of unique items.

Everything is readable by its owner alone. What holds patients' values is removed when it has been used, and by `sweep`
after a crash.
"""

import os
import secrets
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
from django.conf import settings

from dars.core.folders import held, sweep_held

# A received file that no submission names may still be on its way in from a browser.
UPLOAD_GRACE_SECONDS = 3600
_STAGING = "collection"


def _private(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def staging() -> AbstractContextManager[Path]:
    """A new folder for checked rows, identifiers included; gone when the block ends. Locked while it is in use."""
    return held(settings.STAGING_ROOT, _STAGING)


def store_upload(chunks: Iterable[bytes]) -> str:
    """Keeps a received file until it has been checked; returns its name."""
    name = secrets.token_hex(16)
    descriptor = os.open(upload(name), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        remove_upload(name)
        raise
    return name


def upload(name: str) -> Path:
    return _private(settings.UPLOAD_ROOT) / name


def remove_upload(name: str) -> None:
    upload(name).unlink(missing_ok=True)


def report(submission_id: int) -> Path:
    """Where the error report of a submission is; it holds no patient's value."""
    return _private(settings.STATE_ROOT / "reports") / f"{submission_id}.csv"


def store_keys(keys: np.ndarray) -> str:
    """Keeps the keyed hashes of a provider-month's unique items; returns the store's name."""
    name = f"{secrets.token_hex(16)}.npy"
    with _keys(name).open("wb") as file:
        np.save(file, keys)
        file.flush()
        os.fsync(file.fileno())
    return name


def read_keys(names: Iterable[str]) -> np.ndarray:
    """The hashes of several stores together, sorted."""
    stores = [np.load(_keys(name), allow_pickle=False) for name in names]
    return np.sort(np.concatenate([np.empty(0, np.uint64), *stores]))


def _keys(name: str) -> Path:
    return _private(settings.DATA_ROOT / "keys") / name


def remove_keys_but(named: set[str]) -> int:
    """Removes all key stores but the named; nobody may be about to name another. Returns how many."""
    stray = [file for file in _private(settings.DATA_ROOT / "keys").iterdir() if file.name not in named]
    for file in stray:
        file.unlink(missing_ok=True)
    return len(stray)


def sweep(uploads: set[str], keys: set[str]) -> int:
    """Removes what a crash left: all but the named uploads and key stores. Returns how many files and folders."""
    now = time.time()
    stray = [
        file
        for folder, named in ((settings.UPLOAD_ROOT, uploads), (settings.DATA_ROOT / "keys", keys))
        for file in _private(folder).iterdir()
        if file.is_file() and file.name not in named and now - file.stat().st_mtime > UPLOAD_GRACE_SECONDS
    ]
    for file in stray:
        file.unlink(missing_ok=True)
    return len(stray) + sweep_held(settings.STAGING_ROOT, _STAGING)
