"""The rows that an output table will hold, as numbers, in no order yet: filters, people and cohort; writes nothing.

The rows of a few row groups at a time are kept apart by the first byte of their keyed record code, so that whoever
puts them in the order of the codes takes one share of that order from everywhere without looking at the rest.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from extracts.catalogue.public import DATASETS, Field, Filter
from extracts.engine import sql
from extracts.engine.bindings import Bindings
from extracts.engine.columns import Column, Columns, Condition
from extracts.engine.keys import AgreementKey
from extracts.engine.people import People
from extracts.engine.plan import CohortPart, Keep, Plan, TablePlan
from extracts.engine.scanning import Picked, RowGroup, row_groups, typed
from extracts.engine.session import Session, failing

SHARES = 256
# Row groups are taken so many at once, if that leaves so many tasks: each row group of its own would be one more place
# to look in for every share.
AT_ONCE, TASKS = 8, 32
# As few rows as numpy takes no longer for than Python takes to ask it.
TOGETHER = 100_000
# The map of people has so many times as many entries as there are rows to look at, or tuples found, if they are few.
LOOKED_AT, FEW = 5, 50
# Rows beyond so many bytes wait in the run's private folder.
HELD = 1_500_000_000
# What every row has beside its columns, by the same kind of name.
RECORDS, PEOPLE, RANKS = ("record_key",), ("person",), ("match_rank",)


@dataclass(frozen=True)
class Rows:
    """Rows of some row groups. `starts`: where each share begins, and the end. `numbers`: by the columns' names."""

    starts: np.ndarray
    numbers: dict[tuple[str, ...], np.ndarray]

    def of(self, share: int, names: tuple[str, ...]) -> np.ndarray:
        """One column of one share."""
        return self.numbers[names][self.starts[share] : self.starts[share + 1]]


@dataclass(frozen=True)
class Gathered:
    """What a table will hold. people: the list of those it is about."""

    rows: list[Rows]
    columns: Columns
    people: np.ndarray
    _domains: dict[tuple[str, ...], np.ndarray] = field(default_factory=dict)

    def domain(self, column: Column) -> np.ndarray:
        """The distinct numbers of a column of all rows, as `Column.domain` has them; looked for once."""
        if column.names not in self._domains:
            self._domains[column.names] = column.domain(*(rows.numbers[column.names] for rows in self.rows))
        return self._domains[column.names]

    @property
    def counts(self) -> np.ndarray:
        """Rows in each share."""
        return sum((np.diff(rows.starts) for rows in self.rows), np.zeros(SHARES, dtype="int64"))

    def of(self, shares: range, names: tuple[str, ...]) -> np.ndarray:
        """One column of some shares, share by share."""
        parts = [rows.of(share, names) for share in shares for rows in self.rows]
        return np.concatenate([part for part in parts if len(part)] or [np.empty(0, dtype="int32")])


