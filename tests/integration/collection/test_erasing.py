"""A direct opt-out takes the person from the store, from what is older, and from what comes in: killed at any step."""

import datetime as dt
import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from dars.accounts.public import User, grant_role
from dars.audit.models import AuditEvent
from dars.core import clock
from dars.core.roles import Role
from dars.notices.models import Notice
from extracts.collection import erasing, erasure_search, erasure_services, opt_outs, tables, vault
from extracts.collection.models import DirectOptOut, ErasedHome, Erasure
from tests.integration.collection.conftest import NOON, first_provider, kept_in, rows
from tests.unit.extracts.collection.samples import several

ANN, BEN = "9990000018", "9990000026"
HERS = ["XA1", "XCHES", ANN]
AT_HOME = ["XB2", "XCHES", None]
BENS = ["XA1", "XCHES", BEN]
BEN_AT_B = ["XB2", "XCHES", BEN]


@pytest.fixture
def officer(db: None) -> User:
    user = User.objects.create_user(email="olive@example.org", name="Olive Officer")
    grant_role(user=user, role=Role.OPT_OUT_OFFICER, by=None)
    return user


@pytest.fixture(scope="module")
def once(module_rows: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state folder of a service that has collected a record of Ann's and one of Ben's."""
    folder = tmp_path_factory.mktemp("collected")
    first_provider()
    with kept_in(folder) as collect:
        collect(("XA1", "2026-04", several({}, {"nhs_number": BEN})))
    return folder / "state"


@pytest.fixture
def collected(db: None, once: Path, state: Path) -> None:
    shutil.copytree(once, state, dirs_exist_ok=True)


@pytest.fixture
def erasure(collected: None, officer: User) -> Erasure:
    """Ann has opted out, and the day on which it is carried out has come."""
    opt_outs.record(nhs_number=ANN, received_on=clock.today(), channel="letter", by=officer)
    return erasure_services.begin_due(now=True)


def test_opt_outs_are_gathered_for_a_day(collected: None, officer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    opt_outs.record(nhs_number=ANN, received_on=clock.today(), channel="letter", by=officer)
    erasing.sweep()
    assert not Erasure.objects.exists()
    monkeypatch.setattr(clock, "now", lambda: NOON + dt.timedelta(hours=23))
    opt_outs.record(nhs_number=BEN, received_on=clock.today(), channel="letter", by=officer)
    monkeypatch.setattr(clock, "now", lambda: NOON + dt.timedelta(hours=24))
    erasing.sweep()
    erasing.sweep()
    assert Erasure.objects.get().opt_outs == 2
    assert DirectOptOut.objects.filter(erasure=None).count() == 0
    monkeypatch.setattr(clock, "now", lambda: NOON + dt.timedelta(hours=24 + 49))
    erasing.sweep()
    erasing.sweep()
    assert Notice.objects.get().person == officer


def test_removal_waits_for_whoever_reads_and_the_page_says_so(erasure: Erasure, officer: User) -> None:
    database = connection.settings_dict
    names = {"host": "HOST", "port": "PORT", "dbname": "NAME", "user": "USER", "password": "PASSWORD"}
    with psycopg.connect(**{key: database[name] for key, name in names.items()}) as reader:
        reader.execute("SELECT pg_advisory_lock_shared(1578)")
        old = set(tables.path("did").rglob("*.parquet"))
        erasing.work(erasure.pk)
        erasure.refresh_from_db()
        assert (erasure.state, erasure.waits_for) == ("copied", "readers")
        assert old <= set(tables.path("did").rglob("*.parquet"))
        client = Client()
        client.force_login(officer)
        page = client.get(reverse("erasures:report", args=[erasure.pk])).content.decode()
        assert "outputs that are being made" in page and ANN not in page
    out = StringIO()
    call_command("erase", stdout=out)
    assert "Done and proved" in out.getvalue() and "In no backup from: 28 December 2026" in out.getvalue()
    assert not old & set(tables.path("did").rglob("*.parquet"))
    assert rows("did", "nicip") == [("XCHES",)]
    with pytest.raises(CommandError, match="No opt-out waits"):
        call_command("erase")
    kinds = AuditEvent.objects.filter(subject=f"erasure:{erasure.pk}").values_list("kind", flat=True)
    steps = ("begun", "published", "copied", "read", "removed", "proved")
    assert sorted(kinds) == sorted(["vault.opened", *(f"erasure.{step}" for step in steps)])


def test_the_search_finds_what_is_left_and_the_removal_begins_again(
    erasure: Erasure, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    monkeypatch.setattr(erasing, "_clear", lambda current: 0)
    erasing.work(erasure.pk)
    erasure.refresh_from_db()
    assert (erasure.state, erasure.waits_for) == ("published", "another round")
    monkeypatch.undo()
    monkeypatch.setattr(clock, "now", lambda: NOON)
    numbers = vault.path(erasure.numbers)
    with django_capture_on_commit_callbacks(execute=True):
        erasing.work(erasure.pk)
    erasure.refresh_from_db()
    assert erasure.state == "done" and not numbers.exists()


def test_opting_in_again_forgets_everything(erasure: Erasure, officer: User) -> None:
    erasing.work(erasure.pk)
    opt_out = DirectOptOut.objects.get()
    assert ErasedHome.objects.filter(opt_out=opt_out).count() == 1
    second = User.objects.create_user(email="owen@example.org", name="Owen Officer")
    opt_outs.withdraw({"opt_out": opt_out.pk}, officer, second)
    assert not ErasedHome.objects.exists()


def test_a_log_that_tells_of_a_person_is_not_silent(erasure: Erasure, tmp_path: Path) -> None:
    log = next((tables.path("did") / "_delta_log").glob("*.json"))
    assert erasure_search._log_is_silent("did", log)
    for line in (
        '{"commitInfo": {"operationParameters": {"predicate": "period = \'2026-04\' AND tuple_id = 5"}}}',
        '{"add": {"stats": "{\\"minValues\\": {\\"tuple_id\\": 5}}"}}',
    ):
        told = tmp_path / "told.json"
        told.write_text(line)
        assert not erasure_search._log_is_silent("did", told)
