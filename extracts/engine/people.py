"""Who a row is about, and whether anything of theirs may go out: the person map and lists of people as arrays.

People are numbered as the vault numbers them where its numbers lie close together, and by their place in the sorted
list of all of them where they do not; a list of people is then one byte for each.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial, reduce
from itertools import groupby, islice

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from extracts.engine.errors import EngineError
from extracts.engine.scanning import RowGroup, read_groups, row_groups
from extracts.engine.sql import OPTED_OUT

NOBODY = 0
# Row groups of the map that are read at once, to look few tuples up.
TOGETHER = 16
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
    person_map: list[RowGroup],
    gone: list[np.ndarray],
    datasets: dict[str, int | None],
    pool: Executor,
    wanted: dict[str, np.ndarray] | None = None,
) -> People:
    """datasets: those whose tuples are wanted, each with the loosest match rank accepted (None: not a linked one).

    person_map: the row groups of the map. gone: whoever opted out, by number, in parts.
    wanted: of each, the sorted tuples that may be asked for, if they are few; None for all.
    """
    groups = {name: [group for group in person_map if group.may_hold("dataset", [name])] for name in datasets}
    if wanted is not None:
        return _few(groups, datasets, wanted, gone, pool)
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
    return People(maps, numbers, places, _listed(gone, numbers, places))


def opted_out(path: str) -> list[np.ndarray]:
    """The numbers of people in a file of opt-outs, in parts."""
    return [np.asarray(group.read(["person_id"])["person_id"].drop_null()) for group in row_groups([path], OPTED_OUT)]


def _few(
    groups: dict[str, list[RowGroup]],
    datasets: dict[str, int | None],
    wanted: dict[str, np.ndarray],
    gone: list[np.ndarray],
    pool: Executor,
) -> People:
    """Just the people of a few tuples."""
    found = {}
    for name, loosest in datasets.items():
        asked = [group for group in groups[name] if len(_within([group], wanted[name]))]
        look = partial(_looked_up, name, loosest, wanted[name])
        found[name] = _joined(list(pool.map(look, _runs(asked, partial(_by_place, name, loosest)))))
    numbers = np.unique(np.concatenate([entries.people for entries in found.values()]))
    maps = {name: _in_order(entries, datasets[name], numbers) for name, entries in found.items()}
    places = 1 + len(numbers)
    return People(maps, numbers, places, _listed(gone, numbers, places))


def _runs(groups: list[RowGroup], alike: Callable[[RowGroup], bool]) -> Iterator[list[RowGroup]]:
    """Row groups of one file that are all alike or all not, no more than TOGETHER at a time."""
    for _, some in groupby(groups, lambda group: (group.path, alike(group))):
        while run := list(islice(some, TOGETHER)):
            yield run


def _within(groups: list[RowGroup], wanted: np.ndarray) -> np.ndarray:
    """Those of the sorted tuples that the row groups may hold, by the ends of them all."""
    ends = [group.ends("tuple_id") for group in groups]
    if None in ends:
        return wanted
    least, greatest = min(end[0] for end in ends), max(end[1] for end in ends)
    return wanted[np.searchsorted(wanted, least) : np.searchsorted(wanted, greatest, "right")]


def _by_place(dataset: str, loosest: int | None, group: RowGroup) -> bool:
    """Whether the place of an entry in a row group tells its tuple."""
    return loosest is None and _only(group, dataset) and group.counts_up("tuple_id") and group.full("person_id")


def _looked_up(dataset: str, loosest: int | None, wanted: np.ndarray, groups: list[RowGroup]) -> "_Entries":
    """The entries of wanted tuples that a run of row groups may hold."""
    if not _by_place(dataset, loosest, groups[0]):
        return _picked(_joined([_entries(dataset, loosest, group) for group in groups]), _within(groups, wanted))
    people = np.asarray(read_groups(groups, ["person_id"])["person_id"])
    parts, begins = [], 0
    for group in groups:
        some = _within([group], wanted)
        parts.append(_Entries(some, people.take(some - group.ends("tuple_id")[0] + begins), None))
        begins += group.rows
    return _joined(parts)


def _picked(entries: "_Entries", wanted: np.ndarray) -> "_Entries":
    """The entries of wanted tuples."""
    if not len(entries.tuples):
        return entries
    if (entries.tuples[1:] > entries.tuples[:-1]).all():  # as the vault writes them
        at = np.minimum(np.searchsorted(entries.tuples, wanted), len(entries.tuples) - 1)
        places = at[entries.tuples.take(at) == wanted]
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


_NO_RANKS = np.empty(0, dtype="int8")


@dataclass(frozen=True)
class _Entries:
    """Part of one dataset's map, as the vault numbers its people."""

    tuples: np.ndarray
    people: np.ndarray
    ranks: np.ndarray | None


def _entries(dataset: str, loosest: int | None, group: RowGroup) -> _Entries:
    names = ["tuple_id", "person_id"] + ([] if loosest is None else ["match_rank"])
    if not group.may_hold("dataset", [dataset]):
        return _Entries(*(np.empty(0, dtype="int64") for _ in range(2)), None if loosest is None else _NO_RANKS)
    alone = _only(group, dataset)
    read = group.read(names if alone else [*names, "dataset"])
    kept = [pc.is_valid(read[name]) for name in names if read[name].null_count]
    if not alone:
        kept.append(pc.equal(read["dataset"].cast(pa.string()), dataset))
    if loosest is not None:
        kept.append(pc.and_(pc.greater_equal(read["match_rank"], 1), pc.less_equal(read["match_rank"], loosest)))
    columns = [read[name] for name in names]
    if kept:
        every = reduce(pc.and_, kept)
        columns = [column.filter(every) for column in columns]
    tuples, people, *ranks = (np.asarray(column) for column in columns)
    return _Entries(tuples, people, ranks[0].astype("int8") if ranks else None)


def _only(group: RowGroup, dataset: str) -> bool:
    """True only if the statistics say that all entries are of one dataset."""
    return group.ends("dataset") == (dataset, dataset) and group.full("dataset")


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
    return _in_order(_joined([_entries(dataset, loosest, group) for group in groups]), loosest, numbers)


def _joined(parts: list[_Entries]) -> _Entries:
    none = np.empty(0, dtype="int64")
    ranks = None
    if all(part.ranks is not None for part in parts):
        ranks = np.concatenate([_NO_RANKS, *(part.ranks for part in parts)])
    return _Entries(
        np.concatenate([none, *(part.tuples for part in parts)]),
        np.concatenate([none, *(part.people for part in parts)]),
        ranks,
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
        elif (part[1:] >= part[:-1]).all():
            listed[1:] |= _among(numbers, part)
        elif len(numbers):
            part = part[(part >= numbers[0]) & (part <= numbers[-1])]
            found = np.minimum(np.searchsorted(numbers, part), len(numbers) - 1)
            listed[found[numbers.take(found) == part] + 1] = True
    return listed


def _among(numbers: np.ndarray, ordered: np.ndarray) -> np.ndarray:
    """Which of the numbers stand in the other array, which is sorted."""
    if not len(ordered):
        return np.zeros(len(numbers), dtype=bool)
    return ordered.take(np.minimum(np.searchsorted(ordered, numbers), len(ordered) - 1)) == numbers
