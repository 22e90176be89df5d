"""Who is alike: people grouped by the whole sequence of what their records say, and rows by what they say; counts only.

What one record says is a mark, a whole number with some bits for each field. A person's sequence is the set of the
different marks of their records. People with one mark are compared by it, people with several by a hash of 128 bits
over the set, so that which rows come first does not matter and nothing has to be joined as text.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np

from extracts.engine.errors import EngineError

WORD = 64
PARTS = 256
# Marks of so few bits are counted by number, wider ones are sorted.
COUNTED = 22
ODD = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD1B54A32D192ED03))
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


@dataclass(frozen=True)
class Said:
    """One field of one dataset inside of a mark: its bits, and what each of its numbers says.

    says: labels, numbers of `room` bits; None where each number is a label of its own.
    """

    shift: int
    bits: int
    says: np.ndarray | None = None
    room: int = 0

    def saying(self, says: np.ndarray, room: int) -> "Said":
        """The same field in another form."""
        return replace(self, says=says, room=room)


# What is told of the records of each dataset, in the order of the datasets' numbers.
Told = Sequence[Sequence[Said]]
Share = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Sequences:
    """The different marks of each person. shares: sorted keys, a person's place in the share before the mark.

    width: bits of a mark, of which the first `tag` number the dataset. people: of each share, in the order of their
    places, whichever numbers tell people apart.
    """

    width: int
    tag: int
    shares: tuple[np.ndarray, ...]
    people: tuple[np.ndarray, ...]


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


def sequences(width: int, tag: int, shares: Iterable[Callable[[], Share]], pool: Executor) -> Sequences:
    """Each share gives (person, mark) of each record; a person's records are all in one share."""
    found = list(pool.map(lambda share: _distinct(width, *share()), shares))
    return Sequences(width, tag, tuple(keys for keys, _ in found), tuple(people for _, people in found))


