"""The attacker: somebody with a solver, every published table, the rule, and who knows why each `*` is one. Pure.

Written apart from the chooser and sharing none of its arithmetic: it sees published cells only, and counts the whole
numbers that a cell may be. Tests use it, and nothing is published before it has failed (`protect`).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

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


def _met(named: Iterable[frozenset[str]], sizes: Mapping[str, int]) -> list[frozenset[str]]:
    """Sets of dimensions that hold all those named; what one has in common with those after it is within one of them.

    Of sets that agree on that, the numbers of all dimensions together can be made, so that nothing is lost. Whatever
    hangs on one other set is taken off; where nothing does, the two that are smallest together become one.
    """
    left = set(named) or {frozenset()}
    found: list[frozenset[str]] = []
    while True:
        left = {one for one in left if not any(one < other for other in left)}
        if len(left) == 1:
            return [*found, *left]
        for one in sorted(left, key=sorted):
            others = left - {one}
            common = one & frozenset().union(*others)
            if any(common <= other for other in others):
                found.append(one)
                left = others
                break
        else:
            pair = min(
                combinations(sorted(left, key=sorted), 2),
                key=lambda two: math.prod(sizes[name] for name in two[0] | two[1]),
            )
            left = left.difference(pair) | {pair[0] | pair[1]}


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
            ties += (self._split if measure.additive else self._people)(own, wholes)
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
        self._arrays = [
            (np.array(columns, dtype="i8"), np.array(factors, dtype="f8")) for columns, factors in self._aims
        ]
        self._all = [*rows, *ties]
        self._ends = self._program(self._all)
        # Only the aim changes from one program to the next, so that the last answer is a place to go on from.
        self._ends.setOptionValue("simplex_strategy", 4)
        self._fits = self._program(self._all)
        every = np.arange(self._columns, dtype="i4")
        kinds = np.full(self._columns, int(highspy.HighsVarType.kInteger), dtype="u1")
        self._fits.changeColsIntegrality(self._columns, every, kinds)

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

    def _split(
        self, own: dict[Box, list[int]], wholes: Mapping[str, frozenset[str]]
    ) -> list[tuple[float, float, list[int], list[int]]]:
        """An unknown for each combination of base categories that the boxes tell apart, of dimensions that meet.

        What two sets of dimensions share is as much in one as in the other.
        """
        alike: dict[str, list[frozenset[frozenset[str]]]] = {}
        for name in sorted({name for box in own for name, _ in box}):
            sets = {held for box in own for other, held in box if other == name}
            marks = {}
            for base in sorted(set(wholes.get(name, ())).union(*sets)):
                marks.setdefault(frozenset(held for held in sets if base in held), base)
            alike[name] = list(marks)
        named = {box: frozenset(name for name, _ in box) for box in own}
        met = _met(named.values(), {name: len(held) for name, held in alike.items()})
        bridges = {}  # (a place, the later place it hangs on): the dimensions in both
        for place, names in enumerate(met[:-1]):
            common = names.intersection(frozenset().union(*met[place + 1 :]))
            on = next(later for later in range(place + 1, len(met)) if common <= met[later])
            bridges[place, on] = sorted(common)
        sums: dict[tuple, tuple[list[int], list[int]]] = {}
        left = set(own)
        for place, names in enumerate(met):
            here = {box for box in left if named[box] <= names}
            left -= here
            within: dict[str, dict[frozenset[str] | None, set[Box]]] = {name: {} for name in names}
            for box in here:
                asked = dict(box)
                for name in names:
                    within[name].setdefault(asked.get(name), set()).add(box)
            unknowns: set[tuple] = set()
            for combination in product(*([(name, mark) for mark in alike[name]] for name in sorted(names))):
                inside = set(here)
                for name, mark in combination:
                    inside &= set().union(within[name].get(None, ()), *(within[name].get(held, ()) for held in mark))
                at = dict(combination)
                keys = [(both, tuple(at[name] for name in common)) for both, common in bridges.items() if place in both]
                known = (frozenset(inside), *keys)
                if known not in unknowns:
                    unknowns.add(known)
                    for box in inside:
                        own[box].append(self._columns)
                    for key in keys:
                        sums.setdefault(key, ([], []))[key[0].index(place)].append(self._columns)
                    self._columns += 1
        return [(0, 0, one + other, [1] * len(one) + [-1] * len(other)) for one, other in sums.values()]

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

    def _program(
        self, rows: Iterable[tuple[float, float, list[int], list[int]]], columns: int | None = None
    ) -> highspy.Highs:
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
        for _ in range(self._columns if columns is None else columns):
            model.addVar(0, infinite)
        for low, high, columns, factors in rows:
            model.addRow(low, high, len(columns), columns, factors)
        return model

    def values(self, most: int) -> list[tuple[int, ...]]:
        self._seen: list[set[int]] = [set() for _ in self._targets]
        self._whole: np.ndarray | None = None
        self._everything()
        if self._whole is None:
            self._fit(([], []), 0)
        if self._whole is None:
            return [() for _ in self._targets]
        near = self._moves(self._whole)
        for place, aim in enumerate(self._aims):
            if len(self._seen[place]) >= most:
                continue
            smallest, largest = self._end(aim, 1), self._end(aim, -1)
            if smallest is None or largest is None:
                raise TooHard
            # What lies between the ends need not fit in whole numbers: each is tried until there are enough.
            start = min(self._seen[place], default=0) if smallest == -math.inf else math.ceil(smallest - _NEARLY)
            stop = start + 50 * most if largest == math.inf else math.floor(largest + _NEARLY)
            for number in range(start, stop + 1):
                if len(self._seen[place]) >= most:
                    break
                if number not in self._seen[place] and self._move(near, aim, number):
                    self._fit(aim, number)
        return [tuple(sorted(found))[:most] for found in self._seen]

    def _everything(self) -> None:
        """All targets small, then all large: most of what there is to learn, at the price of two."""
        together: dict[int, int] = {}
        for columns, factors in self._aims:
            for column, factor in zip(columns, factors, strict=True):
                together[column] = together.get(column, 0) + factor
        for sign in (1, -1):
            self._end((list(together), list(together.values())), sign)

    def _end(self, aim: tuple[list[int], list[int]], sign: int) -> float | None:
        """The smallest (or largest, sign -1) value, whole or not; infinite if there is no end; None if nothing fits."""
        columns = np.array(aim[0], dtype="i4")
        self._ends.changeColsCost(len(columns), columns, sign * np.array(aim[1], dtype="f8"))
        status = self._run(self._ends)
        self._ends.changeColsCost(len(columns), columns, np.zeros(len(columns)))
        if status == highspy.HighsModelStatus.kInfeasible:
            return None
        if status != highspy.HighsModelStatus.kOptimal:
            return -sign * math.inf
        solved = self._ends.getSolution().col_value
        self._learn(solved)
        return sum(factor * solved[column] for column, factor in zip(*aim, strict=True))

    def _fit(self, aim: tuple[list[int], list[int]], number: int) -> None:
        """Looks for whole numbers that fit with this one."""
        row = self._fits.getNumRow()
        self._fits.addRow(number, number, len(aim[0]), aim[0], aim[1])
        if self._run(self._fits) == highspy.HighsModelStatus.kOptimal:
            self._learn(self._fits.getSolution().col_value)
        self._fits.deleteRows(1, [row])

    def _moves(self, start: np.ndarray) -> highspy.Highs:
        """The same unknowns as moves from numbers that fit, up and down, of which there shall be as few as can be."""
        model = self._program((), columns=0)
        for _ in range(self._columns):
            model.addVar(0, highspy.kHighsInf)
        for most in start:
            model.addVar(0, most)
        every = np.arange(2 * self._columns, dtype="i4")
        model.changeColsCost(len(every), every, np.ones(len(every)))
        for low, high, columns, factors in self._all:
            at = float(np.array(factors) @ start[columns])
            both = [*columns, *(self._columns + column for column in columns)]
            model.addRow(low - at, high - at, len(both), both, [*factors, *(-factor for factor in factors)])
        self._start = start
        return model

    def _move(self, near: highspy.Highs, aim: tuple[list[int], list[int]], number: int) -> bool:
        """Looks for a small move to this number; whether that leaves open if one fits."""
        columns, factors = aim
        both = [*columns, *(self._columns + column for column in columns)]
        by = number - float(np.array(factors) @ self._start[columns])
        row = near.getNumRow()
        near.addRow(by, by, len(both), both, [*factors, *(-factor for factor in factors)])
        status, whole = self._run(near), False
        if status == highspy.HighsModelStatus.kOptimal:
            moved = np.array(near.getSolution().col_value)
            whole = self._learn(self._start + moved[: self._columns] - moved[self._columns :])
        near.deleteRows(1, [row])
        return status != highspy.HighsModelStatus.kInfeasible and not whole

    def _run(self, model: highspy.Highs) -> highspy.HighsModelStatus:
        if self._left <= 0:
            raise TooHard
        before = model.getRunTime()
        model.setOptionValue("time_limit", before + self._left)
        model.run()
        self._left -= model.getRunTime() - before
        status = model.getModelStatus()
        if status in (highspy.HighsModelStatus.kTimeLimit, highspy.HighsModelStatus.kUnknown):
            raise TooHard
        return status

    def _learn(self, solved: Sequence[float]) -> bool:
        """What each target is in a solution, if that is of whole numbers (the answer): they fit all published."""
        values = np.array(solved)
        whole = np.rint(values)
        if np.abs(values - whole).max(initial=0) > _NEARLY:
            return False
        self._whole = whole if self._whole is None else self._whole
        for found, (columns, factors) in zip(self._seen, self._arrays, strict=True):
            found.add(int(factors @ whole[columns]))
        return True
