"""The look at a written table of counts before release, apart from what made it; each check is named and fails closed.

The files are read back; every cell is counted again, one query for each combination of columns, and held against the
rule. Details say how many, never a count.
"""

# ruff: noqa: S608 - queries are made of declared names, numbers and quoted literals, never of what people type

from collections.abc import Callable, Mapping
from itertools import combinations
from pathlib import Path

from extracts.catalogue.public import COUNTED_BY, SUBNATIONAL
from extracts.engine import packed_csv, sql
from extracts.engine.bindings import Bindings
from extracts.engine.checks import Check, attempt, files_as_written
from extracts.engine.counts import ALL, UNKNOWN
from extracts.engine.disclosure import HES, Protected
from extracts.engine.errors import EngineError
from extracts.engine.plan import Column, Keep, Plan
from extracts.engine.runner import DuckDBRunner, WriteResult
from extracts.engine.session import Session, prepare

_NUMBERS = ("tests", "people")


def verify(
    plan: Plan, bindings: Bindings, folder: Path, result: WriteResult, protected: Protected, runner: DuckDBRunner
) -> list[Check]:
    """Every check, in order; release only if all passed. A check that cannot be carried out has failed."""
    try:
        rows = _read(folder, result)
    except Exception as error:  # whatever it is
        return [Check("readable", False, f"could not be carried out ({type(error).__name__})")]
    try:
        with runner.session(plan, bindings) as session:
            prepare(session, plan)
            steps: tuple[tuple[str, Callable[[], list[str]]], ...] = (
                ("files", lambda: files_as_written(folder, result, _expected(plan))),
                ("columns", lambda: _columns(plan, rows)),
                ("rows", lambda: _rows(plan, result, rows)),
                ("values", lambda: _values(plan, rows)),
                ("counts", lambda: _counts(session, plan, rows)),
                ("small numbers", lambda: _small_numbers(protected)),
                ("opt-outs", lambda: _opt_outs(session, plan)),
            )
            return [Check("readable", True, "passed"), *(attempt(name, step) for name, step in steps)]
    except EngineError as error:
        return [Check("readable", False, f"could not be carried out: {error.step}")]


def _read(folder: Path, result: WriteResult) -> list[dict[str, str]]:
    (file,) = result.files
    head, *body = packed_csv.rows(folder / file.name)
    return [dict(zip(head, row, strict=True)) for row in body]


def _expected(plan: Plan) -> set[str]:
    return {f"{plan.primary.dataset}.{form}" for form in plan.formats}


def _named(plan: Plan) -> tuple[str, ...]:
    return tuple(column.name for column in plan.primary.columns)


def _columns(plan: Plan, rows: list[dict[str, str]]) -> list[str]:
    wanted = [*_named(plan), *_NUMBERS]
    wrong = sum(list(row) != wanted for row in rows)
    return [f"{wrong} rows have not exactly the approved columns"] if wrong or not rows else []


def _rows(plan: Plan, result: WriteResult, rows: list[dict[str, str]]) -> list[str]:
    """Each combination once, with every total."""
    faults = []
    about = [tuple(row[name] for name in _named(plan)) for row in rows]
    if len(set(about)) != len(about):
        faults.append("a combination stands twice")
    every = 1
    for place in range(len(_named(plan))):
        every *= len({one[place] for one in about})
    if len(about) != every or len(rows) != result.tables[plan.primary.dataset].rows:
        faults.append("not every combination has its row")
    return faults


def _values(plan: Plan, rows: list[dict[str, str]]) -> list[str]:
    faults = []
    for column in plan.primary.columns:
        found = {row[column.name] for row in rows} - {ALL, UNKNOWN}
        if column.domain.values and (outside := len(found - set(column.domain.values))):
            faults.append(f"{outside} values of {column.name} are outside its approved form")
    wrong = sum(not (row[name] in ("*", ":") or row[name].isdecimal()) for row in rows for name in _NUMBERS)
    return [*faults, *([f"{wrong} cells are neither numbers nor signs"] if wrong else [])]


def _counts(session: Session, plan: Plan, rows: list[dict[str, str]]) -> list[str]:
    """Every cell is what the rule, or what protects others, makes of a second count."""
    labels = [{row[name] for row in rows} for name in _named(plan)]
    true = {
        about: numbers
        for about, numbers in _counted_again(session, plan).items()
        # The only category of a column is its own total.
        if not any(one == ALL and ALL not in told for one, told in zip(about, labels, strict=True))
    }
    narrowed = any(COUNTED_BY[name] in SUBNATIONAL for name in _conditions(plan))
    areas = [name for name in _named(plan) if COUNTED_BY[name] in SUBNATIONAL]
    stands = {tuple(row[name] for name in _named(plan)): row for row in rows}
    wrong = 0
    for about, row in stands.items():
        national = not narrowed and all(row[name] == ALL for name in areas)
        for name, number in zip(_NUMBERS, true.get(about, (0, 0)), strict=True):
            wrong += not _may_stand(row[name], number, national=national)
    missing = len(set(true) - set(stands))
    faults = [f"{wrong} cells are not what the rule shows"] if wrong else []
    return [*faults, *([f"{missing} combinations that have tests are missing"] if missing else [])]


def _may_stand(shown: str, number: int, *, national: bool) -> bool:
    if shown == ":":
        return not national
    if shown == "*":
        return not national and number > 0
    exact = national or number == 0
    return int(shown) == (number if exact else HES.rounded(number)) and (exact or number >= HES.least)


def _counted_again(session: Session, plan: Plan) -> Mapping[tuple[str, ...], tuple[int, int]]:
    """Tests and people by what they are about, from a query for each set of columns."""
    columns = plan.primary.columns
    names = [f"c{place}" for place in range(len(columns))]
    found: dict[tuple[str, ...], tuple[int, int]] = {}
    for size in range(len(columns) + 1):
        for held in combinations(columns, size):
            values = [_value(column) if column in held else sql.quote(ALL) for column in columns]
            listed = ", ".join(f"{value} AS {name}" for value, name in zip(values, names, strict=True))
            group = ", ".join(names)
            query = (
                f"SELECT {group}, count(person_id), count(DISTINCT person_id) FROM"
                f" (SELECT {listed}, person_id FROM rows_{plan.primary.dataset}) GROUP BY {group}"
            )
            for *about, tests, people in session.run("count again", query):
                if tests:
                    found[tuple(about)] = (tests, people)
    return found


def _value(column: Column) -> str:
    value = f"CAST({sql.expression(column.operation, column.sources)} AS VARCHAR)"
    if column.domain.values:
        listed = ", ".join(map(sql.quote, column.domain.values))
        value = f"CASE WHEN {value} IN ({listed}) THEN {value} END"
    return f"coalesce({value}, {sql.quote(UNKNOWN)})"


def _small_numbers(protected: Protected) -> list[str]:
    if protected.smallest is not None and protected.smallest < HES.feasible:
        return [f"a small number may be one of {protected.smallest} alone"]
    return []


def _opt_outs(session: Session, plan: Plan) -> list[str]:
    (found,) = session.one(
        "opt-outs",
        f"SELECT count(*) FROM rows_{plan.primary.dataset} WHERE person_id IN (SELECT person_id FROM bound_opted_out)",
    )
    return [f"{found} tests of people who opted out are counted"] if found else []


def _conditions(plan: Plan) -> list[str]:
    return [item.field for step in plan.primary.steps if isinstance(step, Keep) for item in step.conditions]
