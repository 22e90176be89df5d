"""Random plans on DuckDB, on Spark and in plain Python; shared by the tests by others' programs and by the campaign."""

import tempfile
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
from pyspark.sql import SparkSession

from extracts.engine import sql
from extracts.engine.keys import AgreementKey
from extracts.engine.plan import MATCH_RANK, PERSON, RECORD_KEY, compile_plan
from extracts.engine.runner import DuckDBRunner
from extracts.engine.session import prepare
from extracts.engine.spark_session import open_session
from tests.unit.extracts.engine.reference import expected

KEY = AgreementKey(bytes(range(32)))
# For tables of a few rows: what Spark does to be fast on large ones takes longer than the work.
SMALL = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.files.minPartitionNum": "1",
    "spark.sql.files.maxPartitionNum": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.autoBroadcastJoinThreshold": "-1",
    "spark.default.parallelism": "1",
}


def agree(spark: SparkSession, world, spec) -> None:
    """The three give the same rows, each as often, for every table."""
    plan = compile_plan(spec)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        bindings, out = world.bind(root / "data"), root / "out"
        out.mkdir()
        DuckDBRunner(1, "500MB", root).write(plan, bindings, KEY, out)
        by_duckdb = {table.dataset: written(out, table.dataset) for table in plan.tables}
        with open_session(spark.newSession(), plan, bindings) as session:
            prepare(session, plan)
            by_spark = {
                table.dataset: counted(
                    numbered(row.asDict()) for row in session.frame(table.dataset, sql.numbered(table)).collect()
                )
                for table in plan.tables
            }
    plainly = {name: counted(rows) for name, rows in expected(spec, world).items()}
    assert by_duckdb == plainly
    assert by_spark == plainly


def counted(rows) -> Counter:
    return Counter(tuple(sorted(row.items())) for row in rows)


def numbered(row: dict) -> dict:
    codes = {"person_id": row.pop(PERSON), "record_id": row.pop(RECORD_KEY)}
    return {MATCH_RANK: None, **row, **codes}


def written(folder: Path, dataset: str) -> Counter:
    table = pq.read_table(folder / f"{dataset}.parquet")
    people = KEY.person_ids(table[PERSON].combine_chunks()).tolist()
    records = KEY.record_ids(dataset, table[RECORD_KEY].combine_chunks()).tolist()
    rows = table.drop_columns([PERSON, RECORD_KEY]).to_pylist()
    return counted(
        {MATCH_RANK: None, **row, "person_id": person, "record_id": record}
        for row, person, record in zip(rows, people, records, strict=True)
    )
