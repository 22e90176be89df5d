"""Brings one run's specification, data version and opt-outs of the day together and puts the engine to work on them."""

import datetime as dt
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from dars.core import clock
from dars.core.canonical import sha256_hex
from dars.core.errors import NotFound, WrongState
from extracts.catalogue.public import ExtractSpec, canonical_json
from extracts.collection import public as collection
from extracts.engine import checks, packaging, row_digests
from extracts.engine.bindings import Bindings
from extracts.engine.measure import Measure
from extracts.engine.plan import Plan, compile_plan
from extracts.engine.runner import DuckDBRunner, WriteResult
from extracts.production import digests
from extracts.production.failures import CheckFailed
from extracts.production.keys import agreement_key
from extracts.production.models import Run
from extracts.production.runners import runner
from extracts.production.selectors import given_before
from extracts.production.staging import Room


@dataclass(frozen=True)
class Workbench:
    """One attempt's plan, with all that it reads and the room it writes to."""

    run: Run
    plan: Plan
    bindings: Bindings
    room: Room
    data_version_id: int
    data_version: str
    opt_out_version: str
    opt_outs_at: dt.datetime
    follows: tuple[int, ...] = ()  # runs that gave the agreement something before
    threads: int = 0  # 0: as many as the service may use

    @classmethod
    def of(cls, run: Run, spec: ExtractSpec, room: Room) -> "Workbench":
        """Binds the plan to the run's data version (the current one if none is pinned yet) and today's opt-outs.

        Raises CheckFailed when there is no data version, or no list of opt-outs that may be used today. Opening the
        vault for opt-outs, and for forms that need an identifier, is audited there.
        """
        plan = compile_plan(spec)
        data = _data_version(run)
        context = {"purpose": "extract", "by": None, "case": run.application_reference}
        opt_outs_at = clock.now()  # before they are read: what changes meanwhile counts as later
        try:
            opt_outs = collection.opted_out(data.id, national=plan.national_opt_out, **context)
        except WrongState as refusal:
            raise CheckFailed("opt_out_list", refusal.message) from None
        follows = given_before(run)
        bindings = _bound(plan, data.id, opt_outs, context, follows)
        return cls(run, plan, bindings, room, data.id, data.label, opt_outs.version, opt_outs_at, tuple(follows))

    @classmethod
    def again(cls, run: Run, spec: ExtractSpec, room: Room, threads: int = 0) -> "Workbench":
        """Binds the plan to what the run's files were made from: data version, opt-outs, what was given until then.

        NotFound when one of them is kept no more. Audited as a reproduction wherever the vault is opened.
        """
        plan = compile_plan(spec)
        data = collection.data_version(run.data_version_id)
        context = {"purpose": "reproduction", "by": None, "case": run.application_reference}
        opt_outs = collection.opted_out_as(run.opt_out_version, **context)
        follows = tuple(run.follows)
        bindings = _bound(plan, data.id, opt_outs, context, follows)
        label, version = data.label, opt_outs.version
        return cls(run, plan, bindings, room, data.id, label, version, run.opt_outs_at, follows, threads)

    def measure(self) -> Measure:
        """Counts of what is to be written or was, and how alone it leaves people. Writes no file."""
        return self._runner.measure(self.plan, self.bindings)

    def write(self) -> WriteResult:
        """The data files, in the room; after an earlier release also which of its pseudonyms have changed."""
        written = self._runner.write(self.plan, self.bindings, self._key, self.room.files)
        return self._runner.write_changes(self.plan, self.bindings, self._key, self.room.files, written)

    @property
    def proposal(self) -> dict[str, Any]:
        """What goes into the ledger of published tables when the run is released: of records, nothing."""
        return {}

    def keep_given(self) -> None:
        """Keeps whose records the files hold, for the agreement's later files. It counts once the run is released."""
        source = self.room.spill / "given.parquet"
        self._runner.write_given(self.plan, self.bindings, source)
        collection.keep_given(run_id=self.run.pk, source=source)
        source.unlink()

    def keep_digests(self, written: WriteResult) -> None:
        """Keeps digests of the rows under a new key, by which an erasure's part can be told later."""
        key = digests.new_key()
        digests.keep(self.run, key, lambda path: self.digest_rows(written, key, path))

    def digest_rows(self, written: WriteResult, secret: bytes, path: Path) -> None:
        """Keyed digests of the rows in the files, by which they can be compared when they are made again."""
        row_digests.write(self.plan, self.bindings, self._key, self.room.files, written, self._local, secret, path)

    def compare_rows(self, earlier: Path, later: Path) -> row_digests.Compared:
        """How the rows of two files of digests differ."""
        return row_digests.compare(earlier, later, self._local)

    def checks(self, written: WriteResult) -> list[checks.Check]:
        """The verdict of every check on the files; none may be other than passed."""
        return checks.verify(self.plan, self.bindings, self._key, self.room.files, written, self._runner)

    def describe(self, written: WriteResult, measured: Measure) -> list[dict[str, Any]]:
        """Writes the documents that travel beside the data files. Returns the entries of all files for the row."""
        documents = self._documents(written, measured)
        return [asdict(file) for file in written.files] + [self._document(*item) for item in documents.items()]

    def _documents(self, written: WriteResult, measured: Measure) -> dict[str, bytes]:
        periods = Run.objects.filter(pk__in=self.follows).order_by("pk").values_list("period", flat=True)
        versions = {
            "data_version": self.data_version,
            "opt_out_version": self.opt_out_version,
            "follows": tuple(periods),
        }
        return {
            "manifest.json": canonical_json(packaging.manifest(self.plan, written, **versions)),
            "data-dictionary.json": canonical_json(packaging.data_dictionary(self.plan, written)),
            "README.txt": packaging.readme(self.plan, written, **versions, measure=measured).encode(),
        }

    def found(self, written: WriteResult, measured: Measure) -> dict[str, Any]:
        """What the files hold, for whoever checks them before release: counts, names of columns and months only."""
        tables = {
            name: {"columns": result.filled, "periods": list(result.periods)} for name, result in written.tables.items()
        }
        return {"measure": asdict(measured), "tables": tables}

    def _document(self, name: str, content: bytes) -> dict[str, Any]:
        path = self.room.files / name
        path.touch(mode=0o600)
        path.write_bytes(content)
        kind = path.suffix.lstrip(".")
        return {
            "name": name,
            "table": "",
            "format": kind,
            "rows": 0,
            "bytes": len(content),
            "sha256": sha256_hex(content),
        }

    @property
    def _key(self):
        return agreement_key(self.run.keyed_as)

    @property
    def _local(self) -> DuckDBRunner:
        """What reads files back, wherever they were written."""
        return DuckDBRunner(self.threads or settings.ENGINE_THREADS, settings.ENGINE_MEMORY_LIMIT, self.room.spill)

    @property
    def _runner(self):
        return runner(self.threads or settings.ENGINE_THREADS, self.room.spill)


def _bound(
    plan: Plan, data_version_id: int, opt_outs: collection.OptOutRef, context: dict[str, Any], follows: Collection[int]
) -> Bindings:
    tables = collection.bindings(data_version_id)
    if plan.needs_vault:
        tables = {**tables, "tuples": collection.identity(data_version_id, **context)}
    given = collection.given(follows)
    if len(given) < len(follows):
        raise NotFound("What the agreement was given before is not kept any more.")
    return Bindings.of(tables, opt_outs.path, list(given.values()))


def _data_version(run: Run):
    if run.data_version_id is not None:
        return collection.data_version(run.data_version_id)
    try:
        return collection.current_data_version()
    except WrongState as refusal:
        raise CheckFailed("data_version", refusal.message) from None
