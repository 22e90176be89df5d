"""Reads a received file as blocks of plain UTF-8 text, plain or gzip; refuses bombs and damage. Keeps nothing."""

import codecs
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from isal import igzip, isal_zlib

from extracts.collection.intake.refused import Refused

BLOCK = 4 << 20  # bytes of text per block: about 28,000 records
MAX_TEXT = 4 << 30  # bytes of text: the whole of England's busiest month is about 0.6 GB
# A file of real records shrinks by a factor of 5 to 20; only made-up content goes beyond this.
MAX_RATIO = 200
RATIO_FROM = 32 << 20  # bytes of text below which the factor is not looked at
GZIP_MAGIC = b"\x1f\x8b"
BYTE_ORDER_MARK = codecs.BOM_UTF8


def kind_of(path: Path) -> str:
    """'xml' or 'csv' by the first bytes of the text, whatever the name says."""
    with path.open("rb") as raw:
        start = _opened(raw, path.stat().st_size).read(64)
    return "xml" if start.removeprefix(BYTE_ORDER_MARK).lstrip().startswith(b"<") else "csv"


def blocks(path: Path, *, block: int = BLOCK) -> Iterator[bytes]:
    """The text of the file in blocks of at most `block` bytes, checked to be UTF-8 without NUL bytes."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    with path.open("rb") as raw:
        source = _opened(raw, path.stat().st_size)
        first = True
        while text := source.read(block):
            if first:
                text, first = text.removeprefix(BYTE_ORDER_MARK), False
            _check_encoding(text, decoder, line)
            line += line_ends(text)
            yield text
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise Refused("file.encoding", f"The file ends in the middle of a character, on line {line}.") from None


def line_ends(text: bytes) -> int:
    """How many there are; where they are many, quicker than `bytes.count`."""
    return int(np.count_nonzero(np.frombuffer(text, np.uint8) == ord("\n")))


def _check_encoding(text: bytes, decoder: codecs.IncrementalDecoder, line: int) -> None:
    if (at := text.find(b"\0")) >= 0:
        line += text.count(b"\n", 0, at)
        raise Refused(
            "file.encoding",
            f"Line {line} holds a NUL byte. Save the file as plain text in UTF-8 (not UTF-16) and send it again.",
        )
    if text.isascii() and not decoder.getstate()[0]:
        return
    kept = len(decoder.getstate()[0])
    try:
        decoder.decode(text)
    except UnicodeDecodeError as error:
        line += text.count(b"\n", 0, max(error.start - kept, 0))
        raise Refused(
            "file.encoding", f"Line {line} is not valid UTF-8. Save the file as UTF-8 and send it again."
        ) from None


class _Measured:
    """A reader that stops at the limits on size and on the factor of compression."""

    def __init__(self, source: BinaryIO, received: int) -> None:
        self._source = source
        self._received = received
        self._read = 0

    def read(self, size: int) -> bytes:
        try:
            text = self._fill(size)
        except (EOFError, gzip.BadGzipFile, zlib.error, isal_zlib.error):
            raise Refused(
                "file.compression", "The compressed file is damaged or incomplete. Compress it and send it again."
            ) from None
        self._read += len(text)
        if self._read > MAX_TEXT:
            raise Refused("file.too_large", f"The file holds more than {MAX_TEXT >> 30} GB of text.")
        if self._read > RATIO_FROM and self._read > MAX_RATIO * self._received:
            raise Refused("file.too_large", f"The compressed file unpacks to more than {MAX_RATIO} times its size.")
        return text

    def _fill(self, size: int) -> bytes:
        parts, missing = [], size
        while missing and (part := self._source.read(missing)):
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)


def _opened(raw: BinaryIO, received: int) -> _Measured:
    packed = raw.read(2) == GZIP_MAGIC
    raw.seek(0)
    return _Measured(igzip.IGzipFile(fileobj=raw, mode="rb") if packed else raw, received)
