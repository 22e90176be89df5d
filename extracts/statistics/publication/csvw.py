"""The tables as CSV, and what their columns mean: CSV on the Web (W3C, Metadata Vocabulary for Tabular Data). Pure."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from extracts.statistics.publication.tables import SIGNS, Column, Table

METADATA = "metadata.json"
_DATATYPES = {
    "text": "string",
    "month": {"base": "gYearMonth"},
    "count": {"base": "nonNegativeInteger"},
    "days": {"base": "decimal", "minimum": "0"},
    "percent": {"base": "decimal", "minimum": "0", "maximum": "100"},
}


def file_name(table: Table) -> str:
    return f"{table.name.replace('_', '-')}.csv"


def csv_bytes(table: Table) -> bytes:
    """RFC 4180, UTF-8, a header line."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(table.header)
    writer.writerows(table.rows)
    return text.getvalue().encode()


def metadata(tables: Sequence[Table], *, title: str, publisher: str, issued: str) -> bytes:
    """The metadata of all files beside each other. `issued`: the day of this edition, ISO 8601."""
    group: dict[str, Any] = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "dc:title": title,
        "dc:publisher": publisher,
        "dc:issued": {"@value": issued, "@type": "http://www.w3.org/2001/XMLSchema#date"},
        "tables": [_table(table) for table in tables],
    }
    return json.dumps(group, indent=1, ensure_ascii=False).encode()


def _table(table: Table) -> dict[str, Any]:
    schema = {
        "columns": [_column(column) for column in table.columns],
        "primaryKey": [column.name for column in table.columns[: table.keys]],
    }
    return {
        "url": file_name(table),
        "dc:title": table.title,
        "dc:description": table.about,
        "dialect": {"header": True, "encoding": "utf-8", "lineTerminators": ["\r\n"]},
        "tableSchema": schema,
    }


def _column(column: Column) -> dict[str, Any]:
    described = {"name": column.name, "titles": column.title, "datatype": _DATATYPES[column.kind]}
    if not column.numeric:
        return described | {"required": column.kind == "month"}
    said = "; ".join(f"{sign} {meaning}" for sign, meaning in SIGNS.items())
    return described | {"null": list(SIGNS), "dc:description": f"Signs: {said}."}
