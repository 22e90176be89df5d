"""Who a row is about: the map as arrays gives the same answers however the vault's numbers lie, and refuses doubles."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pyarrow.parquet as pq
import pytest

from extracts.engine import people
from extracts.engine.errors import EngineError
from extracts.engine.scanning import IN_ORDER, row_groups
from extracts.engine.sql import OPTED_OUT, PERSON_MAP

from .world import save

FAR = 10**15


@pytest.fixture(params=["the whole map", "a few of its tuples", "a few, by their places"])
def load(request):
    """All ways to read the map, of which no answer may depend."""
    return partial(_load, few="few" in request.param, in_order="places" in request.param)


def _load(folder, entries, gone=(), datasets=None, *, few, in_order):
    """entries: (dataset, tuple_id, person_id, match_rank)."""
    if in_order:
        entries = sorted(entries, key=lambda entry: entry[:2])
    rows = [dict(zip((name for name, _ in PERSON_MAP), entry, strict=True)) for entry in entries]
    person_map = save(folder / "person_map.parquet", PERSON_MAP, rows)
    if in_order:
        table = pq.read_table(person_map).replace_schema_metadata({IN_ORDER: b"tuple_id"})
        pq.write_table(table, person_map, row_group_size=3)  # of which several are read at once
    opted_out = save(folder / "opted_out.parquet", OPTED_OUT, [{"person_id": person} for person in gone])
    datasets = datasets or {"did": None}
    tuples = np.unique([entry[1] for entry in entries] + [-11, 3 * FAR]).astype("int64")
    with ThreadPoolExecutor(2) as pool:
        wanted = dict.fromkeys(datasets, tuples) if few else None
        groups, gone = row_groups([str(person_map)], PERSON_MAP), people.opted_out(str(opted_out))
        return people.load(groups, gone, datasets, pool, wanted)


def found(known, dataset, tuples):
    places, ranks = known.maps[dataset].find(np.array(tuples, dtype="int64"))
    numbers = [int(known.number(places[[at]])[0]) if place else None for at, place in enumerate(places)]
    return numbers, None if ranks is None else ranks.tolist()


@pytest.mark.parametrize("tuples", [1, FAR, -FAR], ids=["close tuples", "far tuples", "tuples below nought"])
@pytest.mark.parametrize("persons", [1, FAR, -FAR], ids=["close people", "far people", "people below nought"])
def test_numbers_may_lie_anywhere(load, tmp_path, tuples, persons):
    entries = [("did", place * tuples, (place // 2) * persons, None) for place in range(1, 9)]
    known = load(tmp_path, entries, gone=[persons, 77 * persons, 9 * persons + 1])
    asked = [8 * tuples, 1 * tuples, 5 * tuples, 9 * tuples, -7]
    assert found(known, "did", asked)[0] == [4 * persons, 0, 2 * persons, None, None]
    places, _ = known.maps["did"].find(np.array([place * tuples for place in range(1, 9)]))
    assert known.released([]).take(places).tolist() == [True, False, False, True, True, True, True, True]
    assert not known.released([])[people.NOBODY]


@pytest.mark.parametrize("far", [1, FAR])
def test_only_links_strict_enough_of_the_dataset_count(load, tmp_path, far):
    entries = [("did", far, 1, None), ("cancer", far, 2, 5), ("cancer", 2 * far, 3, 6), ("cancer", 3 * far, 4, None)]
    known = load(tmp_path, entries, datasets={"did": None, "cancer": 5})
    numbers, ranks = found(known, "cancer", [far, 2 * far, 3 * far])
    assert (numbers, ranks[0]) == ([2, None, None], 5)
    assert found(known, "did", [far, 2 * far]) == ([1, None], None)


@pytest.mark.parametrize("far", [1, FAR])
def test_a_tuple_that_stands_twice_is_refused(load, tmp_path, far):
    with pytest.raises(EngineError, match="1 tuples stand twice"):
        load(tmp_path, [("did", far, 1, None), ("did", 2 * far, 1, None), ("did", far, 2, None)])


def test_an_entry_without_a_person_is_nobody(load, tmp_path):
    known = load(tmp_path, [("did", 1, 1, None), ("did", 2, None, None)])
    assert found(known, "did", [1, 2])[0] == [1, None]


def test_a_map_without_entries(load, tmp_path):
    known = load(tmp_path, [], gone=[4])
    assert found(known, "did", [1])[0] == [None]
    assert known.released([]).tolist() == [False]


def test_a_row_group_that_counts_up_is_looked_up_by_place(load, tmp_path):
    entries = [("did", number, 1000 - number, None) for number in range(5, 105)]
    known = load(tmp_path, entries, gone=[1000 - 7])
    assert found(known, "did", [5, 104, 50, 105, 4])[0] == [995, 896, 950, None, None]
    assert known.released([]).take(known.maps["did"].find(np.array([6, 7]))[0]).tolist() == [True, False]
