"""Editions for the pages: tables with their charts, what changed, what can be downloaded. Decides nothing."""

from collections.abc import Iterable
from typing import Any

from dars.core import times
from extracts.statistics.models import Edition, EditionFile
from extracts.statistics.publication import comparing, csvw
from extracts.statistics.publication.files import CSV, CSVW, ODS, SVG, XLSX, chart_name
from extracts.statistics.publication.tables import SIGNS, Cell, Column, Table

COLOURS = {
    Edition.State.MAKING: "blue",
    Edition.State.FAILED: "red",
    Edition.State.DRAFT: "yellow",
    Edition.State.APPROVED: "blue",
    Edition.State.PUBLISHED: "green",
    Edition.State.SUPERSEDED: "grey",
    Edition.State.SET_ASIDE: "grey",
    Edition.State.WITHDRAWN: "red",
}
_FORMATS = {
    ODS: "OpenDocument spreadsheet (ODS)",
    XLSX: "Excel workbook (XLSX)",
    CSVW: "What the CSV columns mean (CSVW)",
}
_MOST_CHANGES = 60


def shown(cell: Cell, column: Column) -> str:
    """A cell as people read it: 1,234; April 2026."""
    if isinstance(cell, str):
        return times.month(cell) if column.kind == "month" else cell
    return f"{cell:,}"


def _heading(column: Column) -> str:
    return times.month(column.title) if column.name.startswith("m_") else column.title


def tables(edition: Edition, files: Iterable[EditionFile]) -> list[dict[str, Any]]:
    """Each table with what the page shows of it; `chart` holds the names of its files and its words, or is None."""
    by_name = {file.name: file for file in files}
    found = []
    for table in edition.as_tables:
        wide = by_name.get(chart_name(table.name, "wide"))
        narrow = chart_name(table.name, "narrow")
        found.append(
            {
                "table": table,
                "anchor": table.name.replace("_", "-"),
                "columns": [{"title": _heading(column), "numeric": column.numeric} for column in table.columns],
                "rows": [
                    [shown(cell, column) for cell, column in zip(row, table.columns, strict=True)] for row in table.rows
                ],
                "chart": {"wide": wide.name, "narrow": narrow, "words": wide.words} if wide else None,
                "csv": csvw.file_name(table),
            }
        )
    return found


def downloads(files: Iterable[EditionFile]) -> list[dict[str, Any]]:
    """Every file but the charts, spreadsheets first."""
    order = [ODS, XLSX, CSVW, CSV]
    wanted = sorted((file for file in files if file.media_type != SVG), key=lambda file: order.index(file.media_type))
    return [
        {"name": file.name, "what": _FORMATS.get(file.media_type, "CSV"), "size": _size(file.size), "file": file}
        for file in wanted
    ]


def _size(size: int) -> str:
    return f"{max(1, round(size / 1000)):,} kB"


def preview(edition: Edition, before: Edition | None) -> dict[str, Any]:
    """What whoever approves looks at first: what differs from before, the month against the one before, what lacks."""
    found = edition.as_tables
    changes = comparing.changes(before.as_tables, found) if before else []
    return {
        "before": before,
        "changes": [
            {
                "table": change.table,
                "row": times.month(change.row) if change.row[:2] == "20" and len(change.row) == 7 else change.row,
                "column": change.column,
                "before": _number(change.before),
                "after": _number(change.after),
            }
            for change in changes[:_MOST_CHANGES]
        ],
        "more_changes": max(0, len(changes) - _MOST_CHANGES),
        "movements": _movements(found),
    }


def _number(cell: Cell) -> str:
    return cell if isinstance(cell, str) else f"{cell:,}"


def _movements(found: Iterable[Table]) -> list[dict[str, str]]:
    """Tests of each modality in the month and the month before, with the change in percent."""
    table = next((table for table in found if table.name == "modality_month"), None)
    if table is None or len(table.rows) < 2:
        return []
    earlier, latest = table.rows[-2:]
    rows = []
    for column, old, new in list(zip(table.columns, earlier, latest, strict=True))[1:]:
        if isinstance(old, int) and isinstance(new, int) and (old or new):
            change = f"{100 * (new - old) / old:+.1f}%" if old else "new"
            rows.append({"modality": column.title, "before": f"{old:,}", "now": f"{new:,}", "change": change})
    return rows


def page(edition: Edition, files: list[EditionFile]) -> dict[str, Any]:
    """What the public page and the preview share."""
    return {
        "edition": edition,
        "month": edition.publication.month,
        "month_words": times.month(edition.publication.month),
        "tables": tables(edition, files),
        "downloads": downloads(files),
        "signs": SIGNS,
        "colour": COLOURS[Edition.State(edition.state)],
    }
