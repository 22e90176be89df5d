"""An agreement's later files say whose the pseudonyms of earlier ones are now, and tell of nobody who opted out."""

import csv
import gzip
import io
import tempfile
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extracts.engine.checks import verify
from extracts.engine.keys import AgreementKey
from extracts.engine.plan import compile_plan
from extracts.engine.runner import DuckDBRunner, WriteResult

from .reference import expected
from .specs import lung_cancer
from .test_link import reference_numbers
from .world import a_world, random_world

KEY = AgreementKey(bytes(range(32)))


def rows(folder: Path) -> list[tuple[int, int, str]]:
    """The table of changes, as the numbers that its pseudonyms stand for."""
    table = pq.read_table(folder / "pseudonym_changes.parquet")
    before, after = (
        KEY.person_ids(table[name].combine_chunks()).tolist() for name in ("person_before", "person_after")
    )
    return sorted(zip(before, after, table["change"].to_pylist(), strict=True))


def people_of(world, partition: list[set[int]], anchors: dict, last: dict, used: int):
    """Maps DID tuples as the partition has them, and linked tuples with the DID tuple they point to."""
    numbers, last, used = reference_numbers(partition, last, used)
    world.person_map = {("did", key): (number, None) for key, number in numbers.items()}
    world.person_map |= {key: (numbers[anchor], rank) for key, (anchor, rank) in anchors.items() if anchor in numbers}
    return last, used


@st.composite
def histories(draw):
    """Versions of one world: who is one person, and who has opted out, as months pass."""
    world = random_world(draw(st.integers(0, 2**16)))
    tuples = st.integers(1, 10)
    anchors = {
        (name, key): (draw(tuples), draw(st.integers(1, 8))) for name in ("hes_apc", "cancer") for key in range(1, 11)
    }
    versions, last, used, gone = [], {}, 0, set()
    for _ in range(3):
        group = draw(st.lists(st.integers(0, 4), min_size=10, max_size=10))  # of each tuple; 0: it isn't there
        people = defaultdict(set)
        for key, number in enumerate(group, start=1):
            if number:
                people[number].add(key)
        version = replace(world, person_map={})
        last, used = people_of(version, list(people.values()), anchors, last, used)
        gone |= draw(st.sets(tuples, max_size=2))  # tuples whose persons opt out
        version.opted_out = {person for (name, key), (person, _) in version.person_map.items() if key in gone}
        versions.append(version)
    return versions


@settings(max_examples=8)
@given(versions=histories(), filtered=st.booleans())
def test_a_recipient_who_applies_it_joins_the_files_of_all_periods(versions, filtered):
    spec = lung_cancer(
        cohort=[],
        filters=[{"dataset": "did", "field": "modality", "values": ["X"]}] if filtered else [],
        formats=["parquet"],
        max_match_rank=5,
    )
    plan = compile_plan(spec)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        runner, earlier, released = DuckDBRunner(1, "500MB", folder), [], []
        for place, version in enumerate(versions):
            files = folder / f"out{place}"
            files.mkdir()
            bindings = replace(version.bind(folder / f"data{place}"), given=tuple(map(str, earlier)))
            runner.write_changes(plan, bindings, KEY, files, WriteResult((), {}))
            earlier.append(folder / f"given{place}.parquet")
            runner.write_given(plan, bindings, earlier[-1])
            released.append(expected(spec, version))
        told = rows(files)

    now, gone = versions[-1].person_map, versions[-1].opted_out
    tuple_of = {
        (name, row["record_key"]): row["tuple_id"] for name in released[0] for row in getattr(versions[0], name)
    }

    def is_now(name, row):
        person, rank = now.get((name, tuple_of[name, row["record_id"]]), (None, 0))
        return person if (rank or 0) <= 5 else None

    became = defaultdict(set)
    for tables in released[:-1]:
        for name, found in tables.items():
            for row in found:
                became[row["person_id"]].add(is_now(name, row))
    numbers = {person for (name, _), (person, _) in now.items() if name == "did"}
    due = {
        (before, after, "split" if len(after_all - {None}) > 1 else "replaced")
        for before, after_all in became.items()
        for after in after_all - {None}
        if before not in numbers and not gone & after_all
    }
    assert set(told) == due and len(told) == len(due)

    # What a recipient does, with nothing but the files: the newest file's word, else what replaced the pseudonym.
    replaced = {before: after for before, after, change in told if change == "replaced"}
    split = {before for before, _, change in told if change == "split"}
    newest = {(name, row["record_id"]): row["person_id"] for name, found in released[-1].items() for row in found}
    for tables in released[:-1]:
        for name, found in tables.items():
            for row in found:
                before, true = row["person_id"], is_now(name, row)
                read = newest.get((name, row["record_id"]), None if before in split else replaced.get(before, before))
                if name == "did" and true is not None and not gone & became[before]:
                    assert read in (true, None) and (read is not None or before in split)


