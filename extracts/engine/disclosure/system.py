"""What adds up in a family and in earlier releases, as rows of a linear system, for the chooser. Pure.

Unknowns are the finest parts that the published cells tell apart (of an additive measure; in groups of dimensions, see
`together`), or the cells themselves (of people, who may be in several). Each published cell is a row over the unknowns;
further rows tie groups, and people.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

from extracts.engine.disclosure.family import Box, Family, FamilyError, Kind, Measure, Published
from extracts.engine.disclosure.rule import Rule
from extracts.engine.disclosure.together import Group, groups

MOST_PARTS = 200_000


class TooManyParts(FamilyError):
    """The tables tell apart more than can be worked out."""


@dataclass(frozen=True)
class Row:
    """A sum of unknowns (columns, factors) between two bounds."""

    columns: np.ndarray
    factors: np.ndarray
    least: float
    most: float


class Columns:
    """The unknowns: which of them a box of a measure is the sum of."""

    def __init__(self, boxes: Iterable[tuple[Measure, Box]], bases: Mapping[str, frozenset[str]]):
        """bases: dimension -> all its base categories, for tables that don't publish each of them."""
        self._bases = bases
        by_measure: dict[Measure, dict[Box, None]] = defaultdict(dict)
        for measure, box in boxes:
            by_measure[measure][box] = None
        self._of: dict[tuple[str, Box], np.ndarray] = {}
        self.ties: list[Row] = []
        self.count = 0
        for measure in sorted(by_measure, key=lambda one: one.name):
            own = list(by_measure[measure])
            if measure.additive:
                self._parts(measure, own)
            else:
                self._whole(measure, own)
        for measure in by_measure:
            if measure.within:
                self._within(measure, by_measure[measure])

    def of(self, measure: str, box: Box) -> np.ndarray:
        return self._of[measure, box]

    def _parts(self, measure: Measure, boxes: list[Box]) -> None:
        """An unknown for each part that the boxes tell apart, in groups of dimensions tied by what they share."""
        size, named = {}, [dict[str, list[int]]() for _ in boxes]
        for name in sorted({name for box in boxes for name, _ in box}):
            sets = list(dict.fromkeys(dict(box)[name] for box in boxes if name in dict(box)))
            alike: dict[tuple[bool, ...], int] = {}
            of_base = {
                base: alike.setdefault(tuple(base in one for one in sets), len(alike))
                for base in sorted(self._bases.get(name, frozenset()).union(*sets))
            }
            size[name] = len(alike)
            for box, asked in zip(boxes, named, strict=True):
                held = {of_base[base] for base in dict(box).get(name, ())}
                if name in dict(box) and len(held) < len(alike):
                    asked[name] = sorted(held)
        grids = [_Grid(group, size) for group in groups(map(frozenset, named), size)]
        if sum(grid.size for grid in grids) > MOST_PARTS:
            raise TooManyParts(
                f"These tables tell apart more than {MOST_PARTS:,} parts: publish fewer, or with coarser categories."
            )
        homes = [min((grid for grid in grids if grid.holds(asked)), key=lambda grid: grid.size) for asked in named]
        places = [grid.mark(asked) for grid, asked in zip(homes, named, strict=True)]
        bridges = []
        for grid in grids:
            if grid.group.beside is not None:
                beside = grids[grid.group.beside]
                for each in product(*(range(size[name]) for name in grid.group.shared)):
                    asked = {name: [one] for name, one in zip(grid.group.shared, each, strict=True)}
                    bridges.append((grid, grid.mark(asked), beside, beside.mark(asked)))
        for grid in grids:
            self.count = grid.number(self.count)
        for box, grid, place in zip(boxes, homes, places, strict=True):
            self._of[measure.name, box] = grid.columns[place]
        for grid, place, beside, there in bridges:
            own, other = grid.columns[place], beside.columns[there]
            self._tie([*own, *other], [1] * len(own) + [-1] * len(other), 0)

    def _whole(self, measure: Measure, boxes: list[Box]) -> None:
        for box in boxes:
            self._of[measure.name, box] = np.array([self.count])
            self.count += 1
        for total, parts, covered in chains(boxes, self._bases):
            own = int(self._of[measure.name, total][0])
            columns = [int(self._of[measure.name, part][0]) for part in parts]
            for column in columns:
                self._tie([own, column], [1, -1])
            if covered:
                self._tie([*columns, own], [1] * len(columns) + [-1])

    def _within(self, measure: Measure, boxes: Iterable[Box]) -> None:
        for box in boxes:
            outer = self._of.get((measure.within, box))
            if outer is not None:
                own = self._of[measure.name, box]
                self._tie([*outer, *own], [1] * len(outer) + [-1] * len(own))

    def _tie(self, columns: Sequence[int], factors: Sequence[int], most: float = np.inf) -> None:
        self.ties.append(Row(np.array(columns, dtype="i4"), np.array(factors, dtype="f8"), 0, most))


