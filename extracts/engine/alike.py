"""Who is alike: people grouped by the whole sequence of what their records say, and rows by what they say; counts only.

What one record says is a mark, a whole number with some bits for each field. A person's sequence is the set of the
different marks of their records, found once; people are compared by 128 bits of a hash over what the set says in the
fields that are asked about, so that which rows come first does not matter and nothing has to be joined as text.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

import numpy as np

from extracts.engine import equal
from extracts.engine.equal import ODD, WORD, Words, begins, different, mixed
from extracts.engine.errors import EngineError

# How many different marks a block of people has room for; each two of so few are compared, more are sorted.
_ROOMS, _PAIRED = (1, 2, 3, 4, 6, 8, 12, 16, 24, *(1 << power for power in range(5, 32))), 4


@dataclass(frozen=True)
class Said:
    """One field of one dataset inside of a mark: its bits, and what each of its numbers says.

    says: labels, no greater than the numbers have bits for; None where each number is a label of its own.
    """

    shift: int
    bits: int
    says: np.ndarray | None = None

    def saying(self, says: np.ndarray | None) -> "Said":
        """The same field in another form."""
        return replace(self, says=says)

    @property
    def mask(self) -> int:
        return ((1 << self.bits) - 1) << self.shift


# What is told of the records of each dataset, in the order of the datasets' numbers.
Told = Sequence[Sequence[Said]]
Records = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Share:
    """The different marks of some people. blocks: people with about as many, one row for each mark; who has fewer has
    one of them again. people: in the order of the blocks. weights: how many each stands for; None: for none else.
    """

    people: np.ndarray
    blocks: tuple[np.ndarray, ...]
    weights: np.ndarray | None = None

    def only(self, kept: np.ndarray, weights: np.ndarray | None = None) -> "Share":
        """Those of the people for whom there is a truth."""
        blocks, first = [], 0
        for block in self.blocks:
            last = first + block.shape[1]
            blocks.append(block.take(np.flatnonzero(kept[first:last]), axis=1))
            first = last
        places, held = np.flatnonzero(kept), self.weights if weights is None else weights
        return Share(self.people.take(places), tuple(blocks), None if held is None else held.take(places))


@dataclass(frozen=True)
class Sequences:
    """The different marks of each person, in shares, one after the other of which give a person's place.

    width: bits of a mark, the first `tag` of which number the dataset.
    """

    width: int
    tag: int
    shares: tuple[Share, ...]

    @property
    def ends(self) -> np.ndarray:
        return np.cumsum([0, *(len(share.people) for share in self.shares)])


@dataclass(frozen=True)
class Classes:
    """Classes of people who are alike. smallest: people in the smallest, None without people.

    alone: people like nobody else; below: people in classes smaller than k.
    """

    people: int
    classes: int
    smallest: int | None
    alone: int
    below: int


def sequences(width: int, tag: int, shares: Iterable[Callable[[], Records]], pool: Executor) -> Sequences:
    """Each share gives (person, mark) of each record; a person's records are all in one share."""

    def found(share: Callable[[], Records]) -> Share | None:
        people, marks = share()
        return _blocks(*_distinct(width, people, marks)) if len(people) else None

    return Sequences(width, tag, tuple(share for share in pool.map(found, shares) if share is not None))


