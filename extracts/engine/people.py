"""Who a row is about, and whether anything of theirs may go out: the person map and lists of people as arrays.

People are numbered as the vault numbers them where its numbers lie close together, and by their place in the sorted
list of all of them where they do not; a list of people is then one byte for each.
"""

from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import reduce

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from extracts.engine.errors import EngineError
from extracts.engine.scanning import RowGroup, row_groups
from extracts.engine.sql import OPTED_OUT, PERSON_MAP

NOBODY = 0
# An array by number may be this many times as long as what it holds; a few more do no harm.
SPREAD, SPARE = 4, 1 << 20


@dataclass(frozen=True)
class TupleMap:
    """Tuples of one dataset to places in the list of people; `tuples` is None where they are places themselves.

    ranks: the match ranks, of a linked dataset.
    """

    tuples: np.ndarray | None
    people: np.ndarray
    ranks: np.ndarray | None

    def find(self, tuples: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """The person of each tuple, NOBODY where there is none, and the match rank."""
        last = len(self.people) - 1
        if last < 0:
            return np.full(len(tuples), NOBODY), np.zeros(len(tuples), dtype="int8")
        if self.tuples is None:
            known = (tuples >= 0) & (tuples <= last)
            places = tuples if known.all() else np.where(known, tuples, 0)
        else:
            places = np.minimum(np.searchsorted(self.tuples, tuples), last)
            known = self.tuples.take(places) == tuples
        people = self.people.take(places)
        people[~known] = NOBODY
        return people, None if self.ranks is None else self.ranks.take(places)


@dataclass(frozen=True)
class People:
    """numbers: the vault's number of the person at each place but the first; None where place n + 1 is number n.

    A list of people is an array with a truth for each place; there are `places` of them. The first is nobody's.
    """

    maps: dict[str, TupleMap]
    numbers: np.ndarray | None
    places: int
    opted_out: np.ndarray

    def number(self, places: np.ndarray) -> np.ndarray:
        places = places.astype("int64") - 1
        return places if self.numbers is None else self.numbers.take(places)

    def nobody(self) -> np.ndarray:
        """A list of people without anyone on it."""
        return np.zeros(self.places, dtype=bool)

    def released(self, only: Iterable[np.ndarray]) -> np.ndarray:
        """The list of those who did not opt out and stand on each of the given lists."""
        found = reduce(np.logical_and, only, ~self.opted_out)
        found[NOBODY] = False
        return found


def load(
    person_map: Iterable[str],
    opted_out: str,
    datasets: dict[str, int | None],
    pool: Executor,
    wanted: dict[str, np.ndarray] | None = None,
) -> People:
    """datasets: those whose tuples are wanted, each with the loosest match rank accepted (None: not a linked one).

    wanted: of each, the sorted tuples that may be asked for, if they are few; None for all.
    """
    everything = row_groups(person_map, PERSON_MAP)
    groups = {name: [group for group in everything if group.may_hold("dataset", [name])] for name in datasets}
    if wanted is not None:
        return _few(groups, datasets, wanted, opted_out, pool)
    greatest, numbers = _greatest([group for found in groups.values() for group in found], "person_id"), None
    if greatest is None:
        found = (_entries(name, datasets[name], group).people for name in datasets for group in groups[name])
        numbers = np.unique(np.concatenate([np.empty(0, dtype="int64"), *found]))
    places = 1 + (len(numbers) if greatest is None else greatest + 1)
    maps = {}
    for name, loosest in datasets.items():
        last = _greatest(groups[name], "tuple_id") if numbers is None else None
        if last is None:
            maps[name] = _sorted(groups[name], name, loosest, numbers)
        else:
            maps[name] = _placed(groups[name], name, loosest, last, places, pool)
    return People(maps, numbers, places, _listed(_gone(opted_out), numbers, places))


def _gone(opted_out: str) -> list[np.ndarray]:
    return [
        np.asarray(group.read(["person_id"])["person_id"].drop_null()) for group in row_groups([opted_out], OPTED_OUT)
    ]


def _few(
    groups: dict[str, list[RowGroup]],
    datasets: dict[str, int | None],
    wanted: dict[str, np.ndarray],
    opted_out: str,
    pool: Executor,
) -> People:
    """Just the people of a few tuples."""
    found = {}
    for name, loosest in datasets.items():
        parts = list(pool.map(lambda group, n=name, r=loosest: _picked(_entries(n, r, group), wanted[n]), groups[name]))
        found[name] = _together(parts)
    numbers = np.unique(np.concatenate([entries.people for entries in found.values()]))
    maps = {name: _in_order(entries, datasets[name], numbers) for name, entries in found.items()}
    places = 1 + len(numbers)
    return People(maps, numbers, places, _listed(_gone(opted_out), numbers, places))


def _picked(entries: "_Entries", wanted: np.ndarray) -> "_Entries":
    """The entries of wanted tuples."""
    if not len(entries.tuples) or not len(wanted):
        places = np.empty(0, dtype="int64")
    elif (np.diff(entries.tuples) > 0).all():  # as the vault writes them
        asked = wanted[
            np.searchsorted(wanted, entries.tuples[0]) : np.searchsorted(wanted, entries.tuples[-1], "right")
        ]
        at = np.searchsorted(entries.tuples, asked)
        places = at[entries.tuples.take(at) == asked]
    else:
        places = np.flatnonzero(np.isin(entries.tuples, wanted))
    ranks = None if entries.ranks is None else entries.ranks.take(places)
    return _Entries(entries.tuples.take(places), entries.people.take(places), ranks)


def _greatest(groups: list[RowGroup], name: str) -> int | None:
    """The greatest number in a column, by the files' statistics; None if an array by number would be mostly empty."""
    ends = [group.ends(name) for group in groups]
    if None in ends:
        return None
    greatest = max((end[1] for end in ends), default=-1)
    close = greatest < SPREAD * sum(group.rows for group in groups) + SPARE
    return greatest if close and min((end[0] for end in ends), default=0) >= 0 else None


@dataclass(frozen=True)
class _Entries:
    """Part of one dataset's map, as the vault numbers its people."""

    tuples: np.ndarray
    people: np.ndarray
    ranks: np.ndarray | None


def _entries(dataset: str, loosest: int | None, group: RowGroup) -> _Entries:
    names = ["tuple_id", "person_id"] + ([] if loosest is None else ["match_rank"])
    table = pa.table({name: pa.array([], pa.int64()) for name in names})
    if group.may_hold("dataset", [dataset]):
        alone = group.ends("dataset") == (dataset, dataset) and group.full("dataset")
        table = pa.table(group.read(names if alone else [*names, "dataset"]))
        kept = [pc.is_valid(table[name]) for name in names if table[name].null_count]
        if not alone:
            kept.append(pc.equal(table["dataset"].cast(pa.string()), dataset))
        if loosest is not None:
            kept.append(pc.and_(pc.greater_equal(table["match_rank"], 1), pc.less_equal(table["match_rank"], loosest)))
        if kept:
            table = table.filter(reduce(pc.and_, kept))
    columns = [np.asarray(table[name]) for name in names]
    return _Entries(columns[0], columns[1], None if loosest is None else columns[2].astype("int8"))


def _placed(
    groups: list[RowGroup], dataset: str, loosest: int | None, last: int, places: int, pool: Executor
) -> TupleMap:
    people = np.zeros(last + 1, dtype="int32" if places < 2**31 else "int64")
    ranks = None if loosest is None else np.zeros(last + 1, dtype="int8")

    def place(group: RowGroup) -> int:
        found = _entries(dataset, loosest, group)
        people[found.tuples] = found.people + 1
        if ranks is not None:
            ranks[found.tuples] = found.ranks
        return len(found.tuples)

    _once(sum(pool.map(place, groups)), np.count_nonzero(people != NOBODY))
    return TupleMap(None, people, ranks)


def _sorted(groups: list[RowGroup], dataset: str, loosest: int | None, numbers: np.ndarray | None) -> TupleMap:
    return _in_order(_together([_entries(dataset, loosest, group) for group in groups]), loosest, numbers)


def _together(parts: list[_Entries]) -> _Entries:
    none = np.empty(0, dtype="int64")
    ranks = [none.astype("int8"), *(part.ranks for part in parts if part.ranks is not None)]
    return _Entries(
        np.concatenate([none, *(part.tuples for part in parts)]),
        np.concatenate([none, *(part.people for part in parts)]),
        np.concatenate(ranks),
    )


def _in_order(entries: _Entries, loosest: int | None, numbers: np.ndarray | None) -> TupleMap:
    order = np.argsort(entries.tuples)
    tuples, people = entries.tuples.take(order), entries.people.take(order)
    _once(len(tuples), len(np.unique(tuples)))
    people = (people if numbers is None else np.searchsorted(numbers, people)) + 1
    return TupleMap(tuples, people, None if loosest is None else entries.ranks.take(order))


def _once(entries: int, tuples: int) -> None:
    """A tuple that stands twice in the map would give its records to two people."""
    if entries != tuples:
        raise EngineError("open person_map", f"{entries - tuples} tuples stand twice in the map of people")


def _listed(parts: list[np.ndarray], numbers: np.ndarray | None, places: int) -> np.ndarray:
    """The people on a list, whom the map need not know."""
    listed = np.zeros(places, dtype=bool)
    for part in parts:
        if numbers is None:
            listed[part[(part >= 0) & (part < places - 1)] + 1] = True
        elif len(numbers):
            part = part[(part >= numbers[0]) & (part <= numbers[-1])]
            found = np.minimum(np.searchsorted(numbers, part), len(numbers) - 1)
            listed[found[numbers.take(found) == part] + 1] = True
    return listed
