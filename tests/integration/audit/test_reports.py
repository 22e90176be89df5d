"""What was searched for can be taken away, whole and in order, and that somebody did is in the log."""

import csv
import io

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from dars.accounts.models import User
from dars.accounts.services import grant_role
from dars.audit import exports, reports, services
from dars.audit.leaves import leaf_bytes
from dars.audit.merkle import leaf_hash
from dars.audit.models import AuditEvent, AuditPayload
from dars.audit.selectors import matching
from dars.core.roles import Role

pytestmark = pytest.mark.django_db
CASE = "DARS-NIC-012345-B7C9D"


@pytest.fixture
def auditor(client: Client) -> User:
    user = User.objects.create_user(email="auditor@example.org", name="=Aled Marsh")
    grant_role(user=user, role=Role.AUDITOR, by=None)
    client.force_login(user)
    with transaction.atomic():
        for number, case in enumerate((CASE, "DARS-NIC-054321-B7C9D", f"{CASE}-A1", CASE)):
            services.record("account.role_granted", by=user, subject=f"user:{number}", case=case, role="auditor")
        services.record("vault.opened", by=None, subject="dataversion:1", case=CASE, what="opt_outs", purpose="extract")
    exports.bring_up_to_date()
    return user


def taken(answer: HttpResponse) -> bytes:
    assert answer.status_code == 200
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def lines(client: Client, **asked: str) -> list[dict[str, str]]:
    answer = client.get(reverse("audit:report", args=["csv"]), asked)
    return list(csv.DictReader(io.StringIO(taken(answer).decode(), newline="")))


def test_one_case_whole_with_its_amendments_in_order(client: Client, auditor: User) -> None:
    found = lines(client, case=CASE)
    assert [(line["case"], line["about"]) for line in found] == [
        (CASE, "user:0"),
        (f"{CASE}-A1", "user:2"),
        (CASE, "user:3"),
        (CASE, "dataversion:1"),
    ]
    places = [int(line["place"]) for line in found]
    assert places == sorted(places)
    for line in found:
        event = AuditEvent.objects.get(pk=line["event"])
        assert line["leaf_sha256"] == leaf_hash(leaf_bytes(event)).hex()
        assert line["at"].endswith(("+00:00", "+01:00"))
    assert "5 events" in client.get(reverse("audit:search"), {"case": CASE}).content.decode()  # and the report


def test_every_opening_of_the_vault_with_its_purpose(client: Client, auditor: User) -> None:
    assert "?kind=vault.opened" in client.get(reverse("audit:search")).content.decode()
    (opening,) = lines(client, kind="vault.opened")
    assert opening["who"] == "The service" and "purpose: extract" in opening["details"]


def test_nothing_opens_as_a_formula(client: Client, auditor: User) -> None:
    assert {line["who"] for line in lines(client, case="DARS-NIC-054321-B7C9D")} == {"'=Aled Marsh"}


def test_what_was_erased_says_so(client: Client, auditor: User) -> None:
    event = AuditEvent.objects.get(subject="user:0")
    services.erase(events=[event], decision="DPO-2026-1", by=None)
    assert [line["details"] for line in lines(client, subject="user:0") if line["kind"] != "audit.payload_erased"] == [
        "erased"
    ]


def test_the_pdf_names_the_search_and_the_checkpoint(client: Client, auditor: User) -> None:
    answer = client.get(reverse("audit:report", args=["pdf"]), {"case": CASE, "since_day": "1"})
    assert answer.status_code == 422
    answer = client.get(reverse("audit:report", args=["pdf"]), {"case": CASE})
    assert answer["Content-Disposition"] == f'attachment; filename="audit-{CASE}.pdf"'
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(taken(answer))).pages)
    assert "Report from the audit trail" in text and CASE in text and "vault.opened" in text
    assert "Newest checkpoint" in text


def test_a_pdf_has_its_limit_and_the_csv_none(client: Client, auditor: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "MOST_IN_PDF", 3)
    monkeypatch.setattr(reports, "_AT_ONCE", 2)
    refused = client.get(reverse("audit:report", args=["pdf"]), {"case": CASE})
    assert refused.status_code == 409 and "take the CSV file" in refused.content.decode()
    assert len(lines(client, case=CASE)) == 4


def test_taking_it_away_is_recorded_with_how_many(client: Client, auditor: User) -> None:
    lines(client, case=CASE)
    event = matching(kind="audit.reported").get()
    assert (event.actor, event.case) == (f"user:{auditor.pk}", CASE)
    assert AuditPayload.objects.get(event=event).payload == {"events": 4, "form": "csv"}
    lines(client, case="9990000018")
    assert matching(kind="audit.reported").order_by("-at")[0].case == ""


def test_no_other_form_and_nobody_else(client: Client, auditor: User) -> None:
    assert client.get(reverse("audit:report", args=["exe"])).status_code == 404
    client.force_login(User.objects.create_user(email="other@example.org", name="Other"))
    assert client.get(reverse("audit:report", args=["csv"])).status_code == 403
