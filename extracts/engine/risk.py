"""What a request would reveal about people, counted on the real rows before anybody decides; counts and names only.

People are judged over the whole sequence of their records: the class of a person is everybody whose records say the
same of who they are. A direct identifier names a person whatever else is asked for, and is no part of the classes.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from extracts.catalogue.public import DATASETS, GEOGRAPHY_HOLDS, Sensitivity, tells_an_event
from extracts.engine import alike
from extracts.engine.alike import Classes, Said, Sequences
from extracts.engine.events import Diversity, diversity, unlike
from extracts.engine.gathering import PEOPLE, SHARES, Gathered, Source
from extracts.engine.labels import Labels, labelled
from extracts.engine.plan import Attach, Column, Plan, TablePlan, look_ups, released

LEFT_OUT = ""


@dataclass(frozen=True)
class Coarser:
    """What would become of the classes if one field were left out, or released in a coarser form.

    field: `dataset.field`; instead: the field released in its place (a wider area), else the field itself.
    form: LEFT_OUT, or the name of the form.
    """

    field: str
    instead: str
    form: str
    alone: int
    below: int


@dataclass(frozen=True)
class Combination:
    """Classes by no more than these fields, `dataset.field`, in the forms asked for."""

    fields: tuple[str, ...]
    alone: int
    below: int


@dataclass(frozen=True)
class Events:
    """Rows of one table that are like no other. unique_rows: in all released fields.

    fields: those that another file may hold as they stand (dates, sites, codes). matchable_rows: like no other in
    these, and matchable_people: with at least one such row. A pseudonym is one for all rows of a person, so that one
    matched row tells whose they all are.
    """

    dataset: str
    rows: int
    people: int
    unique_rows: int
    fields: tuple[str, ...]
    matchable_rows: int
    matchable_people: int


@dataclass(frozen=True)
class Risk:
    """k: the least people that may be alike. fields: what they are compared by. identified: by these, outright."""

    k: int
    fields: tuple[str, ...]
    identified: tuple[str, ...]
    classes: Classes
    coarser: tuple[Coarser, ...]
    combinations: tuple[Combination, ...]
    diversity: tuple[Diversity, ...]
    events: tuple[Events, ...]


@dataclass(frozen=True)
class _Asked:
    """One field that people are told apart by. said: inside of the marks; forms: what its numbers say, by
    (dataset.field released instead, form); the first is the form asked for."""

    name: str
    tag: int
    said: Said
    forms: dict[tuple[str, str], np.ndarray]
    joint: np.ndarray
    base: Labels

    def bits(self, says: np.ndarray) -> int:
        return _bits(int(says.max()) + 1 if len(says) else 1)


Tables = list[tuple[TablePlan, Gathered]]


def assess(plan: Plan, tables: Tables, source: Source) -> Risk:
    """tables: the plan's, gathered in the shares of people."""
    marks = Demography(tables, source)
    classes, class_of, sizes = marks.classes(plan.k)
    direct = tuple(
        f"{table.dataset}.{column.name}" for table in plan.tables for column in table.columns if column.direct
    )
    return Risk(
        k=plan.k,
        fields=marks.names,
        identified=direct,
        classes=classes,
        coarser=tuple(marks.coarser(plan.k)),
        combinations=tuple(marks.combinations(plan.k)),
        diversity=tuple(
            diversity(f"{table.dataset}.{column.name}", labelled(gathered, column), gathered, class_of, sizes, source)
            for table, gathered in tables
            for column in table.columns
            if marks.names and _sensitive(table.dataset, column)
        ),
        events=tuple(_events(table, gathered, source) for table, gathered in tables),
    )


def demography(table: TablePlan) -> tuple[Column, ...]:
    """What people are told apart by."""
    return tuple(column for column in table.columns if column.demography and not column.direct)


def without_identifiers(plan: Plan) -> Plan:
    """What is read to measure a plan: no identifiers, but also the look-ups that coarser forms rest on.

    Nobody has approved the request yet, so that nothing of the vault's identifiers is opened for it.
    """
    return replace(plan, tables=tuple(map(_measured, plan.tables)), needs_vault=False)


def _measured(table: TablePlan) -> TablePlan:
    columns = tuple(column for column in table.columns if not column.direct)
    others = [other for column in demography(table) for other in wider(table.dataset, column)]
    sources = {source for column in (*columns, *others) for source in column.sources}
    joined = look_ups(DATASETS[table.dataset], sources)
    of_conditions = tuple(item for step in table.steps if isinstance(step, Attach) for item in step.look_ups)
    every = (*joined, *(item for item in of_conditions if not item.vault and item not in joined))
    steps = tuple(step for step in table.steps if not isinstance(step, Attach))
    return replace(table, columns=columns, steps=(*steps, Attach(every)) if every else steps)


def _sensitive(dataset: str, column: Column) -> bool:
    return not column.demography and DATASETS[dataset].field(column.name).sensitivity is Sensitivity.SENSITIVE


def _events(table: TablePlan, gathered: Gathered, source: Source) -> Events:
    told = [(column, labelled(gathered, column)) for column in table.columns]
    fields = [
        column for column in table.columns if tells_an_event(DATASETS[table.dataset].field(column.name), column.form)
    ]
    unique, _ = unlike(gathered, [labels for _, labels in told], source)
    rows, people = (
        unlike(gathered, [labels for column, labels in told if column in fields], source) if fields else (0, 0)
    )
    return Events(
        dataset=table.dataset,
        rows=int(gathered.counts.sum()),
        people=int(np.count_nonzero(gathered.people)),
        unique_rows=unique,
        fields=tuple(column.name for column in fields),
        matchable_rows=rows,
        matchable_people=people,
    )


