"""Which dimensions have to be told apart together, and how such groups of them hang on each other. Pure.

Tables by provider and modality and others by region and age need no unknown for each provider, modality, region and
age: whole numbers of each group that agree on what it shares with the next can always be put together to whole numbers
of all dimensions (for each combination of what is shared, one table's rows and the other's columns have the same total,
and a table with given totals exists). So groups that hang together like a tree lose nothing.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Group:
    """The dimensions told apart together. shared: those it has in common with the group `beside`; None for the last."""

    names: tuple[str, ...]
    shared: tuple[str, ...] = ()
    beside: int | None = None


def groups(named: Iterable[frozenset[str]], sizes: Mapping[str, int]) -> list[Group]:
    """Groups of which one holds each of the sets of names; where these go round in a circle, groups are larger.

    sizes: how many categories of a dimension are told apart. What a group shares with all later ones is in one of them.
    """
    left, found = _largest(named), []
    while any(left):
        union = {name: frozenset().union(*(one for one in left if name in one)) for one in left for name in one}
        own = min(union.values(), key=lambda names: (math.prod(sizes[name] for name in names), sorted(names)))
        rest = [one for one in left if not one <= own]
        shared = own.intersection(frozenset().union(*rest))
        found.append((own, shared))
        left = _largest([*rest, shared])
    return [_placed(place, found) for place in range(len(found))] or [Group(())]


def _placed(place: int, found: list[tuple[frozenset[str], frozenset[str]]]) -> Group:
    own, shared = found[place]
    later = (other for other in range(place + 1, len(found)) if shared <= found[other][0])
    return Group(tuple(sorted(own)), tuple(sorted(shared)), next(later, None))


def _largest(named: Iterable[frozenset[str]]) -> list[frozenset[str]]:
    """Without those that others hold."""
    different = sorted(set(named), key=sorted)
    return [one for one in different if not any(one < other for other in different)]
