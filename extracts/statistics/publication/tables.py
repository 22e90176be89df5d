"""A table of the publication: columns, rows, and what stands in a cell. Every format is written from it. Pure."""

from dataclasses import dataclass
from typing import Any

Cell = str | int | float

# The signs of the published DID tables (HES analysis rules) and of the Government Statistical Service.
SUPPRESSED = "*"
COMBINED = ":"
NOT_APPLICABLE = "[x]"
SIGNS = {
    SUPPRESSED: "1 to 7 tests, or a larger number that is withheld so that such a number cannot be worked out",
    COMBINED: "not shown by itself, so that small numbers cannot be worked out; it may be none",
    NOT_APPLICABLE: "there is nothing to work the figure out from",
}


@dataclass(frozen=True)
class Column:
    """`name`: for machines. `kind`: text, month ("2026-04"), count, days or percent."""

    name: str
    title: str
    kind: str

    @property
    def numeric(self) -> bool:
        return self.kind in {"count", "days", "percent"}


@dataclass(frozen=True)
class Table:
    """`keys`: how many columns, from the left, say what a row is about. `about`: what the reader must know."""

    name: str
    title: str
    about: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    keys: int = 1

    @property
    def header(self) -> tuple[str, ...]:
        return tuple(column.title for column in self.columns)

    def as_json(self) -> dict[str, Any]:
        """For keeping; `of_json` is the way back."""
        columns = [[column.name, column.title, column.kind] for column in self.columns]
        rows = [list(row) for row in self.rows]
        return {
            "name": self.name,
            "title": self.title,
            "about": self.about,
            "columns": columns,
            "rows": rows,
            "keys": self.keys,
        }

    @classmethod
    def of_json(cls, kept: dict[str, Any]) -> "Table":
        columns = tuple(Column(*column) for column in kept["columns"])
        rows = tuple(tuple(row) for row in kept["rows"])
        return cls(kept["name"], kept["title"], kept["about"], columns, rows, kept["keys"])


def plain_text(text: str) -> str:
    """A name from a list of others, as it may stand in a spreadsheet: no control characters, and nothing in front
    that a spreadsheet would take for a formula (OWASP: CSV injection)."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.split()).lstrip("=+-@|%＝＋－＠ '\"")


def plain_number(number: float) -> int | float:
    """2, not 2.0, so that every format shows the same."""
    return int(number) if number == int(number) else number
