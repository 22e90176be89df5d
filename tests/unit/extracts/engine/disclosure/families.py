"""Made families of tables: areas in areas, up to three dimensions, sparse to full, one to three linked tables."""

import random
from itertools import product

from extracts.engine.disclosure import Cell, Dimension, Family, Measure, tabulate

LAYOUTS = (
    [("area", "modality")],
    [("area", "modality", "age")],
    [("area", "modality"), ("age", "area")],
    [("area", "modality"), ("age", "area"), ("age", "modality")],
)
PEOPLE = Measure("people", additive=False, within="tests")


APRIL, MAY = {"month": frozenset({"2026-04"})}, {"month": frozenset({"2026-05"})}


def a_family(seed: int, *, boards: int = 4, people: bool | None = None) -> Family:
    """A family of April by its seed alone; with people beside the tests in one of four, or as asked."""
    pick = random.Random(seed)
    areas = {f"I{i}": [f"D{i}{j}" for j in range(pick.randint(1, 4))] for i in range(pick.randint(1, boards))}
    dimensions = (
        Dimension.nested("area", areas, subnational=True),
        Dimension.flat("modality", [f"M{i}" for i in range(pick.randint(1, 6))]),
        Dimension.flat("age", [f"A{i}" for i in range(pick.randint(1, 5))]),
    )
    mean, empty, layouts = pick.choice((0.3, 1, 3, 10, 40)), pick.choice((0, 0.2, 0.6)), pick.choice(LAYOUTS)
    counted, whose = {}, {}
    for area in sorted(dimensions[0].base):
        for modality in sorted(dimensions[1].base):
            for age in sorted(dimensions[2].base):
                tests = 0 if pick.random() < empty else int(pick.expovariate(1 / mean))
                counted[area, modality, age] = tests
                # Whoever is tested with one modality may be tested with another.
                whose[area, modality, age] = {(area, age, pick.randint(1, max(1, tests))) for _ in range(tests)}
    counts = tabulate(dimensions, counted, layouts)
    if people if people is not None else pick.random() < 0.25:
        return Family(dimensions, counts | _people(dimensions, counts, whose), (Measure(), PEOPLE), APRIL)
    return Family(dimensions, counts, scope=APRIL)


def a_month_later(family: Family, seed: int) -> Family:
    """The same tables of April and May together, of tests alone."""
    pick = random.Random(f"later {seed}")
    base = {
        key: int(pick.expovariate(1 / pick.choice((0.3, 1, 3))))
        for key in product(*(sorted(dimension.base) for dimension in family.dimensions))
    }
    layouts = {tuple(name for name, _ in cell.where) for cell in family.counts}
    more = tabulate(family.dimensions, base, sorted(layouts))
    counts = {cell: count + more[cell] for cell, count in family.counts.items() if cell.measure == "tests"}
    return Family(family.dimensions, counts, scope={"month": APRIL["month"] | MAY["month"]})


def _people(dimensions: tuple[Dimension, ...], counts: dict[Cell, int], whose: dict) -> dict[Cell, int]:
    found = {}
    for cell in counts:
        asked = dict(cell.where)
        held = [dimension.categories.get(asked.get(dimension.name), dimension.base) for dimension in dimensions]
        every = [people for key, people in whose.items() if all(one in of for one, of in zip(key, held, strict=True))]
        found[Cell("people", cell.where)] = len(set().union(*every))
    return found
