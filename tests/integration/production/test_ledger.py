"""Published tables are entered cell by cell, never changed, and later ones are protected together with them."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from dars.audit.models import AuditEvent
from extracts.engine.disclosure import (
    HES,
    Dimension,
    Family,
    Kind,
    Measure,
    NotProtectable,
    Target,
    at,
    attack,
    tabulate,
)
from extracts.production import selectors_ledger, services_ledger
from extracts.production.models import ReleasedCell, TableRelease
from extracts.production.public import Tables, TablesRefused, release_tables

pytestmark = pytest.mark.django_db
SITES = Dimension.flat("site", "AB", subnational=True)


def tables(months: str, a: int, b: int) -> Family:
    """Two sites and the nation, of months "04", "04 05", …"""
    scope = {"month": frozenset(f"2026-{month}" for month in months.split())}
    return Family((SITES,), tabulate((SITES,), {("A",): a, ("B",): b}, [("site",)]), scope=scope)


def publish(family: Family, reference: str, population: str = "did") -> Tables:
    return release_tables(family, population=population, reference=reference, data_version="v1")


def events(kind: str) -> list[dict[str, Any]]:
    return [event.payload_row.payload for event in AuditEvent.objects.filter(kind=kind).order_by("pk")]


def test_each_cell_is_entered_as_it_was_shown_and_no_true_count_is() -> None:
    family = tables("04", 3, 41)
    found = publish(family, "April")
    assert found.shown == {at("tests"): 44, at("tests", site="A"): "*", at("tests", site="B"): 40}
    rows = {tuple(cell.box.get("site", ())): (cell.kind, cell.value) for cell in ReleasedCell.objects.all()}
    assert rows == {(): ("exact", 44), ("A",): ("small", None), ("B",): ("rounded", 40)}
    assert found.release.scope == {"month": ["2026-04"]}
    assert events("tables.released") == [
        {
            "population": "did",
            "reference": "April",
            "data_version": "v1",
            "cells": 3,
            "suppressed": 1,
            "combined": 0,
            "fewest_values": 3,
            "earlier_cells": 0,
        }
    ]


def test_the_same_table_a_month_later_does_not_give_the_month_away() -> None:
    later = tables("04 05", 0, 22)
    alone = publish(later, "both months", "others")
    assert alone.shown[at("tests", site="B")] == 20
    first = tables("04", 0, 20)
    publish(first, "April")
    found = publish(later, "April and May")
    # All tests were of B: the national counts, 20 and 22, would say that it had two in May.
    assert found.shown[at("tests")] == 22
    assert found.shown != alone.shown
    ledger = selectors_ledger.published_before("did", later.scope)
    target = Target(Measure(), later.box(at("tests", site="B")), first.box(at("tests", site="B")))
    assert len(attack(ledger, [target], HES, wholes={"site": SITES.base})[0]) == 3


def test_only_what_can_be_compared_is_held_against_a_release() -> None:
    publish(tables("01", 9, 20), "January")
    publish(tables("02 03", 9, 20), "February and March")
    publish(tables("03", 9, 20), "March")
    publish(tables("07", 9, 20), "July")
    # March alone and the two months touch; February is what one less the other leaves.
    found = selectors_ledger.published_before("did", {"month": frozenset({"2026-02"})})
    months = {held for one in found for name, held in one.box if name == "month"}
    assert months == {frozenset({"2026-03"}), frozenset({"2026-02", "2026-03"})}
    assert selectors_ledger.published_before("others", {}) == []


def test_a_reference_is_released_once_and_answers_as_it_did() -> None:
    first = publish(tables("04", 1, 8), "April")
    assert first.shown == {at("tests"): 9, at("tests", site="A"): ":", at("tests", site="B"): ":"}
    again = publish(tables("04", 2, 80), "April")
    assert again.shown == first.shown
    assert TableRelease.objects.count() == 1
    other = Family((SITES,), {at("tests", site="A"): 1}, scope=tables("04", 1, 1).scope)
    with pytest.raises(TablesRefused) as refused:
        publish(other, "April")
    assert refused.value.rule == "other"


def test_what_cant_be_protected_is_refused_and_the_refusal_audited(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: Any, **__: Any) -> None:
        raise NotProtectable

    monkeypatch.setattr(services_ledger, "protect", none)
    with pytest.raises(TablesRefused, match="could be worked out"):
        publish(tables("04", 1, 8), "April")
    assert events("tables.refused") == [{"population": "did", "reference": "April", "reason": "unprotectable"}]
    assert not TableRelease.objects.exists()


def test_the_ledger_is_append_only() -> None:
    publish(tables("04", 3, 41), "April")
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
