"""The tables as an Excel workbook and as an OpenDocument spreadsheet, set out as the Analysis Function asks. Pure.

A cover sheet that says what there is and what the signs mean; then a sheet for each table with its title, what must be
known, and one marked-up table from column A, with no merged, empty or coloured cells. Numbers are numbers; everything
else is written as a string, so that nothing can become a formula.
"""

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass

from extracts.statistics.publication.tables import SIGNS, Table

_WIDEST = 40  # characters of a column
HEADER_ROW = 3  # of a table's sheet, from 0: title, about, an empty line


@dataclass(frozen=True)
class Cover:
    """`lines`: what the first sheet says under the title."""

    title: str
    lines: tuple[str, ...]
    created: dt.datetime


def sheet_name(table: Table) -> str:
    """At most 31 characters, which is all that Excel allows."""
    return table.name[:31]


def _cover(cover: Cover, tables: Sequence[Table]) -> list[tuple[str, str]]:
    lines = [(cover.title, ""), *((line, "") for line in cover.lines), ("Signs", "")]
    lines += [(sign, meaning) for sign, meaning in SIGNS.items()]
    return [*lines, ("Tables", ""), *((sheet_name(table), table.title) for table in tables)]


def _widths(table: Table) -> list[int]:
    columns = zip(table.header, *table.rows, strict=True)
    return [min(_WIDEST, 4 + max(len(str(cell)) for cell in column)) for column in columns]


def xlsx(cover: Cover, tables: Sequence[Table]) -> bytes:
    """An Excel workbook."""
    import xlsxwriter  # noqa: PLC0415 - only the job that makes files needs it

    made = io.BytesIO()
    book = xlsxwriter.Workbook(
        made, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    book.set_properties({"title": cover.title, "created": cover.created.replace(tzinfo=None)})
    strong, wrapped = book.add_format({"bold": True, "font_size": 14}), book.add_format({"text_wrap": True})
    # Accounting for people: thousands are grouped in what is shown, the value is the number.
    formats = {"count": book.add_format({"num_format": "#,##0"})}
    plain = book.add_format()
    first = book.add_worksheet("cover")
    first.set_column(0, 0, 30)
    first.set_column(1, 1, 90)
    for place, (left, right) in enumerate(_cover(cover, tables)):
        first.write_string(place, 0, left, strong if place == 0 else plain)
        if right:
            first.write_string(place, 1, right)
    for table in tables:
        sheet = book.add_worksheet(sheet_name(table))
        sheet.write_string(0, 0, table.title, strong)
        sheet.write_string(1, 0, table.about)
        last = HEADER_ROW + len(table.rows)
        header = [{"header": title, "header_format": wrapped} for title in table.header]
        sheet.add_table(
            HEADER_ROW,
            0,
            max(last, HEADER_ROW + 1),
            len(table.columns) - 1,
            {"name": table.name, "columns": header, "autofilter": False, "style": "Table Style Light 1"},
        )
        for place, width in enumerate(_widths(table)):
            sheet.set_column(place, place, width)
        for down, row in enumerate(table.rows, HEADER_ROW + 1):
            for across, (cell, column) in enumerate(zip(row, table.columns, strict=True)):
                if isinstance(cell, str):
                    sheet.write_string(down, across, cell)
                else:
                    sheet.write_number(down, across, cell, formats.get(column.kind, plain))
    book.close()
    return made.getvalue()


def ods(cover: Cover, tables: Sequence[Table]) -> bytes:
    """An OpenDocument spreadsheet."""
    from odfdo import Cell, Document, Row  # noqa: PLC0415 - only the job that makes files needs it
    from odfdo import Table as Sheet  # noqa: PLC0415

    def text(value: str) -> Cell:
        return Cell(value, cell_type="string")

    def row(values: Sequence[str | int | float]) -> Row:
        made = Row()
        made.extend_cells([text(value) if isinstance(value, str) else Cell(value) for value in values])
        return made

    document = Document("spreadsheet")
    document.meta.title = cover.title
    document.meta.set_creation_date(cover.created.replace(tzinfo=None))
    document.body.clear()
    sheet = Sheet("cover")
    for pair in _cover(cover, tables):
        sheet.append_row(row([value for value in pair if value]), clone=False)
    document.body.append(sheet)
    for table in tables:
        sheet = Sheet(sheet_name(table))
        for values in ((table.title,), (table.about,), (), table.header, *table.rows):
            sheet.append_row(row(values), clone=False)
        document.body.append(sheet)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()
