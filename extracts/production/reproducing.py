"""Makes the files of a run again, to show that they are what was released; keeps none of them and releases nothing."""

import json
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from dars.audit.public import record
from dars.core.canonical import sha256_hex
from dars.core.errors import WrongState
from extracts.catalogue.public import ExtractSpec
from extracts.engine.packaging import software_versions
from extracts.production import staging
from extracts.production.failures import explain
from extracts.production.models import Run
from extracts.production.staging import Room
from extracts.production.workbench import Workbench

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Reproduction:
    """What came of it: `files` are those of the run's row, `differing` the names that came out otherwise.

    `reason`: why they could not be made, or what may explain the difference; "" where all are the same.
    """

    files: list[dict[str, Any]]
    differing: tuple[str, ...]
    reason: str

    @property
    def identical(self) -> bool:
        return not self.differing


def reproduce(run: Run, *, manifest: bytes | None = None, threads: int = 0) -> Reproduction:
    """Makes every file again from the data, opt-outs, specification and key that the run had, and compares digests.

    `manifest`: the one that somebody holds; it must be the run's own (WrongState). Raises WrongState for a run that
    never wrote a file. What the files held stays in a private folder, and goes with it.
    """
    if not run.files or not run.opt_out_version:
        raise WrongState("This run has written no files.")
    if manifest is not None and sha256_hex(manifest) != _digests(run.files).get(MANIFEST):
        raise WrongState("This manifest is not the run's: its SHA-256 is another.")
    try:
        made = _made_again(run, threads)
    except Exception as error:  # whatever it is: no message of a library gets through
        found = Reproduction(run.files, tuple(_digests(run.files)), explain(error).message)
    else:
        was, now = _digests(run.files), _digests(made)
        differing = tuple(sorted(name for name in was.keys() | now.keys() if was.get(name) != now.get(name)))
        found = Reproduction(run.files, differing, _why(manifest) if differing else "")
    with transaction.atomic():
        counts = {"identical": len(run.files) - len(found.differing), "differ": len(found.differing)}
        record("run.reproduced", by=None, subject=run, case=run.application_reference, **counts)
    return found


def _made_again(run: Run, threads: int) -> list[dict[str, Any]]:
    with staging.aside() as folder:
        room = Room(run.pk, 0, folder / "files", folder / "spill")
        room.files.mkdir(mode=0o700)
        room.spill.mkdir(mode=0o700)
        bench = Workbench.again(run, ExtractSpec.from_json(run.spec_json), room, threads)
        return bench.describe(bench.write(), bench.measure())


def _digests(files: list[dict[str, Any]]) -> dict[str, str]:
    return {file["name"]: file["sha256"] for file in files}


def _why(manifest: bytes | None) -> str:
    """The libraries that were others, as the manifest has them: their bytes may differ where their rows do not."""
    if manifest is None:
        return "Give the manifest of the package to see whether other versions of libraries wrote it."
    then, now = json.loads(manifest)["software"], software_versions()
    other = [f"{name} {then[name]}, now {now.get(name, 'none')}" for name in then if then[name] != now.get(name)]
    return (
        f"Written by other versions of libraries: {'; '.join(other)}." if other else "The data are not what they were."
    )