def two_releases(runner, tmp_path, out, opted_out=()):
    """Person 1 of the world by hand was given as 1 and 4, and 3 as 2 and 3 together; `out` has the second release."""
    world, plan = a_world(), compile_plan(lung_cancer(cohort=[], filters=[], formats=["csv.gz", "parquet"]))
    world.did[2]["period"] = "2026-05"
    world.person_map |= {("did", 10): (1, None), ("did", 11): (4, None), ("did", 20): (3, None)}
    runner.write_given(plan, world.bind(tmp_path / "first"), tmp_path / "given.parquet")
    world.person_map |= {("did", 11): (1, None), ("did", 20): (5, None), ("did", 30): (6, None)}
    world.person_map |= {("cancer", 200): (5, 6), ("hes_apc", 3000): (6, 1)}
    world.opted_out = set(opted_out)
    bindings = replace(world.bind(tmp_path / "second"), given=(str(tmp_path / "given.parquet"),))
    written = runner.write_changes(plan, bindings, KEY, out, runner.write(plan, bindings, KEY, out))
    return plan, bindings, written


def failed(runner, release, out):
    plan, bindings, written = release
    return {check.name for check in verify(plan, bindings, KEY, out, written, runner) if not check.passed}


def test_merged_and_split_in_every_format(runner, tmp_path, out):
    release = two_releases(runner, tmp_path, out)
    assert rows(out) == [(3, 5, "split"), (3, 6, "split"), (4, 1, "replaced")]
    assert (release[2].changes.replaced, release[2].changes.split, release[2].changes.rows) == (1, 1, 3)
    assert failed(runner, release, out) == set()
    text = gzip.decompress((out / "pseudonym_changes.csv.gz").read_bytes()).decode()
    assert (
        list(csv.DictReader(io.StringIO(text, newline="")))
        == pq.read_table(out / "pseudonym_changes.parquet").to_pylist()
    )
    assert text == "".join(sorted(text.splitlines(keepends=True), key=lambda line: (line[0] == "P", line)))


@pytest.mark.parametrize(("gone", "told"), [(5, [(4, 1, "replaced")]), (1, [(3, 5, "split"), (3, 6, "split")])])
def test_nothing_tells_of_somebody_who_opted_out(runner, tmp_path, out, gone, told):
    release = two_releases(runner, tmp_path, out, opted_out={gone})
    assert rows(out) == told, "what is left of a split would tell that there was more"
    assert failed(runner, release, out) == set()


def test_the_first_release_has_none(runner, tmp_path, out):
    plan, bindings, written = two_releases(runner, tmp_path, out)
    first = replace(bindings, given=())
    assert runner.write_changes(plan, first, KEY, out, written) is written
    assert failed(runner, (plan, first, written), out) == {"pseudonym changes"}, "and none may be there"


def test_what_was_given_is_kept_once(runner, tmp_path, out):
    plan, bindings, _ = two_releases(runner, tmp_path, out)
    assert runner.write_given(plan, bindings, tmp_path / "more.parquet") == 5
    again = replace(bindings, given=(*bindings.given, str(tmp_path / "more.parquet")))
    assert runner.write_given(plan, again, tmp_path / "none.parquet") == 0


@pytest.mark.parametrize(
    "spoil",
    [
        lambda table: table.slice(1),
        lambda table: pa.concat_tables([table, table.slice(0, 1)]),
        lambda table: table.set_column(2, "change", pa.array(["split"] * len(table))),
        lambda table: table.set_column(1, "person_after", table["person_before"]),
        lambda table: table.append_column("why", pa.array(["x"] * len(table))),
        lambda table: table.set_column(1, "person_after", KEY.person_codes(pa.array([2] * len(table)))),
    ],
)
def test_a_table_that_is_wrong_is_found(runner, tmp_path, out, spoil):
    plan, bindings, written = two_releases(runner, tmp_path, out)
    path = out / "pseudonym_changes.parquet"
    pq.write_table(spoil(pq.read_table(path)), path)
    parquet = replace(next(file for file in written.changes.files if file.format == "parquet"))
    parquet = replace(parquet, rows=pq.read_metadata(path).num_rows)
    written = replace(written, changes=replace(written.changes, files=(parquet,)))
    assert "pseudonym changes" in failed(runner, (plan, bindings, written), out)
