"""The attacker: somebody with a solver, every published table, the rule, and who knows why each `*` is one. Pure.

Written apart from the chooser and sharing none of its arithmetic: it sees published cells only, and counts the whole
numbers that a cell may be. Tests use it, and nothing is published before it has failed (`protect`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import highspy
import numpy as np

from extracts.engine.disclosure.family import Box, Kind, Measure, Published
from extracts.engine.disclosure.rule import Rule

_NEARLY = 1e-6


class TooHard(Exception):
    """The attacker has not finished in its time: nothing is known, so nothing may be published."""


@dataclass(frozen=True)
class Target:
    """What is attacked: the count in a box of a measure, less that in another (of two releases) if there is one."""

    measure: Measure
    box: Box
    less: Box | None = None


def attack(
    published: Sequence[Published],
    targets: Sequence[Target],
    rule: Rule,
    *,
    wholes: Mapping[str, frozenset[str]],
    most: int = 3,
    time_limit: float = 60.0,
) -> list[tuple[int, ...]]:
    """Of each target, up to `most` different whole numbers that fit everything published, in order.

    wholes: dimension -> all its base categories. An empty answer means that the tables contradict each other.
    """
    return _Attacker(published, targets, rule, wholes, time_limit).values(most)


class _Attacker:
    def __init__(self, published, targets, rule, wholes, time_limit):
        self._left, self._targets, self._rule = time_limit, targets, rule
        boxes: dict[Measure, dict[Box, list[int]]] = {}
        for one in published:
            boxes.setdefault(one.measure, {})[one.box] = []
        for target in targets:
            for box in (target.box, target.less):
                if box is not None:
                    boxes.setdefault(target.measure, {})[box] = []
        self._columns = 0
        ties: list[tuple[float, float, list[int], list[int]]] = []
        for measure, own in boxes.items():
            if measure.additive:
                self._split(own, wholes)
            else:
                ties += self._people(own, wholes)
        for measure, own in boxes.items():
            outer = next((held for other, held in boxes.items() if other.name == measure.within), {})
            for box, columns in own.items():
                if box in outer:
                    ties.append(
                        (0, highspy.kHighsInf, outer[box] + columns, [1] * len(outer[box]) + [-1] * len(columns))
                    )
        self._aims = [self._aim(boxes[target.measure], target) for target in targets]
        rows = []
        for one in published:
            if one.kind is not Kind.COMBINED:
                held = boxes[one.measure][one.box]
                rows.append((*self._may_be(one), held, [1] * len(held)))
        self._rows = len(rows) + len(ties)
        self._model = self._program(
            [*rows, *ties, *((-highspy.kHighsInf, highspy.kHighsInf, *aim) for aim in self._aims)]
        )
        self._whole = False

    def _may_be(self, one: Published) -> tuple[float, float]:
        rule = self._rule
        if one.kind is Kind.SMALL:
            return 1, rule.least - 1
        if one.kind is Kind.BESIDE:
            return rule.least, highspy.kHighsInf
        if one.kind is Kind.EXACT or one.value == 0:
            return one.value, one.value
        low, high = one.value - rule.base // 2, one.value + rule.base - rule.base // 2 - 1
        return max(low, rule.least), high

    def _split(self, own: dict[Box, list[int]], wholes: Mapping[str, frozenset[str]]) -> None:
        """An unknown for each combination of base categories that the boxes tell apart."""
        names = sorted({name for box in own for name, _ in box})
        groups: list[list[tuple[str, frozenset[frozenset[str]]]]] = []
        for name in names:
            sets = {held for box in own for other, held in box if other == name}
            marks = {}
            for base in sorted(set(wholes.get(name, ())).union(*sets)):
                marks.setdefault(frozenset(held for held in sets if base in held), base)
            groups.append([(name, mark) for mark in marks])
        within: dict[str, dict[frozenset[str], set[Box]]] = {name: {} for name in names}
        for box in own:
            asked = dict(box)
            for name in names:
                within[name].setdefault(asked.get(name), set()).add(box)
        unknowns: dict[frozenset[Box], int] = {}
        for combination in product(*groups):
            inside: set[Box] | None = None
            for name, mark in combination:
                here = set().union(within[name].get(None, ()), *(within[name].get(held, ()) for held in mark))
                inside = here if inside is None else inside & here
            inside = frozenset(own if inside is None else inside)
            if inside and inside not in unknowns:
                unknowns[inside] = self._columns
                for box in inside:
                    own[box].append(self._columns)
                self._columns += 1

    def _people(
        self, own: dict[Box, list[int]], wholes: Mapping[str, frozenset[str]]
    ) -> list[tuple[float, float, list[int], list[int]]]:
        """An unknown for each box: no less than any box inside it, no more than boxes that fill it."""
        for box in own:
            own[box].append(self._columns)
            self._columns += 1
        ties = []
        lines: dict[tuple[str, Box], list[Box]] = {}
        for box in own:
            for name in {name for other in own for name, _ in other}:
                lines.setdefault((name, tuple(pair for pair in box if pair[0] != name)), []).append(box)
        for (name, _), line in lines.items():
            whole = frozenset(wholes.get(name, ())).union(
                *(held for box in own for other, held in box if other == name)
            )
            held = {box: dict(box).get(name, whole) for box in line}
            for box in line:
                total = name not in dict(box)
                inner = [other for other in line if other != box and (held[other] < held[box] or total)]
                outermost = [one for one in inner if not any(held[one] < held[other] for other in inner)]
                for other in outermost:
                    ties.append((0, highspy.kHighsInf, own[box] + own[other], [1, -1]))
                filled = [base for one in outermost for base in held[one]]
                if outermost and len(filled) == len(set(filled)) and set(filled) == held[box]:
                    columns = [column for one in outermost for column in own[one]]
                    ties.append((0, highspy.kHighsInf, columns + own[box], [1] * len(columns) + [-1]))
        return ties

    def _aim(self, own: dict[Box, list[int]], target: Target) -> tuple[list[int], list[int]]:
        factors = dict.fromkeys(own[target.box], 1)
        for column in own[target.less] if target.less is not None else ():
            factors[column] = factors.get(column, 0) - 1
        kept = {column: factor for column, factor in factors.items() if factor}
        return list(kept), list(kept.values())

    def _program(self, rows: Iterable[tuple[float, float, list[int], list[int]]]) -> highspy.Highs:
        model = highspy.Highs()
        for name, value in (
            ("output_flag", False),
            ("threads", 1),
            ("random_seed", 7),
            ("mip_rel_gap", 0),
            ("mip_abs_gap", 0.5),
        ):
            model.setOptionValue(name, value)
        infinite = highspy.kHighsInf
        for _ in range(self._columns):
            model.addVar(0, infinite)
        for low, high, columns, factors in rows:
            model.addRow(low, high, len(columns), columns, factors)
        return model

    def values(self, most: int) -> list[tuple[int, ...]]:
        self._seen: list[set[int]] = [set() for _ in self._targets]
        self._everything()
        for place, (columns, factors) in enumerate(self._aims):
            row = self._rows + place
            if len(self._seen[place]) >= most:
                continue
            smallest, largest = self._end(columns, factors, 1), self._end(columns, factors, -1)
            if not self._seen[place]:
                return [() for _ in self._targets]
            # What lies between the ends need not fit: each number is tried until there are enough.
            start = min(self._seen[place]) if smallest is None else smallest
            stop = start + 50 * most if largest is None else largest
            for number in range(start, stop + 1):
                if len(self._seen[place]) >= most:
                    break
                if number not in self._seen[place]:
                    self._model.changeRowBounds(row, number, number)
                    self._solve(whole=True)
                    self._model.changeRowBounds(row, -highspy.kHighsInf, highspy.kHighsInf)
        return [tuple(sorted(found))[:most] for found in self._seen]

    def _everything(self) -> None:
        """All targets small, then all large: most of what there is to learn, at the price of two."""
        together: dict[int, int] = {}
        for columns, factors in self._aims:
            for column, factor in zip(columns, factors, strict=True):
                together[column] = together.get(column, 0) + factor
        for sign in (1, -1):
            self._end(list(together), list(together.values()), sign)

    def _end(self, columns: list[int], factors: list[int], sign: int) -> int | None:
        """The smallest (or largest, sign -1) whole value of a target; None if there is no end."""
        for column, factor in zip(columns, factors, strict=True):
            self._model.changeColCost(column, sign * factor)
        try:
            # A corner of the continuous program that is whole is the answer; only else the whole one is solved.
            solved = self._solve(whole=False) or self._solve(whole=True)
            if solved is None:
                return None
            return round(sum(factor * solved[column] for column, factor in zip(columns, factors, strict=True)))
        finally:
            for column in columns:
                self._model.changeColCost(column, 0)

    def _solve(self, *, whole: bool) -> list[int] | None:
        """Whole numbers that fit and are best for the aim, from which every target learns; None if there are none."""
        if whole is not self._whole:
            kind = highspy.HighsVarType.kInteger if whole else highspy.HighsVarType.kContinuous
            every = np.arange(self._columns, dtype="i4")
            self._model.changeColsIntegrality(self._columns, every, np.full(self._columns, int(kind), dtype="u1"))
            self._whole = whole
        before = self._model.getRunTime()
        if self._left <= 0:
            raise TooHard
        self._model.setOptionValue("time_limit", before + self._left)
        self._model.run()
        self._left -= self._model.getRunTime() - before
        status = self._model.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return None
        if status in (highspy.HighsModelStatus.kUnbounded, highspy.HighsModelStatus.kUnboundedOrInfeasible):
            return None
        if status != highspy.HighsModelStatus.kOptimal:
            raise TooHard
        solved = self._model.getSolution().col_value
        rounded = [round(value) for value in solved]
        if any(abs(value - near) > _NEARLY for value, near in zip(solved, rounded, strict=True)):
            return None
        for found, (columns, factors) in zip(self._seen, self._aims, strict=True):
            found.add(sum(factor * rounded[column] for column, factor in zip(columns, factors, strict=True)))
        return rounded
