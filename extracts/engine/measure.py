"""What an extract would hold and how alone it would leave people, counted before any file exists; counts only."""

# ruff: noqa: S608 - queries are made of declared names, numbers and quoted literals, never of what people type

from dataclasses import dataclass

from extracts.engine import sql
from extracts.engine.plan import Column, Plan, TablePlan
from extracts.engine.session import Session


@dataclass(frozen=True)
class TableMeasure:
    """rows, people: of the output. unique_rows: rows alike to no other in all released fields.

    opted_out_rows: rows of the period whose person opted out; unmapped_rows: that belong to no known person.
    """

    rows: int
    people: int
    unique_rows: int
    opted_out_rows: int
    unmapped_rows: int


@dataclass(frozen=True)
class KAnonymity:
    """Of people alike in the demography released, over the whole sequence of their records in all tables.

    fields: what counts as demography, `dataset.field`. smallest: people in the smallest class, None without people.
    people_below_k: people in classes smaller than k.
    """

    k: int
    fields: tuple[str, ...]
    classes: int
    smallest: int | None
    people_below_k: int

    @property
    def holds(self) -> bool:
        return self.people_below_k == 0


@dataclass(frozen=True)
class Measure:
    tables: dict[str, TableMeasure]
    k_anonymity: KAnonymity


def measure(session: Session, plan: Plan) -> Measure:
    """Counts over prepared rows."""
    return Measure({table.dataset: _table(session, table) for table in plan.tables}, _k_anonymity(session, plan))


def _table(session: Session, table: TablePlan) -> TableMeasure:
    name = table.dataset
    rows, people = session.one(f"count {name}", f"SELECT count(*), count(DISTINCT person_id) FROM rows_{name}")
    fields = ", ".join(f'"{column.name}"' for column in table.columns)
    (unique,) = session.one(
        f"unique rows of {name}",
        f"SELECT count(*) FROM (SELECT 1 FROM ({sql.projected(table)}) GROUP BY {fields} HAVING count(*) = 1)",
    )
    unmapped, opted_out = session.one(
        f"rows left out of {name}",
        f"SELECT count(*) FILTER (m.person_id IS NULL), count(*) FILTER (o.person_id IS NOT NULL) FROM bound_{name} r"
        f" LEFT JOIN (SELECT * FROM bound_person_map WHERE dataset = {sql.quote(name)}) m ON m.tuple_id = r.tuple_id"
        " LEFT JOIN (SELECT DISTINCT person_id FROM bound_opted_out) o ON o.person_id = m.person_id",
    )
    return TableMeasure(rows, people, unique, opted_out, unmapped)


def _k_anonymity(session: Session, plan: Plan) -> KAnonymity:
    marked = {table.dataset: [c for c in table.columns if c.demography or c.direct] for table in plan.tables}
    fields = tuple(f"{name}.{column.name}" for name, columns in marked.items() for column in columns)
    if plan.aggregated or not fields:  # no person is told apart in a table of counts
        return KAnonymity(plan.k, (), 0, None, 0)
    marks = " UNION ALL ".join(
        f"SELECT DISTINCT person_id, {_mark(name, columns)} AS mark FROM rows_{name}"
        for name, columns in marked.items()
        if columns
    )
    classes, smallest, below = session.one(
        "k-anonymity",
        f"WITH marks AS ({marks}),"
        " sequences AS"
        " (SELECT person_id, string_agg(mark, ';' ORDER BY mark) AS sequence FROM marks GROUP BY person_id),"
        " classes AS (SELECT count(*) AS people FROM sequences GROUP BY sequence)"
        f" SELECT count(*), min(people), coalesce(sum(people) FILTER (people < {plan.k}), 0) FROM classes",
    )
    return KAnonymity(plan.k, fields, classes, smallest, int(below))


def _mark(dataset: str, columns: list[Column]) -> str:
    """One record's demography as text, missing values included: being without a value is being alike too."""
    values = ", ".join(f"coalesce(CAST({sql.expression(c.operation, c.sources)} AS VARCHAR), '')" for c in columns)
    return f"concat_ws('|', {sql.quote(dataset)}, {values})"
