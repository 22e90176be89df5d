"""A table of counts in place of records: counted by the released forms, with all totals; as shown once protected.

Sees rows as counts of a query only. Which cells may be shown is `disclosure`'s business; which fields it may be made or
narrowed by, the catalogue's (`counts`).
"""

# ruff: noqa: S608 - queries are made of declared names, numbers and quoted literals, never of what people type

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from extracts.catalogue.public import COUNTED_BY, DATASETS, SUBNATIONAL, Filter
from extracts.engine import sql
from extracts.engine.disclosure import Cell, Dimension, Family, Measure, Protected
from extracts.engine.encoding import Piece
from extracts.engine.errors import EngineError
from extracts.engine.files import OutputFile, write_table
from extracts.engine.plan import Keep, Plan
from extracts.engine.session import Session, prepare

# As the published statistics count them; people are of the same cells.
TESTS = Measure("tests")
PEOPLE = Measure("people", additive=False, within="tests")
MEASURES = (TESTS, PEOPLE)
UNKNOWN, ALL = "unknown", "All"
# Names that no code has: all that the conditions let through, and everything else of a dimension.
_ASKED, _REST = "(asked)", "(rest)"
_OLDEST = 130


@dataclass(frozen=True)
class Axis:
    """A dimension of the table. column: the released field, "" where it only narrows the table.

    shown: its categories in order. total: the category that stands for all that was asked; None: for all there is.
    """

    dimension: Dimension
    column: str
    shown: tuple[str, ...]
    total: str | None

    @property
    def told(self) -> tuple[str | None, ...]:
        """What a row may be about: None is the total. The only category there is, is its own total."""
        if not self.column:
            return (None,)
        return self.shown if len(self.shown) == 1 else (*self.shown, None)


@dataclass(frozen=True)
class Counted:
    """The table with its true counts, and the months that it is of."""

    axes: tuple[Axis, ...]
    family: Family
    months: tuple[str, ...]

    @property
    def header(self) -> tuple[str, ...]:
        return (*(axis.column for axis in self.axes if axis.column), *(measure.name for measure in MEASURES))

    def rows(self) -> list[tuple[tuple[str, ...], tuple[Cell, ...]]]:
        """(what the row is about, its cells), totals last."""
        found = []
        for chosen in product(*(axis.told for axis in self.axes)):
            named = [ALL if one is None else one for axis, one in zip(self.axes, chosen, strict=True) if axis.column]
            where = _where(self.axes, chosen)
            found.append((tuple(named), tuple(Cell(measure.name, where) for measure in MEASURES)))
        return found


def count(session: Session, plan: Plan, months: Sequence[str]) -> Counted:
    """Counts the plan's rows. months: those held of its period. EngineError names the step that failed."""
    if not months:
        raise EngineError("counts", "there are no data of these months")
    prepare(session, plan)
    table = plan.primary
    axes = tuple(_axes(session, plan, months))
    named = [axis for axis in axes if axis.column]
    columns = {column.name: column for column in table.columns}
    chosen = []
    for place, axis in enumerate(named):
        value = f"CAST({sql.expression(columns[axis.column].operation, columns[axis.column].sources)} AS VARCHAR)"
        listed = ", ".join(map(sql.quote, axis.shown))
        chosen.append(f"CASE WHEN {value} IN ({listed}) THEN {value} ELSE '{UNKNOWN}' END AS c{place}")
    names = ", ".join(f"c{place}" for place in range(len(named)))
    found = session.run(
        "counts",
        f"SELECT grouping({names}), {names}, count(*), count(DISTINCT person_id) FROM (SELECT {', '.join(chosen)},"
        f" person_id FROM rows_{table.dataset} WHERE person_id IS NOT NULL) GROUP BY CUBE ({names})",
    )
    counts: dict[Cell, int] = {}
    for combination in product(*(axis.told for axis in axes)):
        where = _where(axes, combination)
        counts |= {Cell(measure.name, where): 0 for measure in MEASURES}
    for totals, *values, tests, people in found:
        told = [None if totals >> (len(named) - 1 - place) & 1 else one for place, one in enumerate(values)]
        if any(one is None and None not in axis.told for one, axis in zip(told, named, strict=True)):
            continue
        left = iter(told)
        where = _where(axes, [next(left) if axis.column else None for axis in axes])
        for measure, number in ((TESTS, tests), (PEOPLE, people)):
            if Cell(measure.name, where) not in counts:
                raise EngineError("counts", "a row is of none of the categories that there are")
            counts[Cell(measure.name, where)] = number
    scope = {} if any(axis.dimension.name == "month" for axis in axes) else {"month": frozenset(months)}
    family = Family(tuple(axis.dimension for axis in axes), counts, MEASURES, scope)
    return Counted(axes, family, tuple(months))


