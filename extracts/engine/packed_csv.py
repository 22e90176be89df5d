"""Reads a small compressed CSV file back, whole, apart from what wrote it."""

import csv
import gzip
import io
from pathlib import Path

import zstandard


def rows(path: Path) -> list[list[str]]:
    """Every row as texts, the header first. csv.Error or UnicodeError where it is none."""
    packed = path.read_bytes()
    unpack = gzip.decompress if path.suffix == ".gz" else zstandard.ZstdDecompressor().decompressobj().decompress
    return list(csv.reader(io.StringIO(unpack(packed).decode(), newline=""), strict=True))
