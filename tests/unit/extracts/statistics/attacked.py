"""A small England counted in plain Python, and questions about it: for attacking the cube. Everybody is made up."""

import random
from collections import defaultdict
from dataclasses import dataclass

from extracts.catalogue.public import CountQuestion
from extracts.statistics.cube import AGES, MOST_TESTS, SOURCES, Coordinates, Counts, Cube, Draw, protect, small

MONTHS = ("2026-04", "2026-05")
REGIONS = ("", "E12999991", "E12999992", "E12999993")
MODALITIES = {"X": 60, "U": 25, "C": 10, "P": 1}
FIELDS = {
    "modality": tuple(MODALITIES),
    "ic_region": REGIONS[1:],
    "age": tuple(band for bands in AGES.values() for band in bands),
    "did_patsource_code": tuple(code for codes in SOURCES.values() for code in codes),
}


@dataclass(frozen=True)
class Test:
    """One imaging test of a person."""

    person: int
    month: str
    cell: Coordinates


def england(people: int = 700, seed: int = 1) -> list[Test]:
    """Tests of people who each live somewhere, are of some age, and have one to five tests."""
    chance = random.Random(seed)
    tests = []
    for person in range(people):
        region = chance.choices(REGIONS, (1, 40, 25, 3))[0]
        age = chance.choices(tuple(AGES), (10, 20, 25, 30, 10, 1))[0]
        for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 5))):
            modality = chance.choices(tuple(MODALITIES), tuple(MODALITIES.values()))[0]
            source = chance.choices(tuple(SOURCES), (25, 20, 55))[0]
            tests.append(Test(person, chance.choice(MONTHS), (modality, region, age, source)))
    return tests


def truth(tests: list[Test], month: str) -> dict[Coordinates, Counts]:
    """People and tests, capped for each person, of each cell."""
    each: dict[Coordinates, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for test in tests:
        if test.month == month:
            each[test.cell][test.person] += 1
    return {
        cell: (len(people), sum(min(number, MOST_TESTS) for number in people.values())) for cell, people in each.items()
    }


def pools(tests: list[Test], month: str) -> dict[str, Counts]:
    """People and tests in all the small cells of each modality."""
    counts = truth(tests, month)
    few = small(counts)
    people: dict[str, set[int]] = defaultdict(set)
    for test in tests:
        if test.month == month and test.cell in few:
            people[test.cell[0]].add(test.person)
    return {
        modality: (len(found), sum(counts[cell][1] for cell in few if cell[0] == modality))
        for modality, found in people.items()
    }


def cube(tests: list[Test], draw: Draw) -> Cube:
    months = {month: protect(truth(tests, month), pools(tests, month), draw) for month in MONTHS}
    return Cube(months, REGIONS)


def question(chance: random.Random) -> CountQuestion:
    """Some months, and any values of any of the fields."""
    first, last = sorted(chance.choices(MONTHS, k=2))
    chosen = [name for name in FIELDS if chance.random() < 0.6]
    conditions = tuple((name, tuple(chance.sample(FIELDS[name], chance.randint(1, 3)))) for name in chosen)
    return CountQuestion(first, last, conditions)


def narrower(asked: CountQuestion, chance: random.Random) -> CountQuestion:
    """The question with one value fewer, or one condition more: the classic way to difference."""
    conditions = dict(asked.conditions)
    able = [name for name, values in conditions.items() if len(values) > 1]
    if able and chance.random() < 0.7:
        name = chance.choice(able)
        conditions[name] = conditions[name][:-1]
    else:
        name = chance.choice(tuple(FIELDS))
        values = conditions.get(name, FIELDS[name])
        conditions[name] = tuple(values)[: max(1, len(values) - 1)]
    return CountQuestion(asked.period_from, asked.period_to, tuple(sorted(conditions.items())))
