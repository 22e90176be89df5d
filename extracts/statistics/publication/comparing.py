"""What changed between two editions: cells that are in both and differ. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from extracts.statistics.publication.tables import Cell, Table


@dataclass(frozen=True)
class Change:
    """One cell: of which table and row, in which column, what it was and what it is."""

    table: str
    row: str
    column: str
    before: Cell
    after: Cell


def changes(before: Iterable[Table], after: Iterable[Table]) -> list[Change]:
    """Cells of the same table, row and column that differ. What only one of them has (a new month) is no change.

    Tables of another span have another title; of tables of one month (`source_modality`), one with another month is
    another table.
    """
    earlier = {table.name: table for table in before}
    found = []
    for table in after:
        was = earlier.get(table.name)
        if was is None or (
            table.columns[0].kind != "month" and table.name != "provider_month" and was.title != table.title
        ):
            continue
        places = {column.name: place for place, column in enumerate(was.columns)}
        rows = {row[: was.keys]: row for row in was.rows}
        for row in table.rows:
            old = rows.get(row[: table.keys])
            if old is None:
                continue
            for place, column in list(enumerate(table.columns))[table.keys :]:
                if column.name in places and old[places[column.name]] != row[place]:
                    about = ", ".join(str(part) for part in row[: table.keys] if part)
                    found.append(Change(table.title, about, column.title, old[places[column.name]], row[place]))
    return found
