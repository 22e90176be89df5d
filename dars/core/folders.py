"""Folders of files that are whole or not there: one for each attempt at a piece of work, renamed when it succeeded.

    root/<owner>/<token>.part    an attempt under way, of the lease with that token
    root/<owner>/<token>         its files, whole and on disk

Which folder counts is for the owner's row to say; `tidy` removes the others. Removing unlinks and does not overwrite:
the volume has to be encrypted (docs/operations.md).
"""

import fcntl
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Folders:
    """The folders under `root`, made with `mode` (0o700 where files are plain)."""

    root: Path
    mode: int

    @contextmanager
    def attempt(self, owner: str, token: int) -> Iterator[Path]:
        """A new, empty folder for an attempt; gone afterwards unless kept."""
        part = self.root / owner / f"{token}.part"
        for folder in (self.root, part.parent, part):
            folder.mkdir(mode=self.mode, parents=True, exist_ok=True)
        try:
            yield part
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def keep(self, owner: str, token: int, files: Path) -> str:
        """Makes the folder `files` of an attempt durable under the name that is returned, for the owner's row."""
        for path in (*files.iterdir(), files):
            fsync(path)
        files.rename(self.root / owner / str(token))
        for folder in (self.root / owner, self.root):
            fsync(folder)
        return str(token)

    def path(self, owner: str, name: str) -> Path:
        """The folder that the owner's row names."""
        return self.root / owner / name

    def tidy(self, accounted: Callable[[str], set[str] | None], *, owner: str | None = None, cut: bool = False) -> None:
        """Removes the folders (of one owner, or of all) that `accounted` does not list; None: the name is no owner's.

        Folders are listed first and `accounted` is asked afterwards, so that nothing newer than a row is removed.
        cut: files are emptied before, so that whoever has one open, as a web server in the midst of a response, reads
        no further; removed alone they would be read to their end.
        """
        owners = [self.root / owner] if owner else list(self.root.iterdir()) if self.root.is_dir() else []
        for base in owners:
            found = list(base.iterdir()) if base.is_dir() else []
            kept = accounted(base.name)
            if kept is None:
                continue
            for folder in found:
                if folder.name not in kept:
                    if cut:
                        _empty(folder)
                    shutil.rmtree(folder, ignore_errors=True)
            if base.is_dir() and not kept:
                try:
                    base.rmdir()
                except OSError:
                    continue  # something new has come meanwhile


def _empty(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            with suppress(OSError):  # removed by somebody else meanwhile
                os.truncate(path, 0)


def accounted_for(token: int, kept: str, *, busy: bool) -> set[str]:
    """The folders that a row accounts for: the one it names, and while work is under way those of its latest lease."""
    return ({kept} if kept else set()) | ({str(token), f"{token}.part"} if busy else set())


@contextmanager
def held(root: Path, name: str) -> Iterator[Path]:
    """A new private folder under `root`, whose name begins so; gone when the block ends. Locked while it is in use."""
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = root / f"{name}-{secrets.token_hex(8)}"
    folder.mkdir(mode=0o700)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def sweep_held(root: Path, name: str) -> int:
    """Removes the folders of `held` that nobody holds any more: what a crash left. Returns how many."""
    swept = 0
    for folder in root.glob(f"{name}-*"):
        handle = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue  # somebody is at work in it
        else:
            shutil.rmtree(folder, ignore_errors=True)
            swept += 1
        finally:
            os.close(handle)
    return swept


def fsync(path: Path) -> None:
    """Makes a file's content, or a folder's names, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
