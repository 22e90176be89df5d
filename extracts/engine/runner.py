"""Carries out a plan on one machine with DuckDB: measures it, or writes its files; reads only what is bound."""

# ruff: noqa: S608 - queries are made of declared names, numbers and quoted literals, never of what people type

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from extracts.engine import sql
from extracts.engine.bindings import Bindings
from extracts.engine.files import ROW_GROUP, OutputFile, write_table
from extracts.engine.keys import AgreementKey
from extracts.engine.measure import Measure, measure
from extracts.engine.plan import MATCH_RANK, Plan, TablePlan
from extracts.engine.session import Session, coding, open_session, prepare


@dataclass(frozen=True)
class TableResult:
    """rows, people; filled: rows with a value, by column; match_ranks: rows by match rank (linked tables)."""

    rows: int
    people: int
    filled: dict[str, int]
    match_ranks: dict[int, int]


@dataclass(frozen=True)
class WriteResult:
    files: tuple[OutputFile, ...]
    tables: dict[str, TableResult]


@dataclass(frozen=True)
class DuckDBRunner:
    """threads, memory_limit ('4GB') and temp_dir (an existing private folder) bound what a run may take."""

    threads: int
    memory_limit: str
    temp_dir: Path

    def measure(self, plan: Plan, bindings: Bindings) -> Measure:
        """Counts of what would be written. EngineError names the step that failed."""
        with self.session(plan, bindings) as session:
            prepare(session, plan)
            return measure(session, plan)

    def write(self, plan: Plan, bindings: Bindings, key: AgreementKey, out_dir: Path) -> WriteResult:
        """Writes every table in every format into out_dir, an existing folder.

        EngineError names the step that failed; tables written before it stay, so throw the whole folder away then.
        """
        files: list[OutputFile] = []
        tables: dict[str, TableResult] = {}
        with self.session(plan, bindings) as session:
            prepare(session, plan)
            with coding(session, plan, key):
                for table in plan.tables:
                    written, result = _write(session, plan, table, Path(out_dir))
                    files += written
                    tables[table.dataset] = result
        return WriteResult(tuple(files), tables)

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


def _write(session: Session, plan: Plan, table: TablePlan, folder: Path) -> tuple[list[OutputFile], TableResult]:
    step, query = f"write {table.dataset}", sql.released(table)
    filled: Counter[str] = Counter(dict.fromkeys(table.header, 0))
    ranks: Counter[int] = Counter()

    def seen(batch: pa.Table) -> None:
        for name in table.header:
            filled[name] += batch.num_rows - batch[name].null_count
        if table.linked:
            for entry in batch[MATCH_RANK].value_counts().to_pylist():
                ranks[entry["values"]] += entry["counts"]

    schema = session.schema(step, query)
    files = write_table(folder, table.dataset, plan.formats, schema, session.stream(step, query, ROW_GROUP), seen)
    (people,) = session.one(step, f"SELECT count(DISTINCT person_id) FROM rows_{table.dataset}")
    return files, TableResult(files[0].rows, people, dict(filled), dict(sorted(ranks.items())))
