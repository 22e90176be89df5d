"""What a request reveals: equal to plain Python over random tables, and by hand where a rule has to be seen."""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from extracts.engine import alike, equal
from extracts.engine.plan import compile_plan
from extracts.engine.runner import DuckDBRunner

from . import risk_reference
from .specs import lung_cancer, specs
from .world import LSOAS, World, a_world, worlds


def assessed(spec, world, threads=1):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        return DuckDBRunner(threads, "500MB", root).assess(compile_plan(spec), world.bind(root / "data"))


@settings(max_examples=25)
@given(worlds(), specs(formats=(["parquet"],)))
def test_risk_is_what_plain_python_says(world, spec):
    risk, rows = assessed(spec, world), risk_reference.raw_rows(spec, world)
    asked = risk_reference.chosen(spec)
    assert risk.fields == tuple(asked)
    counted = risk_reference.sizes(risk_reference.classes(world, rows, asked, asked))
    assert astuple(risk.classes) == risk_reference.summary(counted, spec.k)
    coarser = {(one.field, one.instead, one.form): (one.alone, one.below) for one in risk.coarser}
    assert coarser == risk_reference.coarser(spec, world, rows)
    for one in risk.combinations:
        assert (one.alone, one.below) == risk_reference.by_no_more_than(spec, world, rows, one.fields)
    assert {one.fields[0] for one in risk.combinations if len(one.fields) == 1} == (
        set(asked) if len(asked) > 1 else set()
    )
    assert max((len(one.fields) for one in risk.combinations), default=0) == (len(asked) - 1 if len(asked) > 1 else 0)
    diverse = {one.field: (one.least, one.given_away) for one in risk.diversity}
    assert diverse == risk_reference.diversity(spec, world, rows)
    events = {one.dataset: (one.unique_rows, one.matchable_rows, one.matchable_people) for one in risk.events}
    assert events == risk_reference.events(spec, world, rows)


def people(*records: tuple[int, dict]) -> World:
    """A world of imaging records alone: (person, what differs from the record by hand)."""
    plain = a_world().did[0]
    world = World()
    for key, (person, differs) in enumerate(records, 1):
        world.did.append({**plain, "record_key": key, "tuple_id": key, "period": "2026-04", **differs})
        world.person_map["did", key] = (person, None)
    return world


def request(**fields):
    asked = {"did": fields or {"age": "band_5", "did_gender_code": "code"}}
    reasons = {f"did.{name}": "needed" for name in asked["did"]}
    return lung_cancer(datasets=["did"], linkage=[], cohort=[], filters=[], fields=asked, field_reasons=reasons, k=2)


def test_ages_along_a_sequence_tell_a_birthday_and_so_a_person():
    """Each age alone is shared; having been 64 and then 65 is not. In one ten-year band nothing is told."""
    ages = [(1, 64), (1, 65), (2, 64), (3, 65), (4, 64), (5, 65)]
    world = people(*((person, {"age_years": age}) for person, age in ages))
    risk = assessed(request(age="years"), world)
    assert (risk.classes.alone, risk.classes.below, risk.classes.smallest) == (1, 1, 1)
    assert {(one.form, one.alone) for one in risk.coarser} == {("band_5", 1), ("band_10", 0), ("", 0)}


def test_a_wider_area_stands_in_for_a_place():
    world = people(*((person, {"lsoa": LSOAS[person % 2]}) for person in range(1, 4)))
    risk = assessed(request(ic_lsoa="code"), world)
    assert risk.classes.alone == 1
    assert ("did.ic_msoa", 0) in {(one.instead, one.alone) for one in risk.coarser}


def test_a_direct_identifier_is_named_and_no_part_of_the_classes():
    spec = lung_cancer(
        datasets=["did"], linkage=[], cohort=[], filters=[], identifiability="identifiable", k=2,
        fields={"did": {"birth_date": "year", "age": "band_10"}},
        field_reasons={"did.birth_date": "needed"},
    )  # fmt: skip
    risk = assessed(spec, people((1, {}), (2, {})))
    assert risk.identified == ("did.birth_date",) and risk.fields == ("did.age",)
    assert risk.classes.alone == 0


@pytest.mark.parametrize(("threads", "many"), [(1, 100), (2, 100), (2, 0), (2, 1 << 40)])
def test_many_people_are_counted_as_few_are(threads, many, monkeypatch):
    """Wide marks over several parts and threads, against counting by tuple; whether equal ones of a share are brought
    together first (many: how many of a sample are enough for that) is a matter of speed alone."""
    monkeypatch.setattr(equal, "EQUAL", many)
    rng = np.random.default_rng(7)
    person = np.sort(rng.integers(0, 60_000, 150_000)).astype("int32")
    mark = (rng.integers(0, 40, 150_000) << 25 | rng.integers(0, 30, 150_000)).astype("u8")
    cuts = np.searchsorted(person, np.arange(0, 60_001, 6_000))
    shares = [(lambda s=slice(*ends): (person[s], mark[s])) for ends in pairwise(cuts)]
    told = [[alike.Said(0, 25), alike.Said(25, 6)]]
    with ThreadPoolExecutor(threads) as pool:
        found = alike.sequences(31, 0, shares, pool)
        counts, alone = alike.counted(found, told, 5, pool)
        class_of, sizes, fewer = alike.grouped(found, told, 60_000, pool)
        whole = alike.classes([sizes], 5, pool)
        assert alike.counted(found, told, 5, pool, alone)[0] == counts, "who is known to be alone is counted as well"
        for some in ([told[0][:1]], [[told[0][1].saying(np.arange(64) // 8)]], [[]]):
            assert alike.counted(fewer, some, 5, pool)[0] == alike.counted(found, some, 5, pool)[0]
    sets: dict = {}
    for who, what in zip(person.tolist(), mark.tolist(), strict=True):
        sets.setdefault(who, set()).add(what)
    expected = risk_reference.sizes(sets)
    assert astuple(counts) == astuple(whole) == risk_reference.summary(expected, 5)
    assert all(sizes[class_of[who]] == expected[frozenset(what)] for who, what in sets.items())
    assert (class_of >= 0).sum() == len(sets)


def test_fields_too_many_for_a_number_are_refused_and_not_counted_wrongly():
    with pytest.raises(alike.EngineError, match="too many"):
        alike.sequences(63, 0, [lambda: (np.arange(9), np.zeros(9, dtype="u8"))], _Here())


class _Here:
    def map(self, task, items):
        return map(task, items)
