"""Keyed digests of the rows of a run's files: by them files made again later are compared, and no row is kept.

One number of 64 bits for each row of each table, in the order of the numbers, so that they say nothing about a row to
anybody without the key.
"""

# ruff: noqa: S608 - queries are made of declared names, numbers and quoted literals, never of what people type

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from extracts.engine import sql
from extracts.engine.bindings import Bindings
from extracts.engine.changes import HEADER, TABLE
from extracts.engine.keys import AgreementKey
from extracts.engine.plan import Plan
from extracts.engine.runner import DuckDBRunner, WriteResult
from extracts.engine.session import failing
from extracts.engine.written import Release, as_text

_SCHEMA = pa.schema([("table", pa.string()), ("digest", pa.uint64())])
_AT_ONCE = 1_000_000


@dataclass(frozen=True)
class Compared:
    """Rows that both have, that only the earlier files had, and that only the later ones have."""

    same: int
    missing: int
    extra: int


def write(
    plan: Plan,
    bindings: Bindings,
    key: AgreementKey,
    folder: Path,
    written: WriteResult,
    runner: DuckDBRunner,
    secret: bytes,
    path: Path,
) -> None:
    """Writes the digests of the rows of every table (of one of its files: the formats agree) to a new Parquet file.

    `secret`: the key of the digests, of this run alone. EngineError names the step that failed.
    """
    headers = {table.dataset: table.header for table in plan.tables} | {TABLE: HEADER}
    first = {file.table: file for file in reversed(written.files)}
    reads = tuple(str(folder / file.name) for file in first.values())
    with runner.session(plan, bindings, reads=reads) as session, pq.ParquetWriter(path, _SCHEMA) as writer:
        release = Release(plan, folder, written, key, session)
        for table, file in sorted(first.items()):
            # A field ends where its length says, so that no two rows have the same text.
            fields = " || ".join(f"""coalesce(length("{name}") || ':' || "{name}", '-')""" for name in headers[table])
            # Only a part of the hash is kept, so nobody can extend a row: once is enough.
            hashed = f"sha256('{secret.hex()}' || {fields})"
            digest = f"('0x' || substr({hashed}, 1, 16))::UBIGINT"
            query = f"""SELECT {sql.quote(table)} AS "table", {digest} AS digest
                FROM ({as_text(release, file, headers[table])}) ORDER BY digest"""
            for batch in session.stream(f"digests of {table}", query, _AT_ONCE):
                writer.write_batch(batch.cast(_SCHEMA))


def compare(earlier: Path, later: Path, runner: DuckDBRunner) -> Compared:
    """How the rows of two files of digests under one key differ; a row that stands there twice counts twice."""
    limits = {"threads": runner.threads, "memory_limit": runner.memory_limit, "temp_directory": str(runner.temp_dir)}
    query = """WITH a AS (SELECT "table", digest, count(*) AS n FROM read_parquet(?) GROUP BY ALL),
        b AS (SELECT "table", digest, count(*) AS n FROM read_parquet(?) GROUP BY ALL)
        SELECT coalesce(sum(least(coalesce(a.n, 0), coalesce(b.n, 0))), 0),
            coalesce(sum(greatest(coalesce(a.n, 0) - coalesce(b.n, 0), 0)), 0),
            coalesce(sum(greatest(coalesce(b.n, 0) - coalesce(a.n, 0), 0)), 0)
        FROM a FULL JOIN b USING ("table", digest)"""
    with failing("compare digests"), duckdb.connect(config=limits) as con:
        same, missing, extra = con.execute(query, [str(earlier), str(later)]).fetchall()[0]
    return Compared(int(same), int(missing), int(extra))
