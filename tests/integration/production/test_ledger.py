"""Published tables are entered cell by cell, never changed, and later ones are protected together with them."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from dars.audit.models import AuditEvent
from dars.core.errors import WrongState
from extracts.engine.disclosure import (
    HES,
    Dimension,
    Family,
    Kind,
    Measure,
    Protected,
    Target,
    at,
    attack,
    protect,
    tabulate,
)
from extracts.production import proposals
from extracts.production.models import ReleasedCell, TableRelease
from extracts.production.public import Proposing, is_stale, release_tables

pytestmark = pytest.mark.django_db
SITES = Dimension.flat("site", "AB", subnational=True)
SOURCES = Dimension.flat("source", ("gp", "ae"))


def of(months: str) -> dict[str, frozenset[str]]:
    return {"month": frozenset(f"2026-{month}" for month in months.split())}


def tables(months: str, a: int, b: int) -> Family:
    """Two sites and the nation, of months "04", "04 05", …"""
    return Family((SITES,), tabulate((SITES,), {("A",): a, ("B",): b}, [("site",)]), scope=of(months))


def publish(*families: Family, reference: str) -> list[Protected]:
    proposing = Proposing()
    made = [proposing.protect(family) for family in families]
    release_tables(proposing.proposal(made), reference=reference, data_version="v1")
    return made


def shown(protected: Protected) -> dict[Any, int | str]:
    return {cell: protected.show(cell) for cell in protected.family.counts}


def known(family: Family) -> list[Any]:
    """What the next tables of that scope would be protected beside."""
    proposing = Proposing()
    return [cell for one in proposals._near(proposing._out, family.scope) for cell in proposing._of(one)]


def events(kind: str) -> list[dict[str, Any]]:
    return [event.payload_row.payload for event in AuditEvent.objects.filter(kind=kind).order_by("pk")]


def test_each_cell_is_entered_as_it_was_shown_and_no_true_count_is() -> None:
    (found,) = publish(tables("04", 3, 41), reference="April")
    assert shown(found) == {at("tests"): 44, at("tests", site="A"): "*", at("tests", site="B"): 40}
    rows = {tuple(cell.box.get("site", ())): (cell.kind, cell.value) for cell in ReleasedCell.objects.all()}
    assert rows == {(): ("exact", 44), ("A",): ("small", None), ("B",): ("rounded", 40)}
    release = TableRelease.objects.get()
    assert (release.scope, release.wholes) == ({"month": ["2026-04"]}, {"site": ["A", "B"]})
    assert events("tables.released") == [
        {
            "population": "did",
            "reference": "April",
            "data_version": "v1",
            "cells": 3,
            "suppressed": 1,
            "combined": 0,
            "fewest_values": 3,
        }
    ]


def test_the_same_table_a_month_later_does_not_give_the_month_away() -> None:
    later = tables("04 05", 0, 22)
    alone = shown(Proposing().protect(later))
    assert alone[at("tests", site="B")] == 20
    first = tables("04", 0, 20)
    publish(first, reference="April")
    (found,) = publish(later, reference="April and May")
    # All tests were of B: the national counts, 20 and 22, would say that it had two in May.
    assert found.show(at("tests")) == 22
    assert shown(found) != alone
    target = Target(Measure(), later.box(at("tests", site="B")), first.box(at("tests", site="B")))
    assert len(attack(known(later), [target], HES, wholes={"site": SITES.base})[0]) == 3


def test_tables_that_come_out_together_are_protected_beside_each_other() -> None:
    first, later = tables("04", 0, 20), tables("04 05", 0, 22)
    alone = shown(Proposing().protect(later))
    together = publish(first, later, reference="both")
    assert shown(together[1]) != alone
    assert list(TableRelease.objects.values_list("reference", flat=True)) == ["both (1)", "both (2)"]


def test_tables_by_something_else_are_held_against_each_other() -> None:
    """All tests by source, then those of GPs by site: that B has the one that A has not, of nine, stays unknown."""
    sources = tabulate((SOURCES,), {("gp",): 9, ("ae",): 30}, [("source",)])
    publish(Family((SOURCES,), sources, scope=of("04")), reference="by source")
    gps = {at("tests", site=site, source="gp"): count for site, count in (("A", 8), ("B", 1))}
    family = Family((SITES, SOURCES), gps, scope=of("04"))
    alone = protect(family)
    assert alone.show(at("tests", site="A", source="gp")) == 10
    (beside,) = publish(family, reference="of GPs")
    assert shown(beside) == dict.fromkeys(gps, ":")
    assert TableRelease.objects.last().wholes == {"site": ["A", "B"], "source": ["ae", "gp"]}


def test_only_what_can_be_compared_is_held_against_a_release() -> None:
    for months in ("01", "02 03", "03", "07"):
        publish(tables(months, 9, 20), reference=months)
    # March alone and the two months touch; February is what one less the other leaves.
    months = {held for one in known(tables("02", 0, 0)) for name, held in one.box if name == "month"}
    assert months == {frozenset({"2026-03"}), frozenset({"2026-02", "2026-03"})}


def test_tables_of_one_area_reach_those_of_another_through_a_table_of_both() -> None:
    def out(**scope: str) -> proposals._Out:
        return proposals._Out({name: held.split() for name, held in scope.items()}, {})

    of_a, of_b, later = out(month="04", place="A"), out(month="05", place="B"), out(month="05", place="C")
    april = {"month": frozenset({"04"})}
    assert proposals._near([of_a, of_b, later], april) == [of_a]
    both = out(month="04 05")
    assert proposals._near([of_a, of_b, later, both], april) == [of_a, of_b, later, both]
    assert proposals._near([of_a, of_b, later], {"month": frozenset({"04"}), "place": frozenset({"B"})}) == []


def test_what_waits_while_something_comparable_comes_out_is_stale_and_not_released() -> None:
    waiting = Proposing()
    proposal = waiting.proposal([waiting.protect(tables("04", 3, 41))])
    publish(tables("07", 3, 41), reference="July")
    assert not is_stale(proposal)
    publish(tables("04 05", 4, 60), reference="two months")
    assert is_stale(proposal)
    with pytest.raises(WrongState) as refused:
        release_tables(proposal, reference="April", data_version="v1")
    assert refused.value.rule == "tables_released"
    assert TableRelease.objects.count() == 2


def test_a_reference_is_released_once() -> None:
    publish(tables("04", 1, 8), reference="April")
    with pytest.raises(DatabaseError), transaction.atomic():
        publish(tables("04", 2, 80), reference="April")


def test_the_ledger_is_append_only() -> None:
    publish(tables("04", 3, 41), reference="April")
    for change in (
        lambda: ReleasedCell.objects.filter(kind=Kind.SMALL).update(kind="exact", value=3),
        lambda: ReleasedCell.objects.all().delete(),
        lambda: TableRelease.objects.update(population="others"),
        lambda: ReleasedCell.objects.create(
            release=TableRelease.objects.get(), measure=[], box={}, kind="small", value=3, national=False
        ),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
