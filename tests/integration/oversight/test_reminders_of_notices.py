"""Notices that nobody acknowledged: chased in reminders of their own, and shown to those who issue notices."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dars.accounts.public import User
from dars.audit.public import trail
from dars.core import clock
from dars.core.errors import Invalid
from dars.notices.models import Notice
from dars.organisations.public import add_member, end_memberships
from dars.oversight import selectors, services_chasing, services_notices, services_watch
from dars.oversight.models import Addressee, DataNotice
from tests.integration.oversight.conftest import Side, later
from tests.integration.oversight.test_after_release import take


@pytest.fixture
def notice(ours: Side, theirs: Side, production: User) -> DataNotice:
    """Sent to a recipient of each side."""
    take(ours, 1)
    take(theirs, 2)
    return services_notices.issue(kind="revised", words="Load them anew.", data_version="v000001", by=production)


def reminded(*people: User) -> list[int]:
    kind = "data_notice.reminder"
    return [Notice.objects.filter(person=person, kind=kind).count() for person in people]


def test_whoever_does_not_acknowledge_is_reminded_on_the_days_and_each_once(
    notice: DataNotice, ours: Side, theirs: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    acknowledged = Addressee.objects.get(user=theirs.recipient)
    services_notices.acknowledge(addressee=acknowledged, by=theirs.recipient)
    told = []
    for step in (2, 1, 0, 4, 7, 6, 1):  # days 2, 3, 3, 7, 14, 20, 21
        later(monkeypatch, step)
        told.append(services_chasing.chase_notices())
    assert told == [0, 1, 0, 1, 1, 0, 1]
    assert reminded(ours.recipient, ours.signatory, ours.applicant) == [4, 3, 3]  # the organisation from the seventh on
    assert reminded(theirs.recipient, theirs.signatory) == [0, 0]
    place = Addressee.objects.get(user=ours.recipient)
    assert (place.reminders, place.reminded_at) == (4, clock.now())
    chased = [entry.payload["days"] for entry in trail(subject=f"datanotice:{notice.pk}") if "chased" in entry.kind]
    assert chased == [3, 7, 14, 21]
    services_notices.acknowledge(addressee=place, by=ours.recipient)
    later(monkeypatch, 7)
    assert services_chasing.chase_notices() == 0


def test_colleagues_are_told_once_when_it_is_late_and_see_who_has_not(
    notice: DataNotice, ours: Side, production: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, client = f"/oversight/data-notices/{notice.pk}/", Client()
    later(monkeypatch, 14)
    services_watch.watch()
    assert selectors.data_notices(production).get().late == 0  # the last day is in time
    assert not Notice.objects.filter(kind="data_notice.overdue").exists()
    later(monkeypatch, 1)
    services_watch.watch()
    services_watch.watch()
    assert Notice.objects.filter(person=production, kind="data_notice.overdue").count() == 1
    assert selectors.data_notices(production).get().late == 2
    assert ("People who have not acknowledged a notice in time", "oversight:data-notices", 2) in selectors.waiting_for(
        production
    )
    client.force_login(production)
    shown = client.get(page).content.decode()
    assert shown.count("Overdue") == 2 and "Reminded 1 time, last on" in shown
    assert "2 not in time" in client.get("/oversight/data-notices/").content.decode()
    services_notices.close(notice=notice, by=production)
    assert selectors.data_notices(production).get().late == 0
    later(monkeypatch, 7)
    assert services_chasing.chase_notices() == 0


def test_for_whoever_left_the_organisation_is_reminded(
    notice: DataNotice, ours: Side, theirs: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    end_memberships(organisation=ours.organisation, user=ours.recipient, roles=["recipient"], by=ours.signatory)
    later(monkeypatch, 3)
    assert services_chasing.chase_notices() == 2
    assert reminded(ours.recipient, ours.signatory, theirs.recipient, theirs.signatory) == [0, 1, 1, 0]
    assert "has left" in Notice.objects.get(person=ours.signatory, kind="data_notice.reminder").text


def test_a_notice_of_an_incident_goes_the_same_way(ours: Side, production: User) -> None:
    take(ours, 1)
    given = {"words": "A key was lost. Change yours.", "agreement": ours.agreement.reference}
    made = services_notices.issue(kind="incident", by=production, **given)
    assert "An incident" in Notice.objects.get(person=ours.recipient, kind="data_notice.issued").subject
    assert made.addressees.get().addressed_at >= made.issued_at
    with pytest.raises(Invalid):
        services_notices.issue(kind="accident", by=production, **given)
    client = Client()
    client.force_login(production)
    offered = client.get(f"/oversight/data-notices/new/?kind=incident&agreement={ours.agreement.reference}")
    assert f'value="{ours.agreement.reference}"' in offered.content.decode()


def test_the_database_keeps_reminders_whole(notice: DataNotice) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Addressee.objects.update(reminders=1)


def test_the_page_asks_as_much_of_one_as_of_thirty(notice: DataNotice, ours: Side, production: User) -> None:
    client = Client()
    client.force_login(production)
    page = f"/oversight/data-notices/{notice.pk}/"
    client.get(page)
    with CaptureQueriesContext(connection) as one:
        client.get(page)
    for number in range(30):
        user = User.objects.create_user(email=f"r{number}@u01.example", name=f"R {number}")
        add_member(organisation=ours.organisation, user=user, role="recipient", starts_on=clock.today(), by=None)
        Addressee.objects.create(notice=notice, user=user, organisation=ours.organisation, addressed_at=clock.now())
    with CaptureQueriesContext(connection) as thirty:
        client.get(page)
    assert len(one) == len(thirty)


def test_the_page_says_the_month_in_words_and_names_first_who_has_not_acknowledged(
    notice: DataNotice, ours: Side, theirs: Side, production: User
) -> None:
    client = Client()
    client.force_login(production)
    services_notices.acknowledge(addressee=Addressee.objects.get(user=ours.recipient), by=ours.recipient)
    User.objects.filter(pk=ours.recipient.pk).update(name="Aaron First")
    DataNotice.objects.update(month="2026-04")
    shown = client.get(f"/oversight/data-notices/{notice.pk}/").content.decode()
    assert "tests of April 2026" in shown and "2026-04" not in shown
    assert shown.index(theirs.recipient.name) < shown.index("Aaron First")


def test_the_form_of_a_notice_asks_for_a_month_as_month_and_year(ours: Side, production: User) -> None:
    client = Client()
    client.force_login(production)
    page, typed = "/oversight/data-notices/new/", {"kind": "revised", "words": "Take the new ones."}
    refused = client.post(page, {**typed, "month_month": "4"})
    assert refused.status_code == 422 and "Enter a real month, like 4 2026" in refused.content.decode()
    refused = client.post(page, {**typed, "month_month": "4", "month_year": "2026"})
    assert refused.status_code == 422 and "Nobody has downloaded a file that fits this" in refused.content.decode()
    assert 'value="2026"' in refused.content.decode()
