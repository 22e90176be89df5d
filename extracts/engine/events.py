"""Rows and what they say beside who people are: rows unlike any other, and what classes give away; counts only."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from extracts.engine import alike
from extracts.engine.gathering import PEOPLE, SHARES, Gathered, Rows, Source
from extracts.engine.labels import Labels


@dataclass(frozen=True)
class Diversity:
    """Of one sensitive field, `dataset.field`. least: the fewest different values in the records of any class of people
    (distinct l-diversity, no value being one of them), None without people. given_away: people in classes in which all
    have one value in common: whoever knows who they are knows it of them.
    """

    field: str
    least: int | None
    given_away: int


def unlike(gathered: Gathered, told: list[Labels], source: Source) -> tuple[int, int]:
    """(rows like no other in all that is told, people with such a row)."""
    shares = list(source.pool.map(lambda share: _hashed(gathered, told, share), range(SHARES)))
    words, second, people = (np.concatenate(parts) for parts in zip(*shares, strict=True))
    del shares
    whose = np.zeros(source.people.places, dtype=bool)

    def alone(part: tuple[np.ndarray, ...]) -> int:
        order = alike.ordered(*part[:2])
        begins = alike.begins(*(half.take(order) for half in part[:2]))
        ends = np.append(begins[1:], True)
        single = order[begins & ends] if len(order) else order
        whose[part[2].take(single)] = True
        return len(single)

    rows = sum(source.pool.map(alone, alike.parted(words, words, second, people)))
    return rows, int(np.count_nonzero(whose))


def _hashed(gathered: Gathered, told: list[Labels], share: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A hash of 128 bits of what each row of a share says, in halves, and whose row it is."""
    people = [np.empty(0, dtype="int32")]
    halves: list[list[np.ndarray]] = [[np.empty(0, dtype="u8")], [np.empty(0, dtype="u8")]]
    for rows in gathered.rows:
        people.append(rows.of(share, PEOPLE))
        first = second = np.zeros(len(people[-1]), dtype="u8")
        for word in _packed(rows, told, share):
            first, second = (
                alike.mixed(half ^ word, odd) for half, odd in zip((first, second), alike.ODD, strict=True)
            )
        halves[0].append(first)
        halves[1].append(second)
    return np.concatenate(halves[0]), np.concatenate(halves[1]), np.concatenate(people)


def _packed(rows: Rows, told: list[Labels], share: int) -> Iterator[np.ndarray]:
    """What the rows of a share say, as many columns in one word as it holds."""
    word, used = None, 0
    for labels in told:
        said = labels.of(rows.of(share, labels.names)).astype("u8")
        bits = max(1, len(labels.values).bit_length())
        if word is not None and used + bits <= alike.WORD:
            word |= said << np.uint64(used)
            used += bits
        else:
            if word is not None:
                yield word
            word, used = said, bits
    if word is not None:
        yield word


def diversity(
    name: str, labels: Labels, gathered: Gathered, class_of: np.ndarray, sizes: np.ndarray, source: Source
) -> Diversity:
    """class_of, sizes: of people by their place, as `alike.grouped` gives them."""
    bits = max(1, len(labels.values).bit_length())
    pairs = list(source.pool.map(lambda share: _values(gathered, labels, bits, class_of, share), range(SHARES)))
    held = np.concatenate(pairs)
    del pairs
    classes = (held >> np.uint64(bits)).astype("int64")
    spread = alike.parted(classes.astype("u8") << np.uint64(64 - max(1, len(sizes).bit_length())), held)
    found = list(source.pool.map(lambda part: _told(part[0], bits, len(labels.values), sizes), spread))
    least = [fewest for fewest, _ in found if fewest is not None]
    return Diversity(name, min(least, default=None), sum(given for _, given in found))


def _values(gathered: Gathered, labels: Labels, bits: int, class_of: np.ndarray, share: int) -> np.ndarray:
    """Each different value of each person, as the person's class before the value."""
    people = np.concatenate([np.empty(0, dtype="int32"), *(rows.of(share, PEOPLE) for rows in gathered.rows)])
    said = [labels.of(rows.of(share, labels.names)) for rows in gathered.rows]
    known, places = alike.numbered(people)
    words = np.concatenate([np.empty(0, dtype="int32"), *said]).astype("u8")
    keys = alike.different(np.sort((places.astype("u8") << np.uint64(bits)) | words))
    classes = class_of.take(known).astype("int64").take((keys >> np.uint64(bits)).astype("int64"))
    kept = classes >= 0
    return ((classes.astype("u8") << np.uint64(bits)) | (keys & np.uint64((1 << bits) - 1)))[kept]


def _told(held: np.ndarray, bits: int, missing: int, sizes: np.ndarray) -> tuple[int | None, int]:
    """(fewest different values of a class, people in classes that give a value away), of some classes."""
    if not len(held):
        return None, 0
    held = np.sort(held)
    starts = np.flatnonzero(alike.begins(held))
    people = np.diff(np.append(starts, len(held)))
    classes = (held[starts] >> np.uint64(bits)).astype("int64")
    values = np.diff(np.append(np.flatnonzero(alike.begins(classes)), len(classes)))
    common = (people == sizes.take(classes)) & ((held[starts] & np.uint64((1 << bits) - 1)) != missing)
    return int(values.min()), int(sizes.take(np.unique(classes[common])).sum())
