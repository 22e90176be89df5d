"""Reads the CSV layout: blocks of text to columns of dictionary-coded text. Judges structure only, never values."""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from extracts.collection.intake import stream
from extracts.collection.intake.layout import Layout
from extracts.collection.intake.raw import RawBatch
from extracts.collection.intake.refused import Refused

MAX_LINE = 64 << 10  # bytes; a record of the standard has fewer than 300
_CODED = pa.dictionary(pa.int32(), pa.string())


def read(path: Path, layout: Layout) -> Iterator[RawBatch]:
    """Batches of about 28,000 records with every field as text, in the order of the file."""
    lines = _whole_lines(stream.blocks(path))
    header, rest = _split_header(next(lines, b""))
    if not header and not rest:
        raise Refused("file.empty", "The file is empty.")
    layout.check_header(_names(header))
    first = 1
    for text in _chain(rest, lines):
        columns = _parse(text, layout, first)
        yield RawBatch(first, columns)
        first += len(columns[layout.names[0]])


def _chain(rest: bytes, lines: Iterator[bytes]) -> Iterator[bytes]:
    if rest:
        yield rest
    yield from lines


def _whole_lines(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The same text cut after line ends; blank lines at the very end of the file are dropped."""
    kept, line = b"", 1
    for block in blocks:
        text = kept + block
        _check_lengths(text, line)
        written = text[: text.rfind(b"\n") + 1].rstrip(b"\r\n")
        # Blank lines after the last written one wait: they may turn out to be the end of the file.
        end = text.find(b"\n", len(written)) + 1 if written else 0
        kept = text[end:]
        if len(kept) > 2 * MAX_LINE and not kept.strip(b"\r\n"):
            raise Refused("file.columns", f"There are too many blank lines after line {line}.")
        if written:
            whole = text[:end]
            line += stream.line_ends(whole)
            yield whole
    if tail := kept.rstrip(b"\r\n"):
        yield tail + b"\n"


def _check_lengths(text: bytes, line: int) -> None:
    begins = 0
    while len(text) - begins >= MAX_LINE:  # from line to line, as many at once as may stand in the room of one
        end = text.rfind(b"\n", begins, begins + MAX_LINE)
        if end < 0:
            line += text.count(b"\n", 0, begins)
            raise Refused("file.line_length", f"Line {line} is longer than {MAX_LINE >> 10} KB.")
        begins = end + 1


def _split_header(text: bytes) -> tuple[bytes, bytes]:
    header, _, rest = text.partition(b"\n")
    return header, rest


def _names(header: bytes) -> list[str]:
    return _fields(header.decode().rstrip("\r"))


def _fields(line: str) -> list[str]:
    """The fields of one line; a carriage return within it is a character like any other."""
    return next(csv.reader([line.replace("\r", " ")]), [])


def _parse(text: bytes, layout: Layout, first: int) -> dict[str, pa.DictionaryArray]:
    names = list(layout.names)
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(text),
            read_options=arrow_csv.ReadOptions(column_names=names, block_size=len(text) + 1),
            parse_options=arrow_csv.ParseOptions(ignore_empty_lines=False),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, _CODED),
                strings_can_be_null=False,
                quoted_strings_can_be_null=False,
                check_utf8=False,  # `stream` has checked it
            ),
        )
    except pa.ArrowInvalid:  # its message quotes the row, so it is not passed on
        raise _misshapen(text, len(names), first) from None
    ends = np.flatnonzero(np.frombuffer(text, np.uint8) == ord("\n"))
    if table.num_rows != len(ends) or _lenient(text, ends):
        raise _misshapen(text, len(names), first)
    return {name: table[name].combine_chunks() for name in names}


def _lenient(text: bytes, ends: np.ndarray) -> bool:
    """True for what the parser would let pass: blank lines, and a quotation mark open at the end."""
    lengths = np.diff(ends, prepend=-1)
    short = ends[lengths == 2] - 1
    blank = (lengths == 1).any() or any(text[place] == ord("\r") for place in short.tolist())
    return blank or text.count(b'"') % 2 == 1


def _misshapen(text: bytes, width: int, first: int) -> Refused:
    for place, line in enumerate(text.decode().split("\n")):
        found = len(_fields(line) or [""])
        if found != width or line.count('"') % 2:
            row = first + place
            break
    else:
        return Refused("file.columns", "A field holds a line break, which no item of the standard may.", row=first)
    if line.count('"') % 2:
        return Refused("file.columns", f"Row {row} has a quotation mark that is not closed.", row=row)
    return Refused("file.columns", f"Row {row} has {found} fields; there should be {width}.", row=row)
