"""The cube of counts: its cells, how each is protected, how questions are answered from protected cells alone. Pure.

One disjoint partition: month x modality x region x age group x source group, and no margins. A cell of fewer than
`LEAST_PEOPLE` is not kept; such cells of one month and modality are pooled, and the pool is kept if it has that many.
Every answer is a function of the cells and pools that are kept, so that no two answers tell more than they do; why that
is safe is argued in docs/adr/0009-counts-for-applicants.md.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from extracts.catalogue.public import DATASETS, Counted, CountQuestion

# HES analysis rules suppress 1 to 7 people and round the others to 5; both are stricter here, since nobody has approved
# the person who asks.
LEAST_PEOPLE = 10
ROUND_TO = 10
# How far a count is moved before it is rounded; of tests by as many as one person may have in a cell.
MOVE_PEOPLE = 5
MOST_TESTS = 20
# Below this an answer only says "fewer than".
LEAST_SHOWN = 100

Coordinates = tuple[str, str, str, str]  # modality, region, age group, source group
Counts = tuple[int, int]  # people, tests
Draw = Callable[[int, int], int]  # draw(-5, 5): a whole number from -5 to 5

AGES = {
    "0-19": ("0-9", "10-19"),
    "20-39": ("20-29", "30-39"),
    "40-59": ("40-49", "50-59"),
    "60-79": ("60-69", "70-79"),
    "80+": ("80-89", "90+"),
    "": (),
}
SOURCES = {"gp": ("04",), "ae": ("05",), "other": ("01", "02", "03", "06", "07")}
_SOURCE_WORDS = {"gp": "GP direct access", "ae": "accident and emergency", "other": "hospitals and other sources"}
MODALITIES = (*(code for code, _ in DATASETS["did"].field("modality").codes), "")
# The fields whose conditions are counted, with the place of their dimension in the coordinates.
COUNTED_FIELDS = {"modality": 0, "ic_region": 1, "age": 2, "did_patsource_code": 3}
DIMENSIONS = ("modality", "region", "age", "source")


@dataclass(frozen=True)
class Month:
    """The protected counts of one month: of single cells, and of the pool of all other cells of a modality."""

    cells: Mapping[Coordinates, Counts]
    pools: Mapping[str, Counts]


@dataclass(frozen=True)
class Cube:
    """Everything that answers come from. `regions` includes "", unknown. `factors`: see `_people`."""

    months: Mapping[str, Month]
    regions: tuple[str, ...]
    factors: Mapping[int, Mapping[str, int]] = field(default_factory=dict)

    @property
    def first(self) -> str:
        return min(self.months, default="")

    @property
    def last(self) -> str:
        return max(self.months, default="")


def small(counts: Mapping[Coordinates, Counts]) -> set[Coordinates]:
    """The cells that may not stand alone."""
    return {cell for cell, (people, _) in counts.items() if people < LEAST_PEOPLE}


def protect(counts: Mapping[Coordinates, Counts], pools: Mapping[str, Counts], draw: Draw) -> Month:
    """The month as it may be kept. `counts`: the true ones; `pools`: the true ones of all `small` cells by modality."""
    alone = {cell: _moved(own, draw) for cell, own in sorted(counts.items()) if own[0] >= LEAST_PEOPLE}
    pooled = {modality: _moved(own, draw) for modality, own in sorted(pools.items()) if own[0] >= LEAST_PEOPLE}
    return Month(alone, pooled)


def _moved(counts: Counts, draw: Draw) -> Counts:
    people, tests = counts
    return _rounded(people + draw(-MOVE_PEOPLE, MOVE_PEOPLE)), _rounded(tests + draw(-MOST_TESTS, MOST_TESTS))


def _rounded(count: int) -> int:
    return max(ROUND_TO, (count + ROUND_TO // 2) // ROUND_TO * ROUND_TO)


@dataclass(frozen=True)
class Selection:
    """A question in terms of whole cells: months, and the values asked of each dimension."""

    months: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]  # of each dimension, in their order
    narrowed: tuple[str, ...] = ()  # the dimensions on which there are conditions
    wider: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def select(question: CountQuestion, cube: Cube) -> Selection:
    """Widens a question to whole cells, and says where it did."""
    values: list[tuple[str, ...]] = [MODALITIES, cube.regions, tuple(AGES), tuple(SOURCES)]
    narrowed, wider, left_out = [], [], list(question.uncounted)
    for name, asked in question.conditions:
        label = DATASETS["did"].field(name).label
        if name not in COUNTED_FIELDS:
            left_out.append(label)
            continue
        place = COUNTED_FIELDS[name]
        groups = {"age": AGES, "did_patsource_code": SOURCES}.get(name)
        if groups is None:
            values[place] = tuple(value for value in values[place] if value in asked)
        else:
            values[place] = tuple(group for group, members in groups.items() if set(members) & set(asked))
            if any(set(groups[group]) - set(asked) for group in values[place]):
                wider.append(f"{label}: counted for {' and '.join(_words(group) for group in values[place])}")
        narrowed.append(DIMENSIONS[place])
    months = tuple(month for month in sorted(cube.months) if question.period_from <= month <= question.period_to)
    return Selection(months, tuple(values), tuple(narrowed), tuple(wider), tuple(left_out))


def _words(group: str) -> str:
    return _SOURCE_WORDS.get(group, group.replace("-", " to "))


def estimate(cube: Cube, selection: Selection) -> Counts:
    """People and tests from the kept cells: those asked for, and of each pool the share of the cells asked for."""
    modalities, regions, ages, sources = map(set, selection.values)
    grid = len(cube.regions) * len(AGES) * len(SOURCES)
    asked = len(regions) * len(ages) * len(sources)
    people = tests = 0.0
    for month in selection.months:
        alone = dict.fromkeys(MODALITIES, 0)
        alone_asked = dict.fromkeys(MODALITIES, 0)
        for (modality, region, age, source), own in cube.months[month].cells.items():
            alone[modality] += 1
            if modality in modalities and region in regions and age in ages and source in sources:
                alone_asked[modality] += 1
                people, tests = people + own[0], tests + own[1]
        for modality in modalities & set(cube.months[month].pools):
            share = (asked - alone_asked[modality]) / max(1, grid - alone[modality])
            own = cube.months[month].pools[modality]
            people, tests = people + share * own[0], tests + share * own[1]
    return _people(cube, selection, people), round(tests)


def _people(cube: Cube, selection: Selection, people: float) -> int:
    """Whoever has tests in several cells counts in each: lessened by the national share of repeats.

    `factors`: number of months -> modality or "all" -> people per 100 counted once in each cell, of the whole country.
    """
    if not cube.factors or not selection.months:
        return round(people)
    length = max((size for size in cube.factors if size <= len(selection.months)), default=min(cube.factors))
    found = cube.factors[length]
    one = selection.values[0][0] if len(selection.values[0]) == 1 else "all"
    return round(people * found.get(one, found.get("all", 100)) / 100)


def in_words(count: int) -> str:
    """ "fewer than 100", "about 300" (one significant figure to 1,000), "about 2,300" (two)."""
    if count < LEAST_SHOWN:
        return f"fewer than {LEAST_SHOWN}"
    figures = 1 if count < 1000 else 2
    step = 10 ** (len(str(count)) - figures)
    shown = (count + step // 2) // step * step
    return f"about {shown / 1_000_000:g} million" if shown >= 1_000_000 else f"about {shown:,}"


def answer(question: CountQuestion, cube: Cube) -> Counted:
    """The coarse answer to a question."""
    selection = select(question, cube)
    people, tests = estimate(cube, selection)
    return Counted(
        people=in_words(people) if selection.months else "",
        tests=in_words(tests) if selection.months else "",
        wider=selection.wider,
        left_out=selection.left_out,
        as_of=_month(cube.last),
        months=_span(selection.months),
    )


def _span(months: Iterable[str]) -> str:
    months = sorted(months)
    if not months:
        return ""
    return _month(months[0]) if len(months) == 1 else f"{_month(months[0])} to {_month(months[-1])}"


def _month(month: str) -> str:
    return f"{dt.date.fromisoformat(month + '-01'):%B %Y}" if month else ""
