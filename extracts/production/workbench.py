"""Brings one run's specification, data version and opt-outs of the day together and puts the engine to work on them."""

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings

from dars.core import clock
from dars.core.canonical import sha256_hex
from dars.core.errors import WrongState
from extracts.catalogue.public import ExtractSpec, canonical_json
from extracts.collection import public as collection
from extracts.engine import checks, packaging
from extracts.engine.bindings import Bindings
from extracts.engine.measure import KAnonymity, Measure, TableMeasure
from extracts.engine.plan import Plan, compile_plan
from extracts.engine.runner import DuckDBRunner, WriteResult
from extracts.production.failures import CheckFailed
from extracts.production.keys import agreement_key
from extracts.production.models import Run
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
        tables = collection.bindings(data.id)
        if plan.needs_vault:
            tables = {**tables, "tuples": collection.identity(data.id, **context)}
        bindings = Bindings.of(tables, opt_outs.path)
        return cls(run, plan, bindings, room, data.id, data.label, opt_outs.version, opt_outs_at)

    def measure(self) -> Measure:
        """Counts of what would be written, and how alone it would leave people. Writes no file."""
        return self._runner.measure(self.plan, self.bindings)

    def write(self) -> WriteResult:
        """The data files, in the room."""
        return self._runner.write(self.plan, self.bindings, self._key, self.room.files)

    def checks(self, written: WriteResult) -> list[checks.Check]:
        """The verdict of every check on the files; none may be other than passed."""
        return checks.verify(self.plan, self.bindings, self._key, self.room.files, written, self._runner)

    def describe(self, written: WriteResult) -> list[dict[str, Any]]:
        """Writes the documents that travel beside the data files. Returns the entries of all files for the row."""
        versions = {"data_version": self.data_version, "opt_out_version": self.opt_out_version}
        documents = {
            "manifest.json": canonical_json(packaging.manifest(self.plan, written, **versions)),
            "data-dictionary.json": canonical_json(packaging.data_dictionary(self.plan)),
            "README.txt": packaging.readme(self.plan, written, **versions, measure=_measure(self.run.measure)).encode(),
        }
        return [asdict(file) for file in written.files] + [self._document(*item) for item in documents.items()]

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
        return agreement_key(self.run.agreement_id)

    @property
    def _runner(self) -> DuckDBRunner:
        return DuckDBRunner(settings.ENGINE_THREADS, settings.ENGINE_MEMORY_LIMIT, self.room.spill)


def _data_version(run: Run):
    if run.data_version_id is not None:
        return collection.data_version(run.data_version_id)
    try:
        return collection.current_data_version()
    except WrongState as refusal:
        raise CheckFailed("data_version", refusal.message) from None


def _measure(stored: dict[str, Any]) -> Measure:
    """The inverse of `asdict` for what preparation counted."""
    tables = {name: TableMeasure(**counts) for name, counts in stored["tables"].items()}
    return Measure(tables, KAnonymity(**stored["k_anonymity"]))
