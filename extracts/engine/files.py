"""Writing one table in its formats, in one pass over the rows; the same rows always give the same bytes."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import zstandard
from isal import igzip

ROW_GROUP = 122_880
ZSTD_LEVEL = 3
GZIP_LEVEL = 2


@dataclass(frozen=True)
class OutputFile:
    """A written file: name within the folder, table, format, rows, bytes and SHA-256 of the whole file."""

    name: str
    table: str
    format: str
    rows: int
    bytes: int
    sha256: str


class _Hashed:
    """A new private file that hashes what goes in; appears under its name only once whole and on disk."""

    def __init__(self, path: Path):
        self._path, self._part = path, path.with_name(path.name + ".part")
        self._part.unlink(missing_ok=True)
        descriptor = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(descriptor, "wb", buffering=1 << 20)
        self._sha256 = hashlib.sha256()
        self.bytes = 0
        self.closed = False

    def write(self, data) -> int:
        view = memoryview(data)
        self._sha256.update(view)
        self.bytes += view.nbytes
        self._file.write(view)
        return view.nbytes

    def close(self) -> None:
        """Called by the writers on top; `finish` and `abandon` are what end the file."""

    def finish(self) -> str:
        """Puts the file in its place; its SHA-256."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.replace(self._path)
        return self._sha256.hexdigest()

    def abandon(self) -> None:
        self._file.close()
        self._part.unlink(missing_ok=True)


class _Lines:
    """Between the CSV writer and the compressor: ends lines as RFC 4180 has them. Values hold no line ends."""

    closed = False

    def __init__(self, sink):
        self._sink = sink

    def write(self, data) -> int:
        raw = bytes(data)
        self._sink.write(raw.replace(b"\n", b"\r\n"))
        return len(raw)

    def flush(self) -> None:
        """Nothing is held back here."""

    def close(self) -> None:
        """The compressor is closed by whoever opened it."""


def write_table(
    folder: Path, table: str, formats: Iterable[str], schema: pa.Schema, batches: Iterable[pa.RecordBatch], seen
) -> list[OutputFile]:
    """Writes the batches in each format; `seen` is called with every batch. On failure no file is left."""
    targets = {name: _Hashed(folder / f"{table}.{name}") for name in formats}
    rows = 0
    try:
        with ExitStack() as stack:
            writers = [_writer(stack, name, target, schema) for name, target in targets.items()]
            for batch in even(batches, schema):
                rows += batch.num_rows
                seen(batch)
                for writer in writers:
                    writer.write_table(batch)
    except BaseException:
        for target in targets.values():
            target.abandon()
        raise
    return [
        OutputFile(f"{table}.{name}", table, name, rows, target.bytes, target.finish())
        for name, target in targets.items()
    ]


def _writer(stack: ExitStack, name: str, target: _Hashed, schema: pa.Schema):
    if name == "parquet":
        return stack.enter_context(pq.ParquetWriter(target, schema, compression="zstd", compression_level=ZSTD_LEVEL))
    if name == "csv.gz":
        # No name and no time in the header: neither says anything about the data, and both would change the bytes.
        compressor = igzip.IGzipFile("", "wb", compresslevel=GZIP_LEVEL, fileobj=target, mtime=0)
    else:
        compressor = zstandard.ZstdCompressor(level=ZSTD_LEVEL, write_checksum=True).stream_writer(
            target, closefd=False
        )
    stack.callback(compressor.close)
    options = pa_csv.WriteOptions(include_header=True, quoting_style="needed")
    return stack.enter_context(pa_csv.CSVWriter(_Lines(compressor), schema, write_options=options))


def even(batches: Iterable[pa.RecordBatch], schema: pa.Schema, size: int = ROW_GROUP) -> Iterator[pa.Table]:
    """The same rows in tables of exactly `size`, the last one smaller: batches as they come depend on threads."""
    held: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        while count + batch.num_rows >= size:
            taken = size - count
            yield pa.Table.from_batches([*held, batch.slice(0, taken)], schema).combine_chunks()
            held, count, batch = [], 0, batch.slice(taken)
        if batch.num_rows:
            held.append(batch)
            count += batch.num_rows
    if held:
        yield pa.Table.from_batches(held, schema).combine_chunks()
