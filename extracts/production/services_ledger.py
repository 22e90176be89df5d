"""Releases tables of counts: protected together with all that was published before, entered in the ledger, audited."""

from dataclasses import dataclass

from django.db import connection, transaction

from dars.audit.public import record
from dars.core import clock
from dars.core.errors import DomainError
from extracts.engine.disclosure import (
    HES,
    Cell,
    Family,
    FamilyError,
    Kind,
    NotProtectable,
    Protected,
    Published,
    Rule,
    TooHard,
    protect,
)
from extracts.production import selectors_ledger
from extracts.production.models import ReleasedCell, TableRelease

SECONDS = 120.0  # for choosing, and for each attack: a table that takes longer should be asked for with fewer cells


class TablesRefused(DomainError):
    """The tables can't be published; `rule` says why: family, unprotectable, too_hard or other."""

    code = "tables_refused"
    status = 409


@dataclass(frozen=True)
class Tables:
    """Tables as they were published. shown: cell -> number, `*` (suppressed) or `:` (combined with others)."""

    release: TableRelease
    shown: dict[Cell, int | str]


def release_tables(
    family: Family, *, population: str, reference: str, data_version: str, rule: Rule = HES, seconds: float = SECONDS
) -> Tables:
    """Publishes tables, or answers how they were published if this reference was before: nothing is published twice.

    population: whose tables can be compared ("did"). family: with its scope. Raises TablesRefused; call it outside
    of transactions, so that the refusal stays in the audit trail. One release of a population is made at a time.
    """
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"tables:{population}"])
            before = selectors_ledger.released(population, reference)
            if before is not None:
                return Tables(before[0], _shown(family, before[1]))
            earlier = selectors_ledger.published_before(population, family.scope)
            protected = protect(family, rule, earlier=earlier, time_limit=seconds)
            release = _enter(protected, population, reference, data_version, len(earlier))
            return Tables(release, {cell: protected.show(cell) for cell in family.counts})
    except (FamilyError, NotProtectable, TooHard) as refused:
        why = {FamilyError: "family", NotProtectable: "unprotectable", TooHard: "too_hard"}[type(refused)]
        with transaction.atomic():
            subject = f"tables:{population}"
            record("tables.refused", by=None, subject=subject, population=population, reference=reference, reason=why)
        raise TablesRefused(_WORDS[why], rule=why) from refused


_WORDS = {
    "family": "The counts of these tables do not belong together, so that they can't be protected.",
    "unprotectable": "Small counts could be worked out from these tables and earlier ones. Nothing was published.",
    "too_hard": "It was not shown in time that small counts are safe. Ask for fewer cells. Nothing was published.",
    "other": "Tables were published by this name before, with other cells. Nothing was published.",
}


def _enter(protected: Protected, population: str, reference: str, data_version: str, earlier: int) -> TableRelease:
    family, rule = protected.family, protected.rule
    release = TableRelease.objects.create(
        population=population,
        reference=reference,
        data_version=data_version,
        scope={name: sorted(held) for name, held in family.scope.items()},
        rule=[rule.least, rule.base, rule.feasible],
        at=clock.now(),
    )
    cells = protected.published()
    ReleasedCell.objects.bulk_create((_row(release, one) for one in cells), batch_size=2000)
    record(
        "tables.released",
        by=None,
        subject=release,
        population=population,
        reference=reference,
        data_version=data_version,
        cells=len(protected.kinds),
        suppressed=protected.count(Kind.SMALL) + protected.count(Kind.BESIDE),
        combined=protected.count(Kind.COMBINED),
        fewest_values=protected.smallest,
        earlier_cells=earlier,
    )
    return release


def _row(release: TableRelease, one: Published) -> ReleasedCell:
    measure = one.measure
    return ReleasedCell(
        release=release,
        measure=[measure.name, measure.additive, measure.persons, measure.within],
        box={name: sorted(held) for name, held in one.box},
        kind=one.kind.value,
        value=one.value,
        national=one.national,
    )


def _shown(family: Family, cells: list[Published]) -> dict[Cell, int | str]:
    """The family's cells as they were shown; what was combined is not in the ledger."""
    known = {(one.measure, one.box): one for one in cells}
    shown: dict[Cell, int | str] = {}
    for cell in family.counts:
        one = known.pop((family.measure(cell.measure), family.box(cell)), None)
        shown[cell] = ":" if one is None else "*" if one.value is None else one.value
    if known:
        raise TablesRefused(_WORDS["other"], rule="other")
    return shown
