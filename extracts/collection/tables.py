"""The Delta tables: writes a table's next version and lists the files of a version. Holds no identifiers.

Only a version that a row of DataVersion names counts. A version that a crash left behind is undone by the next write,
which starts from the named one. One writer at a time: see `publishing`.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable, Schema
from deltalake.exceptions import DeltaError
from deltalake.transaction import RemoveAction, create_table_with_add_actions
from django.conf import settings

from extracts.catalogue.public import DATASETS
from extracts.collection import writing
from extracts.collection.writing import Written

REFERENCES = ("geography", "practices", "organisations", "postcodes")

# Column statistics put real values into the log for ever, so only what readers prune by may have them.
_STATISTICS = {
    **{name: ",".join(dataset.sorted_by) for name, dataset in DATASETS.items()},
    "organisations": "code",
    "practices": "code",
    "geography": "lsoa",
    "postcodes": "lsoa",
}
# Versions are pinned for as long as extracts may have to be reproduced: neither log nor files expire by themselves.
_KEPT = "interval 3650 days"


class WriteFailed(RuntimeError):
    """A table could not be written. Messages of Delta and DuckDB may quote rows, so none is passed on."""


def path(name: str) -> Path:
    """The folder of a table."""
    return settings.DATA_ROOT / "tables" / name


def replace(
    name: str, con: duckdb.DuckDBPyConnection, rows: Mapping[str, str], *, base: int | None, where: str = ""
) -> int:
    """Writes the version after `base` in which `rows` take the place of those that match `where` (all: "").

    `rows`: by month a query to `con` for all columns but the month, whose order the file keeps; of a table without
    months one query under "". `base` is the version named by the current data version, None if it names none. Returns
    the new version. Files are written here and Delta only commits them: its own writer mixes the batches of a month.
    """
    try:
        table = _starting_from(name, base)
        with writing.Writer(con, path(name)) as writer:
            gone = _make_room(con, table, where, writer) if table else []
            for period, query in rows.items():
                writer.write(period, query)
            schema = table.schema() if table else Schema.from_arrow(writer.written[0].columns)
            if any(Schema.from_arrow(one.columns) != schema for one in writer.written):
                raise WriteFailed(f"rows with other columns than those of the table {name}")
        _commit(name, table, schema, gone, writer.written)
    except (DeltaError, duckdb.Error):
        raise WriteFailed(f"the table {name} could not be written") from None
    return DeltaTable(str(path(name))).version()


def _starting_from(name: str, base: int | None) -> DeltaTable | None:
    """The table as `base` has it; if no version is named, whatever lies there."""
    target = str(path(name))
    if base is None and not DeltaTable.is_deltatable(target):
        return None
    if base is not None and DeltaTable(target).version() != base:
        DeltaTable(target).restore(base)
    return DeltaTable(target)


def _make_room(con: duckdb.DuckDBPyConnection, table: DeltaTable, where: str, writer: writing.Writer) -> list[str]:
    """The files that hold rows that match; the rest of their rows is written again, in its order."""
    found = sorted(table.file_uris())
    if not where or not found:
        return found
    source = "read_parquet({}, hive_partitioning = true, hive_types_autocast = false, filename = true)"
    here = f"FROM {source.format(found)} WHERE {where}"
    matching = dict(con.execute(f"SELECT filename, count(*) {here} GROUP BY ALL ORDER BY ALL").fetchall())
    for file, count in matching.items():
        if count < pq.read_metadata(file).num_rows:
            rest = f"FROM {source.format([file])} WHERE ({where}) IS NOT TRUE"
            writer.write(period_of(file), f"SELECT * EXCLUDE (period, filename) {rest}")
    return list(matching)


def _commit(
    name: str, table: DeltaTable | None, schema: Schema, gone: Sequence[str], written: Sequence[Written]
) -> None:
    """One entry in the log: files that go, files that come."""
    added = [one.added(statistics_of(name)) for one in written if one.rows]
    months = ["period"] if name in DATASETS else None
    if table is None:
        create_table_with_add_actions(
            str(path(name)),
            schema,
            added,
            partition_by=months,
            configuration={
                "delta.dataSkippingStatsColumns": _STATISTICS[name],
                "delta.logRetentionDuration": _KEPT,
                "delta.deletedFileRetentionDuration": _KEPT,
                "delta.enableExpiredLogCleanup": "false",
            },
        )
    elif gone or written:
        table.create_write_transaction(added + _removed(table, gone), "append", schema, partition_by=months)


def _removed(table: DeltaTable, gone: Sequence[str]) -> list[RemoveAction]:
    now, names = time.time_ns() // 1_000_000, {Path(file).name for file in gone}
    listed = pa.table(table.get_add_actions()).to_pylist()
    return [
        RemoveAction(one["path"], True, now, one["size_bytes"], one.get("partition") or {})
        for one in listed
        if Path(one["path"]).name in names
    ]


def statistics_of(name: str) -> set[str]:
    """The columns whose smallest and largest values may stand in a table's log."""
    return set(_STATISTICS[name].split(","))


