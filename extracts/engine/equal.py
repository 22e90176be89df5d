"""Equal entries, found among many: each entry is two words, which are equal where the entries are; counts, no values.

Entries come in shares. Equal ones of a share are brought together first, where there are enough for that to pay, then
the shares' groups part by part, by the first bits of the first word, so that no step holds more than a part and all
parts are counted side by side.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

WORD = 64
# Entries beyond so many are counted in parts, of which there are 2 ** PART_BITS.
FEW, PART_BITS = 1 << 16, 6
# So many entries of a share, from all over it, tell whether nearly all of them differ: fewer than so many are equal.
SAMPLE, EQUAL = 1 << 12, 100
ODD = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD1B54A32D192ED03))
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))

# Both words of what each entry says, the first one mixed; None where that tells entries apart by itself.
Words = tuple[np.ndarray, np.ndarray | None]


def different(ordered: np.ndarray) -> np.ndarray:
    """Sorted numbers, each once."""
    return ordered[begins(ordered)]


def begins(*words: np.ndarray) -> np.ndarray:
    """True where a run of equal entries begins."""
    found = np.ones(len(words[0]), dtype=bool)
    np.not_equal(words[0][1:], words[0][:-1], out=found[1:])
    for word in words[1:]:
        found[1:] |= word[1:] != word[:-1]
    return found


def mixed(words: np.ndarray, odd: np.uint64) -> np.ndarray:
    """A hash of 64 bits of each word, another for each (the finaliser of SplitMix64, with two different increments)."""
    words = words + np.uint64(1)
    words *= odd
    shifted = words >> np.uint64(30)
    words ^= shifted
    words *= _MIX[0]
    words ^= np.right_shift(words, np.uint64(27), out=shifted)
    words *= _MIX[1]
    words ^= np.right_shift(words, np.uint64(31), out=shifted)
    return words


def alone(shares: Sequence[Callable[[], Words]], pool: Executor) -> list[np.ndarray]:
    """Of each share the places of the entries that are like no other anywhere."""
    groups = grouped([lambda share=share: (share(), None) for share in shares], pool)
    return [local.first_places[groups.of_local(at)] for at, local in enumerate(groups.locals)]


@dataclass(frozen=True)
class Local:
    """Entries of one share in groups, in the order of the first bits of their words; equal ones may be in several.

    Of each group: both words, the place of one of its entries, and how many they are (None: one each). of: the group of
    each entry, if it was asked for.
    """

    first: np.ndarray
    second: np.ndarray | None
    first_places: np.ndarray
    weights: np.ndarray | None
    of: np.ndarray | None


@dataclass(frozen=True)
class Groups:
    """sizes: of each group of all shares together, in parts. told: of each group of a share, the shares one after the
    other, the group that it is part of, or just whether its entry is alone."""

    sizes: list[np.ndarray]
    locals: list[Local]
    told: np.ndarray
    ends: np.ndarray

    def of_local(self, at: int) -> np.ndarray:
        """What is told of each group of one share."""
        return self.told[self.ends[at] : self.ends[at + 1]]


def grouped(
    shares: Sequence[Callable[[], tuple[Words, np.ndarray | None]]], pool: Executor, *, whole: bool = False
) -> Groups:
    """Equal entries of all shares. Each share gives the words of its entries, and how many each stands for.

    whole: who is with whom is wanted, and not just who is alone.
    """
    locals_ = list(pool.map(lambda share: _local(*share(), whole), shares))
    ends = np.cumsum([0, *(len(local.first) for local in locals_)])
    bits = PART_BITS if ends[-1] > FEW else 0
    cuts = [_cuts(local.first, bits) for local in locals_]
    told = np.empty(ends[-1], dtype="int32" if whole else bool)

    def count(part: int) -> tuple[np.ndarray, list[slice], np.ndarray]:
        slices = [slice(cut[part], cut[part + 1]) for cut in cuts]
        first, second, weights = _of_part(locals_, slices)
        order, starts = _runs(first, second, bits)
        sizes = _totals(order, starts, weights)
        found = np.zeros(len(order), dtype=told.dtype)
        if whole:
            found[order] = _numbers(starts, len(order))
        else:
            found[order.take(starts[sizes == 1])] = True
        return sizes, slices, found

    sizes, before = [], 0
    for held, slices, found in pool.map(count, range(1 << bits)) if locals_ else ():
        if whole:
            found += np.int32(before)
        at = 0
        for end, part in zip(ends, slices, strict=False):
            told[end + part.start : end + part.stop] = found[at : at + part.stop - part.start]
            at += part.stop - part.start
        before += len(held)
        sizes.append(held)
    return Groups(sizes, locals_, told, ends)


def _of_part(locals_: list[Local], slices: list[slice]) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None]:
    """Both words of the groups that are in one part, and their weights."""
    parts = list(zip(locals_, slices, strict=True))
    first = np.concatenate([local.first[at] for local, at in parts])
    second = None if locals_[0].second is None else np.concatenate([local.second[at] for local, at in parts])
    if all(local.weights is None for local in locals_):
        return first, second, None
    ones = (np.ones(at.stop - at.start, dtype="int32") for at in slices)
    held = [one if local.weights is None else local.weights[at] for (local, at), one in zip(parts, ones, strict=True)]
    return first, second, np.concatenate(held)


def _local(words: Words, weights: np.ndarray | None, whole: bool) -> Local:
    first, second = words
    if _nearly_all_differ(first):
        order = np.argsort((first >> np.uint64(WORD - PART_BITS)).astype("u1"), kind="stable")
        starts = np.arange(len(order))
    else:
        order, starts = _runs(first, second, 0)
    of = None
    if whole:
        of = np.empty(len(order), dtype="int32")
        of[order] = _numbers(starts, len(order))
    single = len(starts) == len(order)
    places = order if single else order.take(starts)
    totals = None if single and weights is None else _totals(order, starts, weights).astype("int32")
    return Local(first.take(places), None if second is None else second.take(places), places, totals, of)


def _nearly_all_differ(words: np.ndarray) -> bool:
    """Whether a share is cheaper cut into parts as it is than sorted to bring equal entries together; a guess."""
    some = words[:: max(1, len(words) // SAMPLE)]
    return len(some) >= SAMPLE and np.count_nonzero(~begins(np.sort(some))) < EQUAL


def _numbers(starts: np.ndarray, count: int) -> np.ndarray:
    """The number of the run that each of so many places is in."""
    return np.repeat(np.arange(len(starts), dtype="int32"), np.diff(np.append(starts, count)))


def _totals(order: np.ndarray, starts: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """How many entries the runs have."""
    if weights is None or not len(order):
        return np.diff(np.append(starts, len(order)))
    return np.add.reduceat(weights.take(order), starts, dtype="int64")


def _cuts(first: np.ndarray, bits: int) -> np.ndarray:
    """Where each part begins, and the end; the first words come in the order of their first bits."""
    if not bits:
        return np.array([0, len(first)])
    parts = first >> np.uint64(WORD - bits)
    return np.searchsorted(parts, np.arange((1 << bits) + 1, dtype="u8"))


def _runs(first: np.ndarray, second: np.ndarray | None, bits: int) -> tuple[np.ndarray, np.ndarray]:
    """(an order that brings equal entries together, where each run of them begins in it).

    The first words, which all begin with the same `bits`, are sorted with the places in their last bits.
    """
    room = max(1, (len(first) - 1).bit_length()) if len(first) else 1
    mask = np.uint64((1 << room) - 1)
    keys = (first << np.uint64(bits)) & ~mask
    keys |= np.arange(len(first), dtype="u8")
    keys.sort()
    order = (keys & mask).view("int64")
    keys >>= np.uint64(room)
    fresh = begins(keys)
    same = np.flatnonzero(~fresh)
    now, before = order.take(same), order.take(same - 1)
    equal = first.take(now) == first.take(before)
    if second is not None:
        equal &= second.take(now) == second.take(before)
    if not equal.all():  # by chance, once in a while
        order = np.lexsort((first,) if second is None else (second, first))
        words = (first,) if second is None else (first, second)
        fresh = begins(*(half.take(order) for half in words))
    return order, np.flatnonzero(fresh)