class _Grid:
    """The combinations of categories of a group of dimensions; those in the same marked parts are one unknown."""

    def __init__(self, group: Group, size: Mapping[str, int]):
        self.group, self._shape = group, [size[name] for name in group.names]
        self.size = math.prod(self._shape)
        self.columns: list[np.ndarray] = []  # of each part that was marked, once they are numbered
        self._parts: list[np.ndarray] = []

    def holds(self, names: Iterable[str]) -> bool:
        return set(self.group.names).issuperset(names)

    @cached_property
    def _grid(self) -> np.ndarray:
        return np.arange(self.size).reshape(self._shape)

    def mark(self, asked: Mapping[str, list[int]]) -> int:
        """Marks a part: its categories in some dimensions, all of the others. Returns the place of its columns."""
        chosen = [asked.get(name, range(count)) for name, count in zip(self.group.names, self._shape, strict=True)]
        self._parts.append(self._grid[np.ix_(*chosen)].reshape(-1) if chosen else self._grid.reshape(-1))
        return len(self._parts) - 1

    def number(self, first: int) -> int:
        """Gives each unknown its number, from `first` on. Returns the next."""
        marks, random = np.zeros((2, self.size), dtype="u8"), np.random.default_rng(20260401)
        for part in self._parts:
            marks[:, part] ^= random.integers(0, 2**63, size=(2, 1), dtype="u8")
        _, number = np.unique(marks, axis=1, return_inverse=True)
        number = number.reshape(-1)
        self.columns = [first + np.unique(number[part]) for part in self._parts]
        return first + int(number.max(initial=-1)) + 1


def chains(boxes: Iterable[Box], bases: Mapping[str, frozenset[str]]) -> list[tuple[Box, tuple[Box, ...], bool]]:
    """(a box, the largest boxes in it that differ in one dimension, whether these are disjoint and all of it)."""
    lines: dict[tuple[str, Box], dict[frozenset[str] | None, Box]] = defaultdict(dict)
    boxes = list(boxes)
    names = sorted({name for box in boxes for name, _ in box})
    for box in boxes:
        for name in names:
            lines[name, tuple(pair for pair in box if pair[0] != name)][dict(box).get(name)] = box
    found = []
    wholes = {name: bases.get(name, frozenset()).union(*(dict(box).get(name, ()) for box in boxes)) for name in names}
    for (name, _), line in lines.items():
        every = wholes[name]
        sets = [(one if one is not None else every, one is None, box) for one, box in line.items()]
        for members, total, box in sets:
            inner = [(held, part) for held, whole, part in sets if not whole and (held < members or total)]
            largest = [(held, part) for held, part in inner if not any(held < other for other, _ in inner)]
            if largest:
                disjoint = sum(len(held) for held, _ in largest) == len(frozenset().union(*(h for h, _ in largest)))
                covered = disjoint and sum(len(held) for held, _ in largest) == len(members)
                found.append((box, tuple(part for _, part in largest), covered))
    return found


def bounds(rule: Rule, kind: Kind, value: int | None) -> tuple[float, float]:
    """What a published cell may be, for somebody who knows why it is suppressed."""
    match kind:
        case Kind.EXACT:
            return value, value
        case Kind.ROUNDED:
            return rule.behind(value)
        case Kind.SMALL:
            return 1, rule.least - 1
        case Kind.BESIDE:
            return rule.least, np.inf
    return 0, np.inf


@dataclass(frozen=True)
class Asked:
    """Something that must stay uncertain: the unknowns it is the sum of (less those it leaves out), and by how much.

    width: the largest less the smallest possible value. difference: of two releases; may be certain if none or many.
    """

    columns: np.ndarray
    factors: np.ndarray
    width: int
    difference: bool = False


def moved(family: Family, columns: Columns, earlier: Sequence[Published], rule: Rule, solve) -> set[int]:
    """Places of earlier cells that can't be of the same data as the family: records came, went or were corrected.

    solve(rows, costs) -> values, of a linear program of unknowns from 0 on. FamilyError if the family's own
    counts contradict each other.
    """
    rows, own = [], list(family.counts)
    for cell in own:
        held = columns.of(cell.measure, family.box(cell))
        rows.append(Row(held, np.ones(len(held)), family.counts[cell], family.counts[cell]))
    for one in earlier:
        held = columns.of(one.measure.name, one.box)
        rows.append(Row(held, np.ones(len(held)), *bounds(rule, one.kind, one.value)))
    extra, costs = columns.count, np.zeros(columns.count + 2 * len(rows))
    loose = []
    for place, row in enumerate(rows):
        both = np.array([extra + 2 * place, extra + 2 * place + 1], dtype="i4")
        costs[both] = 1000 if place < len(own) else 1
        loose.append(
            Row(np.concatenate([row.columns, both]), np.concatenate([row.factors, [1, -1]]), row.least, row.most)
        )
    values = solve([*loose, *columns.ties], costs)
    slack = values[extra:].reshape(-1, 2).sum(axis=1)
    wrong = [cell for cell, off in zip(own, slack, strict=False) if off > 1e-6]
    if wrong:
        raise FamilyError(f"The counts around {wrong[0].measure} {dict(wrong[0].where)} do not add up.")
    return {place for place, off in enumerate(slack[len(own) :]) if off > 1e-6}


def differences(family: Family, earlier: Sequence[Published]) -> list[tuple[Measure, Box, Box]]:
    """(measure, larger box, smaller box): an earlier and a new cell below national that differ in one dimension."""
    lines: dict[tuple[str, str, Box], list[Box]] = defaultdict(list)
    for one in earlier:
        if not one.national and one.measure.additive and one.measure.persons and one.kind is not Kind.COMBINED:
            for name, _ in one.box:
                lines[one.measure.name, name, tuple(p for p in one.box if p[0] != name)].append(one.box)
    found: dict[tuple[Measure, Box, Box], None] = {}
    for cell in family.counts:
        if family.national(cell):
            continue
        box, measure = family.box(cell), family.measure(cell.measure)
        for name, own in box:
            for other in lines.get((measure.name, name, tuple(p for p in box if p[0] != name)), ()):
                held = dict(other)[name]
                if held < own:
                    found[measure, box, other] = None
                elif own < held:
                    found[measure, other, box] = None
    return list(found)
