"""The order of rows and the bytes of files: keyed, whole, the same however the work was shared out, telling nothing."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pyarrow.parquet as pq
import pytest
import zstandard

from extracts.engine import columns, encoding, gathering
from extracts.engine.bindings import Bindings
from extracts.engine.keys import AgreementKey
from extracts.engine.plan import compile_plan
from extracts.engine.runner import DuckDBRunner
from extracts.engine.scanning import RowGroup
from extracts.engine.side_by_side import in_order

from .specs import lung_cancer
from .test_against_reference import KEY as OURS
from .test_against_reference import counted, decoded
from .world import MONTHS, a_world, random_world

SEED = 55  # of a world in which every table has rows to release
ALONE = {"datasets": ["did"], "cohort": [], "linkage": [], "filters": []}
NO_DATES = {**ALONE, "fields": {"did": {"age": "band_10", "modality": "code"}}}


def many_rows(count=3000, **changes):
    """Rows of four months, sorted as the store has them."""
    world = a_world()
    world.did = [
        {**world.did[0], "record_key": place, "age_years": place % 100, "period": MONTHS[place * 4 // count], **changes}
        for place in range(count)
    ]
    return world


def written(tmp_path, bindings, key=OURS, threads=2, name="out", **changes):
    """The folder of an extract, with its result."""
    folder = tmp_path / name
    folder.mkdir()
    plan = compile_plan(lung_cancer(**{"period_from": MONTHS[0], "formats": ["parquet"], **changes}))
    return folder, DuckDBRunner(threads, "500MB", tmp_path).write(plan, bindings, key, folder)


@pytest.fixture
def small(monkeypatch):
    """Row groups small enough that few rows make many pieces."""
    monkeypatch.setattr(encoding, "ROW_GROUP", 100)


@pytest.mark.parametrize("formats", [["csv", "parquet"], ["csv.gz"]])
def test_bytes_are_the_same_for_any_number_of_threads(tmp_path, small, formats):
    bindings = many_rows().bind(tmp_path / "data")
    made = [
        written(tmp_path, bindings, threads=threads, name=f"{threads}-{turn}", formats=formats, **ALONE)[1]
        for turn, threads in enumerate((1, 2, 4, 4))
    ]
    assert made[0].tables["did"].rows == 3000
    for other in made[1:]:
        assert [file.sha256 for file in other.files] == [file.sha256 for file in made[0].files]
        assert other.tables == made[0].tables


def test_rows_stand_in_the_order_of_their_record_keys_over_the_whole_table(tmp_path, small):
    bindings = many_rows().bind(tmp_path / "data")
    orders = []
    for name, key in (("a", OURS), ("again", OURS), ("b", AgreementKey(b"b" * 32))):
        folder, _ = written(tmp_path, bindings, key, name=name, **NO_DATES)
        codes = pq.read_table(folder / "did.parquet")["record_key"].combine_chunks()
        assert codes.to_pylist() == sorted(codes.to_pylist())
        orders.append(key.record_ids("did", codes).tolist())
        assert pq.read_metadata(folder / "did.parquet").num_row_groups > 10
    assert orders[0] == orders[1] and sorted(orders[0]) == sorted(orders[2]) == list(range(3000))
    pairs = [set(pairwise(order)) for order in (orders[0], orders[2])]
    assert len(pairs[0] & pairs[1]) < 10, "neighbours in one agreement are not neighbours in the other"


def test_the_place_of_a_row_does_not_tell_its_month(tmp_path, small):
    """Nor its place in the store, which is sorted by modality and provider."""
    folder, _ = written(tmp_path, many_rows().bind(tmp_path / "data"), **NO_DATES)
    stored = np.array([row["record_id"] for row in decoded(folder / "did.parquet", "did")])
    for part in np.array_split(stored * 4 // 3000, 10):
        assert np.bincount(part, minlength=4).min() > 45, "each tenth of the file has its share of every month"
    assert abs(np.corrcoef(stored, np.arange(3000))[0, 1]) < 0.1


def test_codes_are_ordered_as_their_bytes_are_and_a_record_that_stands_twice_by_who_came_first():
    codes = np.array([5, 1 << 63, 5, 2], dtype=">u8")
    assert encoding._order(codes).tolist() == [3, 0, 2, 1]


def test_every_share_is_in_one_run_and_runs_are_of_a_row_group(small):
    counts = np.array([0, 70, 40, 100, 0, 0, 3, 0])
    assert list(encoding.shares(counts)) == [(0, 3), (3, 4), (4, 8)]
    assert list(encoding.shares(np.zeros(8, dtype=int))) == [(0, 8)], "a table without rows is still one piece"


def test_rows_that_wait_in_files_give_the_same_bytes_and_are_wiped(tmp_path, small, monkeypatch):
    bindings = many_rows().bind(tmp_path / "data")
    _, held = written(tmp_path, bindings, name="held", **ALONE)
    monkeypatch.setattr(gathering, "HELD", 0)
    _, waiting = written(tmp_path, bindings, name="waiting", **ALONE)
    assert held == waiting
    assert {path.name for path in tmp_path.iterdir()} == {"data", "held", "waiting"}


def test_row_groups_taken_together_give_the_same_bytes(tmp_path, small, monkeypatch):
    bindings = many_rows().bind(tmp_path / "data")
    _, each = written(tmp_path, bindings, name="each", **ALONE)
    monkeypatch.setattr(gathering, "TASKS", 1)
    taken, take = [], gathering._take
    monkeypatch.setattr(gathering, "_take", lambda *given: taken.append(len(given[-1])) or take(*given))
    _, together = written(tmp_path, bindings, name="together", **ALONE)
    assert each == together and taken == [4]


def test_values_of_any_number_are_released_alike(tmp_path, monkeypatch):
    """Worked out one by one or over their range, counted or sorted, written for CSV together or each alone."""
    bindings = random_world(SEED).bind(tmp_path / "data")
    changes = {"formats": ["csv", "parquet"], "cohort": [], "filters": [], "period_from": MONTHS[0]}
    _, plain = written(tmp_path, bindings, name="plain", **changes)
    assert all(table.rows for table in plain.tables.values())
    monkeypatch.setattr(columns, "RANGE", 1)
    monkeypatch.setattr(encoding, "MANY", 0)
    monkeypatch.setattr(encoding, "COMBINED", 1)
    assert written(tmp_path, bindings, name="other", **changes)[1] == plain


def test_a_file_names_no_value_that_none_of_its_rows_has(tmp_path):
    """The dictionaries of Parquet are written from the rows kept: no value of someone who objected is among them."""
    world = many_rows(400)
    world.did += [{**world.did[0], "record_key": 999, "tuple_id": 20, "snomed": "1290407002"}]
    world.opted_out = {2}
    folder, _ = written(
        tmp_path, world.bind(tmp_path / "data"), **{**ALONE, "fields": {"did": {"did_snomedct_code": "code"}}}
    )
    read = pq.read_table(folder / "did.parquet", read_dictionary=["did_snomedct_code"])["did_snomedct_code"]
    assert {value for chunk in read.chunks for value in chunk.dictionary.to_pylist()} == {"399208008"}


def test_row_groups_that_cannot_hold_a_row_are_not_read(tmp_path, monkeypatch):
    world = many_rows(400, modality="U")
    for place in range(210, 260):
        world.did[place]["modality"] = "X"
    bindings = world.bind(tmp_path / "data")
    for path in bindings.files("did"):
        pq.write_table(pq.read_table(path), path, row_group_size=10)
    asked, read = [], RowGroup.read

    def reading(group, names):
        asked.append((group.path, group.place)) if "modality" in group.types else None
        return read(group, names)

    monkeypatch.setattr(RowGroup, "read", reading)
    chosen = {"filters": [{"dataset": "did", "field": "modality", "values": ["X"]}]}
    folder, _ = written(tmp_path, bindings, **{**NO_DATES, **chosen})
    assert sorted(row["record_id"] for row in decoded(folder / "did.parquet", "did")) == list(range(210, 260))
    assert {path for path, _ in asked} == {bindings.files("did")[2]} and len(set(asked)) == 5


def test_without_statistics_the_same_rows_are_found(tmp_path):
    world = random_world(SEED)
    bindings = world.bind(tmp_path / "data")
    changes = {"cohort": [], "period_from": MONTHS[0]}
    with_them, _ = written(tmp_path, bindings, name="with", **changes)
    for files in bindings.tables.values():
        for path, _ in files:
            pq.write_table(pq.read_table(path), path, write_statistics=False, use_dictionary=False)
    without, _ = written(tmp_path, bindings, name="without", **changes)
    for name in ("did", "hes_apc", "cancer"):
        rows = decoded(with_them / f"{name}.parquet", name)
        assert counted(decoded(without / f"{name}.parquet", name)) == counted(rows)


def test_a_month_without_rows_changes_nothing(tmp_path):
    world = many_rows(60)
    bindings = world.bind(tmp_path / "data")
    _, full = written(tmp_path, bindings, name="full", **ALONE)
    first = bindings.files("did")[0]
    empty = tmp_path / "data" / "empty.parquet"
    pq.write_table(pq.read_table(first).slice(0, 0), empty)
    files = (*bindings.tables["did"], (str(empty), MONTHS[1]))
    _, other = written(tmp_path, replace(bindings, tables={**bindings.tables, "did": files}), name="other", **ALONE)
    assert full.files == other.files


@pytest.mark.parametrize("formats", [["csv", "parquet"], ["csv.gz"]])
def test_a_table_without_rows_has_its_columns(tmp_path, formats):
    bindings = many_rows(8).bind(tmp_path / "data")
    nothing = Bindings({**bindings.tables, "did": ()}, bindings.opted_out)
    folder, result = written(tmp_path, nothing, formats=formats, **NO_DATES)
    assert result.tables["did"].rows == result.tables["did"].people == 0
    if "parquet" in formats:
        assert pq.read_table(folder / "did.parquet").column_names == ["person", "record_key", "age", "modality"]
        assert pq.read_table(folder / "did.parquet").schema.types[2] == "string"


def test_compressed_text_is_one_frame(tmp_path, small):
    """pandas reads the first frame of several and says nothing of the others."""
    folder, result = written(tmp_path, many_rows().bind(tmp_path / "data"), formats=["csv"], **ALONE)
    frame = zstandard.ZstdDecompressor().decompressobj()
    text = frame.decompress((folder / result.files[0].name).read_bytes())
    assert text.count(b"\r\n") == 3001 and frame.unused_data == b""


def test_answers_come_in_order_and_not_all_at_once():
    begun, waiting = [], []

    class Pool:
        def submit(self, task, item):
            begun.append(item)
            waiting.append(len(begun) - len(taken))
            return Answer(task(item))

    class Answer:
        def __init__(self, value):
            self.result = lambda: value

        def cancel(self):
            raise AssertionError("nothing was left over")

    taken: list[int] = []
    for value in in_order(Pool(), lambda item: item * 2, range(9), ahead=3):
        taken.append(value)
    assert taken == [item * 2 for item in range(9)]
    assert max(waiting) == 3


def test_days_are_missing_where_either_date_is(tmp_path):
    world = many_rows(8)
    world.did[1]["request_date"] = None
    world.did[3]["test_date"] = None
    world.did[5] |= {"request_date": None, "test_date": None}
    changes = {**ALONE, "fields": {"did": {"days_request_to_test": "days"}}}
    folder, result = written(tmp_path, world.bind(tmp_path / "data"), **changes)
    days = {row["record_id"]: row["days_request_to_test"] for row in decoded(folder / "did.parquet", "did")}
    assert days == {place: None if place in (1, 3, 5) else 8 for place in range(8)}
    assert result.tables["did"].filled["days_request_to_test"] == 5
