"""The written files read back: as text, and with codes decrypted to the numbers they stand for; judges nothing."""

# ruff: noqa: S608 - queries are made of declared names, numbers and quoted literals, never of what people type

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from extracts.engine import sql
from extracts.engine.files import OutputFile
from extracts.engine.keys import AgreementKey
from extracts.engine.plan import MATCH_RANK, PERSON, RECORD_KEY, Plan, TablePlan
from extracts.engine.runner import WriteResult
from extracts.engine.session import Session

DECODED_AT_ONCE = 500_000


@dataclass(frozen=True)
class Release:
    """All that the checks look at."""

    plan: Plan
    folder: Path
    result: WriteResult
    key: AgreementKey
    session: Session

    def written(self) -> Iterator[tuple[TablePlan, OutputFile, str]]:
        """Every file with its table and the name of the relation that holds it as text."""
        for table in self.plan.tables:
            files = [file for file in self.result.files if file.table == table.dataset]
            for place, file in enumerate(files):
                yield table, file, f"written_{table.dataset}_{place}"


def header(release: Release, expected: tuple[str, ...], file: OutputFile) -> tuple[str, ...]:
    """The names in the file's own header, whatever was expected."""
    path = sql.quote(str(release.folder / file.name))
    if file.format == "parquet":
        query = f"SELECT column_name FROM (DESCRIBE SELECT * FROM read_parquet({path}, hive_partitioning = false))"
        return tuple(name for (name,) in release.session.run(file.name, query))
    names = [f"c{place}" for place in range(len(expected))]
    return release.session.one(file.name, f"{_read_csv(file, path, names, header=False)} LIMIT 1")


def _read_csv(file: OutputFile, path: str, names: Iterable[str], *, header: bool) -> str:
    packed = "gzip" if file.format == "csv.gz" else "zstd"
    columns = ", ".join(f"{sql.quote(name)}: 'VARCHAR'" for name in names)
    return (
        f"SELECT * FROM read_csv({path}, header = {header}, auto_detect = false, delim = ',', quote = '\"',"
        f" escape = '\"', compression = '{packed}', columns = {{{columns}}})"
    )


def as_text(release: Release, file: OutputFile, names: Iterable[str]) -> str:
    """A query that reads the file as text."""
    path = sql.quote(str(release.folder / file.name))
    if file.format == "parquet":
        return f"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM read_parquet({path}, hive_partitioning = false)"
    return _read_csv(file, path, names, header=True)


def open_files(release: Release) -> list[str]:
    """Reads each file as text, and the codes of each table as the numbers they stand for."""
    for table, file, name in release.written():
        release.session.run(f"read {file.name}", f"CREATE TEMP TABLE {name} AS {as_text(release, file, table.header)}")
    for table in release.plan.tables:
        _decode(release, table)
    return []


def _decode(release: Release, table: TablePlan) -> None:
    """decoded_<dataset>: (record_key, person_id, match_rank) as the first file's codes say."""
    name = table.dataset
    release.session.run(
        "decode", f"CREATE TEMP TABLE decoded_{name} (record_key BIGINT, person_id BIGINT, rank BIGINT)"
    )
    rank = f'CAST("{MATCH_RANK}" AS BIGINT)' if table.linked else "CAST(NULL AS BIGINT)"
    query = f'SELECT "{PERSON}" AS p, "{RECORD_KEY}" AS r, {rank} AS m FROM written_{name}_0'
    # All read before any is written: the connection answers one query at a time.
    for batch in list(release.session.stream(f"decode {name}", query, DECODED_AT_ONCE)):
        numbers = pa.table(
            {
                "record_key": release.key.record_ids(name, batch["r"]),
                "person_id": release.key.person_ids(batch["p"]),
                "rank": batch["m"],
            }
        )
        release.session.register("decoded_batch", numbers)
        release.session.run("decode", f"INSERT INTO decoded_{name} SELECT * FROM decoded_batch")
