"""The vault: a tuple gets one number for ever, files are private and whole or absent."""

import datetime as dt
import os
import shutil
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extracts.collection import vault

TUPLES = st.tuples(
    st.sampled_from([None, "9990000018", "9990000026"]),
    st.sampled_from([None, dt.date(1961, 4, 23), dt.date(1961, 1, 1)]),
    st.sampled_from(["1", "2", "9", None]),
    st.sampled_from([None, "QA1 2BC", "ZZ99 3WZ"]),
)


def names_nobody(row: tuple) -> bool:
    """Without a number, one needs birth date (not 1 January), sex and real postcode to be told from others."""
    number, birth, sex, postcode = row
    told = birth not in (None, dt.date(1961, 1, 1)) and sex in ("1", "2") and postcode == "QA1 2BC"
    return number is None and not told


def collect(base, *tables):
    with vault.session(base) as held:
        ids = [held.assign(table).tolist() for table in tables]
        return ids, held.publish()


def age(path: Path):
    old = path.stat().st_mtime - vault.SWEEP_AFTER - 1
    os.utime(path, (old, old))


def test_equal_tuples_share_a_number_and_keep_it(vault_root, arrow, ann, ben, nobody):
    ids, files = collect([], arrow(ann, ben, ann), arrow(ben, ben))
    assert ids == [[1, 2, 1], [2, 2]]
    again, later = collect(files, arrow(ben, ("9990000034", None, "2", None), ann))
    assert again == [[2, 3, 1]]
    assert later[: len(files)] == files and len(later) == 2


def test_those_of_whom_nothing_tells_who_they_are_are_not_one_person(vault_root, arrow, ann, nobody):
    born = (None, dt.date(1961, 4, 23), "2", None)
    ids, files = collect([], arrow(ann, born, nobody, born), arrow(nobody))
    assert ids == [[1, 2, 3, 4], [5]]
    assert collect(files, arrow(born, ann))[0] == [[6, 1]]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.lists(TUPLES, max_size=12), min_size=1, max_size=3), max_size=3))
def test_numbers_equal_a_dictionarys(vault_root, arrow, sessions):
    shutil.rmtree(vault_root, ignore_errors=True)
    known, base = {}, []
    for batches in sessions:
        expected = []
        for batch in batches:  # whoever is known by nothing is known to nobody the next time
            keys = [object() if names_nobody(row) else row for row in batch]
            expected.append([known.setdefault(key, len(known) + 1) for key in keys])
        ids, base = collect(base, *(arrow(*batch) for batch in batches))
        assert ids == expected


def test_nothing_new_makes_no_file(vault_root, arrow, ann):
    _, files = collect([], arrow(ann))
    assert collect(files, arrow(ann, ann)) == ([[1, 1]], files)
    assert collect([], arrow())[1] == []


def test_only_the_owner_may_read(vault_root, arrow, ann):
    _, files = collect([], arrow(ann))
    assert vault.path(files[0]).stat().st_mode & 0o777 == 0o600
    for folder in (vault_root, *(vault_root / name for name in vault.FOLDERS)):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_published_files_never_change(vault_root, arrow, ann, ben):
    _, files = collect([], arrow(ann))
    before = vault.path(files[0]).read_bytes()
    collect(files, arrow(ann, ben))
    assert vault.path(files[0]).read_bytes() == before


def test_what_was_not_published_never_was(vault_root, arrow, ann, ben):
    with vault.session([]) as held:
        held.assign(arrow(ann))
    assert list((vault_root / "tuples").iterdir()) == []
    assert collect([], arrow(ben))[0] == [[1]]


def test_a_crash_while_writing_leaves_nothing_by_name(vault_root, arrow, ann, monkeypatch):
    with monkeypatch.context() as broken, pytest.raises(OSError, match="disk"):
        broken.setattr(Path, "rename", lambda *_: (_ for _ in ()).throw(OSError("disk")))
        collect([], arrow(ann))
    assert list((vault_root / "tuples").glob("[!.]*")) == []
    (leaving,) = (vault_root / "tuples").iterdir()
    assert vault.sweep(set()) == 0, "young: its writer may still be there"
    age(leaving)
    assert vault.sweep(set()) == 1 and not leaving.exists()


def test_the_sweep_spares_what_is_named(vault_root, arrow, ann, ben):
    _, kept = collect([], arrow(ann))
    _, orphan = collect([], arrow(ben))
    for name in (*kept, *orphan):
        age(vault.path(name))
    assert vault.sweep(set(kept)) == 1
    assert vault.path(kept[0]).exists() and not vault.path(orphan[0]).exists()


def test_the_sweep_takes_the_spill_of_the_dead_only(vault_root):
    dead = vault.root() / ".spill-dead"
    dead.mkdir()
    age(dead)
    with vault.connection():
        (alive,) = (path for path in vault_root.glob(".spill-*") if path != dead)
        assert alive.stat().st_mode & 0o777 == 0o700
        age(alive)
        assert vault.sweep(set()) == 1
        assert alive.exists() and not dead.exists()
    assert not alive.exists()


def test_many_small_files_become_one(vault_root, arrow, ann, ben, monkeypatch):
    monkeypatch.setattr(vault, "MOST_FILES", 1)
    _, one = collect([], arrow(ann))
    _, two = collect(one, arrow(ben))
    ids, three = collect(two, arrow(("9990000034", None, "2", None), ann, ben))
    assert ids == [[3, 1, 2]] and len(two) == 2 and len(three) == 1
    assert collect(three, arrow(ben, ann))[0] == [[2, 1]]


def test_one_session_at_a_time(vault_root, arrow, ann, ben):
    entered = threading.Event()

    def other():
        with vault.session([]):
            entered.set()

    with vault.session([]):
        thread = threading.Thread(target=other)
        thread.start()
        assert not entered.wait(0.3)
    assert entered.wait(10)
    thread.join()


@pytest.mark.parametrize(
    "name", ["../secrets/django", "tuples/../../x.parquet", "/etc/passwd", "tuples/.a.parquet", ""]
)
def test_names_lead_nowhere_else(vault_root, name):
    with pytest.raises(ValueError, match="vault file"):
        vault.path(name)


def test_only_stated_purposes_open_it():
    with pytest.raises(ValueError, match="may be opened for"):
        vault.opened(what="identity", purpose="curiosity", by=None, subject="dataversion:1")
