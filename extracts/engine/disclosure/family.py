"""Tables of counts that belong together: dimensions with their groups, cells, margins, and what was published. Pure.

A cell is a measure and one category of some of the dimensions; a dimension that it does not name is totalled. Cells of
one family are of the same people and tests, so that whatever adds up is known to add up.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product

# Categories of a dimension by their base categories; a dimension that isn't named takes all.
Box = tuple[tuple[str, frozenset[str]], ...]


class FamilyError(ValueError):
    """A family that makes no sense: says which cell or category, never a count."""


@dataclass(frozen=True)
class Dimension:
    """A dimension with all its categories, those for "unknown" included: together they must be the whole.

    categories: category -> the base categories that it holds (a base category holds itself). subnational: areas and
    organisations, by which a count stops being a national one.
    """

    name: str
    categories: Mapping[str, frozenset[str]]
    subnational: bool = False

    @classmethod
    def flat(cls, name: str, categories: Iterable[str], *, subnational: bool = False) -> "Dimension":
        return cls(name, {category: frozenset((category,)) for category in categories}, subnational)

    @classmethod
    def nested(cls, name: str, groups: Mapping[str, Iterable[str]], *, subnational: bool = False) -> "Dimension":
        """groups: group -> its base categories, in any number of levels; a base category needs no entry of its own."""
        held = {group: frozenset(members) for group, members in groups.items()}
        for base in frozenset().union(*held.values()):
            held.setdefault(base, frozenset((base,)))
        return cls(name, held, subnational)

    @property
    def base(self) -> frozenset[str]:
        return frozenset().union(*self.categories.values())

    def beside(self, category: str) -> tuple[str, ...]:
        """The categories that share the next larger group with this one, itself among them."""
        own = self.parent(category)
        return tuple(other for other in self.categories if self.parent(other) == own)

    def parent(self, category: str) -> str | None:
        """The next larger group; None below the total."""
        held = self.categories[category]
        above = [(len(members), other) for other, members in self.categories.items() if members > held]
        return min(above)[1] if above else None


@dataclass(frozen=True)
class Measure:
    """What is counted.

    additive: a total is the sum of its parts (tests). Not so for people, who may be in several parts: a total is then
    at least the largest part and at most the sum. persons: whether the rule applies (numbers of providers are exempt).
    within: a measure that is never less in the same cell (people are within tests).
    """

    name: str = "tests"
    additive: bool = True
    persons: bool = True
    within: str = ""


@dataclass(frozen=True, order=True)
class Cell:
    """measure, and (dimension, category) pairs in the order of their names; see `at`."""

    measure: str
    where: tuple[tuple[str, str], ...] = ()


def at(measure: str, /, **where: str) -> Cell:
    """The cell of a measure at a category of each dimension named."""
    return Cell(measure, tuple(sorted(where.items())))


class Kind(StrEnum):
    """How a count was published."""

    EXACT = "exact"
    ROUNDED = "rounded"
    SMALL = "small"  # `*` by the rule
    BESIDE = "beside"  # `*`, a larger count, so that small ones can't be worked out
    COMBINED = "combined"  # `:`, not shown by itself, may be nothing


@dataclass(frozen=True)
class Published:
    """One published cell, as the ledger keeps it. value: what was shown, None for `*`."""

    measure: Measure
    box: Box
    kind: Kind
    value: int | None = None
    national: bool = False


@dataclass(frozen=True)
class Family:
    """All cells that are to be published, with their true counts.

    dimensions: in any order. counts: cell -> count, margins included. measures: of those counts. scope: dimension ->
    base categories, for what the whole family is limited to (months, say), which earlier releases are compared by.
    """

    dimensions: tuple[Dimension, ...]
    counts: Mapping[Cell, int]
    measures: tuple[Measure, ...] = (Measure(),)
    scope: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def __post_init__(self):
        named, measures = {dimension.name: dimension for dimension in self.dimensions}, {m.name for m in self.measures}
        if len(named) < len(self.dimensions) or set(self.scope) & set(named):
            raise FamilyError("A dimension is named twice.")
        for cell, count in self.counts.items():
            if cell.measure not in measures:
                raise FamilyError(f"{cell.measure!r} is no measure of this family.")
            if len({name for name, _ in cell.where}) < len(cell.where) or list(cell.where) != sorted(cell.where):
                raise FamilyError(f"{cell.where}: dimensions go once each, in the order of their names.")
            for name, category in cell.where:
                if name not in named or category not in named[name].categories:
                    raise FamilyError(f"{name} = {category!r} is no category of this family.")
            if count < 0 or count != int(count):
                raise FamilyError(f"{cell.where}: a count is a whole number from 0 on.")

    def dimension(self, name: str) -> Dimension:
        return next(dimension for dimension in self.dimensions if dimension.name == name)

    def measure(self, name: str) -> Measure:
        return next(measure for measure in self.measures if measure.name == name)

    def box(self, cell: Cell) -> Box:
        """The base categories that a cell is of."""
        named = {name: self.dimension(name).categories[category] for name, category in cell.where}
        return tuple(sorted((named | dict(self.scope)).items()))

    def national(self, cell: Cell) -> bool:
        """Whether a cell is of the whole country, by name or because its area is all there is: the rule leaves it."""
        areas = [(self.dimension(name), category) for name, category in cell.where]
        return not any(area.subnational and area.categories[category] != area.base for area, category in areas)


def tabulate(
    dimensions: Iterable[Dimension],
    counted: Mapping[tuple[str, ...], int],
    layouts: Iterable[tuple[str, ...]],
    measure: str = "tests",
) -> dict[Cell, int]:
    """Every cell of some tables with all margins, of an additive measure; cells with nothing in them count 0.

    counted: base category of each dimension, in their order -> count. layouts: the names of each table's dimensions.
    """
    dimensions = tuple(dimensions)
    places = {dimension.name: place for place, dimension in enumerate(dimensions)}
    above = [
        {base: [name for name, held in dimension.categories.items() if base in held] for base in dimension.base}
        for dimension in dimensions
    ]
    cells: dict[Cell, int] = {}
    for layout in layouts:
        names = sorted(layout)
        for chosen in product(*((None, *dimensions[places[name]].categories) for name in names)):
            where = tuple((name, one) for name, one in zip(names, chosen, strict=True) if one is not None)
            cells.setdefault(Cell(measure, where), 0)
    wanted = {frozenset(name for name, _ in cell.where) for cell in cells}
    for key, count in counted.items():
        for names in wanted:
            ordered = sorted(names)
            for chosen in product(*(above[places[name]][key[places[name]]] for name in ordered)):
                cells[Cell(measure, tuple(zip(ordered, chosen, strict=True)))] += count
    return cells
