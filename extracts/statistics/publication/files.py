"""Everything an edition is published as: spreadsheets, CSV with its metadata, charts. Pure."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from extracts.statistics.publication import charts, csvw, spreadsheets
from extracts.statistics.publication.spreadsheets import Cover
from extracts.statistics.publication.tables import Table

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
CSV = "text/csv; charset=utf-8; header=present"
CSVW = "application/csvm+json"
SVG = "image/svg+xml"


@dataclass(frozen=True)
class Made:
    """A file. `words`: the text alternative of a chart."""

    name: str
    media_type: str
    content: bytes
    words: str = ""

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def chart_name(table: str, width: str) -> str:
    return f"{table.replace('_', '-')}-{width}.svg"


def digest(tables: Sequence[Table]) -> str:
    """SHA-256 of every cell and word of the tables: what somebody has seen who approves them."""
    found = hashlib.sha256()
    for table in tables:
        for part in (table.name.encode(), table.title.encode(), table.about.encode(), csvw.csv_bytes(table)):
            found.update(len(part).to_bytes(8, "big") + part)
    return found.hexdigest()


def make(tables: Sequence[Table], *, cover: Cover, stem: str, publisher: str) -> list[Made]:
    """`stem`: what the spreadsheets are called."""
    issued = cover.created.date().isoformat()
    found = [
        Made(f"{stem}.ods", ODS, spreadsheets.ods(cover, tables)),
        Made(f"{stem}.xlsx", XLSX, spreadsheets.xlsx(cover, tables)),
        Made(csvw.METADATA, CSVW, csvw.metadata(tables, title=cover.title, publisher=publisher, issued=issued)),
        *(Made(csvw.file_name(table), CSV, csvw.csv_bytes(table)) for table in tables),
    ]
    for chart in charts.draw(tables):
        found += [Made(chart_name(chart.table, name), SVG, svg, chart.words) for name, svg in chart.svg.items()]
    return found