def _distinct(width: int, people: np.ndarray, marks: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(people, where the marks of each begin and the last ends, the marks), of one person at the least."""
    first, known = int(people.min()), None
    places = people - first
    if width + (int(people.max()) - first).bit_length() > WORD:
        known, places = np.unique(people, return_inverse=True)
        if width + (len(known) - 1).bit_length() > WORD:
            raise EngineError("k-anonymity", "the fields that people are told apart by are too many to be counted")
    keys = different(np.sort((places.astype("u8") << np.uint64(width)) | marks))
    owners = (keys >> np.uint64(width)).astype("int64")
    starts = np.flatnonzero(begins(owners))
    whose = owners.take(starts)
    numbers = whose + first if known is None else known.take(whose)
    return numbers, np.append(starts, len(keys)), keys & np.uint64((1 << width) - 1)


def _blocks(people: np.ndarray, ends: np.ndarray, marks: np.ndarray) -> Share:
    starts, counts = ends[:-1], np.diff(ends)
    most = int(counts.max())
    rooms = [room for room in _ROOMS if room < most] + [most]
    ordered, blocks = [], []
    for above, room in pairwise([0, *rooms]):
        these = np.flatnonzero((counts > above) & (counts <= room))
        ordered.append(these)
        place = np.arange(room)[:, None]
        if room - above > 1:
            place = np.minimum(place, counts.take(these) - 1)
        blocks.append(marks.take(starts.take(these) + place))
    return Share(people.take(np.concatenate(ordered)), tuple(blocks))


def counted(
    found: Sequences, told: Told, k: int, pool: Executor, known: np.ndarray | None = None
) -> tuple[Classes, np.ndarray]:
    """(the classes of people by some of the fields, each in the form it is given in; who is alone, by place).

    known: who is alone by fields and forms that tell no more than these, which they then are by these as well.
    """
    ends = found.ends
    known = np.zeros(ends[-1], dtype=bool) if known is None else known

    def words(at: int) -> tuple[Words, np.ndarray | None]:
        share, apart = found.shares[at], known[ends[at] : ends[at + 1]]
        share = share.only(~apart) if apart.any() else share
        return _said(found, share, told), share.weights

    groups = equal.grouped([lambda at=at: words(at) for at in range(len(found.shares))], pool)
    alone = known.copy()

    def mark(at: int) -> None:
        here = alone[ends[at] : ends[at + 1]]
        here[np.flatnonzero(~here).take(groups.locals[at].first_places[groups.of_local(at)])] = True

    list(pool.map(mark, range(len(groups.locals))))
    return _beside(classes(groups.sizes, k, pool), int(np.count_nonzero(known)), k), alone


def grouped(found: Sequences, told: Told, places: int, pool: Executor) -> tuple[np.ndarray, np.ndarray, Sequences]:
    """(the class of each person by their number, -1 for numbers of nobody; how many people each class has; and one of
    each class standing for all of them, for whatever tells no more).

    places: how many numbers of people there are.
    """
    shares = found.shares
    tasks = [lambda share=share: (_said(found, share, told), share.weights) for share in shares]
    groups = equal.grouped(tasks, pool, whole=True)
    class_of = np.full(places, -1, dtype="int32")

    def tell(at: int) -> None:
        class_of[shares[at].people] = groups.of_local(at).take(groups.locals[at].of)

    list(pool.map(tell, range(len(shares))))
    sizes = np.concatenate([np.empty(0, dtype="int64"), *groups.sizes])
    if len(sizes) > 0.9 * sizes.sum():
        return class_of, sizes, found  # next to nobody is alike
    one = np.empty(len(sizes), dtype="int64")
    one[groups.told] = np.arange(len(groups.told))
    chosen = np.zeros(len(groups.told), dtype=bool)
    chosen[one] = True

    def fewer(at: int) -> Share:
        here = np.flatnonzero(chosen[groups.ends[at] : groups.ends[at + 1]])
        weights = np.zeros(len(shares[at].people), dtype="int32")
        weights[groups.locals[at].first_places.take(here)] = sizes.take(groups.of_local(at).take(here))
        return shares[at].only(weights > 0, weights)

    return class_of, sizes, replace(found, shares=tuple(pool.map(fewer, range(len(shares)))))


def classes(sizes: Sequence[np.ndarray], k: int, pool: Executor) -> Classes:
    """What the sizes of all classes come to, which may be in parts."""
    parts = list(pool.map(partial(_classes, k=k), (part for part in sizes if len(part))))
    return Classes(
        people=sum(part.people for part in parts),
        classes=sum(part.classes for part in parts),
        smallest=min((part.smallest for part in parts), default=None),
        alone=sum(part.alone for part in parts),
        below=sum(part.below for part in parts),
    )


def _classes(sizes: np.ndarray, k: int) -> Classes:
    small = sizes[sizes < k]
    return Classes(
        people=int(sizes.sum()),
        classes=len(sizes),
        smallest=int(sizes.min()),
        alone=int(np.count_nonzero(sizes == 1)),
        below=int(small.sum()),
    )


def _beside(found: Classes, alone: int, k: int) -> Classes:
    """The same classes and so many people more who are alone."""
    if not alone:
        return found
    below = found.below + (alone if k > 1 else 0)
    return Classes(found.people + alone, found.classes + alone, 1, found.alone + alone, below)


def _said(found: Sequences, share: Share, told: Told) -> Words:
    """A hash of 128 bits of what each person's marks say, in two words."""
    firsts, seconds = [np.empty(0, dtype="u8")], [np.empty(0, dtype="u8")]
    for block in share.blocks:
        words = _words(found, block, told)
        if len(words) > _PAIRED:
            words = np.sort(words, axis=0)
        first, second = _mixed(words[0])
        for at in range(1, len(words)):
            # two records of a person may say the same once fields are left out
            before = words[:at] if len(words) <= _PAIRED else words[at - 1 : at]
            fresh = np.logical_and.reduce([words[at] != word for word in before])
            more = _mixed(words[at])
            first += more[0] * fresh
            second += more[1] * fresh
        firsts.append(first)
        seconds.append(second)
    return np.concatenate(firsts), np.concatenate(seconds)


def _words(found: Sequences, marks: np.ndarray, told: Told) -> np.ndarray:
    """What marks say in the fields that are told; fields that are left out are alike for all."""
    if len(told) == 1:
        return _saying(marks, told[0], 0)
    tags = np.uint64(found.width - found.tag)
    words = np.zeros_like(marks)
    for tag, fields in enumerate(told):
        of_dataset = (marks >> tags) == tag
        words[of_dataset] = _saying(marks[of_dataset], fields, ((1 << found.tag) - 1) << int(tags))
    return words


def _saying(marks: np.ndarray, fields: Sequence[Said], kept: int) -> np.ndarray:
    for said in fields:
        kept |= said.mask if said.says is None else 0
    words = marks & np.uint64(kept)
    for said in (said for said in fields if said.says is not None):
        numbers = (marks & np.uint64(said.mask)) >> np.uint64(said.shift)
        words |= said.says.take(numbers.astype("int64")).astype("u8", copy=False) << np.uint64(said.shift)
    return words


def _mixed(words: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two numbers of each word that know nothing of each other; the second, needed where the first are equal, is
    the cheaper."""
    return mixed(words, ODD[0]), words * (words ^ ODD[1])
