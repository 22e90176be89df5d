"""A table's files: rows lie as they were given, others stay as they were, and the log tells of no more than it may."""

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from deltalake import DeltaTable

from extracts.catalogue.public import DATASETS
from extracts.collection import tables, writing

DID = DATASETS["did"]
SQL = {"int64": "BIGINT", "int16": "SMALLINT", "str": "VARCHAR", "date": "DATE"}
APRIL, MAY = "2026-04", "2026-05"
SENTINEL = 987_654_321


@pytest.fixture(autouse=True)
def data(settings, tmp_path: Path) -> Path:
    settings.DATA_ROOT = tmp_path
    return tmp_path / "tables" / "did"


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 2}) as con:
        yield con


def rows(count: int, *, provider: str = "'X' || range % 3", first: int = 0) -> str:
    """A query for so many records in the table's order."""
    own = {
        "record_key": f"{first} + range",
        "tuple_id": f"{SENTINEL} + range",
        "modality": "'M' || hash(range) % 5",
        "provider": provider,
        "test_date": "DATE '2026-04-01' + (hash(range, 1) % 30)::INTEGER",
        "nicip": "if(range % 2 = 0, NULL, 'N' || range)",
    }
    columns = ", ".join(f"({own.get(name, 'NULL')})::{SQL[kind]} AS {name}" for name, kind in DID.columns)
    order = ", ".join((*DID.sorted_by, "record_key"))
    return f"SELECT {columns} FROM range({count}) ORDER BY {order}"


def keys(files: list[str], where: str = "true") -> list[int]:
    """The record keys in the order in which they lie."""
    query = f"SELECT record_key FROM read_parquet({files}) WHERE {where}"
    return [key for (key,) in duckdb.execute(query).fetchall()]


def given(con: duckdb.DuckDBPyConnection, query: str) -> list[int]:
    place = [name for name, _ in DID.columns].index("record_key")
    return [row[place] for row in con.execute(query).fetchall()]


def entries(data: Path, version: int) -> list[dict]:
    return [json.loads(line) for line in (data / f"_delta_log/{version:020}.json").read_text().splitlines()]


def test_a_month_of_many_row_groups_lies_as_it_was_given(con, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "ROW_GROUP", 2048)
    whole = rows(30_000)
    version = tables.replace("did", con, {APRIL: whole}, base=None)
    (file,) = tables.files("did", version)
    assert keys([file]) == given(con, whole)
    assert tables.is_compact("did", [file])
    where = tables.months_of("X1", [APRIL])
    after = tables.replace("did", con, {APRIL: rows(5, provider="'X1'", first=30_000)}, base=version, where=where)
    rest, new = sorted(tables.files("did", after), key=lambda file: len(keys([file])), reverse=True)
    assert keys([rest]) == keys([file], "provider <> 'X1'"), "those of others stay in their order"
    assert sorted(keys([new])) == list(range(30_000, 30_005))
    assert not tables.is_compact("did", [rest, new])
    assert tables.files("did", version) == [file] and len(keys([file])) == 30_000


