"""Where a run's plain files stand until they are encrypted: private, and gone as soon as no run accounts for them."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from dars.core.folders import Folders, accounted_for, held, sweep_held
from extracts.production.models import Run
from extracts.production.rules import BUSY

_ASIDE = "reproduced"


@dataclass(frozen=True)
class Room:
    """The folders of one attempt: `files` for what is written, `spill` for the engine's temporary files."""

    run_id: int
    token: int
    files: Path
    spill: Path


@contextmanager
def attempt(run_id: int, token: int) -> Iterator[Room]:
    """Room for one attempt; gone afterwards but for what was kept."""
    with _folders().attempt(str(run_id), token) as folder:
        room = Room(run_id, token, folder / "files", folder / "spill")
        room.files.mkdir(mode=0o700)
        room.spill.mkdir(mode=0o700)
        yield room


def keep(room: Room) -> str:
    """Makes the files durable under the name that is returned, for the run's row."""
    return _folders().keep(str(room.run_id), room.token, room.files)


def aside() -> AbstractContextManager[Path]:
    """A private folder for files that no run accounts for; gone when the block ends, and after a crash by `tidy`."""
    return held(Path(settings.STAGING_ROOT), _ASIDE)


def folder(run: Run) -> Path:
    """The folder of whole files that the row names."""
    return _folders().path(str(run.pk), run.staged)


def tidy(run_id: int | None = None) -> None:
    """Removes what crashes, late workers and purges left; of one run, or of all."""
    _folders().tidy(_accounted, owner=None if run_id is None else str(run_id))
    if run_id is None:
        sweep_held(Path(settings.STAGING_ROOT), _ASIDE)


def _accounted(owner: str) -> set[str] | None:
    if not owner.isdecimal():
        return None
    run = Run.objects.filter(pk=int(owner)).first()
    return accounted_for(run.lease_token, run.staged, busy=run.state in BUSY) if run else set()


def _folders() -> Folders:
    root = Path(settings.STAGING_ROOT)
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Folders(root / "runs", mode=0o700)