def months_of(provider: str, periods: Iterable[str]) -> str:
    """The condition for the months of one provider. Codes and months have been checked: letters, digits, hyphens."""
    return f"(provider = '{provider}' AND {months(periods)})"


def months(periods: Iterable[str]) -> str:
    """The condition for whole months."""
    quoted = ", ".join(f"'{period}'" for period in sorted(set(periods)))
    return f"period IN ({quoted})"


def fields(name: str, version: int) -> list[str]:
    """The names of a table's columns, in order."""
    return [field.name for field in DeltaTable(str(path(name)), version=version).schema().fields]


def period_of(file: str | Path) -> str:
    """The month of a dataset's file."""
    return Path(file).parent.name.removeprefix("period=")


def by_month(name: str, version: int | None) -> dict[str, list[str]]:
    """The Parquet files of each month of a dataset's table, the earliest month first."""
    found: dict[str, list[str]] = {}
    for file in files(name, version):
        found.setdefault(period_of(file), []).append(file)
    return dict(sorted(found.items()))


def sizes(name: str, version: int | None, *, before: str) -> dict[str, int]:
    """How many rows each month before `before` has, the earliest month first."""
    past = {period: parts for period, parts in by_month(name, version).items() if period < before}
    return {period: sum(pq.read_metadata(part).num_rows for part in parts) for period, parts in past.items()}


def is_compact(name: str, parts: Iterable[str]) -> bool:
    """Whether the row groups of a month's files are as full as may be and follow one another in the table's order.

    Told by the statistics that readers prune by. What they do not tell counts as being in order.
    """
    groups, rows = [], 0
    for part in parts:
        metadata = pq.read_metadata(part)
        rows += metadata.num_rows
        groups += [_ends(metadata.row_group(place), name) for place in range(metadata.num_row_groups)]
    groups.sort(key=lambda ends: (ends[1], ends[0]))  # of equal beginnings the longer is the later
    apart = all(first[1][: len(then[0])] <= then[0][: len(first[1])] for first, then in pairwise(groups))
    return apart and len(groups) <= 1 + 2 * (rows // writing.ROW_GROUP)


def _ends(group: pq.RowGroupMetaData, name: str) -> tuple[tuple, tuple]:
    """The first and the last of a row group in the table's order, as far as they are told: by each column of the order
    up to the first that has more than one value."""
    columns = {group.column(place).path_in_schema: group.column(place) for place in range(group.num_columns)}
    first, last = (), ()
    for column in DATASETS[name].sorted_by:
        told = columns[column].statistics
        if told is None or not told.has_min_max:
            break
        first, last = (*first, told.min), (*last, told.max)
        if told.min != told.max or told.null_count:
            break
    return first, last


def files(name: str, version: int | None) -> list[str]:
    """The Parquet files of a version, in order; none if there is no version."""
    if version is None:
        return []
    return sorted(DeltaTable(str(path(name)), version=version).file_uris())