def _distinct(width: int, people: np.ndarray, marks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    known, places = numbered(people)
    if width + len(known).bit_length() > WORD:
        raise EngineError("k-anonymity", "the fields that people are told apart by are too many to be counted")
    return different(np.sort((places.astype("u8") << np.uint64(width)) | marks)), known


def numbered(people: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(the different people, sorted; the place of each row's person in them)."""
    if not len(people):
        return people, people
    first = int(people.min())
    span = int(people.max()) - first + 1
    if span > 16 * len(people):
        return np.unique(people, return_inverse=True)
    there = np.zeros(span, dtype=bool)
    there[people - first] = True
    known = np.flatnonzero(there)
    places = np.zeros(span, dtype="int32")
    places[known] = np.arange(len(known))
    return known + first, places.take(people - first)


def different(ordered: np.ndarray) -> np.ndarray:
    """Sorted numbers, each once."""
    return ordered[begins(ordered)]


def begins(*words: np.ndarray) -> np.ndarray:
    """True where a run of equal entries begins."""
    found = np.ones(len(words[0]), dtype=bool)
    found[1:] = np.logical_or.reduce([word[1:] != word[:-1] for word in words])
    return found


def counted(found: Sequences, told: Told, k: int, pool: Executor) -> Classes:
    """The classes of people by some of the fields, each in the form it is given in, over all their records."""
    parts = list(pool.map(lambda keys: _compared(found, keys, told)[2:], found.shares))
    one, first, second = (np.concatenate(words) for words in zip(*parts, strict=True))
    bits = found.tag + max(sum(said.room or said.bits for said in fields) for fields in told)
    return classes(np.concatenate([_sizes(one, bits, pool), *_pair_sizes(first, second, pool)]), k)


def grouped(found: Sequences, told: Told, places: int, pool: Executor) -> tuple[np.ndarray, np.ndarray]:
    """(the class of each person by their number, -1 for numbers of nobody; how many people each class has).

    places: how many numbers of people there are.
    """
    parts = list(pool.map(lambda keys, people: _compared(found, keys, told, people), found.shares, found.people))
    alone, several, one, first, second = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    people = np.concatenate([alone, several])
    halves = np.concatenate([one, first]), np.concatenate([np.zeros(len(one), dtype="u8"), second | np.uint64(1)])
    class_of = np.full(places, -1, dtype="int32")

    def number(part: tuple[np.ndarray, ...]) -> np.ndarray:
        order = ordered(*part[:2])
        first = begins(*(half.take(order) for half in part[:2]))
        class_of[part[2].take(order)] = np.cumsum(first) - 1
        return np.diff(np.append(np.flatnonzero(first), len(order)))

    pieces = parted(mixed(halves[0], ODD[0]), *halves, people)
    sizes = list(pool.map(number, pieces))
    before = np.concatenate([[0], np.cumsum([len(found) for found in sizes])[:-1]])
    for piece, first_class in zip(pieces, before, strict=True):
        class_of[piece[2]] += np.int32(first_class)
    return class_of, np.concatenate(sizes)


def classes(sizes: np.ndarray, k: int) -> Classes:
    """What the sizes of all classes come to."""
    small = sizes[sizes < k]
    return Classes(
        people=int(sizes.sum()),
        classes=len(sizes),
        smallest=int(sizes.min()) if len(sizes) else None,
        alone=int(np.count_nonzero(sizes == 1)),
        below=int(small.sum()),
    )


def _said(found: Sequences, marks: np.ndarray, told: Told) -> np.ndarray:
    """What marks say in the fields that are told, in bits without gaps; fields that are left out are alike for all."""
    if len(told) == 1:
        return _packed(marks, told[0])
    words = marks >> np.uint64(found.width - found.tag)
    for place, fields in enumerate(told):
        of_dataset = np.flatnonzero((marks >> np.uint64(found.width - found.tag)) == place)
        packed = _packed(marks.take(of_dataset), fields) << np.uint64(found.tag)
        words[of_dataset] |= packed
    return words


def _packed(marks: np.ndarray, fields: Sequence[Said]) -> np.ndarray:
    words, shift = np.zeros(len(marks), dtype="u8"), 0
    for said in fields:
        numbers = (marks >> np.uint64(said.shift)) & np.uint64((1 << said.bits) - 1)
        labels = numbers if said.says is None else said.says.take(numbers.astype("int64"))
        words |= labels.astype("u8", copy=False) << np.uint64(shift)
        shift += said.room or said.bits
    return words


def _compared(
    found: Sequences, keys: np.ndarray, told: Told, people: np.ndarray | None = None
) -> tuple[np.ndarray | None, np.ndarray | None, np.ndarray, np.ndarray, np.ndarray]:
    """What the people of a share are compared by.

    (people with one mark, people with several; the one mark; both halves of the hash of several).
    """
    owners, words, starts = _told_of(found, keys, told)
    counts = np.diff(np.append(starts, len(words)))
    one = counts == 1
    halves = _hashes(words[np.repeat(~one, counts)], counts[~one])
    whose = (None, None) if people is None else (people.take(owners[starts[one]]), people.take(owners[starts[~one]]))
    return (*whose, words.take(starts[one]), *halves)


def _told_of(found: Sequences, keys: np.ndarray, told: Told) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(whose place, what it says) of each different mark that is left, and where each person's begin."""
    width, mask = np.uint64(found.width), np.uint64((1 << found.width) - 1)
    marks = keys & mask
    words = _said(found, marks, told)
    keys = (keys ^ marks) | words
    keys.sort()  # two records of a person may say the same once fields are left out
    keys = different(keys)
    owners = (keys >> width).astype("int32")
    return owners, keys & mask, np.flatnonzero(begins(owners))


def _hashes(words: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if not len(counts):
        return np.empty(0, dtype="u8"), np.empty(0, dtype="u8")
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    return tuple(np.add.reduceat(mixed(words, odd), starts) for odd in ODD)


def mixed(words: np.ndarray, odd: np.uint64) -> np.ndarray:
    """A hash of 64 bits of each word (the finaliser of SplitMix64, with two different increments)."""
    words = (words + np.uint64(1)) * odd
    words ^= words >> np.uint64(30)
    words *= _MIX[0]
    words ^= words >> np.uint64(27)
    words *= _MIX[1]
    words ^= words >> np.uint64(31)
    return words


def _sizes(words: np.ndarray, bits: int, pool: Executor) -> np.ndarray:
    """How many entries are equal, for each different one."""
    if bits <= COUNTED:
        held = np.bincount(words.astype("int64"), minlength=1)
        return held[held > 0]
    parts = parted(mixed(words, ODD[0]), words)
    return np.concatenate(list(pool.map(lambda part: _runs(np.sort(part[0])), parts)))


def _runs(*words: np.ndarray) -> np.ndarray:
    return np.diff(np.append(np.flatnonzero(begins(*words)), len(words[0])))


def _pair_sizes(first: np.ndarray, second: np.ndarray, pool: Executor) -> list[np.ndarray]:
    return list(
        pool.map(lambda part: _runs(*(half.take(ordered(*part)) for half in part)), parted(first, first, second))
    )


def ordered(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The order of entries of two words."""
    order = np.argsort(first)
    halves = first.take(order), second.take(order)
    if ((halves[0][1:] == halves[0][:-1]) & (halves[1][1:] != halves[1][:-1])).any():
        return np.lexsort((second, first))
    return order


def parted(by: np.ndarray, *columns: np.ndarray) -> list[tuple[np.ndarray, ...]]:
    """The columns in PARTS parts by the first byte of a hash; equal hashes are in one part."""
    if len(by) < PARTS * PARTS:
        return [columns]
    byte = (by >> np.uint64(56)).astype("u1")
    order = np.argsort(byte, kind="stable")
    ends = np.cumsum(np.bincount(byte, minlength=PARTS))
    taken = [column.take(order) for column in columns]
    return [
        tuple(column[first:end] for column in taken) for first, end in zip(np.append([0], ends[:-1]), ends, strict=True)
    ]