@pytest.mark.parametrize("where", ["tuple_id IN (FROM gone)", f"provider IN {tuple(f'X{n}' for n in range(1, 30))}"])
def test_what_stays_keeps_its_order_whatever_the_condition(con, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    monkeypatch.setattr(writing, "ROW_GROUP", 2048)
    con.execute(f"CREATE TEMP TABLE gone AS SELECT {SENTINEL} + 37 * range AS tuple_id FROM range(500)")
    first = tables.replace("did", con, {APRIL: rows(30_000)}, base=None)
    second = tables.replace("did", con, {}, base=first, where=where)
    stay = given(con, f"FROM ({rows(30_000)}) WHERE NOT ({where}) ORDER BY {', '.join(DID.sorted_by)}, record_key")
    assert keys(tables.files("did", second)) == stay and 0 < len(stay) < 30_000
    assert tables.is_compact("did", tables.files("did", second))


def test_files_without_rows_that_go_are_left_alone(con) -> None:
    both = {APRIL: rows(10, provider="'X1'"), MAY: rows(10, provider="'X1'", first=10)}
    first = tables.replace("did", con, both, base=None)
    other = tables.months_of("X2", [APRIL])
    second = tables.replace("did", con, {APRIL: rows(2, provider="'X2'", first=20)}, base=first, where=other)
    assert set(tables.files("did", first)) < set(tables.files("did", second))
    third = tables.replace("did", con, {}, base=second, where=tables.months([APRIL]))
    assert set(tables.files("did", third)) == set(tables.by_month("did", first)[MAY])
    assert tables.replace("did", con, {}, base=third, where=tables.months([APRIL])) == third, "nothing is to go"


def test_rows_without_a_value_in_the_condition_stay(con) -> None:
    first = tables.replace("did", con, {APRIL: rows(6, provider="if(range < 3, NULL, 'X1')")}, base=None)
    second = tables.replace("did", con, {}, base=first, where=tables.months_of("X1", [APRIL]))
    assert sorted(keys(tables.files("did", second))) == [0, 1, 2]


def test_what_nobody_named_is_undone_by_the_next_write(con) -> None:
    first = tables.replace("did", con, {APRIL: rows(3)}, base=None)
    tables.replace("did", con, {MAY: rows(3, first=3)}, base=first, where=tables.months([MAY]))  # and then a crash
    where = tables.months_of("X9", [APRIL])
    found = tables.replace("did", con, {APRIL: rows(1, provider="'X9'", first=9)}, base=first, where=where)
    assert sorted(keys(tables.files("did", found))) == [0, 1, 2, 9]
    anew = tables.replace("did", con, {MAY: rows(2)}, base=None)
    assert sorted(keys(tables.files("did", anew))) == [0, 1]


def test_the_log_tells_the_ends_of_pruning_columns_and_no_condition(con, data: Path) -> None:
    first = tables.replace("did", con, {APRIL: rows(5_000)}, base=None)
    gone = f"tuple_id = {SENTINEL}"
    second = tables.replace("did", con, {}, base=first, where=gone)
    assert len(keys(tables.files("did", second))) == 4_999
    log = "".join(file.read_text() for file in (data / "_delta_log").glob("*.json"))
    assert str(SENTINEL) not in log and "tuple_id =" not in log
    (added,) = [entry["add"] for entry in entries(data, second) if "add" in entry]
    assert json.loads(added["stats"]) == {
        "numRecords": 4_999,
        "nullCount": dict.fromkeys(DID.sorted_by, 0),
        "minValues": {"modality": "M0", "provider": "X0", "test_date": "2026-04-01"},
        "maxValues": {"modality": "M4", "provider": "X2", "test_date": "2026-04-30"},
    }
    (removed,) = [entry["remove"] for entry in entries(data, second) if "remove" in entry]
    assert removed["dataChange"] and removed["partitionValues"] == {"period": APRIL}


def test_others_read_the_table_as_it_was_written(con) -> None:
    version = tables.replace("did", con, {APRIL: rows(50), MAY: rows(0)}, base=None)
    read = DeltaTable(tables.path("did"), version=version).to_pyarrow_table()
    assert sorted(read["record_key"].to_pylist()) == list(range(50))
    assert set(read["period"].to_pylist()) == {APRIL}
    assert read.schema.names == ["period", *(name for name, _ in DID.columns)]


def test_a_write_that_fails_leaves_no_file_and_tells_no_value(con, data: Path) -> None:
    first = tables.replace("did", con, {APRIL: rows(5)}, base=None)
    before = set(data.rglob("*"))
    wrong = rows(5, provider=f"'{SENTINEL}x'::INTEGER")
    with pytest.raises(tables.WriteFailed) as failed:
        tables.replace("did", con, {APRIL: wrong}, base=first, where=tables.months([APRIL]))
    assert str(SENTINEL) not in str(failed.value) and failed.value.__cause__ is None
    assert set(data.rglob("*")) == before
    with pytest.raises(tables.WriteFailed, match="columns"):
        tables.replace("did", con, {MAY: "SELECT 1 AS other"}, base=first, where=tables.months([MAY]))
    assert {file for file in data.rglob("*") if file.is_file()} == {file for file in before if file.is_file()}


def test_a_table_without_months_is_replaced_whole(con) -> None:
    query = "SELECT 'Q' || range AS code, '{}' AS name, NULL::VARCHAR AS commissioner FROM range(3)"
    first = tables.replace("practices", con, {"": query.format("old")}, base=None)
    second = tables.replace("practices", con, {"": query.format("new")}, base=first)
    for version, name in ((first, "old"), (second, "new")):
        found = con.execute(f"SELECT DISTINCT name FROM read_parquet({tables.files('practices', version)})").fetchall()
        assert found == [(name,)]
