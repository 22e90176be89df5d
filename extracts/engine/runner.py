"""Carries out a plan on one machine: measures it, or writes its files; reads only what is bound."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from extracts.engine import people
from extracts.engine.bindings import Bindings
from extracts.engine.changes import Changes, write_changes, write_given
from extracts.engine.counts import Counted, count
from extracts.engine.encoding import Encoder, Piece, shares
from extracts.engine.files import OutputFile, write_table
from extracts.engine.gathering import Gathered, Source, cohort, few_tuples, gather
from extracts.engine.keys import AgreementKey
from extracts.engine.labels import labels
from extracts.engine.measure import Measure, measure
from extracts.engine.plan import AttachPerson, CohortPart, InCohort, OfReleasedPeople, Plan, TablePlan
from extracts.engine.risk import Risk, assess, without_identifiers
from extracts.engine.scanning import row_groups
from extracts.engine.session import failing, open_session, prepare
from extracts.engine.side_by_side import in_order
from extracts.engine.sql import PERSON_MAP


@dataclass(frozen=True)
class TableResult:
    """rows, people; filled: rows with a value, by column; match_ranks: rows by match rank (linked tables).

    periods: the first and the last month ('YYYY-MM') of the data that were read; empty if there were none.
    """

    rows: int
    people: int
    filled: dict[str, int]
    match_ranks: dict[int, int]
    periods: tuple[str, ...] = ()


@dataclass(frozen=True)
class WriteResult:
    """What was written, counted while it was written. changes: of later deliveries; its files are among `files`."""

    files: tuple[OutputFile, ...]
    tables: dict[str, TableResult]
    changes: Changes | None = None


@dataclass(frozen=True)
class DuckDBRunner:
    """threads, memory_limit ('4GB', of DuckDB) and temp_dir (an existing private folder) bound what a run may take."""

    threads: int
    memory_limit: str
    temp_dir: Path

    def measure(self, plan: Plan, bindings: Bindings) -> Measure:
        """Counts of what would be written. EngineError names the step that failed."""
        with self.session(plan, bindings) as session:
            prepare(session, plan)
            return measure(session, plan)

    def assess(self, plan: Plan, bindings: Bindings) -> Risk:
        """What the rows that would be written reveal about people. EngineError names the step that failed."""
        read = without_identifiers(plan)
        with self._source(read, bindings) as source, failing("risk"):
            tables = list(_gathered(read, source, None))
            return assess(plan, tables, source)

    def count(self, plan: Plan, bindings: Bindings) -> Counted:
        """The table of counts of an aggregated plan, true counts: not to be written before it is protected."""
        scan = plan.primary.scan
        with self.session(plan, bindings) as session:
            return count(session, plan, bindings.months(scan.dataset, scan.period_from, scan.period_to))

    def write(self, plan: Plan, bindings: Bindings, key: AgreementKey, out_dir: Path) -> WriteResult:
        """Writes every table in every format into out_dir, an existing folder.

        EngineError names the step that failed; tables written before it stay, so throw the whole folder away then.
        """
        written: dict[str, tuple[list[OutputFile], TableResult]] = {}
        with self._source(plan, bindings) as source:
            for table, gathered in _gathered(plan, source, key):
                written[table.dataset] = self._write(plan, table, source, gathered, key, Path(out_dir))
                del gathered  # before the next table's rows take their room
        ordered = [written[table.dataset] for table in plan.tables]
        files = tuple(file for found, _ in ordered for file in found)
        return WriteResult(files, {table.dataset: written[table.dataset][1] for table in plan.tables})

    def write_changes(
        self, plan: Plan, bindings: Bindings, key: AgreementKey, out_dir: Path, written: WriteResult
    ) -> WriteResult:
        """Adds the table of pseudonyms that changed since the earlier releases; nothing to the first."""
        if not bindings.given:
            return written
        with self.session(plan, bindings, reads=bindings.given) as session:
            changes = write_changes(session, plan, bindings, key, Path(out_dir), self.threads)
        return replace(written, files=(*written.files, *changes.files), changes=changes)

    def write_given(self, plan: Plan, bindings: Bindings, path: Path) -> int:
        """Writes whose records are given out and were not before, for later releases; the number of rows."""
        with self.session(plan, bindings, reads=bindings.given) as session:
            return write_given(session, plan, bindings, path)

    def _write(
        self, plan: Plan, table: TablePlan, source: Source, gathered: Gathered, key: AgreementKey, folder: Path
    ) -> tuple[list[OutputFile], TableResult]:
        filled: Counter[str] = Counter(dict.fromkeys(table.header, 0))
        ranks: Counter[int] = Counter()
        encoder = Encoder(table, gathered, labels(gathered, table), source.people, key, plan.formats)

        def seen(piece: Piece) -> Piece:
            filled.update(piece.filled)
            ranks.update(piece.ranks)
            return piece

        with failing(f"write {table.dataset}"):
            pieces = in_order(source.pool, encoder.piece, shares(gathered.counts), self.threads + 1)
            files = write_table(
                folder, table.dataset, plan.formats, table.header, map(seen, pieces), threads=self.threads
            )
        months = source.bindings.months(table.dataset, table.scan.period_from, table.scan.period_to)
        ends = (months[0], months[-1]) if months else ()
        about = int(np.count_nonzero(gathered.people))
        return files, TableResult(files[0].rows, about, dict(filled), dict(sorted(ranks.items())), ends)

    @contextmanager
    def _source(self, plan: Plan, bindings: Bindings) -> Iterator[Source]:
        ranked = dict(map(_ranked, (*plan.cohort, *plan.tables)))
        with ThreadPoolExecutor(self.threads) as pool:
            # A narrow request waits longer for DuckDB to start than for these to be read.
            opening = pool.submit(row_groups, bindings.files("person_map"), PERSON_MAP)
            leaving = pool.submit(people.opted_out, bindings.opted_out)
            with self.session(plan, bindings) as session:
                with failing("open person_map"):
                    person_map = opening.result()
                looked, wanted = few_tuples(plan, bindings, session, pool, sum(group.rows for group in person_map))
                with failing("open opted_out"):
                    gone = leaving.result()
                with failing("open person_map"):
                    known = people.load(person_map, gone, ranked, pool, wanted)
                yield Source(bindings, known, session, pool, looked)

    @contextmanager
    def session(self, plan: Plan, bindings: Bindings, reads: tuple[str, ...] = ()):
        """A connection within this runner's bounds; `reads` are further files it may open."""
        with open_session(
            plan,
            bindings,
            threads=self.threads,
            memory_limit=self.memory_limit,
            temp_dir=self.temp_dir,
            reads=reads,
        ) as session:
            yield session


def _gathered(plan: Plan, source: Source, key: AgreementKey | None) -> Iterator[tuple[TablePlan, Gathered]]:
    """Each table with its rows, the primary one first."""
    chosen = {InCohort: cohort(source, plan.cohort)}
    for table in sorted(plan.tables, key=lambda item: item.linked):
        only = [chosen[type(step)] for step in table.steps if type(step) in chosen]
        gathered = gather(source, table, key, only)
        if not table.linked:
            chosen[OfReleasedPeople] = gathered.people
        yield table, gathered
        del gathered  # before the next table's rows take their room


def _ranked(part: TablePlan | CohortPart) -> tuple[str, int | None]:
    """The dataset and the loosest match rank accepted."""
    return part.dataset, next(step.max_match_rank for step in part.steps if isinstance(step, AttachPerson))
