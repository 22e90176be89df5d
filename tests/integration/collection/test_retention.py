"""Months past their retention period are announced, then go for good, with the identifiers of whom nothing is left."""

import datetime as dt
import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from dars.accounts.public import User, grant_role
from dars.audit.models import AuditEvent
from dars.core import clock
from dars.core.roles import Role
from dars.notices.models import Notice
from extracts.collection import erasing, opt_outs, retention, vault
from extracts.collection.models import Erasure, Submission
from tests.integration.collection.conftest import NOON, first_provider, kept_in, rows
from tests.unit.extracts.collection.samples import several

ANN, BEN, DAN, FAY = "9990000018", "9990000026", "9990000034", "9990000050"
DATES = ("request_date", "received_date", "test_date", "report_date")
DUE = NOON + dt.timedelta(days=28)


@pytest.fixture
def keeper(db: None) -> User:
    user = User.objects.create_user(email="petra@example.org", name="Petra Production")
    grant_role(user=user, role=Role.PRODUCTION_STAFF, by=None)
    return user


SIZES = {"2025-09": 3, "2025-10": 2, "2025-11": 4, "2026-03": 1, "2026-04": 2}


@pytest.fixture(scope="module")
def once(module_rows: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state folder of a service that has collected five months of the imaging dataset. Dan has one record."""
    folder = tmp_path_factory.mktemp("collected")
    first_provider()
    with kept_in(folder) as collect:
        for_each = ((period, range(size)) for period, size in SIZES.items())
        collect(*(("XA1", period, several(*(_dated(period, place) for place in size))) for period, size in for_each))
    return folder / "state"


@pytest.fixture
def months(db: None, once: Path, state: Path, settings: Any) -> dict[str, int]:
    """Five months, kept for a year from now on; how many records each has."""
    shutil.copytree(once, state, dirs_exist_ok=True)
    settings.RETENTION_YEARS = {"did": 1}
    return SIZES


def _dated(period: str, place: int = 0) -> dict[str, str]:
    who = {"nhs_number": DAN} if period == "2025-09" else {}
    dates = {name: f"{period}-0{day}" for day, name in enumerate(DATES, 2)}
    return who | dates | {"accession_number": f"{period} {place}"}


def test_the_report_tells_what_went(
    months: dict[str, int], keeper: User, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    counted = dict(rows("did", "period, count(*) OVER (PARTITION BY period)"))
    announced = retention.announce()
    assert retention.announce() is None, "one at a time"
    notice = Notice.objects.get(person=keeper)
    assert "20 December 2026" in notice.subject and "Diagnostic Imaging Dataset: 2, up to 2025-10." in notice.text
    erasing.sweep()
    assert announced.removed == {"did": {"2025-09": 3, "2025-10": 2}}, "what is to go"
    assert Erasure.objects.get().state == "announced" and dict(rows("did", "period, 0")).keys() == months.keys()
    monkeypatch.setattr(clock, "now", lambda: DUE)
    erasing.sweep()
    with django_capture_on_commit_callbacks(execute=True):
        erasing.work(announced.pk)
    erasure = Erasure.objects.get()
    went = {period: size for period, size in counted.items() if period < "2025-11"}
    assert (erasure.state, erasure.removed) == ("done", {"did": went}) and went == {"2025-09": 3, "2025-10": 2}
    left = {period for period, _ in rows("did", "DISTINCT period, 0")}
    assert left == {"2025-11", "2026-03", "2026-04"} and erasure.earliest == {"did": min(left)}
    assert Submission.objects.filter(state="expired").count() == 2
    client = Client()
    client.force_login(keeper)
    page = client.get(reverse("erasures:report", args=[erasure.pk])).content.decode()
    for words in (
        "2 months, 5 records",
        "2025-09",
        "Diagnostic Imaging Dataset: 2025-11",
        "25 January 2027",
        "Fewer than 10",
    ):
        assert words in page, words
    assert "Past its retention period" in client.get(reverse("erasures:list")).content.decode()
    kinds = set(AuditEvent.objects.filter(subject=f"erasure:{erasure.pk}").values_list("kind", flat=True))
    steps = {f"erasure.{step}" for step in ("published", "copied", "removed", "proved", "read")}
    assert kinds == {"retention.announced", "retention.begun", "vault.opened", *steps}
    assert retention.announce().months["did"] == "2025-12", "what came of age meanwhile is announced by itself"


def test_what_is_kept_longer_meanwhile_stays(
    months: dict[str, int], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    erasure = retention.announce()
    settings.RETENTION_YEARS = {"did": 8}
    monkeypatch.setattr(clock, "now", lambda: DUE)
    erasing.sweep()
    erasing.work(erasure.pk)
    erasure.refresh_from_db()
    assert (erasure.state, erasure.removed, erasure.identifiers) == ("done", {}, 0)
    assert {period for period, _ in rows("did", "period, 0")} == set(months)


def test_an_opt_out_meanwhile_is_carried_out_and_leaves_the_announced_list(
    months: dict[str, int], keeper: User
) -> None:
    grant_role(user=keeper, role=Role.OPT_OUT_OFFICER, by=None)
    announced = retention.announce()
    assert _listed(announced) == 1
    before = vault.path(announced.numbers)
    opt_outs.record(nhs_number=DAN, received_on=clock.today(), channel="letter", by=keeper)
    call_command("erase", stdout=StringIO())
    announced.refresh_from_db()
    assert announced.state == "announced" and Erasure.objects.exclude(pk=announced.pk).get().state == "done"
    assert _listed(announced) == 0 and not before.exists()


def _listed(erasure: Erasure) -> int:
    query = "SELECT count(*) FROM read_parquet(?) WHERE kind = 'tuple'"
    return duckdb.execute(query, [str(vault.path(erasure.numbers))]).fetchall()[0][0]


def test_a_month_past_its_period_is_not_taken_in(months: dict[str, int], collect: Any) -> None:
    outcome = collect(("XA1", "2025-10", several(_dated("2025-10"))))
    assert [refused.rule for refused in outcome.refused.values()] == ["period.past_retention"]


def test_the_command_tells_the_periods(months: dict[str, int]) -> None:
    out = StringIO()
    call_command("retention", "--announce", stdout=out)
    assert "Diagnostic Imaging Dataset: 1 year; kept from 2025-11; held from 2025-09" in out.getvalue()
    assert Erasure.objects.get().state == "announced"
