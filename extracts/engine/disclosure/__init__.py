"""Disclosure control of tables of counts: what may be shown, and a proof against whoever can calculate. Pure.

    family = Family((Dimension.flat("region", REGIONS, subnational=True), Dimension.flat("modality", MODALITIES)),
                    counts=tabulate(dimensions, counted, [("region", "modality")]))
    protected = protect(family, HES, earlier=ledger)
    protected.show(cell)          # 1235, "*" or ":"

`Family` holds every cell that is to be published, margins included; `protect` returns what may be shown of each and
refuses (`NotProtectable`) what can't be. Why: docs/disclosure.md.
"""

from extracts.engine.disclosure.attack import Target, TooHard, attack
from extracts.engine.disclosure.family import (
    Cell,
    Dimension,
    Family,
    FamilyError,
    Kind,
    Measure,
    Published,
    at,
    tabulate,
)
from extracts.engine.disclosure.protect import NotProtectable, Protected, protect
from extracts.engine.disclosure.rule import HES, Rule
from extracts.engine.disclosure.system import TooManyParts

__all__ = [
    "HES",
    "Cell",
    "Dimension",
    "Family",
    "FamilyError",
    "Kind",
    "Measure",
    "NotProtectable",
    "Protected",
    "Published",
    "Rule",
    "Target",
    "TooHard",
    "TooManyParts",
    "at",
    "attack",
    "protect",
    "tabulate",
]
