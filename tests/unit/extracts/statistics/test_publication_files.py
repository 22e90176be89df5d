"""Every format holds the same cells, read back by other programs than those that wrote them; no cell is a formula."""

import csv
import datetime as dt
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest

from extracts.statistics.publication import comparing, csvw, files, spreadsheets
from extracts.statistics.publication.building import Asked, build
from extracts.statistics.publication.counting import Counts
from extracts.statistics.publication.tables import Table
from tests.unit.extracts.described import fits

MONTHS = ("2026-04", "2026-05", "2026-06")
HOSTILE = '=HYPERLINK("http://x.example","Trust")'


def counts(more: int = 0) -> Counts:
    activity = {
        (month, provider, modality, source): 3 + place * 17 + number + more * (month == "2026-05" and modality == "X")
        for place, month in enumerate(MONTHS)
        for number, (provider, modality, source) in enumerate(
            [("RXA", "X", "04"), ("RXB", "X", "03"), ("RXC", "C", "05"), ("RXA", "U", "04"), ("RXB", "unknown", "07")]
        )
    }
    return Counts(
        activity,
        {(month, "brain_mri"): (40 + place, 7) for place, month in enumerate(MONTHS)},
        {"request_to_test": {(month, "X"): {0: 6, 1: 6, 9: 3} for month in MONTHS}},
        {("2026-05", "90+", "2"): 4, ("2026-06", "0-9", "1"): 1234},
    )


NAMES = {"RXA": HOSTILE, "RXB": "@SUM(A1:A9) Trust", "RXC": "Côte & Sons"}
ASKED = Asked("2026-06", "2026-04", NAMES)
COVER = spreadsheets.Cover("Diagnostic Imaging Dataset, June 2026", ("=1+1",), dt.datetime(2026, 8, 20, tzinfo=dt.UTC))


@pytest.fixture(scope="module")
def tables() -> tuple[Table, ...]:
    return build(counts(), ASKED).tables


@pytest.fixture(scope="module")
def made(tables: tuple[Table, ...]) -> dict[str, files.Made]:
    found = files.make(tables, cover=COVER, stem="did-2026-06", publisher="The publisher")
    assert len({file.name for file in found}) == len(found)
    return {file.name: file for file in found}


def cells(tables: tuple[Table, ...]) -> dict[str, list[tuple]]:
    return {table.name: [table.header, *table.rows] for table in tables}


def test_csv_holds_the_cells(tables: tuple[Table, ...], made: Any) -> None:
    for table in tables:
        rows = list(csv.reader(io.StringIO(made[csvw.file_name(table)].content.decode(), newline="")))
        assert rows == [[str(cell) for cell in row] for row in cells(tables)[table.name]]


def test_xlsx_holds_the_cells(tables: tuple[Table, ...], made: Any) -> None:
    book = openpyxl.load_workbook(io.BytesIO(made["did-2026-06.xlsx"].content))
    assert book.sheetnames == ["cover", *(table.name for table in tables)]
    for table in tables:
        sheet = book[table.name]
        assert [row[0].value for row in sheet.iter_rows(1, 2)] == [table.title, table.about]
        found = [tuple("" if cell is None else cell for cell in row) for row in sheet.iter_rows(4, values_only=True)]
        assert found == cells(tables)[table.name]
        assert list(sheet.tables) == [table.name]
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert kinds <= {"s", "n"}  # no formula, no link


def test_ods_holds_the_cells(tables: tuple[Table, ...], made: Any) -> None:
    content = zipfile.ZipFile(io.BytesIO(made["did-2026-06.ods"].content)).read("content.xml")
    assert b"table:formula" not in content
    names = {
        "t": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
        "o": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    }
    sheets = {
        sheet.get(f"{{{names['t']}}}name"): [
            tuple(value(cell, names["o"]) for cell in row.iterfind("t:table-cell", names))
            for row in sheet.iterfind("t:table-row", names)
        ]
        for sheet in ElementTree.fromstring(content).iter(f"{{{names['t']}}}table")
    }
    assert list(sheets) == ["cover", *(table.name for table in tables)]
    for table in tables:
        assert sheets[table.name][3:] == cells(tables)[table.name]
        assert sheets[table.name][:2] == [(table.title,), (table.about,)]


