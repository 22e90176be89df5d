"""What was published of a population so far, as the engine reads it. Reads only."""

from collections.abc import Mapping

from extracts.engine.disclosure import Kind, Measure, Published
from extracts.production.models import ReleasedCell, TableRelease


def published_before(population: str, scope: Mapping[str, frozenset[str]]) -> list[Published]:
    """The cells that can be compared with tables of this scope, or with others that can (a quarter less two months)."""
    releases = list(TableRelease.objects.filter(population=population))
    reach = {name: set(held) for name, held in scope.items()}
    found: list[int] = []
    while near := [one for one in releases if one.pk not in found and _touches(one.scope, reach)]:
        for one in near:
            found.append(one.pk)
            for name, held in one.scope.items():
                reach.setdefault(name, set()).update(held)
    cells = ReleasedCell.objects.filter(release__in=found).order_by("id")
    return list(dict.fromkeys(_published(cell) for cell in cells))


def released(population: str, reference: str) -> tuple[TableRelease, list[Published]] | None:
    """A release with its cells; None if there is none."""
    release = TableRelease.objects.filter(population=population, reference=reference).first()
    return None if release is None else (release, [_published(cell) for cell in release.cells.order_by("id")])


def _touches(scope: Mapping[str, list[str]], reach: Mapping[str, set[str]]) -> bool:
    return all(name not in reach or reach[name] & set(held) for name, held in scope.items())


def _published(cell: ReleasedCell) -> Published:
    box = tuple(sorted((name, frozenset(held)) for name, held in cell.box.items()))
    return Published(Measure(*cell.measure), box, Kind(cell.kind), cell.value, cell.national)
