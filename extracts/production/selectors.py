"""Reads of runs. Changes nothing."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db.models import QuerySet

from dars.core.errors import NotFound, WrongState
from extracts.production import staging
from extracts.production.models import Run
from extracts.production.rules import OVER


@dataclass(frozen=True)
class StagedFile:
    """A plain file that waits to be encrypted. `sha256` and `size` (bytes) are those of the run's row."""

    path: Path
    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Staged:
    """What a written run left for delivery."""

    run_id: int
    agreement_id: int
    application_reference: str
    files: tuple[StagedFile, ...]


@dataclass(frozen=True)
class Underway:
    """A run that has released nothing yet, as its recipients may know it. `agreement` is the reference."""

    run_id: int
    agreement: str


def runs() -> QuerySet[Run]:
    """Every run, newest first."""
    return Run.objects.select_related("agreement")


def run(run_id: int) -> Run:
    """Raises NotFound."""
    found = runs().filter(pk=run_id).first()
    if found is None:
        raise NotFound("There is no such run.")
    return found


def staged(run_id: int) -> Staged:
    """The plain files of a written run. Raises WrongState where there are none (purged, released, not written)."""
    row = run(run_id)
    if row.state != Run.State.WRITTEN:
        raise WrongState("The run has no files that wait to be released.", rule="run_not_written")
    folder = staging.folder(row)
    return Staged(row.pk, row.agreement_id, row.application_reference, tuple(_file(folder, item) for item in row.files))


def underway(*, recipient_id: int) -> list[Underway]:
    """Runs on their way to a release under agreements that name the person as a recipient."""
    rows = Run.objects.exclude(state__in=OVER).filter(agreement__recipients__user=recipient_id)
    return [Underway(*row) for row in rows.values_list("pk", "agreement__reference")]


def _file(folder: Path, item: dict[str, Any]) -> StagedFile:
    return StagedFile(folder / item["name"], item["name"], item["bytes"], item["sha256"])
