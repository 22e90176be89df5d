"""Rows and what they say beside who people are: rows unlike any other, and what classes give away; counts only."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from extracts.engine import equal
from extracts.engine.gathering import PEOPLE, Gathered, Source, together
from extracts.engine.labels import Joint, Labels, joint


@dataclass(frozen=True)
class Diversity:
    """Of one sensitive field, `dataset.field`. least: the fewest different values in the records of any class of people
    (distinct l-diversity, no value being one of them), None without people. given_away: people in classes in which all
    have one value in common: whoever knows who they are knows it of them.
    """

    field: str
    least: int | None
    given_away: int


@dataclass(frozen=True)
class Unlike:
    """Rows like no other in what is told, people with such a row, and the places of all other rows in each part."""

    rows: int
    people: int
    others: list[np.ndarray]


def unlike(gathered: Gathered, told: list[Labels], source: Source, among: list[np.ndarray] | None = None) -> Unlike:
    """among: of each part the places of the rows that may be like another, the rest being known to be like none."""
    by_column: dict[tuple[str, ...], list[Labels]] = {}
    for labels in told:
        by_column.setdefault(labels.names, []).append(labels)
    words = _words([joint(forms) for forms in by_column.values()])
    counts = gathered.counts
    parts = together(counts)
    chosen = [None] * len(parts) if among is None else among
    tasks = [partial(_row_words, gathered, words, part, rows) for part, rows in zip(parts, chosen, strict=True)]
    alone = equal.alone(tasks, source.pool)
    whose = np.zeros(source.people.places, dtype=bool)

    def rest(at: int) -> np.ndarray:
        part, rows, places = parts[at], chosen[at], alone[at]
        counted = int(counts[part.start : part.stop].sum())
        like = np.ones(counted, dtype=bool) if rows is None else np.zeros(counted, dtype=bool)
        if rows is not None:
            like[rows] = True
        like[places if rows is None else rows.take(places)] = False
        whose[gathered.of(part, PEOPLE)[~like]] = True
        return np.flatnonzero(like)

    others = list(source.pool.map(rest, range(len(parts))))
    found = int(counts.sum()) - sum(map(len, others))
    return Unlike(found, int(np.count_nonzero(whose)), others)


def _words(told: list[Joint]) -> list[list[tuple[Joint, int]]]:
    """Columns with the places of their first bits, as many columns in one word as it holds."""
    words: list[list[tuple[Joint, int]]] = []
    used = 0
    for labels in told:
        bits = (labels.count - 1).bit_length()
        if not words or used + bits > equal.WORD:
            words.append([])
            used = 0
        words[-1].append((labels, used))
        used += bits
    return words


def _row_words(
    gathered: Gathered, words: list[list[tuple[Joint, int]]], shares: range, rows: np.ndarray | None
) -> equal.Words:
    """What each row of some shares says: in one word or two as it is, in more by a hash of 128 bits."""
    if not words:  # nothing but identifiers was asked for
        return np.zeros(len(gathered.of(shares, PEOPLE)), dtype="u8"), None
    said = [_said(gathered, word, shares, rows) for word in words]
    first, second = equal.mixed(said[0], equal.ODD[0]), said[1] if len(said) > 1 else None
    if len(said) == 2:
        first = equal.mixed(first ^ second, equal.ODD[1])
    for word in said[2:]:
        first, second = (equal.mixed(half ^ word, odd) for half, odd in zip((first, second), equal.ODD, strict=True))
    return first, second


def _said(gathered: Gathered, word: list[tuple[Joint, int]], shares: range, rows: np.ndarray | None) -> np.ndarray:
    """One word of each row of some shares, of all or of those at these places."""
    found = np.uint64(0)
    for labels, shift in word:
        numbers = gathered.of(shares, labels.names)
        found = found | labels.of(numbers if rows is None else numbers.take(rows), shift)
    return found


def diversity(
    name: str, labels: Labels, gathered: Gathered, class_of: np.ndarray, sizes: np.ndarray, source: Source
) -> Diversity:
    """class_of, sizes: of people by their place, as `alike.grouped` gives them."""
    bits = max(1, len(labels.values).bit_length())
    take = partial(_values, gathered, labels, bits, class_of, sizes)
    shares = list(source.pool.map(take, together(gathered.counts)))
    held = np.sort(np.concatenate([keys for keys, _, _ in shares]))
    several = _told(held, bits, len(labels.values), sizes)
    least = [fewest for _, fewest, _ in shares if fewest is not None]
    if several[0] is not None:
        least.append(several[0])
    return Diversity(name, min(least, default=None), several[1] + sum(given for _, _, given in shares))


def _values(
    gathered: Gathered, labels: Labels, bits: int, class_of: np.ndarray, sizes: np.ndarray, shares: range
) -> tuple[np.ndarray, int | None, int]:
    """(each different value of each person who is not alone, as the person's class before the value; of those who are
    alone the fewest different values, and how many have a value)."""
    people = gathered.of(shares, PEOPLE)
    if not len(people):
        return np.empty(0, dtype="u8"), None, 0
    first = int(people.min())
    said = labels.of(gathered.of(shares, labels.names)).astype("u8")
    keys = equal.different(np.sort(((people - first).astype("u8") << np.uint64(bits)) | said))
    whose = (keys >> np.uint64(bits)).astype("int64")
    classes = class_of[first : first + int(whose[-1]) + 1].take(whose)
    words = keys & np.uint64((1 << bits) - 1)
    single = (sizes.take(classes) == 1) & (classes >= 0) if len(sizes) else np.zeros(len(keys), dtype=bool)
    theirs = whose[single]
    starts = np.flatnonzero(equal.begins(theirs))
    values = np.diff(np.append(starts, len(theirs)))
    # Each value stands once, and no value is the last: who has just that gives nothing away.
    given = len(values) - int(np.count_nonzero(words[single].take(starts) == len(labels.values)))
    several = ~single & (classes >= 0)
    held = (classes[several].astype("u8") << np.uint64(bits)) | words[several]
    return held, int(values.min()) if len(values) else None, given


def _told(held: np.ndarray, bits: int, missing: int, sizes: np.ndarray) -> tuple[int | None, int]:
    """(fewest different values of a class, people in classes that give a value away), of sorted values."""
    if not len(held):
        return None, 0
    starts = np.flatnonzero(equal.begins(held))
    people = np.diff(np.append(starts, len(held)))
    classes = (held[starts] >> np.uint64(bits)).astype("int64")
    values = np.diff(np.append(np.flatnonzero(equal.begins(classes)), len(classes)))
    common = (people == sizes.take(classes)) & ((held[starts] & np.uint64((1 << bits) - 1)) != missing)
    return int(values.min()), int(sizes.take(np.unique(classes[common])).sum())
