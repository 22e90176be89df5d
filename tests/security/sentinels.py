"""Values that could be a patient's, to be planted and then looked for everywhere. Plants nothing by itself."""

import datetime as dt
import gzip
from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb
import zstandard
from django.db import connection

PATIENT = "9997142861"  # valid; in an accepted record
OBJECTOR = "9994285718"  # valid; in an accepted record, and opts out
WRONG_NUMBER = "9998571430"  # its check digit fits nobody
BIRTH_DATE = "1923-11-17"
IMPOSSIBLE_DATE = "1923-13-45"
POSTCODE = "QZ9 9QX"
ACCESSION = "SENTINEL RIS 4711"
REFERRER = "C9988776"
NAME = "Zebedee Sentinelson"

# What collection keeps of a person, in the vault and nowhere else; the rest it keeps nowhere.
KEPT_IN_VAULT = {PATIENT, OBJECTOR, BIRTH_DATE, POSTCODE}


def _day(text: str) -> tuple[str, ...]:
    day = dt.date.fromisoformat(text)
    return (text, f"{day:%d/%m/%Y}", f"{day:%Y%m%d}", f"{day.day} {day:%B %Y}", f"{day.year}, {day.month}, {day.day}")


def _number(text: str) -> tuple[str, ...]:
    return (text, f"{text[:3]} {text[3:6]} {text[6:]}", f"{text[:3]}-{text[3:6]}-{text[6:]}")


# Each value in every way in which it might be written; the last of the dates is Python's own.
WRITTEN: Mapping[str, tuple[str, ...]] = {
    PATIENT: _number(PATIENT),
    OBJECTOR: _number(OBJECTOR),
    WRONG_NUMBER: _number(WRONG_NUMBER),
    BIRTH_DATE: _day(BIRTH_DATE),
    IMPOSSIBLE_DATE: (IMPOSSIBLE_DATE,),
    POSTCODE: (POSTCODE, POSTCODE.replace(" ", ""), POSTCODE.replace(" ", "  "), POSTCODE.replace(" ", "+")),
    ACCESSION: (ACCESSION, ACCESSION.replace(" ", "+"), ACCESSION.replace(" ", "%20")),
    REFERRER: (REFERRER,),
    NAME: (NAME, *NAME.split(), NAME.replace(" ", "+")),
}


def seen_in(text: str) -> set[str]:
    """The sentinels that a text shows, written in letters or as the hexadecimal digits of their bytes."""
    lower = text.lower()
    return {
        value
        for value, ways in WRITTEN.items()
        if any(way.lower() in lower or way.encode().hex() in lower for way in ways)
    }


def seen_in_files(paths: Iterable[Path]) -> dict[Path, set[str]]:
    """The files that show a sentinel, also inside Parquet, gzip and Zstandard."""
    return {path: found for path in paths if (found := seen_in(_text(path)))}


def seen_in_database() -> dict[str, set[str]]:
    """The tables that show a sentinel in any row and column."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            if seen := seen_in("\n".join(row for (row,) in cursor.fetchall())):
                found[table] = seen
    return found


def files_under(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _text(path: Path) -> str:
    content = path.read_bytes()
    inside = b""
    if content[:4] == b"PAR1":
        rows = duckdb.execute("SELECT * FROM read_parquet(?, hive_partitioning = false)", [str(path)]).fetchall()
        inside = str(rows).encode()
    elif content[:2] == b"\x1f\x8b":
        inside = gzip.decompress(content)
    elif content[:4] == b"\x28\xb5\x2f\xfd":
        inside = zstandard.ZstdDecompressor().stream_reader(content).read()
    return (content + b"\n" + inside).decode("latin-1")
