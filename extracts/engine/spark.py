"""Carries out a plan on a Spark cluster: the same queries, translated, and the same bytes as on one machine.

Executors find the rows and put them into runs of shares of the keyed order, one run to a partition; each encodes its
runs, and this program writes the pieces in order, one at a time in memory. A worker that is lost takes nothing with
it: its rows are found again, and what a piece holds does not depend on where it was made.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from extracts.engine import spark_pieces as pieces
from extracts.engine import sql
from extracts.engine.bindings import Bindings
from extracts.engine.encoding import Piece, shares
from extracts.engine.errors import EngineError
from extracts.engine.files import OutputFile, write_table
from extracts.engine.gathering import SHARES
from extracts.engine.keys import AgreementKey
from extracts.engine.measure import Measure, measure
from extracts.engine.plan import PERSON, RECORD_KEY, Plan, TablePlan
from extracts.engine.risk import Risk
from extracts.engine.runner import DuckDBRunner, TableResult, WriteResult
from extracts.engine.session import prepare
from extracts.engine.spark_session import Cluster, Session, failing, open_session

SHARE = "share"


@dataclass(frozen=True)
class SparkRunner:
    """`local` looks at the files before release in DuckDB, which did not write them, and at what they would reveal."""

    cluster: Cluster
    local: DuckDBRunner

    def measure(self, plan: Plan, bindings: Bindings) -> Measure:
        """Counts of what would be written. EngineError names the step that failed."""
        with self._prepared(plan, bindings) as session:
            return measure(session, plan)

    def assess(self, plan: Plan, bindings: Bindings) -> Risk:
        """What the rows that would be written reveal about people: counted by `local`."""
        return self.local.assess(plan, bindings)

    def write(self, plan: Plan, bindings: Bindings, key: AgreementKey, out_dir: Path) -> WriteResult:
        """Writes every table in every format into out_dir, an existing folder.

        EngineError names the step that failed; tables written before it stay, so throw the whole folder away then.
        """
        files: list[OutputFile] = []
        tables: dict[str, TableResult] = {}
        with self._prepared(plan, bindings) as session:
            for table in plan.tables:
                found, tables[table.dataset] = self._write(session, plan, table, bindings, key, Path(out_dir))
                files += found
        return WriteResult(tuple(files), tables)

    def write_changes(
        self, plan: Plan, bindings: Bindings, key: AgreementKey, out_dir: Path, written: WriteResult
    ) -> WriteResult:
        """On this machine: few rows come of it."""
        return self.local.write_changes(plan, bindings, key, out_dir, written)

    def write_given(self, plan: Plan, bindings: Bindings, path: Path) -> int:
        """On this machine, into one file."""
        return self.local.write_given(plan, bindings, path)

    def session(self, plan: Plan, bindings: Bindings, reads: tuple[str, ...] = ()):
        """A connection of DuckDB within the bounds of `local`; `reads` are further files it may open."""
        return self.local.session(plan, bindings, reads)

    @contextmanager
    def _prepared(self, plan: Plan, bindings: Bindings) -> Iterator[Session]:
        with self.cluster.opened() as spark, open_session(spark, plan, bindings) as session:
            (twice,) = session.one("open person_map", sql.mapped_twice((*plan.cohort, *plan.tables)))
            if twice:
                raise EngineError("open person_map", f"{twice} tuples stand twice in the map of people")
            prepare(session, plan)
            yield session

    def _write(
        self, session: Session, plan: Plan, table: TablePlan, bindings: Bindings, key: AgreementKey, folder: Path
    ) -> tuple[list[OutputFile], TableResult]:
        filled: Counter[str] = Counter(dict.fromkeys(table.header, 0))
        ranks: Counter[int] = Counter()

        def seen(piece: Piece) -> Piece:
            filled.update(piece.filled)
            ranks.update(piece.ranks)
            return piece

        rows = session.frame(f"rows of {table.dataset}", sql.numbered(table))
        with failing(f"rows of {table.dataset}"):
            share = f.arrow_udf(pieces.share(key, table.dataset), "int")
            rows = session.kept(rows.withColumn(SHARE, share(RECORD_KEY)))
            counts = np.zeros(SHARES, dtype="int64")
            for place, count in rows.groupBy(SHARE).count().collect():
                counts[place] = count
            about = rows.agg(f.count_distinct(PERSON)).collect()[0][0]
        with failing(f"write {table.dataset}"):
            made = map(seen, _pieces(session, rows, counts, plan, table, key))
            files = write_table(folder, table.dataset, plan.formats, table.header, made, threads=self.local.threads)
        months = bindings.months(table.dataset, table.scan.period_from, table.scan.period_to)
        ends = (months[0], months[-1]) if months else ()
        return files, TableResult(files[0].rows, about, dict(filled), dict(sorted(ranks.items())), ends)


def _pieces(
    session: Session, rows: DataFrame, counts: np.ndarray, plan: Plan, table: TablePlan, key: AgreementKey
) -> Iterator[Piece]:
    """In the order of the runs, which is that of the file. All are made before the first is taken."""
    if not counts.any():
        yield pieces.piece(table, key, plan.formats, pieces.without_rows(table))
        return
    runs = list(shares(counts))
    run_of = np.zeros(SHARES, dtype="int32")
    for run, (first, end) in enumerate(runs):
        run_of[first:end] = run
    run = f.element_at(f.lit([int(place) for place in run_of]), f.col(SHARE) + 1)
    encode = pieces.encode(table, key, plan.formats)
    made = rows.withColumn(pieces.RUN, run).drop(SHARE).repartitionById(len(runs), f.col(pieces.RUN))
    made = session.kept(made.mapInArrow(encode, pieces.ROW))
    if made.count() != len(runs):
        raise EngineError(f"write {table.dataset}", "not every piece was made")
    for place, row in enumerate(made.toLocalIterator(prefetchPartitions=True)):
        yield pieces.decoded(place, row)
