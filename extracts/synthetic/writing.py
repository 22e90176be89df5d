"""Files: columns to CSV, gzip and Parquet, the same bytes every time; no time stamp, no host name."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
from isal import igzip

GZIP_LEVEL = 1  # of isal, 0-3: the quickest that compresses well


def strings(values: Sequence[str] | np.ndarray) -> pa.Array:
    return pa.array([str(value) for value in values], type=pa.string())


def take(values: pa.Array, positions: np.ndarray) -> pa.Array:
    """Values by position; a negative position is a blank."""
    return values.take(pa.array(positions, mask=positions < 0))


def days(values: np.ndarray, blank: np.ndarray | None = None) -> pa.Array:
    """Dates from days since 1970-01-01; written as CCYY-MM-DD, blank where asked."""
    return pa.array(values.astype(np.int32, copy=False), mask=blank).cast(pa.date32())


def whole(values: np.ndarray, blank: np.ndarray | None = None) -> pa.Array:
    return pa.array(values, mask=blank)


def padded(values: np.ndarray, width: int) -> pa.Array:
    """Whole numbers as text with leading zeros."""
    return pc.utf8_lpad(pa.array(values).cast(pa.string()), width, "0")


def labels(names: Sequence[str], positions: np.ndarray) -> pa.DictionaryArray:
    """Names by position, kept as a dictionary (for Parquet)."""
    return pa.DictionaryArray.from_arrays(pa.array(positions.astype(np.int32)), strings(names))


def csv_bytes(table: pa.Table, header: Sequence[str] | None = None) -> bytes:
    """A table as CSV, LF line ends, nothing quoted. ArrowInvalid where a value would need quoting."""
    out = io.BytesIO()
    out.write((",".join(header or table.column_names) + "\n").encode())
    pyarrow.csv.write_csv(table, out, pyarrow.csv.WriteOptions(include_header=False, quoting_style="none"))
    return out.getvalue()


def save(path: Path, content: bytes) -> None:
    """Write a file, gzipped where its name ends in .gz (no name and no time inside)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(igzip.compress(content, compresslevel=GZIP_LEVEL, mtime=0) if path.suffix == ".gz" else content)


def save_lines(path: Path, rows: Sequence[Sequence[object]], header: Sequence[str] | None = None) -> None:
    """A small CSV from Python rows; values must hold no comma, quote or line end."""
    lines = ([",".join(header)] if header else []) + [",".join(map(str, row)) for row in rows]
    save(path, "".join(line + "\n" for line in lines).encode())


class Parquet:
    """One Parquet file written month by month, zstd; use as a context."""

    def __init__(self, path: Path):
        self.path, self.writer = path, None
        path.parent.mkdir(parents=True, exist_ok=True)

    def add(self, table: pa.Table) -> None:
        if self.writer is None:
            self.writer = pq.ParquetWriter(self.path, table.schema, compression="zstd", compression_level=1)
        self.writer.write_table(table)

    def __enter__(self) -> "Parquet":
        return self

    def __exit__(self, *_) -> None:
        if self.writer is not None:
            self.writer.close()
