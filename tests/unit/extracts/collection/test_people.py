"""The map of people: whole for each version, people keep their numbers, and it holds no identifier."""

import datetime as dt

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from extracts.collection import people, vault
from extracts.engine import link


@pytest.fixture
def store(vault_root, arrow):
    """Puts tuples into the vault; returns the tuple files."""

    def put(*rows):
        with vault.session([]) as held:
            held.assign(arrow(*rows))
            return held.publish()

    return put


@pytest.fixture
def using(tmp_path):
    """A Delta table's file in which the given tuples occur."""

    def make(*tuple_ids):
        file = tmp_path / f"part-{len(list(tmp_path.glob('part-*')))}.parquet"
        pq.write_table(pa.table({"record_key": list(range(len(tuple_ids))), "tuple_id": list(tuple_ids)}), file)
        return [file]

    return make


def read(name):
    return [tuple(row.values()) for row in pq.read_table(vault.path(name)).to_pylist()]


def test_each_tuple_in_use_has_its_person(store, using, ann, ben, nobody):
    moved = (*ann[:3], "QC3 3CC")
    files = store(ann, ben, moved, nobody, (None, *ann[1:]))
    name = people.resolve(
        None, files, {"did": using(1, 1, 3, 4), "hes_apc": using(3, 2, 4), "cancer": using(5, 1), "other": []}
    )
    assert name == "person_map/v000001.parquet"
    assert read(name) == [
        ("cancer", 1, 1, 1),
        ("cancer", 5, 1, 6),
        ("did", 1, 1, None),
        ("did", 3, 1, None),
        ("did", 4, 2, None),
        ("hes_apc", 3, 1, 1),
    ]
    schema = pq.read_schema(vault.path(name))
    assert [(field.name, str(field.type)) for field in schema] == [
        ("dataset", "string"),
        ("tuple_id", "int64"),
        ("person_id", "int64"),
        ("match_rank", "int8"),
    ]
    assert vault.path(name).stat().st_mode & 0o777 == 0o600


def test_the_same_data_give_the_same_map(store, using, ann, ben):
    files, did = store(ann, ben), using(2, 1)
    first = people.resolve("", files, {"did": did})
    again = people.resolve(first, files, {"did": did})
    assert again == "person_map/v000002.parquet"
    assert vault.path(again).read_bytes() == vault.path(first).read_bytes()


def test_numbers_outlive_the_people_who_had_them(store, using, ann, ben):
    files = store(ann, ben, ("9990000034", None, "2", None))
    first = people.resolve(None, files, {"did": using(1, 2)})
    ben_left = people.resolve(first, files, {"did": using(1)})
    somebody_new = people.resolve(ben_left, files, {"did": using(1, 3)})
    assert read(somebody_new) == [("did", 1, 1, None), ("did", 3, 3, None), ("past", 2, 2, None)]
    ben_is_back = people.resolve(somebody_new, files, {"did": using(1, 2, 3)})
    assert read(ben_is_back) == [("did", 1, 1, None), ("did", 2, 2, None), ("did", 3, 3, None)]
    assert read(first) == [("did", 1, 1, None), ("did", 2, 2, None)], "what was said of a version stays"


def test_who_was_split_while_away_does_not_come_back_as_before(store, using, ann):
    stranger = (ann[0], dt.date(1990, 9, 9), "1", "QC3 3CC")
    files = store((*ann[:3], None), ann, stranger, (ann[0], None, "2", "QE5 5EE"))
    one = people.resolve(None, files, {"did": using(1, 3, 4)})
    assert {row[2] for row in read(one)} == {1}
    two = people.resolve(one, files, {"did": using(1, 2, 3)})
    assert read(two) == [("did", 1, 2, None), ("did", 2, 2, None), ("did", 3, 3, None)], "and nothing is left of 4"
    back = people.resolve(two, files, {"did": using(1, 2, 3, 4)})
    assert [row[2] for row in read(back)] == [2, 2, 3, 2]


def test_the_vault_s_people_are_only_those_it_has_tuples_of(store, using, ann, ben):
    files = store(ann, ben)
    first = people.resolve(None, files, {"did": using(1, 2)})
    with vault.connection() as con:
        erased = vault.write(con, f"SELECT * FROM '{vault.path(files[0])}' WHERE tuple_id = 1", "tuples/erased.parquet")
    assert read(people.resolve(first, [erased], {"did": using(1)})) == [("did", 1, 1, None)]


def test_an_institution_recognised_late_corrects_itself(store, using, ann):
    crowd = [("9990000034", dt.date(1950, 1, 1) + dt.timedelta(days=n), "1", ann[3]) for n in range(3)]
    numbers = [f"{number}" for number in range(9990000042, 9990020000) if number % 11 == 9990000042 % 11]
    crowd = [(number, *row[1:]) for number, row in zip(numbers, crowd * link.INSTITUTION_PEOPLE, strict=False)]
    files = store(ann, (None, *ann[1:]), *crowd[: link.INSTITUTION_PEOPLE])
    first = people.resolve(None, files, {"did": using(1, 2)})
    assert [row[2] for row in read(first)] == [1, 1]
    later = people.resolve(first, files, {"did": using(*range(1, link.INSTITUTION_PEOPLE + 3))})
    known = dict(row[1:3] for row in read(later))
    assert len({known[1], known[2], 1}) == 3, "a split: neither part goes on under the number of both"
    assert len(set(known.values())) == link.INSTITUTION_PEOPLE + 2


def test_no_data_at_all(vault_root):
    assert read(people.resolve(None, [], {})) == []