def value(cell: ElementTree.Element, office: str) -> Any:
    if cell.get(f"{{{office}}}value-type") == "float":
        number = float(cell.get(f"{{{office}}}value"))
        return int(number) if number.is_integer() else number
    return "".join(cell.itertext())


def test_the_metadata_describe_every_column(tables: tuple[Table, ...], made: Any) -> None:
    told = json.loads(made["metadata.json"].content)
    assert told["@context"][0] == "http://www.w3.org/ns/csvw"
    assert {each["url"] for each in told["tables"]} <= set(made)
    for table, each in zip(tables, told["tables"], strict=True):
        columns = each["tableSchema"]["columns"]
        assert [column["titles"] for column in columns] == list(table.header)
        assert len({column["name"] for column in columns}) == len(columns)
        keys = [tuple(row[: table.keys]) for row in table.rows]
        assert len(set(keys)) == len(keys) and len(each["tableSchema"]["primaryKey"]) == table.keys
        for column, of_column in zip(columns, zip(*table.rows, strict=True), strict=True):
            for cell in of_column:
                assert isinstance(cell, str) or not isinstance(column["datatype"], str)
                assert not isinstance(cell, str) or cell in column.get("null", [cell])


def test_somebody_elses_reader_finds_in_the_csv_what_the_metadata_describe(made: Any, tmp_path: Path) -> None:
    for name, file in made.items():
        if name.endswith((".csv", ".json")):
            (tmp_path / name).write_bytes(file.content)
    described = tmp_path / csvw.METADATA

    assert fits(described)
    month = tmp_path / "modality-month.csv"
    month.write_bytes(month.read_bytes().replace(b"2026-06,", b"2026-06,x"))
    assert not fits(described)


def test_nothing_begins_as_a_formula(made: Any) -> None:
    for name, file in made.items():
        if name.endswith(".csv"):
            for row in csv.reader(io.StringIO(file.content.decode(), newline="")):
                assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row), name


def test_charts_come_in_two_widths_with_words(tables: tuple[Table, ...], made: Any) -> None:
    drawn = {name for name in made if name.endswith(".svg")}
    assert {"modality-month-wide.svg", "modality-month-narrow.svg", "age-gender-wide.svg"} <= drawn
    for name in drawn:
        svg = ElementTree.fromstring(made[name].content)
        assert float(svg.get("width")) <= (680 if "wide" in name else 345), name
        assert not [node for node in svg.iter() if "href" in "".join(node.attrib) or node.tag.endswith("script")]
    assert "Plain X-ray: 7 in April 2026, 75 in June 2026" in made["modality-month-wide.svg"].words
    words = made["wait-request-to-test-narrow.svg"].words
    assert words.startswith("Line chart: Median days from request to test by modality") and "1 in April 2026" in words


def test_each_cell_and_word_is_in_the_digest(tables: tuple[Table, ...]) -> None:
    told = files.digest(tables)
    assert any(isinstance(cell, float) for table in tables for row in table.rows for cell in row)
    assert files.digest(build(counts(), ASKED).tables) == told
    assert files.digest(build(counts(more=1), ASKED).tables) != told
    assert files.digest([replace(tables[0], about="England."), *tables[1:]]) != told


def test_what_changed_is_told_cell_by_cell(tables: tuple[Table, ...]) -> None:
    assert comparing.changes(tables, tables) == []
    revised = build(counts(more=1), ASKED).tables
    found = comparing.changes(tables, revised)
    assert ("2026-05", "Plain X-ray", 41, 43) in [(c.row, c.column, c.before, c.after) for c in found]
    earlier = build(counts(more=1), Asked("2026-05", "2026-04", NAMES)).tables
    told = {(change.table.partition(",")[0], change.row) for change in comparing.changes(earlier, tables)}
    assert ("Tests by modality", "2026-05") in told
    assert not {table for table, _ in told} & {
        "Tests by patient source setting and modality",
        "Tests by provider and modality",
    }
