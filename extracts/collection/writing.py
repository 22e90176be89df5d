"""Writes the Parquet files of the Delta tables, in the order of their rows, and tells a table's log of them.

Nobody sees a file before it is committed: see `tables`.
"""

import datetime as dt
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake.transaction import AddAction

from dars.core.folders import fsync

ROW_GROUP = 122_880


@dataclass(frozen=True)
class Written:
    """A file of a table; `period` is its month, "" where a table has none."""

    file: Path
    period: str

    @cached_property
    def metadata(self) -> pq.FileMetaData:
        return pq.read_metadata(self.file)

    @property
    def rows(self) -> int:
        return self.metadata.num_rows

    @property
    def columns(self) -> pa.Schema:
        """The table's, which begin with the month although files do not hold it."""
        own = [field.with_nullable(True) for field in self.metadata.schema.to_arrow_schema()]
        return pa.schema([pa.field("period", pa.string()), *own] if self.period else own)

    def added(self, told: Iterable[str]) -> AddAction:
        """What the log says of the file; of values no more than the ends of the columns `told`."""
        about = self.file.stat()
        return AddAction(
            path=f"period={self.period}/{self.file.name}" if self.period else self.file.name,
            size=about.st_size,
            partition_values={"period": self.period} if self.period else {},
            modification_time=int(about.st_mtime * 1000),
            data_change=True,
            stats=json.dumps(self._statistics(set(told)), separators=(",", ":")),
        )

    def _statistics(self, told: set[str]) -> dict[str, Any]:
        found: dict[str, Any] = {"numRecords": self.rows}
        for place in range(self.metadata.num_columns):
            name = self.metadata.schema.column(place).name
            if name in told:
                for what, value in _ends(self.metadata, place).items():
                    found.setdefault(what, {})[name] = value
        return found


class Writer:
    """Writes new files into a table's folder, inside `with`: if the block raises, they are gone again."""

    def __init__(self, con: duckdb.DuckDBPyConnection, table: Path) -> None:
        self.written: list[Written] = []
        self._con, self._table = con, table

    def write(self, period: str, query: str) -> None:
        """One with the rows of a query in its order; of the month `period` ("": the table has no months)."""
        folder = self._table / f"period={period}" if period else self._table
        folder.mkdir(parents=True, exist_ok=True)
        made = Written(folder / f"{secrets.token_hex(16)}.parquet", period)
        self.written.append(made)
        copy(self._con, query, made.file)
        if made.rows:
            fsync(folder)
        else:
            made.file.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        if kind is not None:
            for made in self.written:
                made.file.unlink(missing_ok=True)


def copy(con: duckdb.DuckDBPyConnection, query: str, file: Path) -> None:
    """Writes the rows of a query in its order, and has them on the disk when it returns."""
    # Without being told, DuckDB gives up the order of what went through a join, such as a long list of values.
    options = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP}, PRESERVE_ORDER true"
    con.execute(f"COPY ({query}) TO '{file}' ({options}, USE_TMP_FILE false)")
    fsync(file)


def _ends(metadata: pq.FileMetaData, place: int) -> dict[str, Any]:
    """The smallest and largest value of a column and how many are missing, as far as its row groups tell."""
    groups = [metadata.row_group(group).column(place) for group in range(metadata.num_row_groups)]
    told = [group.statistics for group in groups]
    if not all(one and one.has_null_count for one in told):
        return {}
    ends: dict[str, Any] = {"nullCount": sum(one.null_count for one in told)}
    held = [one for one, group in zip(told, groups, strict=True) if one.null_count < group.num_values]
    if held and all(one.has_min_max for one in held):
        ends["minValues"] = _plain(min(one.min for one in held))
        ends["maxValues"] = _plain(max(one.max for one in held))
    return ends


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value
