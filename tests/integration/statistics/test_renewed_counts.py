"""Nothing is counted before it is there, and again only when it is due."""

from typing import Any

import pytest

from dars.core import clock
from extracts.statistics import rules, services
from tests.integration.collection.conftest import NOON
from tests.integration.statistics.test_counts import PEOPLE, having
from tests.unit.extracts.collection.samples import several


def test_nothing_is_counted_twice_or_before_there_is_anything(collect: Any, provider: Any) -> None:
    assert services.build_if_due() is None
    collect(("XA1", "2026-04", several(*having(PEOPLE[:20]))))
    assert services.build_if_due() is not None
    assert services.build_if_due(anew=True) is None


def test_counts_are_renewed_for_a_new_month_or_after_four_weeks(
    collect: Any, provider: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = several(*having(PEOPLE[:20]))
    collect(("XA1", "2026-04", records))
    first = services.build_if_due()
    collect(("XA1", "2026-04", records[:19]))
    assert services.build_if_due() is None  # else the one who is gone could be told by subtraction
    monkeypatch.setattr(clock, "now", lambda: NOON + rules.RENEW_AFTER)
    second = services.build_if_due()
    assert second.pk > first.pk
    assert not first.months.exists()
    may = several(
        *having(
            PEOPLE[:20],
            request_date="2026-05-01",
            received_date="2026-05-01",
            test_date="2026-05-02",
            report_date="2026-05-02",
        )
    )
    collect(("XA1", "2026-05", [record | {"accession_number": f"MAY {i}"} for i, record in enumerate(may)]))
    assert services.build_if_due().months.count() == 2
