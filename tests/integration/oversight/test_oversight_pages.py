"""Lists of what follows a release: as many queries for one row as for thirty; the report as PDF; forms that refuse."""

import datetime as dt

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dars.accounts.public import User
from dars.agreements.models import Agreement
from dars.core import clock, times
from dars.oversight import services_audits, services_notices
from dars.oversight.models import Certificate, Confirmation, Incident, SharingAudit
from tests.integration.oversight.conftest import Side


def client(user: User) -> Client:
    found = Client()
    found.force_login(user)
    return found


def fill(side: Side, number: int) -> None:
    """So many rows of each list."""
    today, now = clock.today(), clock.now()
    owed = {"organisation": side.organisation, "due_on": today, "opened_at": now}
    start = Confirmation.objects.count()
    for place in range(start, start + number):
        application = side.agreement.application
        application.pk, application.reference = None, f"DARS-NIC-0800{place:02}-B2C3D"
        application.save()
        agreement = Agreement.objects.get(pk=side.agreement.pk)
        agreement.pk, agreement.application, agreement.lineage = None, application, application
        agreement.reference = f"{application.reference}-v1.0"
        agreement.save()
        side.agreement.refresh_from_db()
        Certificate.objects.create(agreement=agreement, ended_on=today, **owed)
        Confirmation.objects.create(agreement=agreement, began=agreement, year=1, **owed)
        SharingAudit.objects.create(
            organisation=side.organisation,
            agreement=agreement,
            scope="X",
            visit_on=today,
            lead=side.signatory,
            opened_at=now,
        )
        Incident.objects.create(
            organisation=side.organisation,
            agreement=agreement,
            what="X",
            noticed_on=today,
            people_affected="none",
            containment="X",
            reported_by=side.recipient,
            reported_at=now,
        )


def test_lists_ask_as_much_of_one_as_of_thirty(ours: Side, ig: User) -> None:
    reader = client(ig)
    pages = [f"/oversight/{name}/" for name in ("certificates", "confirmations", "audits", "incidents", "data-notices")]
    pages += ["/oversight/", "/organisations/U01/"]

    def asked() -> list[int]:
        counts = []
        for page in pages:
            with CaptureQueriesContext(connection) as queries:
                assert reader.get(page).status_code == 200
            counts.append(len(queries))
        return counts

    fill(ours, 1)
    asked()  # warm
    one = asked()
    fill(ours, 29)
    assert asked() == one
    assert "?page=2" in reader.get("/oversight/incidents/").content.decode()


def test_a_rival_sees_no_row_and_no_page(ours: Side, theirs: Side) -> None:
    fill(ours, 1)
    rival = client(theirs.signatory)
    for name, row in (
        ("certificates", Certificate),
        ("confirmations", Confirmation),
        ("audits", SharingAudit),
        ("incidents", Incident),
    ):
        assert "University U01" not in rival.get(f"/oversight/{name}/").content.decode()
        assert rival.get(f"/oversight/{name}/{row.objects.get().pk}/").status_code == 404


def test_the_report_of_an_audit_is_a_pdf_that_the_organisation_reads_once_it_was_sent(ours: Side, ig: User) -> None:
    audit = services_audits.open_audit(
        organisation=ours.organisation, agreement=ours.agreement, scope="Storage.", visit_on=clock.today(), by=ig
    )
    address = f"/oversight/audits/{audit.pk}/report.pdf"
    assert client(ours.signatory).get(address).status_code == 404
    finding = services_audits.add_finding(audit=audit, kind="organisation_nonconformity", words="#no *markup*", by=ig)
    due_on = clock.today() + dt.timedelta(days=9)
    services_audits.add_action(finding=finding, words="Train them.", owner=ours.recipient, due_on=due_on, by=ig)
    services_audits.report(audit=audit, summary="Sound.", by=ig)
    report = client(ours.signatory).get(address)
    assert report.status_code == 200 and report.content.startswith(b"%PDF")
    assert report.content == client(ig).get(address).content


def test_a_refusal_stands_at_its_field_and_what_was_typed_is_kept(ours: Side) -> None:
    page = client(ours.recipient).post(
        "/oversight/incidents/new/",
        {"organisation": ours.organisation.pk, "what": "Sent 999 000 0018.", "containment": "Deleted at once."},
    )
    words = page.content.decode()
    assert page.status_code == 422
    assert "Enter the day on which it was noticed" in words and "Deleted at once." in words


def test_a_signatory_sees_what_waits_on_the_first_page(ours: Side, production: User) -> None:
    fill(ours, 1)
    taken = {"agreement_id": ours.agreement.pk, "package_id": 1, "file_id": 1, "user_id": ours.recipient.pk}
    services_notices.note_download(**taken, file="did.csv.age", data_version="v1")
    services_notices.issue(kind="revised", words="New ones follow.", data_version="v1", by=production)
    words = client(ours.signatory).get("/").content.decode()
    for waiting in ("Certificates of destruction to submit: 1", "Annual confirmations to give: 1", "acknowledge: 1"):
        assert waiting in words


def test_pages_of_others_say_what_each_day_is(ours: Side, ig: User) -> None:
    fill(ours, 1)
    due = f"Due by {times.day(clock.today())}"
    shown = client(ours.signatory).get(f"/organisations/{ours.organisation.code}/").content.decode()
    assert shown.count(due) == 2 and "Visit on" in shown
