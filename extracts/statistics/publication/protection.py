"""Tables of providers as they may be shown, by the house's disclosure control. Pure.

Which counts are hidden, and the proof that none of 1 to 7 can be worked out from all cells, margins and earlier
releases together, is `extracts.engine.disclosure`'s business (docs/disclosure.md). What it refuses is not published.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from extracts.engine.disclosure import (
    Dimension,
    Family,
    Measure,
    NotProtectable,
    Protected,
    TooHard,
    TooManyParts,
    at,
    protect,
    tabulate,
)
from extracts.statistics.publication.tables import Cell

# Protects one family beside whatever else is known to be out; raises as `engine.disclosure.protect` does.
Protect = Callable[[Family], Protected]
_TESTS = Measure("tests")


@dataclass(frozen=True)
class Shown:
    """`cells`: by provider and modality (none where only totals are published); `totals`: by provider."""

    cells: Mapping[tuple[str, str], Cell]
    totals: Mapping[str, Cell]
    protected: Protected


def of_providers(
    month: str,
    counts: Mapping[tuple[str, ...], int],
    providers: Sequence[str],
    modalities: Sequence[str] = (),
    *,
    protect: Protect = protect,
) -> Shown | None:
    """Tests of a month by provider, and by modality if there are any; None if they can't be protected.

    counts: by (provider, modality), or by (provider,). Totals for England are published beside them, exact.
    """
    if not providers:
        return None
    dimensions = [Dimension.flat("provider", providers, subnational=True)]
    if modalities:
        dimensions.append(Dimension.flat("modality", modalities))
    layout = tuple(dimension.name for dimension in dimensions)
    family = Family(tuple(dimensions), tabulate(dimensions, counts, [layout]), (_TESTS,), {"month": frozenset({month})})
    try:
        protected = protect(family)
    except (NotProtectable, TooHard, TooManyParts):
        return None
    cells = {
        (provider, modality): protected.show(at("tests", provider=provider, modality=modality))
        for provider in providers
        for modality in modalities
    }
    totals = {provider: protected.show(at("tests", provider=provider)) for provider in providers}
    return Shown(cells, totals, protected)
