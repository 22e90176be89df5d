"""After an erasure no edition that is kept counts the erased: renewed, approved, and earlier ones cleared."""

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse

from dars.accounts.public import User
from dars.core import clock
from dars.core.errors import WrongState
from extracts.collection import erasing, erasure_services
from extracts.collection.opt_outs import unsaved
from extracts.collection.public import DataVersionRef
from extracts.production.models import TableRelease
from extracts.statistics import renewing, services_publication, tasks
from extracts.statistics.models import Edition, Publication
from extracts.statistics.publication.tables import Column, Table
from tests.integration.collection.conftest import NOON
from tests.integration.statistics.test_counts import PEOPLE
from tests.integration.statistics.test_publications import (
    MONTH,
    approve,
    browser,
    counted_in,
    data,
    made,
    once,
    quick,
    stella,
    tom,
)

__all__ = ["data", "once", "quick", "stella", "tom"]


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Any:
    return lambda day: monkeypatch.setattr(clock, "now", lambda: dt.datetime.combine(day, NOON.timetz()))


def erase(number: str, at: Any, day: dt.date) -> None:
    at(day)
    unsaved(number, day, "letter", None).save()
    at(day + dt.timedelta(days=1))
    erasing.work(erasure_services.begin_due(now=True).pk)


def test_the_next_month_renews_what_is_in_force_and_clears_what_was_before(
    data: Any, quick: None, stella: User, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = approve(made(), stella)
    assert counted_in(first) == 110
    erase(PEOPLE[0], at, dt.date(2026, 11, 24))
    at(dt.date(2026, 11, 30))
    tasks.sweep_publications()
    assert Edition.objects.count() == 1  # no edition says by its day when somebody opted out
    at(dt.date(2026, 12, 1))
    tasks.sweep_publications()
    tasks.sweep_publications()
    renewed = Edition.objects.get(number=2)
    assert "without patients who have opted out since" in renewed.reason
    with pytest.raises(WrongState):
        services_publication.stop(edition_id=renewed.pk, because="Not now.", by=stella)
    tasks.make_edition(renewed.pk)
    renewed.refresh_from_db()
    assert counted_in(approve(renewed, stella)) == 109
    tasks.sweep_publications()
    first.refresh_from_db()
    assert first.tables == [] and not first.files.exists() and first.cleared_at == clock.now()
    page = browser().get(reverse("statistics:edition", args=[MONTH, 1]))
    assert page.status_code == 200 and "were taken away on" in page.content.decode()
    assert browser().get(reverse("statistics:file", args=[MONTH, 1, "month.csv"])).status_code == 404
    assert (
        "Figures taken away" in browser(stella).get(reverse("publications:edition", args=[first.pk])).content.decode()
    )
    # What readers hold still binds what comes later.
    assert TableRelease.objects.count() == 2
    # An erasure that changes no figure: nobody is asked, and it does not come back.
    monkeypatch.setattr(renewing, "last_erasure_before", lambda began: NOON.replace(month=12, day=24))
    for day in (dt.date(2027, 1, 1), dt.date(2027, 2, 1)):
        at(day)
        tasks.sweep_publications()
        for edition in Edition.objects.filter(state="making"):
            tasks.make_edition(edition.pk)
    unchanged = Edition.objects.get(number=3)
    assert (unchanged.state, unchanged.stopped_because) == ("set_aside", "No figure has changed.")
    shown = browser(stella).get(reverse("publications:edition", args=[unchanged.pk])).content.decode()
    assert "By the service" in shown
    renewed.refresh_from_db()
    assert renewed.state == "published" and renewed.tables and Edition.objects.count() == 3


@pytest.fixture
def in_force(stella: User, monkeypatch: pytest.MonkeyPatch) -> Edition:
    """An edition of April as it was published, and data from April on."""
    monkeypatch.setattr(renewing, "current_data_version", lambda: DataVersionRef(1, "v000001", MONTH))
    monkeypatch.setattr(renewing, "bindings", lambda version: {"did": [f"period={MONTH}/a.parquet"]})
    monkeypatch.setattr(renewing, "last_erasure_before", lambda instant: NOON)
    return Edition.objects.create(
        publication=Publication.objects.create(month=MONTH, created_at=NOON),
        number=1,
        state="published",
        asked_at=NOON,
        tables=[Table("modality_month", "Tests", "", (Column("month", "Month", "month"),), ((MONTH,),)).as_json()],
        sha256="0" * 64,
        opt_outs_at=NOON - dt.timedelta(days=1),
        approved_by=stella,
        approved_at=NOON,
        published_at=NOON,
    )


def test_a_renewal_that_was_set_aside_is_begun_again_the_month_after(in_force: Edition, at: Any) -> None:
    at(dt.date(2026, 12, 1))
    renewing.sweep()
    renewal = Edition.objects.get(number=2)
    Edition.objects.filter(pk=renewal.pk).update(state="set_aside", stopped_because="A trust is about to send again.")
    renewing.sweep()
    assert Edition.objects.count() == 2
    at(dt.date(2027, 1, 1))
    renewing.sweep()
    assert Edition.objects.get(number=3).state == "making"


def test_a_month_that_is_not_held_any_more_stays_as_it_is(
    in_force: Edition, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(dt.date(2026, 12, 1))
    monkeypatch.setattr(renewing, "bindings", lambda version: {"did": ["period=2026-05/a.parquet"]})
    renewing.sweep()
    assert Edition.objects.get() == in_force
