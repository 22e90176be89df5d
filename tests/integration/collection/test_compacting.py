"""Months that submissions leave in pieces come back into order at night, and nobody sees a difference but in speed."""

import pytest

from extracts.collection import compacting, public, tables, writing
from extracts.collection.models import DataVersion
from extracts.collection.publishing import current
from tests.integration.collection.conftest import rows
from tests.unit.extracts.collection.samples import several

pytestmark = pytest.mark.django_db

BOTH = ({}, {"nicip": "CHEAD", "snomed": ""}) * 3
B_SITE = {"site": "XB201"}
MAY = {"test_date": "2026-05-02", "report_date": "2026-05-03", "accession_number": "RIS 9001"}


@pytest.fixture(autouse=True)
def row_groups_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "ROW_GROUP", 2)


def compact(period: str) -> bool:
    return tables.is_compact("did", tables.by_month("did", current().versions["did"])[period])


def test_a_month_in_pieces_comes_into_order_and_no_row_changes(collect, provider, rival) -> None:
    april = ("XA1", "2026-04", several(*BOTH))
    collect(april, ("XA1", "2026-05", several(MAY)))
    collect(("XB2", "2026-04", several(*(one | B_SITE for one in BOTH))))
    pinned, found = current(), rows("did")
    assert len(found) > 12 and not compact("2026-04") and compact("2026-05")
    assert compacting.compact() == 1
    now = current()
    assert now.pk > pinned.pk and compact("2026-04") and rows("did") == found
    assert (now.person_map, now.tuple_files) == (pinned.person_map, pinned.tuple_files)
    may = [tables.by_month("did", version.versions["did"])["2026-05"] for version in (pinned, now)]
    assert may[0] == may[1], "what lies in order is left alone"
    assert rows("did", version=pinned.pk) == found, "whoever pinned the version before still reads it"
    assert compacting.compact() == 0 and DataVersion.objects.count() == 3


def test_what_a_crash_left_is_done_again(collect, provider, rival, monkeypatch: pytest.MonkeyPatch) -> None:
    collect(("XA1", "2026-04", several(*BOTH)))
    collect(("XB2", "2026-04", several(*(one | B_SITE for one in BOTH))))
    found, before = rows("did"), public.current_data_version()
    with monkeypatch.context() as broken:
        broken.setattr("extracts.collection.publishing.Publisher.publish", lambda self: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            compacting.compact()
    assert public.current_data_version() == before and rows("did") == found
    assert compacting.compact() == 1 and rows("did") == found and compact("2026-04")


def test_nothing_is_compacted_before_anything_was_collected(state) -> None:
    assert compacting.compact() == 0
