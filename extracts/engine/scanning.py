"""Reads the bound Parquet files a row group at a time, leaving out those that cannot hold a row; judges no row."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from extracts.engine.errors import EngineError

# What a file's writer calls the column of whole numbers whose rows stand in order, each once in each of its datasets.
IN_ORDER = b"in_order"
ARROW = {"int64": pa.int64(), "int16": pa.int16(), "str": pa.string(), "date": pa.date32()}


@dataclass(frozen=True)
class RowGroup:
    """One row group of a bound file, the declared types of the columns that may be asked of it, and where the file has
    each of its columns."""

    path: str
    place: int
    rows: int
    types: Mapping[str, str]
    columns: Mapping[str, int]
    metadata: pq.FileMetaData = field(repr=False)

    def read(self, names: Iterable[str]) -> dict[str, pa.Array]:
        """Columns by name, in the declared types; text as a dictionary where the file has it so.

        Raises ArrowException or EngineError if a column cannot be had.
        """
        return read_groups([self], names)

    def ends(self, name: str) -> tuple | None:
        """The least and greatest value of a column by the file's own statistics; None where it keeps none."""
        found = self._of(name, "statistics")
        return (found.min, found.max) if found is not None and found.has_min_max else None

    def full(self, name: str) -> bool:
        """True only if the statistics say that no value of the column is missing."""
        found = self._of(name, "statistics")
        return found is not None and found.has_null_count and found.null_count == 0

    def counts_up(self, name: str) -> bool:
        """Whether a column is one number after the other, so that a row's place tells it and it need not be read.

        Told by the statistics, of a file whose writer says that the column's numbers come in order and each once.
        """
        ends = self.ends(name)
        if ends is None or ends[1] - ends[0] != self.rows - 1 or not self.full(name):
            return False
        return (self.metadata.metadata or {}).get(IN_ORDER) == name.encode()

    def has_dictionary(self, name: str) -> bool:
        """Whether the file has a text column as numbers of a dictionary."""
        return self.types[name] == "str" and self._of(name, "has_dictionary_page")

    def _of(self, name: str, what: str) -> Any:
        """What the file says of one of its columns; None if it has no such column."""
        place = self.columns.get(name)
        return None if place is None else getattr(self.metadata.row_group(self.place).column(place), what)

    def may_hold(self, name: str, values: Iterable[str]) -> bool:
        """False only if the statistics say that none of the values stands in that text column."""
        ends = self.ends(name)
        if ends is None or not all(isinstance(end, str) for end in ends):
            return True
        return any(ends[0] <= value <= ends[1] for value in values)

    def holds_only(self, name: str, values: Iterable[str]) -> bool:
        """True only if the statistics say that one of the values stands in that text column in every row."""
        ends = self.ends(name)
        return ends is not None and ends[0] == ends[1] and ends[0] in set(values) and self.full(name)


def read_groups(groups: list[RowGroup], names: Iterable[str]) -> dict[str, pa.Array]:
    """The columns of some row groups of one file, one after the other, as `RowGroup.read` has them."""
    names, first = list(dict.fromkeys(names)), groups[0]
    kept = [name for name in names if first.has_dictionary(name)]
    with pq.ParquetFile(first.path, metadata=first.metadata, read_dictionary=kept) as file:
        table = file.read_row_groups([group.place for group in groups], columns=names, use_threads=False)
    if missing := set(names) - set(table.column_names):
        raise EngineError("read", f"a bound file lacks {len(missing)} of the declared columns")
    return {name: typed(table[name], first.types[name]) for name in names}


@dataclass(frozen=True)
class Picked:
    """Rows that were picked out of row groups already, read as one of these is."""

    rows: int
    columns: Mapping[str, pa.Array] = field(repr=False)

    def read(self, names: Iterable[str]) -> dict[str, pa.Array]:
        """Columns by name, in the declared types."""
        return {name: self.columns[name] for name in names}


def row_groups(files: Iterable[str], columns: Iterable[tuple[str, str]]) -> list[RowGroup]:
    """Every row group of the files that has rows, in order."""
    types, found = dict(columns), []
    for path in files:
        metadata = pq.read_metadata(path)
        columns = {metadata.schema.column(place).path: place for place in range(metadata.num_columns)}
        for place in range(metadata.num_row_groups):
            if rows := metadata.row_group(place).num_rows:
                found.append(RowGroup(path, place, rows, types, columns, metadata))
    return found


def typed(column: pa.ChunkedArray, kind: str) -> pa.Array:
    """In the declared type, in one piece."""
    if pa.types.is_dictionary(column.type) and pa.types.is_string(column.type.value_type):
        column = column.unify_dictionaries()
    elif column.type != ARROW[kind]:
        column = column.cast(ARROW[kind])
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
