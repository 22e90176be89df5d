"""Months past their retention period are announced, then go for good, with the identifiers of whom nothing is left."""

import datetime as dt
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
from tests.integration.collection.conftest import NOON, rows
from tests.integration.collection.test_crashes import told_by
from tests.unit.extracts.collection.samples import several

ANN, BEN, DAN, FAY = "9990000018", "9990000026", "9990000034", "9990000050"
DATES = ("request_date", "received_date", "test_date", "report_date")
DUE = NOON + dt.timedelta(days=28)


@pytest.mark.django_db(transaction=True)
def test_killed_it_goes_on_and_the_months_are_gone(tmp_path: Path, provider: Any, submitter: Any) -> None:
    told = told_by("retention_crashes", tmp_path)
    old, new = told["old"], told["new"]
    assert [row[2] for row in told["at first"]["then"]["rows"]] == [ANN, ANN, BEN, BEN, DAN]
    assert [row[2] for row in told["at first"]["now"]["rows"]] == [ANN, ANN, BEN, BEN]
    deaths = [name for name, one in told.items() if isinstance(one, dict) and one.get("killed")]
    assert deaths == ["a month taken out", "copied", "lists shortened"]
    for place, name in enumerate(deaths):
        seen = told[name]
        assert [row[2] for row in seen["now"]["rows"]] == ([ANN, ANN, BEN, BEN] if place < 1 else [BEN]), name
        assert [row[2] for row in seen["then"]["rows"]] == ([ANN, ANN, BEN, BEN, DAN] if place < 1 else [BEN, DAN]), (
            name
        )
        assert seen["now"]["whole"] and seen["then"]["whole"], name
    assert told["after"]["now"]["whole"] and told["after"]["then"]["whole"]
    left = told["left"]
    # Ben's former home stays with him, Dan's identifiers with the version that a run names, Fay's for 28 days more.
    assert left["names"] == [BEN, DAN, FAY] and left["tuples"] == 4
    assert left["months"] == [new] and not left["log"] and left["earliest"] == {"did": new}
    assert (told["state"], left["state"]) == ("done", "done")
    assert left["removed"] == {"did": {old: 3}} and left["identifiers"] == 2
    assert left["submissions"] == [[old, "expired"]] and left["reports"] == [new] * 5 and left["keys"] == 5


@pytest.fixture
def keeper(db: None) -> User:
    user = User.objects.create_user(email="petra@example.org", name="Petra Production")
    grant_role(user=user, role=Role.PRODUCTION_STAFF, by=None)
    return user


@pytest.fixture
def months(collect: Any, provider: Any, settings: Any) -> dict[str, int]:
    """Five months of the imaging dataset, kept for a year from now on; how many records each has. Dan has one."""
    sizes = {"2025-09": 3, "2025-10": 2, "2025-11": 4, "2026-03": 1, "2026-04": 2}
    collect(
        *(("XA1", period, several(*(_dated(period, place) for place in range(size)))) for period, size in sizes.items())
    )
    settings.RETENTION_YEARS = {"did": 1}
    return sizes


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
