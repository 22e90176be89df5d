"""The auditor's programs read the log over HTTP and find it whole; the page says how witnesses stand."""

import datetime as dt
import re
import uuid

import pytest
from django.test import Client, override_settings
from django.urls import reverse

from dars.accounts.models import User
from dars.accounts.services import grant_role
from dars.audit import checkpoints, exports, offline, services, tiles
from dars.audit.merkle import leaf_hash, root_of
from dars.audit.models import AuditEvent, WitnessState
from dars.audit.notes import COSIGNATURE, Signer, Verifier, opened
from dars.core import clock
from dars.core.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor(client: Client) -> Client:
    person = User.objects.create_user(email="auditor@example.org", name="An Auditor")
    grant_role(user=person, role=Role.AUDITOR, by=None)
    client.force_login(person)
    return client


def note_some(count: int) -> None:
    for number in range(count):
        services.record("account.role_granted", by=None, subject=f"user:{number}", role="auditor")


def test_a_program_can_check_the_log_with_what_is_served(auditor: Client) -> None:
    note_some(300)
    exports.bring_up_to_date()
    key = Verifier.parse(auditor.get(reverse("audit:key")).content.decode())
    head = opened(auditor.get(reverse("audit:checkpoint")).content.decode(), key)

    def get(name: str) -> bytes:
        answer = auditor.get(f"{reverse('audit:search')}log/{name}")
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/octet-stream")
        return answer.content

    leaves = []
    for index, width in tiles.bundles_of(head.size):
        leaves += [leaf_hash(entry) for entry in tiles.unbundled(get(tiles.name("entries", index, width)))]
    assert b"".join(leaves[:256]) == get(tiles.name(0, 0))
    assert root_of(tiles.reader(get, head.size), head.size) == head.root
    read = AuditEvent.objects.filter(kind="audit.entries_read")
    assert read.count() == len(list(tiles.bundles_of(head.size)))


@pytest.mark.parametrize(
    "name", ["tile/0/099", "tile/entries/099", "tile/0/000.p/255", "tile/x/000", "tile/0/../key", "tile/5/000.p/1"]
)
def test_what_no_checkpoint_covers_is_not_there(name: str, auditor: Client) -> None:
    note_some(3)
    exports.bring_up_to_date()
    assert auditor.get(f"{reverse('audit:search')}log/{name}").status_code == 404


def test_a_proof_can_be_taken_away(auditor: Client) -> None:
    note_some(3)
    event = AuditEvent.objects.order_by("at").first()
    assert auditor.get(reverse("audit:proof", kwargs={"event": event.pk})).status_code == 409
    exports.bring_up_to_date()
    answer = auditor.get(reverse("audit:proof", kwargs={"event": event.pk}))
    shown, _ = offline.verify_proof(answer.content.decode(), checkpoints.signer().verifier)
    assert shown["id"] == str(event.pk)
    assert answer["Content-Disposition"] == f'attachment; filename="{event.pk}.tlog-proof"'
    assert auditor.get(reverse("audit:proof", kwargs={"event": uuid.uuid4()})).status_code == 404
    assert AuditEvent.objects.filter(kind="audit.proof_given").count() == 1


def test_the_page_shows_a_witness_that_objects(auditor: Client) -> None:
    note_some(1)
    exports.bring_up_to_date()
    witness = Signer("witness.example/w1", bytes(32), COSIGNATURE).verifier
    with override_settings(AUDIT_WITNESSES=[f"http://127.0.0.1:9 {witness}"]):
        assert "has not answered yet" in auditor.get(reverse("audit:search")).content.decode()
        WitnessState.objects.create(
            witness=witness.name, size=9, alarm="split view", alarm_at=clock.now(), reached_at=clock.now()
        )
        page = auditor.get(reverse("audit:search")).content.decode()
    assert "A witness objects to this log" in page
    assert "split view" in page


def test_search_by_person_and_day(auditor: Client) -> None:
    other = User.objects.create_user(email="other@example.org", name="Other")
    services.record("account.role_granted", by=other, subject="user:1", role="acted")
    services.record("account.role_granted", by=None, subject=other, role="was acted on")
    note_some(2)
    today = clock.today()

    def on(name: str, date: dt.date) -> dict[str, str]:
        return {f"{name}_{part}": str(getattr(date, part)) for part in ("day", "month", "year")}

    def found(**query: str) -> int:
        page = auditor.get(reverse("audit:search"), query).content.decode()
        return int(re.search(r"<h2>(\d+) events?</h2>", page)[1])

    assert found(person="Other@example.org") == 2
    assert found(person="nobody@example.org") == 0
    assert found(**on("since", today), **on("until", today), kind="account.role_granted") >= 4
    assert found(**on("until", dt.date(2020, 1, 1))) == 0
    wrong = auditor.get(reverse("audit:search"), {"since_day": "31", "since_month": "2", "since_year": "2026"})
    assert "Enter a real date" in wrong.content.decode()
