"""The plan in DuckDB's SQL: one expression per form, one query per step; reads no data and knows no keys.

Past one machine Spark runs the same queries, translated (`spark_session`): what is written here means the same there.
"""

# ruff: noqa: S608 - queries are made of declared names, numbers and quoted literals, never of what people type

from collections.abc import Iterable
from string import ascii_lowercase, ascii_uppercase

from extracts.catalogue.public import DATASETS, REFERENCE_TABLES, Dataset, Field, Filter, forms
from extracts.engine import plan as p

TYPES = {"int64": "BIGINT", "int16": "SMALLINT", "str": "VARCHAR", "date": "DATE"}
PERSON_MAP = (("dataset", "str"), ("tuple_id", "int64"), ("person_id", "int64"), ("match_rank", "int16"))
OPTED_OUT = (("person_id", "int64"),)


def quote(text: str) -> str:
    """A text literal."""
    return "'" + text.replace("'", "''") + "'"


def source(files: Iterable[str], columns: Iterable[tuple[str, str]]) -> str:
    """The files as one relation with exactly the declared columns and types; no files is a relation without rows."""
    columns, files = tuple(columns), tuple(files)
    if not files:
        return without_rows(columns)
    listed = ", ".join(quote(file) for file in files)
    return typed(columns, f"read_parquet([{listed}], hive_partitioning = false)")


def without_rows(columns: Iterable[tuple[str, str]]) -> str:
    """The declared columns of a table that has no files."""
    empty = ", ".join(f'CAST(NULL AS {TYPES[kind]}) AS "{name}"' for name, kind in columns)
    return f"SELECT {empty} WHERE false"


def typed(columns: Iterable[tuple[str, str]], relation: str) -> str:
    """Exactly the declared columns of a relation, in their declared types."""
    listed = ", ".join(f'CAST("{name}" AS {TYPES[kind]}) AS "{name}"' for name, kind in columns)
    return f"SELECT {listed} FROM {relation}"


def reference(table: str, key: str, among: str = "") -> str:
    """One row for each key of a reference table: where a key stands twice, the first in order of all columns counts.

    among: a query of the only keys that are asked for.
    """
    asked = f' AND "{key}" IN ({among})' if among else ""
    order = ", ".join(f'"{name}"' for name, _ in REFERENCE_TABLES[table])
    return (
        f'SELECT * FROM bound_{table} WHERE "{key}" IS NOT NULL{asked}'
        f' QUALIFY row_number() OVER (PARTITION BY "{key}" ORDER BY {order}) = 1'
    )


def column(name: str) -> str:
    """A column of the rows: `lsoa`, or `geography.msoa`, which the rows carry as geography__msoa."""
    return '"' + name.replace(".", "__") + '"'


def capitals(text: str) -> str:
    """The letters A to Z as capitals, and no others: what becomes of an ß or an ﬁ differs between programs."""
    return f"translate({text}, '{ascii_lowercase}', '{ascii_uppercase}')"


def expression(operation: forms.Operation, sources: tuple[str, ...]) -> str:
    """The value released by a form. Empty text counts as missing."""
    first, *others = (column(name) for name in sources)
    match operation:
        case forms.AsCode():
            return f"nullif(CAST({first} AS VARCHAR), '')"
        case forms.AsName():
            plain = f"regexp_replace({capitals(first)}, '[^A-Z0-9 &''(),./-]', ' ', 'g')"
            return f"nullif(regexp_replace({plain}, '^[^A-Z0-9]+', ''), '')"
        case forms.AsNumber(minimum=least, maximum=most):
            return f"CASE WHEN {first} BETWEEN {least} AND {most} THEN CAST({first} AS INTEGER) END"
        case forms.Prefix(length=length):
            return f"nullif(left(regexp_replace({capitals(first)}, '[.-]', '', 'g'), {length}), '')"
        case forms.Band(width=width, top=top):
            low = f"({first} // {width} * {width})"
            closed = f"{low}::VARCHAR || '-' || ({low} + {width - 1})::VARCHAR"
            return f"CASE WHEN {first} >= {top} THEN '{top}+' WHEN {first} >= 0 THEN {closed} END"
        case forms.Below(limit=limit):
            return f"CASE WHEN {first} < {limit} THEN 'Y' WHEN {first} >= {limit} THEN 'N' END"
        case forms.Recode(groups=groups):
            arms = " ".join(f"WHEN {quote(code)} THEN {quote(group)}" for code, group in groups)
            return f"CASE CAST({first} AS VARCHAR) {arms} END"
        case forms.DatePart(part="year"):
            return f"CAST(year({first}) AS INTEGER)"
        case forms.DatePart(part="month"):
            return f"strftime({first}, '%Y-%m')"
        case forms.DatePart(part="day"):
            return first
        case forms.DaysBetween():
            return f"CAST(date_diff('day', {first}, {others[0]}) AS INTEGER)"
    raise TypeError(f"no expression for {type(operation).__name__}")


def condition(item: Filter) -> str:
    """True where the field, or any field of the group, has one of the values in the filter's form."""
    return " OR ".join(meets(field, item) for field in DATASETS[item.dataset].fields_named(item.field))


