"""Tables that are to be published: protected beside all that is out, kept until they are released. Writes nothing.

A proposal is what may be shown, and up to which entry of the ledger that is known (`as_of`). It may wait for a person;
what comes out meanwhile and can be compared with it makes it stale.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from extracts.engine.disclosure import HES, Family, Kind, Measure, Protected, Published, protect
from extracts.production.models import ReleasedCell, TableRelease

# All that is counted from the Diagnostic Imaging Dataset is of the same records, so it is one population.
POPULATION = "did"
SECONDS = 120.0  # for choosing, and for each attack: a table that takes longer should be asked for with fewer cells

Sets = Mapping[str, Iterable[str]]


@dataclass(frozen=True)
class _Out:
    """Tables that are out, or will be together with others. `cells` are read once they are needed."""

    scope: Sets
    wholes: Sets
    release: TableRelease | None = None
    held: tuple[Published, ...] = ()


class Proposing:
    """Protects tables that are to come out together: each beside all that is out, and beside the others."""

    def __init__(self, as_of: int | None = None) -> None:
        """as_of: the last entry of the ledger to look at; None: the newest."""
        known = TableRelease.objects.filter(population=POPULATION)
        releases = list(known if as_of is None else known.filter(pk__lte=as_of))
        self.as_of = max((one.pk for one in releases), default=0)
        self._out = [_Out(one.scope, one.wholes, one) for one in releases]
        self._cells: dict[int, list[Published]] = {}

    def protect(self, family: Family) -> Protected:
        """What may be shown. Raises as `engine.disclosure.protect` does."""
        scope = reach(family)
        near = _near(self._out, scope)
        earlier = list(dict.fromkeys(one for each in near for one in self._of(each)))
        found = protect(family, HES, earlier=earlier, wholes=_wholes(near), time_limit=SECONDS)
        self._out.append(_Out(scope, _sets(found), held=tuple(found.published())))
        return found

    def _of(self, one: _Out) -> Sequence[Published]:
        if one.release is None:
            return one.held
        if one.release.pk not in self._cells:
            rows = ReleasedCell.objects.filter(release=one.release).order_by("id")
            self._cells[one.release.pk] = [_published(row.measure, row) for row in rows]
        return self._cells[one.release.pk]

    def proposal(self, tables: Iterable[Protected]) -> dict[str, Any]:
        """For keeping."""
        return {"as_of": self.as_of, "tables": [_as_json(one) for one in tables]}


def reach(family: Family) -> dict[str, frozenset[str]]:
    """What all its cells are limited to: by its scope, or since each of them names a category of a dimension."""
    found: dict[str, frozenset[str]] = {}
    boxes = [dict(family.box(cell)) for cell in family.counts]
    for name in {name for box in boxes for name in box}:
        if all(name in box for box in boxes):
            found[name] = frozenset().union(*(box[name] for box in boxes))
    return found


def is_stale(proposal: Mapping[str, Any]) -> bool:
    """Whether tables came out since it was made that can be compared with it, so that it has to be made again."""
    if not proposal:
        return False
    releases = list(TableRelease.objects.filter(population=POPULATION))
    if all(one.pk <= proposal["as_of"] for one in releases):
        return False
    out = [_Out(one.scope, one.wholes, one) for one in releases]
    near = [one for tables in proposal["tables"] for one in _near(out, tables["scope"])]
    return any(one.release is not None and one.release.pk > proposal["as_of"] for one in near)


def _near(out: Sequence[_Out], scope: Sets) -> list[_Out]:
    """What can be compared with tables of this scope, or with others that can (a quarter less two months)."""
    reach = {name: set(held) for name, held in scope.items()}
    found: list[_Out] = []
    left = list(out)
    while near := [one for one in left if _touches(one.scope, reach)]:
        found += near
        left = [one for one in left if not any(one is other for other in near)]
        for one in near:  # what one of them is not limited in, is open from then on
            reach = {name: held.union(one.scope[name]) for name, held in reach.items() if name in one.scope}
    return [one for one in out if any(one is other for other in found)]


def _touches(scope: Sets, reach: Mapping[str, set[str]]) -> bool:
    return all(name not in reach or reach[name] & set(held) for name, held in scope.items())


def _wholes(out: Iterable[_Out]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for one in out:
        for name, held in one.wholes.items():
            found[name] = found.get(name, frozenset()) | frozenset(held)
    return found


def _sets(tables: Protected) -> dict[str, frozenset[str]]:
    return {dimension.name: dimension.base for dimension in tables.family.dimensions}


def _as_json(tables: Protected) -> dict[str, Any]:
    rule = tables.rule
    return {
        "scope": _lists(reach(tables.family)),
        "wholes": _lists(_sets(tables)),
        "rule": [rule.least, rule.base, rule.feasible],
        "cells": [_cell(one) for one in tables.published()],
        "shown": len(tables.kinds),
        "suppressed": tables.count(Kind.SMALL) + tables.count(Kind.BESIDE),
        "combined": tables.count(Kind.COMBINED),
        "fewest_values": tables.smallest,
    }


def _lists(sets: Sets) -> dict[str, list[str]]:
    return {name: sorted(held) for name, held in sets.items()}


def _cell(one: Published) -> dict[str, Any]:
    measure = one.measure
    return {
        "measure": [measure.name, measure.additive, measure.persons, measure.within],
        "box": {name: sorted(held) for name, held in one.box},
        "kind": one.kind.value,
        "value": one.value,
        "national": one.national,
    }


def _published(measure: Sequence[Any], row: ReleasedCell) -> Published:
    box = tuple(sorted((name, frozenset(held)) for name, held in row.box.items()))
    return Published(Measure(*measure), box, Kind(row.kind), row.value, row.national)
