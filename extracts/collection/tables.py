"""The Delta tables: writes a table's next version and lists the files of a version. Holds no identifiers.

Only a version that a row of DataVersion names counts. A version that a crash left behind is undone by the next write,
which starts from the named one. One writer at a time: see `publishing`.
"""

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable, WriterProperties, write_deltalake
from deltalake.exceptions import DeltaError
from django.conf import settings

from extracts.catalogue.public import DATASETS

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
ROW_GROUP = 122_880
_PROPERTIES = WriterProperties(compression="ZSTD", max_row_group_size=ROW_GROUP)


class WriteFailed(RuntimeError):
    """A table could not be written. Delta's own message may quote rows, so it is not passed on."""


def path(name: str) -> Path:
    """The folder of a table."""
    return settings.DATA_ROOT / "tables" / name


def replace(name: str, rows: pa.RecordBatchReader, *, base: int | None, where: str = "") -> int:
    """Writes the version after `base` in which `rows` take the place of those that match `where` (all: "").

    `base` is the version named by the current data version, None if it names none. Returns the new version.
    """
    target = str(path(name))
    try:
        if base is None:
            _overwrite_all(name, target, rows)
        else:
            table = DeltaTable(target)
            if table.version() != base:
                table.restore(base)
            if where:
                write_deltalake(table, rows, mode="overwrite", predicate=where, writer_properties=_PROPERTIES)
            else:
                write_deltalake(table, rows, mode="overwrite", writer_properties=_PROPERTIES)
    except DeltaError:
        raise WriteFailed(f"the table {name} could not be written") from None
    return DeltaTable(target).version()


def _overwrite_all(name: str, target: str, rows: pa.RecordBatchReader) -> None:
    path(name).parent.mkdir(parents=True, exist_ok=True)
    write_deltalake(
        target,
        rows,
        mode="overwrite",
        partition_by=["period"] if name in DATASETS else None,
        writer_properties=_PROPERTIES,
        configuration={
            "delta.dataSkippingStatsColumns": _STATISTICS[name],
            "delta.logRetentionDuration": _KEPT,
            "delta.deletedFileRetentionDuration": _KEPT,
            "delta.enableExpiredLogCleanup": "false",
        },
    )


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
    return apart and len(groups) <= 1 + 2 * (rows // ROW_GROUP)


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
