"""Which larger counts are suppressed beside the small ones, so that these can't be worked out: by cutting planes. Pure.

The attacker's two linear programs for a small cell (the least and the most that it may be) have dual prices; together
they say which suppressions would widen its range, as one linear condition. A small integer program finds the cheapest
set that meets all conditions found so far, until the attacker is uncertain of every small cell
(Fischetti and Salazar, Management Science 47, 2001). No rule of rounding is lost: a rounded count is a range as well.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import highspy
import numpy as np

from extracts.engine.disclosure.system import Asked, Row

# Ends of work that don't depend on the machine, so that the same tables are always suppressed in the same way.
MOST_ROUNDS = 60
MOST_NODES = 2_000
_EXACT = 1e-6


class Late(Exception):
    """The time for choosing is over."""


class Solver:
    """Linear programs over the same unknowns and rows, with other bounds and aims each time.

    spent: seconds in the solver; `Late` once that is over the limit.
    """

    def __init__(self, count: int, rows: Sequence[Row], limit: float):
        self.spent, self._limit = 0.0, limit
        self._model = _model(count, rows)
        # The aim changes from one program to the next: the primal simplex goes on from the last answer.
        self._model.setOptionValue("simplex_strategy", 4)
        self._count, self._aim = count, np.empty(0, dtype="i4")

    def bound(self, places: Sequence[int], least: Sequence[float], most: Sequence[float]) -> None:
        self._model.changeRowsBounds(
            len(places), np.array(places, dtype="i4"), np.array(least, dtype="f8"), np.array(most, dtype="f8")
        )

    def least(self, columns: np.ndarray, factors: np.ndarray) -> tuple[float, np.ndarray, np.ndarray] | None:
        """(the smallest value of a sum of unknowns, the unknowns there, the rows' dual prices); None: no end to it."""
        model = self._model
        model.changeColsCost(len(self._aim), self._aim, np.zeros(len(self._aim)))
        self._aim = np.array(columns, dtype="i4")
        model.changeColsCost(len(columns), self._aim, np.array(factors, dtype="f8"))
        status = self._run(model)
        if status in (highspy.HighsModelStatus.kUnbounded, highspy.HighsModelStatus.kUnboundedOrInfeasible):
            return None
        if status != highspy.HighsModelStatus.kOptimal:
            raise RuntimeError(f"The solver ended with {model.modelStatusToString(status)}.")
        solution = model.getSolution()
        value = model.getInfo().objective_function_value
        return value, np.array(solution.col_value), np.array(solution.row_dual)

    def _run(self, model: highspy.Highs) -> highspy.HighsModelStatus:
        left = self._limit - self.spent
        if left <= 0:
            raise Late
        before = model.getRunTime()
        model.setOptionValue("time_limit", before + left)
        model.run()
        self.spent += model.getRunTime() - before
        status = model.getModelStatus()
        if status == highspy.HighsModelStatus.kTimeLimit:
            raise Late
        return status

    def cheapest(self, costs: np.ndarray, cuts: Sequence[Row]) -> np.ndarray | None:
        """The cheapest yes or no of each candidate that meets all conditions; None if there is none."""
        model = _model(len(costs), cuts, costs=costs, upper=1, whole=True)
        model.setOptionValue("mip_max_nodes", MOST_NODES)
        status = self._run(model)
        if status == highspy.HighsModelStatus.kInfeasible:
            return None
        values = np.array(model.getSolution().col_value)
        if not len(values) or status not in (
            highspy.HighsModelStatus.kOptimal,
            highspy.HighsModelStatus.kSolutionLimit,
        ):
            raise Late
        return values > 0.5


def solve(rows: Sequence[Row], costs: np.ndarray) -> np.ndarray:
    """The unknowns of one linear program at its least cost."""
    model = _model(len(costs), rows, costs=costs)
    model.run()
    if model.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise RuntimeError(f"The solver ended with {model.modelStatusToString(model.getModelStatus())}.")
    return np.array(model.getSolution().col_value)


def _model(
    count: int, rows: Sequence[Row], *, costs: np.ndarray | None = None, upper: float = math.inf, whole: bool = False
) -> highspy.Highs:
    model = highspy.Highs()
    for name, value in {"output_flag": False, "threads": 1, "random_seed": 1, "parallel": "off"}.items():
        model.setOptionValue(name, value)
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = count, len(rows)
    program.col_cost_ = np.zeros(count) if costs is None else costs
    program.col_lower_, program.col_upper_ = np.zeros(count), np.full(count, upper)
    program.row_lower_ = np.array([row.least for row in rows], dtype="f8")
    program.row_upper_ = np.array([row.most for row in rows], dtype="f8")
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    program.a_matrix_.start_ = np.cumsum([0, *(len(row.columns) for row in rows)])
    program.a_matrix_.index_ = np.concatenate([[], *(row.columns for row in rows)]).astype("i4")
    program.a_matrix_.value_ = np.concatenate([[], *(row.factors for row in rows)])
    if whole:
        program.integrality_ = [highspy.HighsVarType.kInteger] * count
    model.passModel(program)
    return model


@dataclass(frozen=True)
class Choice:
    """suppressed: places of the candidates. open: places of what is asked for that no suppression can protect."""

    suppressed: frozenset[int]
    open: frozenset[int]


def choose(
    count: int,
    rows: Sequence[Row],
    candidates: Mapping[int, tuple[float, float, float]],
    asked: Sequence[Asked],
    least: int,
    limit: float,
) -> tuple[Choice, float]:
    """The cheapest suppressions after which everything asked for is as uncertain as it must be.

    rows: with the bounds that hold without further suppression. candidates: row -> (bounds once suppressed, cost).
    least: a difference that is certain may be that large, or 0. limit: seconds. Also gives the seconds taken; `Late`.
    """
    solver = Solver(count, rows, limit)
    places = sorted(candidates)
    of_place = {row: number for number, row in enumerate(places)}
    costs = np.array([candidates[row][2] for row in places])
    shown = np.array([(row.least, row.most) for row in rows], dtype="f8").reshape(-1, 2)
    hidden = shown.copy()
    for row in places:
        hidden[row] = candidates[row][:2]
    cuts: list[Row] = []
    chosen = np.zeros(len(places), dtype=bool)
    opened: set[int] = set()
    for _ in range(MOST_ROUNDS):
        now = shown.copy()
        for row in np.array(places, dtype="i8")[chosen]:
            now[row] = hidden[row]
        solver.bound(places, now[places, 0] if places else [], now[places, 1] if places else [])
        wanting = _wanting(solver, asked, opened, least)
        found = False
        for place, duals in wanting:
            cut = _cut(duals, asked[place].width, shown, hidden, of_place)
            if cut is None:
                opened.add(place)
            else:
                cuts.append(cut)
                found = True
        if not wanting:
            return Choice(frozenset(int(row) for row in np.array(places, dtype="i8")[chosen]), frozenset(opened)), (
                solver.spent
            )
        if opened:  # coarser cells are needed anyway, and change everything
            return Choice(frozenset(), frozenset(opened)), solver.spent
        if found:
            better = solver.cheapest(costs, cuts)
            if better is None:
                return Choice(frozenset(), frozenset(place for place, _ in wanting)), solver.spent
            chosen = better
    raise Late


def _wanting(
    solver: Solver, asked: Sequence[Asked], opened: set[int], least: int
) -> list[tuple[int, tuple[np.ndarray, np.ndarray]]]:
    """What is too certain: its place, and the dual prices of its smallest and its largest value."""
    if not asked:
        return []
    low, high = np.full(len(asked), np.inf), np.full(len(asked), -np.inf)
    values = _Values(asked)

    def witness(solved: np.ndarray) -> None:
        held = values.of(solved)
        np.minimum(low, held, out=low)
        np.maximum(high, held, out=high)

    def enough(place: int) -> bool:
        return high[place] - low[place] >= asked[place].width - _EXACT

    # Everything small or large at once settles most of it with two programs.
    for sign in (1, -1):
        together = solver.least(*values.together(sign))
        if together is not None:
            witness(together[1])
    wanting = []
    for place, one in enumerate(asked):
        if place in opened or enough(place):
            continue
        bottom = solver.least(one.columns, one.factors)
        if bottom is not None:
            witness(bottom[1])
            if enough(place):
                continue
        top = solver.least(one.columns, -one.factors)
        if bottom is None or top is None:
            continue
        witness(top[1])
        smallest, largest = bottom[0], -top[0]
        if largest - smallest >= one.width - _EXACT:
            continue
        if one.difference and (smallest >= least - _EXACT or largest <= _EXACT):
            continue
        wanting.append((place, (bottom[2], top[2])))
    return wanting


class _Values:
    """What is asked for, worked out from the unknowns."""

    def __init__(self, asked: Sequence[Asked]):
        self._columns = np.concatenate([one.columns for one in asked]).astype("i8")
        self._factors = np.concatenate([one.factors for one in asked])
        self._starts = np.cumsum([0, *(len(one.columns) for one in asked)])[:-1]

    def together(self, sign: int) -> tuple[np.ndarray, np.ndarray]:
        columns, place = np.unique(self._columns, return_inverse=True)
        return columns, sign * np.bincount(place.reshape(-1), self._factors)

    def of(self, solved: np.ndarray) -> np.ndarray:
        return np.add.reduceat(self._factors * solved[self._columns], self._starts)


def _cut(
    duals: tuple[np.ndarray, np.ndarray],
    width: int,
    shown: np.ndarray,
    hidden: np.ndarray,
    of_place: Mapping[int, int],
) -> Row | None:
    """The condition on suppressions without which this range stays too small; None if none can widen it.

    A range is at most the dual bound: minus the prices times the bounds that they are paid for. Suppressing a count
    moves its bounds apart, and so the bound of the range by at most price times that.
    """
    bound, gains = 0.0, {}
    for prices in duals:
        for row in np.flatnonzero(np.abs(prices) > _EXACT * 0.01):
            side = 0 if prices[row] > 0 else 1
            if not math.isfinite(shown[row, side]):
                continue
            bound += prices[row] * shown[row, side]
            if row in of_place:
                gain = prices[row] * (shown[row, side] - hidden[row, side])
                if gain > 0:
                    gains[of_place[row]] = gains.get(of_place[row], 0.0) + gain
    needed = width + bound
    if sum(gains.values()) < needed - _EXACT or not gains:
        return None
    factors = np.array([min(gain, needed) for gain in gains.values()])
    return Row(np.array(list(gains), dtype="i4"), factors, needed - _EXACT, math.inf)
