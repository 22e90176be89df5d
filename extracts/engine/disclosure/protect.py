"""From true counts to what may be published: the rule, suppression beside it, coarser cells, the attack. Pure.

Nothing is returned that the attacker of `attack` can break; where suppression can't prevent it, cells of a line are
combined (not shown by themselves, whatever they hold), and where that can't either, publication is refused.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from extracts.engine.disclosure.attack import Target, TooHard, attack
from extracts.engine.disclosure.choose import Late, choose, solve
from extracts.engine.disclosure.family import Cell, Family, Kind, Published
from extracts.engine.disclosure.rule import HES, Rule
from extracts.engine.disclosure.system import Asked, Columns, Row, bounds, differences, moved

# Each attempt combines more cells, or asks for a wider range; more have not been needed for any table.
MOST_ATTEMPTS = 40
# A nothing or a small count that isn't shown by itself is as dear as so many larger counts that are suppressed.
COMBINING = 8


class NotProtectable(Exception):
    """These tables can't be published: even with nothing below the national level, a small count can be worked out."""


@dataclass(frozen=True)
class Protected:
    """What may be published of a family.

    kinds: how each cell is shown. smallest: the fewest whole numbers that any suppressed small count may be, to whoever
    knows everything published (at most the rule's `feasible`; None if nothing is suppressed). attacked: how many counts
    were attacked. moved: earlier cells that are of other data by now, and so constrain nothing.
    """

    family: Family
    rule: Rule
    kinds: Mapping[Cell, Kind]
    smallest: int | None
    attacked: int
    moved: int = 0

    def show(self, cell: Cell) -> int | str:
        """The number to be printed, `*` (suppressed) or `:` (combined with others of its line)."""
        kind = self.kinds[cell]
        if kind is Kind.COMBINED:
            return ":"
        return "*" if kind in (Kind.SMALL, Kind.BESIDE) else _value(self.family, cell, kind, self.rule)

    def count(self, kind: Kind) -> int:
        return sum(one is kind for one in self.kinds.values())

    def published(self) -> list[Published]:
        """For the ledger of releases: every cell but those combined, which tell nothing."""
        return [one for one in _published(self.family, self.kinds, self.rule) if one.kind is not Kind.COMBINED]


def protect(
    family: Family,
    rule: Rule = HES,
    *,
    earlier: Iterable[Published] = (),
    wholes: Mapping[str, frozenset[str]] | None = None,
    time_limit: float = 60.0,
) -> Protected:
    """What may be published of a family, beside everything that was published earlier.

    wholes: all base categories of the dimensions of earlier tables; those of the family's own are known.
    time_limit: seconds in the solver for choosing, and as many again for each attack; where choosing takes longer,
    coarser cells are taken. Within the limit the same input gives the same answer on any machine.
    FamilyError (counts that do not add up, too many parts), NotProtectable, TooHard (the attack did not end).
    """
    return _Work(family, rule, sorted(earlier, key=_order), wholes or {}, time_limit).done()


def _order(one: Published):
    return one.measure.name, [(name, sorted(held)) for name, held in one.box], one.kind, one.value or 0


