"""What executors make of released values is, to the byte, what one machine makes of stored ones. Needs no Spark."""

import pyarrow as pa

from extracts.engine import spark_pieces, sql
from extracts.engine.files import write_table
from extracts.engine.plan import compile_plan
from extracts.engine.session import prepare

from .specs import lung_cancer
from .world import a_world, random_world


def test_pieces_of_released_values_are_the_same_files(runner, key, out, tmp_path):
    plan = compile_plan(lung_cancer(cohort=[], filters=[], formats=["csv", "parquet"]))
    for place, world in enumerate([a_world(), random_world(4), random_world(7)]):
        bindings = world.bind(tmp_path / f"data-{place}")
        folders = [out / f"{place}-{name}" for name in ("runner", "pieces")]
        for folder in folders:
            folder.mkdir()
        written = runner.write(plan, bindings, key, folders[0])
        with runner.session(plan, bindings) as session:
            prepare(session, plan)
            for table in plan.tables:
                batches = list(session.stream(table.dataset, sql.numbered(table), 1_000))
                rows = pa.Table.from_batches(batches) if batches else spark_pieces.without_rows(table)
                piece = spark_pieces.piece(table, key, plan.formats, rows)
                files = write_table(folders[1], table.dataset, plan.formats, table.header, [piece], threads=1)
                assert files == [file for file in written.files if file.table == table.dataset]
                counted = written.tables[table.dataset]
                assert (piece.rows, piece.filled, piece.ranks) == (counted.rows, counted.filled, counted.match_ranks)
