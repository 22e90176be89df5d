"""One small synthetic England for all tests of this folder, and its submissions as rows."""

import csv
import gc
import gzip
from pathlib import Path
from types import SimpleNamespace

import pyarrow.parquet as pq
import pytest
from lxml import etree

from extracts.synthetic import xml
from extracts.synthetic.public import make_world

EVENTS, PEOPLE = 60_000, 27_000


def opened(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(opened(path).decode().splitlines()))


def xml_rows(content: bytes) -> list[dict[str, str]]:
    names = {tag: column for part in (xml.PERSONAL, xml.REFERRALS, xml.ACTIVITY) for column, tag in part.items()}
    rows = []
    for record in etree.fromstring(content):
        person, referral, *activities = record
        common = {names[item.tag]: item.text for part in (person, referral) for item in part}
        rows += [
            {**dict.fromkeys(names.values(), ""), **common} | {names[i.tag]: i.text for i in a} for a in activities
        ]
    return rows


def records(path: Path) -> list[dict]:
    """Rows of a Parquet file; each distinct value becomes a Python object once."""
    table = pq.read_table(path)
    columns = []
    for column in table.columns:
        coded = column.combine_chunks()
        coded = coded if hasattr(coded, "indices") else coded.dictionary_encode()
        values = [*coded.dictionary.to_pylist(), None]
        columns.append([values[i] for i in coded.indices.fill_null(-1).to_numpy().tolist()])
    return [dict(zip(table.column_names, row, strict=True)) for row in zip(*columns, strict=True)]


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """Folder, manifest, all submitted rows (with PROVIDER and PERIOD), the tables of the truth as dictionaries."""
    folder = tmp_path_factory.mktemp("synthetic") / "world"
    manifest = make_world(folder, events=EVENTS, people=PEOPLE, months=3, seed=5)
    gc.disable()  # the rows below live to the end; looking through them again and again would take most of the time
    rows = []
    for name in manifest.files:
        if name.startswith("submissions/"):
            path = folder / name
            where = {"PROVIDER": path.name.split(".")[0], "PERIOD": path.parent.name}
            rows += [row | where for row in (xml_rows(opened(path)) if ".xml" in name else rows_of(path))]
    truth = {path.stem: records(path) for path in (folder / "truth").iterdir()}
    gc.freeze()
    gc.enable()
    yield SimpleNamespace(folder=folder, manifest=manifest, rows=rows, **truth)
    gc.unfreeze()
