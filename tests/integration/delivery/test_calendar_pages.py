"""Recipients see what came and what is to come, on their page of files and on the agreement; others do not."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dars.accounts.public import User
from dars.agreements.models import Agreement, Party, Recipient
from dars.core import clock
from dars.core.permissions import P, grant
from dars.organisations.public import end_memberships
from extracts.delivery import calendar
from extracts.production.models import Run
from tests.integration.production import world

pytestmark = pytest.mark.django_db
NOVEMBER = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def november(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOVEMBER)


@pytest.fixture
def case() -> world.Case:
    """Monthly data since September, of which October was delivered."""
    found = world.agreed(frequency="monthly")
    found.set(starts_on=dt.date(2026, 9, 15), ends_on=dt.date(2028, 8, 1))
    found.agreement.refresh_from_db()
    grant(found.recipient, P.AGREEMENT_VIEW, found.agreement)
    a_run(found.agreement, "2026-10", state="released", released_at=NOVEMBER - dt.timedelta(days=40))
    return found


def a_run(agreement: Agreement, period: str, **values: object) -> Run:
    return Run.objects.create(
        agreement=agreement,
        application_reference=agreement.application.reference,
        period=period,
        spec_json=agreement.spec_json,
        spec_sha256=agreement.spec_sha256,
        created_at=clock.now(),
        **values,
    )


def client(user: User) -> Client:
    found = Client()
    found.force_login(user)
    return found


def test_both_pages_show_it(case: world.Case) -> None:
    (shown,) = calendar.of_recipient(case.recipient)
    assert [(entry.period, entry.state) for entry in shown.entries[:4]] == [
        ("September 2026", "Not delivered"),
        ("October 2026", "Released"),
        ("November 2026", "Due"),
        ("December 2026", "To come"),
    ]
    assert (len(shown.entries), shown.earlier, shown.later) == (9, 0, 15)
    page = client(case.recipient)
    for address in ("/files/", f"/agreements/{case.agreement.reference}/"):
        words = page.get(address).content.decode()
        assert "Calendar of deliveries" in words and "From 1 December 2026." in words
        assert "On 13 October 2026." in words and "15 later deliveries until 1 August 2028" in words


def test_a_new_version_goes_on_with_it(case: world.Case) -> None:
    old = case.agreement
    Agreement.objects.filter(pk=old.pk).update(state="superseded")
    old.pk, old.reference, old.minor, old.kind, old.revision = None, f"{old.reference}.1", 1, "extension", 2
    old.supersedes_id, old.starts_on, old.state = Agreement.objects.get().pk, dt.date(2026, 11, 1), "in_force"
    old.save()
    Party.objects.create(agreement=old, organisation=case.organisation, part=Party.Part.CONTROLLER)
    Recipient.objects.create(agreement=old, user=case.recipient)
    grant(case.recipient, P.AGREEMENT_VIEW, old)
    (shown,) = calendar.of_recipient(case.recipient)
    assert shown.agreement == old
    assert [(entry.period, entry.state) for entry in shown.entries[:2]] == [
        ("October 2026", "Released"),
        ("November 2026", "Due"),
    ]


def test_who_sees_none(case: world.Case) -> None:
    rival = world.agreed("U02", frequency="once")
    assert calendar.of_recipient(rival.recipient) == []
    assert "Calendar of deliveries" not in client(rival.recipient).get("/files/").content.decode()
    case.set(state="expired")
    assert calendar.of_recipient(case.recipient) == []
    case.set(state="in_force")
    assert calendar.of_recipient(case.recipient)
    leave = {"organisation": case.organisation, "user": case.recipient, "roles": ["recipient"], "by": case.recipient}
    end_memberships(**leave)
    assert calendar.of_recipient(case.recipient) == []


def test_the_page_asks_as_much_of_one_delivery_as_of_thirty(case: world.Case) -> None:
    page = client(case.recipient)
    page.get("/files/")
    with CaptureQueriesContext(connection) as one:
        page.get("/files/")
    for number in range(30):
        period = f"{2020 + number // 12}-{number % 12 + 1:02}"
        a_run(case.agreement, period, state="released", released_at=NOVEMBER - dt.timedelta(days=400))
    with CaptureQueriesContext(connection) as thirty:
        assert "21 earlier deliveries" in page.get("/files/").content.decode()
    assert len(one) == len(thirty)