def together(counts: np.ndarray) -> list[range]:
    """Shares, so many rows in each, in ranges worth a task each."""
    parts = np.minimum(np.cumsum(counts) // TOGETHER, SHARES)
    cuts = [0, *(1 + np.flatnonzero(np.diff(parts))), len(counts)]
    return [range(int(first), int(last)) for first, last in pairwise(cuts)]


# Of row groups, by file and place: the places of the rows that meet every condition, and the tuples they came with.
Met = dict[tuple[str, int], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Looked:
    """What is known of rows before it is known who is who. picked: of a dataset, all that may be kept, if few."""

    met: Met = field(default_factory=dict)
    picked: dict[str, list[Picked]] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """Where rows come from: the files, who is who, DuckDB for what a value means, and what was looked at already."""

    bindings: Bindings
    people: People
    session: Session
    pool: Executor
    looked: Looked = field(default_factory=Looked)


class _Conditions:
    """Which rows of a row group meet every condition."""

    def __init__(self, part: TablePlan | CohortPart, columns: Columns):
        self._every: list[list[Condition]] = []
        # Of those that ask for the text of columns as it stands: each of the columns, with the texts asked for.
        self.plain: list[dict[str, tuple[str, ...]]] = []
        dataset = DATASETS[part.dataset]
        for item in (item for step in part.steps if isinstance(step, Keep) for item in step.conditions):
            fields = dataset.fields_named(item.field)
            plain = all(sql.is_plain_text(dataset, field, item.form) for field in fields)
            self._every.append(
                [Condition(columns, field.columns, _truth(columns, field, item, plain)) for field in fields]
            )
            if plain:
                self.plain.append({field.columns[0]: item.values for field in fields})

    def possible(self, group: RowGroup) -> bool:
        """False only if the statistics of the row group show that no row meets every condition."""
        return all(any(group.may_hold(name, values) for name, values in fields.items()) for fields in self.plain)

    def certain(self, group: RowGroup) -> bool:
        """True only if the statistics of the row group show that every row has the text that is asked for."""
        return all(any(group.holds_only(name, values) for name, values in fields.items()) for fields in self.plain)

    @property
    def names(self) -> set[str]:
        """The columns that are read."""
        return {"tuple_id", *(name for fields in self._every for one in fields for name in one.column.names)}

    def met(self, group: RowGroup | Picked) -> tuple[np.ndarray, np.ndarray]:
        """(places of the rows, the tuples they came with)."""
        read = group.read(self.names)
        met = np.ones(group.rows, dtype=bool)
        for fields in self._every:
            met &= np.logical_or.reduce([one.met(one.column.numbers(read)) for one in fields])
        met &= np.asarray(read["tuple_id"].is_valid())
        places = np.flatnonzero(met)
        return places, np.asarray(read["tuple_id"].fill_null(0)).take(places)


def _truth(columns: Columns, field: Field, item: Filter, plain: bool) -> Callable[[np.ndarray], pa.Array]:
    """Of values of a column whether they meet the condition."""
    if plain:
        asked = pa.array(item.values, pa.string())
        return lambda domain: pc.is_in(columns.as_stored(field.columns, domain), asked, skip_nulls=True)
    return partial(columns.evaluate, sql.meets(field, item), field.columns)


class _Sieve:
    """Which rows of a row group are kept, by the conditions and by whom they are about."""

    def __init__(self, source: Source, part: TablePlan | CohortPart, columns: Columns, only: Sequence[np.ndarray]):
        self._map = source.people.maps[part.dataset]
        self._released = source.people.released(only)
        self._conditions, self._met = _Conditions(part, columns), source.looked.met
        self.possible = self._conditions.possible

    def kept(self, group: RowGroup | Picked) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """(places of the rows kept, their people, their match ranks)."""
        known = self._met.get(_name(group)) if isinstance(group, RowGroup) else None
        places, tuples = known or self._conditions.met(group)
        people, ranks = self._map.find(tuples)
        known = self._released.take(people)
        return places[known], people[known], None if ranks is None else ranks[known]


def cohort(source: Source, parts: tuple[CohortPart, ...]) -> np.ndarray:
    """The list of the people in every part."""
    everyone = ~source.people.nobody()
    for part in parts:
        everyone &= _people_of(source, part)
    return everyone


def _people_of(source: Source, part: CohortPart) -> np.ndarray:
    found = source.people.nobody()
    sieve = _Sieve(source, part, Columns(part.dataset, source.session), ())

    def look(group: RowGroup) -> None:
        with failing(f"cohort by {part.dataset}"):
            found[sieve.kept(group)[1]] = True

    list(source.pool.map(look, _groups(source.bindings, part, sieve)))
    return found


def gather(source: Source, table: TablePlan, key: AgreementKey | None, only: Sequence[np.ndarray]) -> Gathered:
    """only: the lists of people on which those that the rows are about must all stand.

    Without a key the shares are those of people, all rows of a person in one, and record codes are not read.
    """
    columns = Columns(table.dataset, source.session)
    wanted = {column.names: column for column in (columns.of(item.sources) for item in table.columns)}
    sieve = _Sieve(source, table, columns, only)
    people = source.people.nobody()
    take = partial(_take, sieve, list(wanted.values()), key, table.dataset, people)
    picked = source.looked.picked.get(table.dataset)
    groups = _groups(source.bindings, table, sieve) if picked is None else picked
    several = max(1, min(AT_ONCE, len(groups) // TASKS))
    found = source.pool.map(take, (groups[first : first + several] for first in range(0, len(groups), several)))
    with failing(f"rows of {table.dataset}"):
        rows = list(_held((rows for rows in found if rows is not None), source.session.folder))
    return Gathered(rows, columns, people)


def few_tuples(
    plan: Plan, bindings: Bindings, session: Session, pool: Executor, entries: int
) -> tuple[Looked, dict | None]:
    """(what is known now of the rows that a plan of one table may keep; their sorted tuples, by dataset).

    Looks first only where the files' statistics leave few rows to look at, beside so many entries of the map of people,
    and do not tell already that many of them are asked for. No tuples if there may be many of them, for whom to read
    the whole map is the shorter way.
    """
    if plan.cohort or len(plan.tables) > 1:
        return Looked(), None
    (table,) = plan.tables
    columns = Columns(table.dataset, session)
    conditions = _Conditions(table, columns)
    groups = _groups(bindings, table, conditions)
    certain = sum(group.rows for group in groups if conditions.plain and conditions.certain(group))
    if sum(group.rows for group in groups) * LOOKED_AT > entries or certain * FEW > entries:
        return Looked(), None
    with failing(f"rows of {table.dataset}"):
        if conditions.plain:
            names = {name for item in table.columns for name in columns.of(item.sources).names}
            rows = _picked(session, table.dataset, groups, conditions, names)
            looked = Looked(picked={table.dataset: rows})
            found = [np.asarray(part.columns["tuple_id"].drop_null()) for part in rows]
        else:
            met = dict(zip(map(_name, groups), pool.map(conditions.met, groups), strict=True))
            looked, found = Looked(met), [tuples for _, tuples in met.values()]
    tuples = np.unique(np.concatenate([np.empty(0, dtype="int64"), *found]))
    return looked, {table.dataset: tuples} if len(tuples) * FEW <= entries else None


def _picked(
    session: Session, dataset: str, groups: list[RowGroup], conditions: _Conditions, names: set[str]
) -> list[Picked]:
    """The rows whose text is what the plain conditions ask for, by DuckDB, which reads of all other columns no more
    than those rows need."""
    types = dict(DATASETS[dataset].columns)
    read = sorted({"record_key", *conditions.names, *names})
    asked = (
        " OR ".join(f"{sql.column(name)} IN ({', '.join(map(sql.quote, values))})" for name, values in fields.items())
        for fields in conditions.plain
    )
    listed = ", ".join(map(sql.column, read))
    source = sql.source(dict.fromkeys(group.path for group in groups), [(name, types[name]) for name in read])
    where = " AND ".join(f"({one})" for one in asked)
    table = session.table(f"rows of {dataset}", f"SELECT {listed} FROM ({source}) WHERE {where}")  # noqa: S608
    columns = {name: typed(table[name], types[name]) for name in read}
    parts = (slice(first, first + TOGETHER) for first in range(0, len(table), TOGETHER))
    return [Picked(len(table[at]), {name: column[at] for name, column in columns.items()}) for at in parts]


def _name(group: RowGroup) -> tuple[str, int]:
    return group.path, group.place


def _groups(bindings: Bindings, part: TablePlan | CohortPart, sieve: _Sieve | _Conditions) -> list[RowGroup]:
    with failing(f"open {part.dataset}"):
        files = bindings.partition(part.dataset, part.scan.period_from, part.scan.period_to)
        return [group for group in row_groups(files, DATASETS[part.dataset].columns) if sieve.possible(group)]


def _take(
    sieve: _Sieve,
    wanted: list[Column],
    key: AgreementKey | None,
    dataset: str,
    seen: np.ndarray,
    groups: Sequence[RowGroup | Picked],
) -> Rows | None:
    with failing(f"rows of {dataset}"):
        parts = [part for group in groups if (part := _kept(sieve, wanted, key, group))]
        if not parts:
            return None
        numbers = {names: np.concatenate([part[names] for part in parts]) for names in parts[0]}
        people = numbers[PEOPLE]
        seen[people] = True
        if key:
            share = key.record_blocks(dataset, numbers[RECORDS])[:, 0]
        else:
            share = (people.astype("int64") * SHARES // len(seen)).astype("u1")
        order = np.argsort(share, kind="stable")
        starts = np.concatenate([[0], np.cumsum(np.bincount(share, minlength=SHARES))])
        return Rows(starts, {names: column.take(order) for names, column in numbers.items()})


def _kept(
    sieve: _Sieve, wanted: list[Column], key: AgreementKey | None, group: RowGroup | Picked
) -> dict[tuple[str, ...], np.ndarray]:
    """The columns of the rows that are kept; nothing if there are none."""
    places, people, ranks = sieve.kept(group)
    if not len(places):
        return {}
    read = group.read({*(["record_key"] if key else []), *(name for column in wanted for name in column.names)})
    numbers = {column.names: _narrow(column.numbers(read, places)) for column in wanted} | {PEOPLE: people}
    if key:
        numbers[RECORDS] = np.asarray(read["record_key"]).take(places)
    if ranks is not None:
        numbers[RANKS] = ranks
    return numbers


def _held(found: Iterable[Rows], folder: Path) -> Iterator[Rows]:
    """The same rows; beyond HELD bytes they lie in files of the folder, from which a share at a time is read."""
    held = 0
    for place, rows in enumerate(found):
        held += sum(part.nbytes for part in rows.numbers.values())
        if held > HELD:
            rows = Rows(
                rows.starts,
                {n: _put(folder / f"rows-{place}-{at}.npy", part) for at, (n, part) in enumerate(rows.numbers.items())},
            )
        yield rows


def _put(path: Path, numbers: np.ndarray) -> np.ndarray:
    np.save(path, numbers)
    return np.load(path, mmap_mode="r")


def _narrow(numbers: np.ndarray) -> np.ndarray:
    """The same numbers in fewer bytes, if they are numbers of texts."""
    for kind in ("u1", "u2"):
        if numbers.min() >= 0 and numbers.max() <= np.iinfo(kind).max:
            return numbers.astype(kind)
    return numbers
