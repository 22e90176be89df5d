"""The Delta tables: writes a table's next version and lists the files of a version. Holds no identifiers.

Only a version that a row of DataVersion names counts. A version that a crash left behind is undone by the next write,
which starts from the named one. One writer at a time: see `publishing`.
"""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
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
_PROPERTIES = WriterProperties(compression="ZSTD", max_row_group_size=122_880)


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


def months_of(provider: str, periods: Iterable[str]) -> str:
    """The condition for the months of one provider. Codes and months have been checked: letters, digits, hyphens."""
    return f"(provider = '{provider}' AND {months(periods)})"


def months(periods: Iterable[str]) -> str:
    """The condition for whole months."""
    quoted = ", ".join(f"'{period}'" for period in sorted(set(periods)))
    return f"period IN ({quoted})"


def files(name: str, version: int | None) -> list[str]:
    """The Parquet files of a version, in order; none if there is no version."""
    if version is None:
        return []
    return sorted(DeltaTable(str(path(name)), version=version).file_uris())