class Demography:
    """What the tables' records say of who people are, as marks."""

    def __init__(self, tables: Tables, source: Source):
        self._pool, self._places = source.pool, source.people.places
        self._tables = [(table, gathered) for table, gathered in tables if demography(table)]
        self._fields: list[_Asked] = []
        widths = [0]
        for tag, (table, gathered) in enumerate(self._tables):
            shift = 0
            for column in demography(table):
                asked = _asked(table.dataset, tag, shift, column, gathered)
                self._fields.append(asked)
                shift += asked.said.bits
            widths.append(shift)
        tag = (len(self._tables) - 1).bit_length() if self._tables else 0
        self._width, self._tag = max(widths) + tag, tag
        self._sequences = alike.sequences(self._width, tag, (self._share(share) for share in range(SHARES)), self._pool)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self._fields)

    @property
    def sequences(self) -> Sequences:
        return self._sequences

    def classes(self, k: int) -> tuple[Classes, np.ndarray, np.ndarray]:
        """(the classes by all fields as asked, the class of each person by place, the sizes)."""
        if not self._fields:
            return Classes(0, 0, None, 0, 0), np.full(self._places, -1, dtype="int32"), np.empty(0, dtype="int64")
        class_of, sizes = alike.grouped(self._sequences, self._told({}), self._places, self._pool)
        return alike.classes(sizes, k), class_of, sizes

    def coarser(self, k: int) -> Iterator[Coarser]:
        """Each field coarser, by one field at a time, all others as asked."""
        for field in self._fields:
            for (instead, form), says in list(field.forms.items())[1:]:
                found = self.by({field.name: says}, k)
                yield Coarser(field.name, instead, form, found.alone, found.below)
            found = self.by({field.name: None}, k)
            yield Coarser(field.name, field.name, LEFT_OUT, found.alone, found.below)

    def combinations(self, k: int) -> Iterator[Combination]:
        """Each field by itself, most telling first; then these together, one more each time, short of all of them."""
        single = [(self._only((name,), k)) for name in self.names] if len(self.names) > 1 else []
        single.sort(key=lambda one: (-one.below, -one.alone))
        yield from single
        order = [name for one in single for name in one.fields]
        for count in range(2, len(order)):
            yield self._only(tuple(order[:count]), k)

    def _only(self, names: tuple[str, ...], k: int) -> Combination:
        found = self.by({name: None for name in self.names if name not in names}, k)
        return Combination(names, found.alone, found.below)

    def by(self, changed: dict[str, np.ndarray | None], k: int) -> Classes:
        """The classes with some fields in another form, or left out (None)."""
        return alike.counted(self._sequences, self._told(changed), k, self._pool)

    def _told(self, changed: dict[str, np.ndarray | None]) -> list[list[Said]]:
        told: list[list[Said]] = [[] for _ in self._tables]
        for field in self._fields:
            says = changed.get(field.name, next(iter(field.forms.values())))
            if says is not None:
                told[field.tag].append(field.said.saying(says, field.bits(says)))
        return told

    def _share(self, share: int) -> Callable[[], tuple[np.ndarray, np.ndarray]]:
        return lambda: self._records(share)

    def _records(self, share: int) -> tuple[np.ndarray, np.ndarray]:
        """(person, mark) of each record of a share."""
        people, marks = [np.empty(0, dtype="int32")], [np.empty(0, dtype="u8")]
        for tag, (_, gathered) in enumerate(self._tables):
            fields = [field for field in self._fields if field.tag == tag]
            for rows in gathered.rows:
                people.append(rows.of(share, PEOPLE))
                said = np.full(len(people[-1]), tag << (self._width - self._tag), dtype="u8")
                for field in fields:
                    numbers = field.joint.take(field.base.of(rows.of(share, field.base.names)))
                    said |= numbers.astype("u8") << np.uint64(field.said.shift)
                marks.append(said)
        return np.concatenate(people), np.concatenate(marks)


def _asked(dataset: str, tag: int, shift: int, column: Column, gathered: Gathered) -> _Asked:
    """Numbers for what a field says in all its forms at once: equal numbers say the same in each."""
    forms = [(f"{dataset}.{other.name}", other) for other in (column, *wider(dataset, column))]
    told = [labelled(gathered, other) for _, other in forms]
    base = told[0].places()
    meanings = np.stack([np.append(labels.meaning, len(labels.values)) for labels in told])
    distinct, joint = np.unique(meanings, axis=1, return_inverse=True)
    said = Said(shift, _bits(distinct.shape[1]))
    named = {(name, other.form): distinct[place] for place, (name, other) in enumerate(forms)}
    return _Asked(f"{dataset}.{column.name}", tag, said, named, joint.reshape(-1), base)


def wider(dataset: str, column: Column) -> list[Column]:
    """The coarser releasable forms of a field, the next one first; of a place, the areas that it lies in."""
    declared = DATASETS[dataset]
    field = declared.field(column.name)
    rank = field.form(column.form).rank
    found = [released(field, form) for form in reversed(field.forms) if form.rank < rank]
    if field.geography:
        held = GEOGRAPHY_HOLDS[field.geography]
        areas = [other for other in declared.fields if other.geography in held and not other.direct]
        areas.sort(key=lambda other: -len(GEOGRAPHY_HOLDS[other.geography]))
        found += [released(other, other.default_form) for other in areas]
    return found


def _bits(numbers: int) -> int:
    return max(1, (numbers - 1).bit_length())