def _where(axes: Iterable[Axis], chosen: Iterable[str | None]) -> tuple[tuple[str, str], ...]:
    found = []
    for axis, one in zip(axes, chosen, strict=True):
        category = axis.total if one is None else one
        if category is not None:
            found.append((axis.dimension.name, category))
    return tuple(sorted(found))


def _axes(session: Session, plan: Plan, months: Sequence[str]) -> Iterable[Axis]:
    table = plan.primary
    columns = {COUNTED_BY[column.name]: column for column in table.columns}
    narrowed: dict[str, list[Filter]] = {}
    for step in table.steps:
        for item in step.conditions if isinstance(step, Keep) else ():
            narrowed.setdefault(COUNTED_BY[item.field], []).append(item)
    for name in (*columns, *(other for other in narrowed if other not in columns)):
        base = _base(session, plan, name, columns.get(name), narrowed.get(name, ()), months)
        # Every test has a month, and a submission holds no test of another: there is no month that is not known.
        missing = frozenset() if name == "month" else frozenset({UNKNOWN})
        whole = frozenset(one for one, _ in base) | missing
        asked = whole
        for place, item in enumerate(narrowed.get(name, ())):
            held = frozenset(one for one, values in base if values[place + 1] in item.values)
            asked &= held
        if not asked:
            raise EngineError("counts", "a condition leaves nothing of what there is")
        column, categories = columns.get(name), {}
        if column is not None:
            for one, values in base:
                categories.setdefault(values[0] or UNKNOWN, set()).add(one)
            categories.setdefault(UNKNOWN, set()).update(missing)
        shown = {category: frozenset(held & asked) for category, held in categories.items() if held & asked}
        order = {value: place for place, value in enumerate(column.domain.values)} if column else {}
        ordered = sorted(shown, key=lambda one, order=order: (one == UNKNOWN, order.get(one, 0), one))
        total = None
        if asked != whole or name == "month":  # tables of other months are no part of this one's total
            shown[_ASKED], total = asked, _ASKED
        if whole - asked:
            shown[_REST] = whole - asked
        dimension = Dimension(name, shown, name in SUBNATIONAL)
        yield Axis(dimension, column.name if column else "", tuple(ordered), total)


def _base(session, plan, name, column, conditions, months) -> list[tuple[str, tuple[str | None, ...]]]:
    """Each base category of a dimension, with its value in the released form and in that of each condition."""
    dataset = DATASETS[plan.primary.dataset]
    fields = [dataset.field(item.field) for item in conditions]
    of_conditions = [
        sql.expression(field.form(item.form).operation, field.columns)
        for field, item in zip(fields, conditions, strict=True)
    ]
    of_column = "NULL" if column is None else sql.expression(column.operation, column.sources)
    sources = column.sources if column is not None else fields[0].columns
    codes = column.codes if column is not None else fields[0].codes
    values = ", ".join(f"CAST({one} AS VARCHAR)" for one in (of_column, *of_conditions))
    query = f"SELECT DISTINCT base, {values} FROM ({_whole(name, sources, codes, months, plan)}) WHERE base IS NOT NULL"
    return [(row[0], row[1:]) for row in session.run(f"categories of {name}", query)]


def _whole(name: str, sources: Sequence[str], codes: Sequence[tuple[str, str]], months: Sequence[str], plan) -> str:
    """A query for all there is of a dimension: `base`, and the columns that its fields are made of.

    Always the same categories, whatever form the field is asked for in.
    """
    source = sql.column(sources[0])
    match name:
        case "age":
            return f"SELECT CAST(n AS VARCHAR) AS base, n AS {source} FROM range(0, {_OLDEST + 1}) t(n)"
        case "month":
            listed = ", ".join(f"({sql.quote(month)})" for month in months)
            return f"SELECT v AS base, CAST(v || '-01' AS DATE) AS {source} FROM (VALUES {listed}) t(v)"
        case "place":
            return (
                "SELECT coalesce(district, icb, region) AS base, region AS geography__region, icb AS geography__icb,"
                " district AS geography__district FROM bound_geography"
            )
        case "provider":
            return f"SELECT provider AS base, provider FROM bound_{plan.primary.dataset}"
        case "deprivation":
            return f"SELECT CAST(n AS VARCHAR) AS base, n AS {source} FROM range(1, 11) t(n)"
    listed = ", ".join(f"({sql.quote(code)})" for code, _ in codes)
    return f"SELECT v AS base, v AS {source} FROM (VALUES {listed}) t(v)"


def write(
    counted: Counted, protected: Protected, table: str, formats: Iterable[str], folder: Path, threads: int
) -> list[OutputFile]:
    """Writes the table as it may be shown."""
    rows = counted.rows()
    lines = [",".join((*named, *(str(protected.show(cell)) for cell in cells))) + "\r\n" for named, cells in rows]
    filled = dict.fromkeys(counted.header, len(rows))
    piece = Piece(len(rows), filled, {}, None, memoryview("".join(lines).encode()))
    return write_table(folder, table, formats, counted.header, [piece], threads)
