"""What a request would reveal about people, counted on the real rows before anybody decides; counts and names only.

People are judged over the whole sequence of their records: the class of a person is everybody whose records say the
same of who they are. A direct identifier names a person whatever else is asked for, and is no part of the classes.
"""

from dataclasses import dataclass, replace
from functools import partial, reduce

import numpy as np

from extracts.catalogue.public import DATASETS, GEOGRAPHY_HOLDS, Sensitivity, tells_an_event
from extracts.engine import alike
from extracts.engine.alike import Classes, Said, Sequences
from extracts.engine.events import Diversity, diversity, unlike
from extracts.engine.gathering import PEOPLE, SHARES, Gathered, Source, together
from extracts.engine.labels import Joint, joint, labelled
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
    (dataset.field released instead, form); the first is the form asked for, None if each of its numbers is its own."""

    name: str
    tag: int
    said: Said
    forms: dict[tuple[str, str], np.ndarray | None]
    joint: Joint

    @property
    def says(self) -> np.ndarray | None:
        """What its numbers say in the form asked for."""
        return next(iter(self.forms.values()))


Tables = list[tuple[TablePlan, Gathered]]


def assess(plan: Plan, tables: Tables, source: Source) -> Risk:
    """tables: the plan's, gathered in the shares of people."""
    marks = Demography(tables, source)
    classes, class_of, sizes = marks.classes(plan.k)
    diverse = tuple(
        diversity(f"{table.dataset}.{column.name}", labelled(gathered, column), gathered, class_of, sizes, source)
        for table, gathered in tables
        for column in table.columns
        if marks.names and _sensitive(table.dataset, column)
    )
    del class_of, sizes
    coarser, combinations = marks.variants(plan.k)
    direct = tuple(
        f"{table.dataset}.{column.name}" for table in plan.tables for column in table.columns if column.direct
    )
    return Risk(
        k=plan.k,
        fields=marks.names,
        identified=direct,
        classes=classes,
        coarser=tuple(coarser),
        combinations=tuple(combinations),
        diversity=diverse,
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
    matching = [labels for column, labels in told if column in fields]
    matchable = unlike(gathered, matching, source) if fields else None
    # What is like no other in some fields is so in all.
    every = unlike(gathered, [labels for _, labels in told], source, matchable and matchable.others)
    return Events(
        dataset=table.dataset,
        rows=int(gathered.counts.sum()),
        people=int(np.count_nonzero(gathered.people)),
        unique_rows=every.rows,
        fields=tuple(column.name for column in fields),
        matchable_rows=matchable.rows if matchable else 0,
        matchable_people=matchable.people if matchable else 0,
    )


class Demography:
    """What the tables' records say of who people are, as marks; `classes` comes before what is coarser."""

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
        counts = sum((gathered.counts for _, gathered in self._tables), np.zeros(SHARES, dtype="int64"))
        tasks = (partial(self._records, shares) for shares in together(counts))
        self._sequences = alike.sequences(self._width, tag, tasks, self._pool)

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
        class_of, sizes, fewer = alike.grouped(self._sequences, self._told({}), self._places, self._pool)
        if all(field.says is None for field in self._fields):  # else a wider area may tell what the place does not
            self._sequences = fewer
        return alike.classes([sizes], k, self._pool), class_of, sizes

    def variants(self, k: int) -> tuple[list[Coarser], list[Combination]]:
        """Each field coarser, by one field at a time, all others as asked; and fewer fields than all: each by itself,
        most telling first, then these together, one more each time, short of all of them.

        Who is alone by fewer fields is alone by more, and need not be looked at again.
        """
        single = {name: self._by(self._only((name,)), k) for name in self.names} if len(self.names) > 1 else {}
        order = sorted(single, key=lambda name: (-single[name][0].below, -single[name][0].alone))
        alone = [single[name][1] for name in order]
        combinations = [Combination((name,), single[name][0].alone, single[name][0].below) for name in order]
        found: dict[str, list[Coarser]] = {}
        before = None  # by all fields that come before
        for at, name in enumerate(order or self.names):
            known = [*([] if before is None else [before]), *alone[at + 1 :]]
            found[name] = self._coarser(name, reduce(np.logical_or, known) if known else None, k)
            if 0 < at < len(order) - 1:
                count, before = self._by(self._only(tuple(order[: at + 1])), k, before | alone[at])
                combinations.append(Combination(tuple(order[: at + 1]), count.alone, count.below))
            elif order:
                before = alone[0] if at == 0 else None
        return [one for name in self.names for one in found[name]], combinations

    def _coarser(self, name: str, known: np.ndarray | None, k: int) -> list[Coarser]:
        field = next(field for field in self._fields if field.name == name)
        count, alone = self._by({name: None}, k, known)
        found = [Coarser(name, name, LEFT_OUT, count.alone, count.below)]
        done: list[tuple[np.ndarray, np.ndarray]] = []
        for (instead, form), says in reversed(list(field.forms.items())[1:]):
            told = [other for less, other in done if _tells(says, less)]
            count, by_form = self._by({name: says}, k, reduce(np.logical_or, told, alone))
            done.append((says, by_form))
            found.append(Coarser(name, instead, form, count.alone, count.below))
        return found[:0:-1] + found[:1]

    def _only(self, names: tuple[str, ...]) -> dict[str, np.ndarray | None]:
        return {name: None for name in self.names if name not in names}

    def by(self, changed: dict[str, np.ndarray | None], k: int) -> Classes:
        """The classes with some fields in another form, or left out (None)."""
        return self._by(changed, k)[0]

    def _by(
        self, changed: dict[str, np.ndarray | None], k: int, known: np.ndarray | None = None
    ) -> tuple[Classes, np.ndarray]:
        return alike.counted(self._sequences, self._told(changed), k, self._pool, known)

    def _told(self, changed: dict[str, np.ndarray | None]) -> list[list[Said]]:
        told: list[list[Said]] = [[] for _ in self._tables]
        for field in self._fields:
            if field.name not in changed:
                told[field.tag].append(field.said.saying(field.says))
            elif (says := changed[field.name]) is not None:
                told[field.tag].append(field.said.saying(says))
        return told

    def _records(self, shares: range) -> tuple[np.ndarray, np.ndarray]:
        """(person, mark) of each record of some shares."""
        people, marks = [np.empty(0, dtype="int32")], [np.empty(0, dtype="u8")]
        for tag, (_, gathered) in enumerate(self._tables):
            people.append(gathered.of(shares, PEOPLE))
            said = np.full(len(people[-1]), tag << (self._width - self._tag), dtype="u8")
            for field in (field for field in self._fields if field.tag == tag):
                said |= field.joint.of(gathered.of(shares, field.joint.names), field.said.shift)
            marks.append(said)
        return np.concatenate(people), np.concatenate(marks)


def _asked(dataset: str, tag: int, shift: int, column: Column, gathered: Gathered) -> _Asked:
    """Numbers for what a field says in all its forms at once: equal numbers say the same in each."""
    forms = [(f"{dataset}.{other.name}", other) for other in (column, *wider(dataset, column))]
    every = joint([labelled(gathered, other) for _, other in forms])
    says = {(name, other.form): every.says[place] for place, (name, other) in enumerate(forms)}
    if len(np.unique(every.says[0])) == every.count:
        says[next(iter(says))] = None
    return _Asked(f"{dataset}.{column.name}", tag, Said(shift, _bits(every.count)), says, every)


def _tells(says: np.ndarray, less: np.ndarray) -> bool:
    """Whether who knows what numbers say in one form knows what they say in the other."""
    both = np.unique(says.astype("int64") * (int(less.max()) + 1) + less)
    return len(both) == len(np.unique(says))


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
