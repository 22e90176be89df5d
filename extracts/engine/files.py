"""Writing one table in its formats, as its pieces come; the same rows always give the same bytes."""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import zstandard
from isal import igzip

from extracts.engine.encoding import ZSTD_LEVEL, Piece
from extracts.engine.parquet_parts import Joiner

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


class _Parquet:
    def __init__(self, target: _Hashed):
        self._joined = Joiner(target.write)

    def add(self, piece: Piece) -> None:
        self._joined.add(piece.parquet)

    def close(self) -> None:
        self._joined.finish()


class _Csv:
    """Lines end as RFC 4180 has them; the names of columns need no quotes."""

    def __init__(self, compressor, header: tuple[str, ...]):
        self._compressor = compressor
        compressor.write(",".join(header).encode() + b"\r\n")

    def add(self, piece: Piece) -> None:
        self._compressor.write(piece.lines)

    def close(self) -> None:
        self._compressor.close()


def write_table(
    folder: Path, table: str, formats: Iterable[str], header: tuple[str, ...], pieces: Iterable[Piece], threads: int
) -> list[OutputFile]:
    """Writes the pieces in each format, in their order. On failure no file is left."""
    targets = {name: _Hashed(folder / f"{table}.{name}") for name in formats}
    rows = 0
    try:
        writers = [_writer(name, target, header, threads) for name, target in targets.items()]
        for piece in pieces:
            rows += piece.rows
            for writer in writers:
                writer.add(piece)
        for writer in writers:
            writer.close()
    except BaseException:
        for target in targets.values():
            target.abandon()
        raise
    return [
        OutputFile(f"{table}.{name}", table, name, rows, target.bytes, target.finish())
        for name, target in targets.items()
    ]


def _writer(name: str, target: _Hashed, header: tuple[str, ...], threads: int) -> _Parquet | _Csv:
    if name == "parquet":
        return _Parquet(target)
    if name == "csv.gz":
        # No name and no time in the header: neither says anything about the data, and both would change the bytes.
        return _Csv(igzip.IGzipFile("", "wb", compresslevel=GZIP_LEVEL, fileobj=target, mtime=0), header)
    # One frame, since pandas reads no more than the first. Its bytes are the same for any number of threads, but not
    # for none: zstd then takes another way.
    compressor = zstandard.ZstdCompressor(level=ZSTD_LEVEL, write_checksum=True, threads=max(1, threads))
    return _Csv(compressor.stream_writer(target, closefd=False), header)