def meets(field: Field, item: Filter) -> str:
    """True where this one field has one of the values in the filter's form."""
    values = ", ".join(quote(value) for value in item.values)
    return f"CAST({expression(field.form(item.form).operation, field.columns)} AS VARCHAR) IN ({values})"


def is_plain_text(dataset: Dataset, field: Field, form: str) -> bool:
    """Whether the form gives out a text column of the dataset as it stands."""
    return isinstance(field.form(form).operation, forms.AsCode) and (field.columns[0], "str") in dataset.columns


def rows(steps: tuple[p.Step, ...]) -> str:
    """The steps as one query, a named part each, ending in the rows kept."""
    parts = [f"step_{place} AS ({_step(step, f'step_{place - 1}')})" for place, step in enumerate(steps)]
    return f"WITH {', '.join(parts)} SELECT * FROM step_{len(steps) - 1}"


def _step(step: p.Step, before: str) -> str:
    match step:
        case p.Scan(dataset=dataset):
            return f"SELECT * FROM bound_{dataset}"
        case p.AttachPerson(dataset=dataset, max_match_rank=rank):
            strict_enough = "" if rank is None else f" AND m.match_rank BETWEEN 1 AND {rank}"
            return (
                f"SELECT r.*, m.person_id, m.match_rank FROM {before} r JOIN bound_person_map m"
                f" ON m.tuple_id = r.tuple_id AND m.dataset = {quote(dataset)}{strict_enough}"
            )
        case p.ExcludeOptedOut():
            return f"SELECT r.* FROM {before} r ANTI JOIN bound_opted_out o ON o.person_id = r.person_id"
        case p.Attach(look_ups=look_ups):
            return _attach(look_ups, before)
        case p.Keep(conditions=conditions):
            return f"SELECT * FROM {before} WHERE " + " AND ".join(f"({condition(item)})" for item in conditions)
        case p.InCohort():
            return f"SELECT r.* FROM {before} r SEMI JOIN cohort c ON c.person_id = r.person_id"
        case p.OfReleasedPeople():
            return f"SELECT r.* FROM {before} r SEMI JOIN released_people c ON c.person_id = r.person_id"
    raise TypeError(f"no query for {type(step).__name__}")


def _attach(look_ups: tuple[p.LookUp, ...], before: str, *, few: bool = False) -> str:
    """few: there are so few rows that to look only their keys up is the shorter way."""
    selected, joined = ["r.*"], [f"{before} r"]
    for item in look_ups:
        alias, _, left = item.left.rpartition(".")
        among = f'SELECT "{left}" FROM {before}' if few and not alias else ""
        joined.append(
            f"LEFT JOIN ({reference(item.table, item.right, among)}) {item.alias}"
            f' ON {item.alias}."{item.right}" = {alias or "r"}."{left}"'
        )
        selected += [f'{item.alias}."{name}" AS "{item.alias}__{name}"' for name, _ in REFERENCE_TABLES[item.table]]
    return f"SELECT {', '.join(selected)} FROM {' '.join(joined)}"


def cohort(parts: tuple[p.CohortPart, ...]) -> str:
    """The people in every part."""
    return " INTERSECT ".join(f"SELECT person_id FROM ({rows(part.steps)})" for part in parts)


def projected(table: p.TablePlan) -> str:
    """The released fields of a table, without keys: what is measured."""
    return f"SELECT {_fields(table)} FROM rows_{table.dataset}"


def numbered(table: p.TablePlan) -> str:
    """The released fields of a table with the numbers that its codes stand for."""
    numbers = f'person_id AS "{p.PERSON}", record_key AS "{p.RECORD_KEY}"'
    if table.linked:
        numbers += f', match_rank AS "{p.MATCH_RANK}"'
    return f"SELECT {numbers}, {_fields(table)} FROM rows_{table.dataset} WHERE person_id IS NOT NULL"


def _fields(table: p.TablePlan) -> str:
    return ", ".join(f'{expression(item.operation, item.sources)} AS "{item.name}"' for item in table.columns)


def mapped_twice(parts: Iterable[p.TablePlan | p.CohortPart]) -> str:
    """How many tuples of the parts' datasets stand twice in the map of people."""
    asked = " OR ".join(sorted({_mapped(part) for part in parts}))
    return (
        f"SELECT count(*) FROM (SELECT dataset, tuple_id FROM bound_person_map WHERE ({asked})"
        " AND tuple_id IS NOT NULL AND person_id IS NOT NULL GROUP BY dataset, tuple_id HAVING count(*) > 1)"
    )


def _mapped(part: p.TablePlan | p.CohortPart) -> str:
    rank = next(step.max_match_rank for step in part.steps if isinstance(step, p.AttachPerson))
    strict_enough = "" if rank is None else f" AND match_rank BETWEEN 1 AND {rank}"
    return f"(dataset = {quote(part.dataset)}{strict_enough})"


def of_values(expression: str, look_ups: tuple[p.LookUp, ...]) -> str:
    """The expression for each row of `distinct_values` (place and the columns it rests on), in order of place."""
    rows = _attach(look_ups, "distinct_values", few=True) if look_ups else "SELECT * FROM distinct_values"
    return f"SELECT {expression} AS value FROM ({rows}) ORDER BY place"
