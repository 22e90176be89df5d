"""Tables of providers as they may be shown: the house's disclosure control, and the ledger of what was shown. Pure.

Which counts are hidden, and the proof that none of 1 to 7 can be worked out from all cells, margins and earlier
editions together, is `extracts.engine.disclosure`'s business (docs/disclosure.md). What it refuses is not published.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from extracts.engine.disclosure import (
    Dimension,
    Family,
    Kind,
    Measure,
    NotProtectable,
    Published,
    TooHard,
    at,
    protect,
    tabulate,
)
from extracts.statistics.publication.tables import Cell

_TESTS = Measure("tests")


@dataclass(frozen=True)
class Shown:
    """`cells`: by provider and modality (none where only totals are published); `totals`: by provider."""

    cells: Mapping[tuple[str, str], Cell]
    totals: Mapping[str, Cell]
    ledger: tuple[Published, ...]


def of_providers(
    month: str,
    counts: Mapping[tuple[str, ...], int],
    providers: Sequence[str],
    modalities: Sequence[str] = (),
    *,
    earlier: Iterable[Published] = (),
) -> Shown | None:
    """Tests of a month by provider, and by modality if there are any; None if they can't be protected.

    counts: by (provider, modality), or by (provider,). Totals for England are published beside them, exact. earlier:
    what editions before showed of the same month.
    """
    if not providers:
        return None
    dimensions = [Dimension.flat("provider", providers, subnational=True)]
    if modalities:
        dimensions.append(Dimension.flat("modality", modalities))
    layout = tuple(dimension.name for dimension in dimensions)
    family = Family(tuple(dimensions), tabulate(dimensions, counts, [layout]), (_TESTS,), {"month": frozenset({month})})
    try:
        protected = protect(family, earlier=earlier)
    except (NotProtectable, TooHard):
        return None
    cells = {
        (provider, modality): protected.show(at("tests", provider=provider, modality=modality))
        for provider in providers
        for modality in modalities
    }
    totals = {provider: protected.show(at("tests", provider=provider)) for provider in providers}
    return Shown(cells, totals, tuple(protected.published()))


def as_json(ledger: Iterable[Published]) -> list[list[Any]]:
    """For keeping; `by_month` is the way back."""
    return [[{name: sorted(held) for name, held in one.box}, one.kind.value, one.value, one.national] for one in ledger]


def by_month(kept: Iterable[Sequence[Any]]) -> dict[str, set[Published]]:
    """What ledgers as they were kept tell of each month."""
    found: dict[str, set[Published]] = {}
    for box, kind, value, national in kept:
        (month,) = box["month"]
        held = tuple(sorted((name, frozenset(categories)) for name, categories in box.items()))
        found.setdefault(month, set()).add(Published(_TESTS, held, Kind(kind), value, national))
    return found
