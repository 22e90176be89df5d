"""Makes the files of a run again, to show that they are what was released; keeps none of them and releases nothing."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction

from dars.audit.public import record
from dars.core.canonical import sha256_hex
from dars.core.errors import WrongState
from extracts.catalogue.public import ExtractSpec
from extracts.collection.public import reading, was_erased_from
from extracts.engine.packaging import software_versions
from extracts.engine.row_digests import Compared
from extracts.engine.runner import WriteResult
from extracts.production import digests, staging
from extracts.production.failures import explain
from extracts.production.models import Run
from extracts.production.staging import Room
from extracts.production.workbench import Workbench
from extracts.production.workbench_counts import bench_of

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Reproduction:
    """What came of it: `files` are those of the run's row, `differing` the names that came out otherwise.

    `reason`: why they could not be made, or what may explain the difference; "" where all are the same. `erased`: how
    many rows are missing because they were erased, where all the others are the same (`rows` of them), else 0.
    """

    files: list[dict[str, Any]]
    differing: tuple[str, ...]
    reason: str
    erased: int = 0
    rows: int = 0

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
        found = _compared(run, manifest, threads)
    except Exception as error:  # whatever it is: no message of a library gets through
        found = Reproduction(run.files, tuple(_digests(run.files)), explain(error).message)
    with transaction.atomic():
        counts = {"identical": len(run.files) - len(found.differing), "differ": len(found.differing)}
        counts["erased"] = found.erased
        record("run.reproduced", by=None, subject=run, case=run.application_reference, **counts)
    return found


def _compared(run: Run, manifest: bytes | None, threads: int) -> Reproduction:
    spec = ExtractSpec.from_json(run.spec_json)
    with reading(), staging.aside() as folder:
        room = Room(run.pk, 0, folder / "files", folder / "spill")
        room.files.mkdir(mode=0o700)
        room.spill.mkdir(mode=0o700)
        bench = bench_of(spec).again(run, spec, room, threads)
        written = bench.write()
        was, now = _digests(run.files), _digests([asdict(file) for file in written.files])
        data = sorted(name for name in now if was.get(name) != now[name])
        compared = _rows_compared(run, bench, written) if data and was_erased_from(run.data_version_id) else None
        now = _digests(bench.describe(written, bench.measure()))
    differing = tuple(sorted(name for name in was.keys() | now.keys() if was.get(name) != now.get(name)))
    if not differing:
        return Reproduction(run.files, (), "")
    if compared is not None and compared.missing and not compared.extra:
        return Reproduction(run.files, differing, "", erased=compared.missing, rows=compared.same)
    return Reproduction(run.files, differing, _why(run, manifest, compared))


def _rows_compared(run: Run, bench: Workbench, written: WriteResult) -> Compared | None:
    """Row by row, by the digests from then; None if they are kept no more."""
    kept = digests.of(run)
    if kept is None:
        return None
    key, earlier = kept
    later = bench.room.spill / "digests.parquet"
    bench.digest_rows(written, key, later)
    return bench.compare_rows(earlier, later)


def _digests(files: list[dict[str, Any]]) -> dict[str, str]:
    return {file["name"]: file["sha256"] for file in files}


def _why(run: Run, manifest: bytes | None, compared: Compared | None) -> str:
    """What may explain a difference: erased people, or libraries, whose bytes may differ where their rows do not."""
    if compared is not None and compared.extra:
        return f"{compared.missing:,} rows are missing, and {compared.extra:,} were not there before."
    if compared is None and was_erased_from(run.data_version_id):
        return "Records were erased from this version of the data, and what the rows could be compared by is destroyed."
    if manifest is None:
        return "Give the manifest of the package to see whether other versions of libraries wrote it."
    then = json.loads(manifest)["software"]
    now = software_versions(*then)
    other = [f"{name} {then[name]}, now {now.get(name, 'none')}" for name in then if then[name] != now.get(name)]
    return (
        f"Written by other versions of libraries: {'; '.join(other)}." if other else "The data are not what they were."
    )