class _Work:
    def __init__(
        self,
        family: Family,
        rule: Rule,
        earlier: Sequence[Published],
        wholes: Mapping[str, frozenset[str]],
        limit: float,
    ):
        self.family, self.rule, self.limit = family, rule, limit
        self.cells = sorted(family.counts)
        known = {measure.name: measure for measure in family.measures}
        earlier = [one for one in earlier if known.get(one.measure.name) == one.measure]
        own = {dimension.name: dimension.base for dimension in family.dimensions}
        self.wholes = {name: own.get(name, frozenset()) | wholes.get(name, frozenset()) for name in own | dict(wholes)}
        boxes = [(family.measure(cell.measure), family.box(cell)) for cell in self.cells]
        self.columns = Columns([*boxes, *((one.measure, one.box) for one in earlier)], self.wholes)
        gone = moved(family, self.columns, earlier, rule, solve)
        self.moved = len(gone)
        self.earlier = [one for place, one in enumerate(earlier) if place not in gone]
        self.combined: set[Cell] = set()
        self.wider: dict[Target, int] = {}
        self.late = False
        self.targets = self._targets()

    def _targets(self) -> dict[Target, Cell | None]:
        """What must stay uncertain: target -> the cell that can be combined to make it so (None: any)."""
        found: dict[Target, Cell | None] = {}
        for cell in self.cells:
            measure = self.family.measure(cell.measure)
            small = self.rule.is_small(self.family.counts[cell])
            if measure.persons and small and not self.family.national(cell):
                found[Target(measure, self.family.box(cell))] = cell
        for one in self.earlier:
            if one.kind is Kind.SMALL:
                found.setdefault(Target(one.measure, one.box), None)
        own = {(cell.measure, self.family.box(cell)): cell for cell in self.cells}
        for measure, larger, smaller in differences(self.family, self.earlier):
            cell = own.get((measure.name, larger)) or own.get((measure.name, smaller))
            found.setdefault(Target(measure, larger, smaller), cell)
        return found

    def done(self) -> Protected:
        left = self.limit
        for _ in range(MOST_ATTEMPTS):
            kinds, opened, spent = self._chosen(left)
            left -= spent
            if not opened:
                weak, smallest = self._attacked(kinds)
                if not weak:
                    return Protected(self.family, self.rule, kinds, smallest, len(self.targets), self.moved)
                opened = [target for target in weak if self.late or not self._asked_wider(target)]
            if opened and not self._combine(opened):
                raise NotProtectable(
                    "Small counts can be worked out from these tables and earlier ones, whatever is suppressed."
                )
        raise TooHard

    def _asked_wider(self, target: Target) -> bool:
        """Whole numbers may be fewer than the range is wide: a wider range is asked for, twice."""
        tried = self.wider.get(target, 0)
        self.wider[target] = tried + 1
        return tried < 2

    def _kind(self, cell: Cell) -> Kind:
        if not self.family.measure(cell.measure).persons or self.family.national(cell):
            return Kind.EXACT
        if cell in self.combined:
            return Kind.COMBINED
        return Kind.SMALL if self.rule.is_small(self.family.counts[cell]) else Kind.ROUNDED

    def _chosen(self, limit: float) -> tuple[dict[Cell, Kind], list[Target], float]:
        """How each cell is shown, and what no suppression protects."""
        kinds = {cell: self._kind(cell) for cell in self.cells}
        spent = 0.0
        targets = list(self.targets)
        asked = [self._ask(target) for target in targets]
        held = [*_published(self.family, kinds, self.rule), *self.earlier]
        rows = [*(self._row(one) for one in held), *self.columns.ties]
        choice = None
        for combine in (False, True):
            hideable = self._hideable(kinds, combine=combine)
            candidates = {place: (*bounds(self.rule, kind, None), cost) for place, (kind, cost) in hideable.items()}
            try:
                if self.late:
                    raise Late
                choice, took = choose(self.columns.count, rows, candidates, asked, self.rule.least, limit - spent)
            except Late:
                # From here on whatever the attacker can work out is combined, which needs no choosing.
                self.late = True
                return kinds, [], spent
            spent += took
            if not choice.open:
                break
        for place in choice.suppressed:
            kinds[self.cells[place]] = hideable[place][0]
        return kinds, [targets[place] for place in sorted(choice.open)], spent

    def _hideable(self, kinds: Mapping[Cell, Kind], *, combine: bool) -> dict[int, tuple[Kind, float]]:
        """What may be hidden so that small counts can't be worked out: place of the cell -> (as what, its cost).

        Counts that are large enough to be shown; with `combine` also nothings and small counts, at a much higher cost.
        """
        found = {}
        for place, cell in enumerate(self.cells):
            count = self.family.counts[cell]
            if kinds[cell] is Kind.ROUNDED and count:
                found[place] = (Kind.BESIDE, _cost(count))
            elif combine and kinds[cell] in (Kind.ROUNDED, Kind.SMALL):
                found[place] = (Kind.COMBINED, COMBINING * _cost(count))
        return found

    def _row(self, one: Published) -> Row:
        held = self.columns.of(one.measure.name, one.box)
        return Row(held, np.ones(len(held)), *bounds(self.rule, one.kind, one.value))

    def _ask(self, target: Target) -> Asked:
        held = self.columns.of(target.measure.name, target.box)
        less = self.columns.of(target.measure.name, target.less) if target.less is not None else held[:0]
        columns, place = np.unique(np.concatenate([held, less]), return_inverse=True)
        factors = np.bincount(place.reshape(-1), np.repeat([1.0, -1.0], [len(held), len(less)]), len(columns))
        columns, factors = columns[factors != 0], factors[factors != 0]
        width = self._needed(target) - 1 + self.wider.get(target, 0)
        return Asked(columns, factors, width, target.less is not None)

    def _needed(self, target: Target) -> int:
        """How many whole numbers it must be able to be.

        A cell that is not shown by itself is part of a national count, which the rule leaves as it is: if that is 1,
        nothing can hide that the cell is 0 or 1.
        """
        cell = self.targets[target]
        if cell is None or cell not in self.combined:
            return self.rule.feasible
        return min(self.rule.feasible, self._national(cell) + 1)

    def _national(self, cell: Cell) -> float:
        named = dict(self.family.box(cell))
        counts = [
            self.family.counts[other]
            for other in self.cells
            if other.measure == cell.measure
            and self.family.national(other)
            and all(name in named and named[name] <= held for name, held in self.family.box(other))
        ]
        return min(counts, default=math.inf)

    def _attacked(self, kinds: Mapping[Cell, Kind]) -> tuple[list[Target], int | None]:
        published = [*_published(self.family, kinds, self.rule), *self.earlier]
        targets = list(self.targets)
        found = attack(
            published,
            targets,
            self.rule,
            wholes=self.wholes,
            most=self.rule.feasible,
            time_limit=self.limit,
        )
        weak, fewest = [], []
        for target, values in zip(targets, found, strict=True):
            cell = self.targets[target]
            if target.less is None and (cell is None or kinds[cell] is Kind.SMALL):
                fewest.append(len(values))
            certain = target.less is not None and values and (values[0] >= self.rule.least or values == (0,))
            if len(values) < self._needed(target) and not certain:
                weak.append(target)
        return weak, min(fewest, default=None)

    def _combine(self, opened: Iterable[Target]) -> bool:
        """Combines the cheapest line through each that is not combined yet; whether there was any."""
        before = len(self.combined)
        for target in opened:
            cell = self.targets[target]
            lines = self._lines(cell) if cell is not None else []
            if lines:
                self.combined.update(min(lines, key=lambda line: sum(_cost(self.family.counts[one]) for one in line)))
            else:
                self.combined.update(one for one in self.cells if self._can_be(one))
        return len(self.combined) > before

    def _can_be(self, cell: Cell) -> bool:
        return cell in self.family.counts and self._kind(cell) not in (Kind.EXACT, Kind.COMBINED)

    def _lines(self, cell: Cell) -> list[list[Cell]]:
        """The lines through a cell: by each dimension those in its next larger group, and all; areas first."""
        areas, others = [], []
        for name, category in cell.where:
            dimension = self.family.dimension(name)
            rest = [pair for pair in cell.where if pair[0] != name]
            for categories in (dimension.beside(category), tuple(dimension.categories)):
                line = [Cell(cell.measure, tuple(sorted([*rest, (name, one)]))) for one in categories]
                (areas if dimension.subnational else others).append([one for one in line if self._can_be(one)])
        return [line for line in areas if line] or [line for line in others if line]


def _value(family: Family, cell: Cell, kind: Kind, rule: Rule) -> int | None:
    if kind is Kind.EXACT:
        return family.counts[cell]
    return rule.rounded(family.counts[cell]) if kind is Kind.ROUNDED else None


def _published(family: Family, kinds: Mapping[Cell, Kind], rule: Rule) -> list[Published]:
    return [
        Published(
            family.measure(cell.measure),
            family.box(cell),
            kind,
            _value(family, cell, kind, rule),
            family.national(cell),
        )
        for cell, kind in sorted(kinds.items())
    ]


def _cost(count: int) -> float:
    """What is lost with a cell: more with a larger one, so that margins go last. In thousandths."""
    return 1 + round(math.log2(1 + count), 3)
