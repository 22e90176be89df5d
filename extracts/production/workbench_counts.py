"""The workbench of a table of counts: protected beside all that was published, and nothing of a person kept."""

from dataclasses import dataclass, field, replace
from typing import Any

from extracts.catalogue.public import ExtractSpec, canonical_json
from extracts.engine import checks_of_counts, counts, packaging_counts
from extracts.engine.checks import Check
from extracts.engine.counts import Counted
from extracts.engine.disclosure import Kind, NotProtectable, Protected, TooHard, TooManyParts
from extracts.engine.measure import Measure
from extracts.engine.runner import TableResult, WriteResult
from extracts.production.failures import CheckFailed
from extracts.production.models import Run
from extracts.production.proposals import Proposing
from extracts.production.staging import Room
from extracts.production.workbench import Workbench

_REFUSED = {
    TooManyParts: "The table tells apart more than can be protected. Ask for fewer or coarser fields.",
    NotProtectable: "Small counts could be worked out from this table and what was published before, whatever is "
    "hidden. Ask for fewer or coarser fields.",
    TooHard: "It was not shown in time that small counts are safe. Ask for fewer cells.",
}


@dataclass(frozen=True)
class _Made:
    counted: Counted
    protected: Protected
    proposal: dict[str, Any]


@dataclass(frozen=True)
class CountsBench(Workbench):
    """One attempt at a table of counts. as_of: the ledger's last entry beside which it is protected; None: the newest.

    Counted by DuckDB on this machine, wherever records are written.
    """

    as_of: int | None = None
    made: list[_Made] = field(default_factory=list)

    @classmethod
    def again(cls, run: Run, spec: ExtractSpec, room: Room, threads: int = 0) -> "CountsBench":
        """As the records' bench does; beside what had been published then."""
        return replace(super().again(run, spec, room, threads), as_of=run.proposal.get("as_of"))

    def write(self) -> WriteResult:
        """The table, in the room, as it may be shown. Raises CheckFailed where it can't be protected."""
        counted = self._local.count(self.plan, self.bindings)
        proposing = Proposing(self.as_of)
        try:
            protected = proposing.protect(counted.family)
        except tuple(_REFUSED) as refused:
            raise CheckFailed("small numbers", _REFUSED[type(refused)]) from None
        table = self.plan.primary.dataset
        files = counts.write(counted, protected, table, self.plan.formats, self.room.files, self._local.threads)
        self.made.append(_Made(counted, protected, proposing.proposal([protected])))
        filled = dict.fromkeys(counted.header, files[0].rows)
        ends = (counted.months[0], counted.months[-1])
        return WriteResult(tuple(files), {table: TableResult(files[0].rows, 0, filled, {}, ends)})

    @property
    def proposal(self) -> dict[str, Any]:
        """What goes into the ledger of published tables when the run is released."""
        return self.made[-1].proposal

    def keep_given(self) -> None:
        """No pseudonym is given out."""

    def keep_digests(self, written: WriteResult) -> None:
        """No row is of a person."""

    def checks(self, written: WriteResult) -> list[Check]:
        """The verdict of every check on the table."""
        folder, protected = self.room.files, self.made[-1].protected
        return checks_of_counts.verify(self.plan, self.bindings, folder, written, protected, self._local)

    def _documents(self, written: WriteResult, measured: Measure) -> dict[str, bytes]:
        made = self.made[-1]
        versions = {"data_version": self.data_version, "opt_out_version": self.opt_out_version}
        ledger = made.proposal["as_of"]
        return {
            "manifest.json": canonical_json(packaging_counts.manifest(self.plan, written, **versions, ledger=ledger)),
            "data-dictionary.json": canonical_json(packaging_counts.data_dictionary(self.plan, made.counted)),
            "README.txt": packaging_counts.readme(self.plan, written, made.counted, **versions).encode(),
        }

    def found(self, written: WriteResult, measured: Measure) -> dict[str, Any]:
        """As of records; and how the cells are shown."""
        protected = self.made[-1].protected
        cells = {kind.value: protected.count(kind) for kind in Kind}
        shown = {"cells": cells, "fewest_values": protected.smallest, "ledger": self.proposal["as_of"]}
        return {**super().found(written, measured), "counts": shown}


def bench_of(spec: ExtractSpec) -> type[Workbench]:
    """Which workbench a specification takes."""
    return CountsBench if spec.aggregated else Workbench
