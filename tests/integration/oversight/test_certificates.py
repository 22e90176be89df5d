"""Destruction: owed when an agreement ends, certified with a second factor, reviewed, chased; overdue, a bar."""

import pytest
from django.test import Client

from dars.accounts.public import User
from dars.agreements.models import Agreement, Party
from dars.agreements.public import live_terms, terms_for_files
from dars.audit.public import trail
from dars.core import clock
from dars.core.errors import Invalid, NotAllowed, WrongState
from dars.core.models import OutboxEvent
from dars.core.permissions import P, grant
from dars.notices.models import Notice
from dars.organisations.public import end_memberships, lapsed
from dars.oversight import selectors
from dars.oversight import services_certificates as services
from dars.oversight.models import Certificate
from tests.integration.oversight.conftest import CERTIFIED, CODE, Side, later


@pytest.fixture
def certificate(ours: Side) -> Certificate:
    (opened,) = services.open_for(agreement_id=ours.ended(1).pk)
    return opened


def submit(certificate: Certificate, by: User, **changes: object) -> None:
    words = {**CERTIFIED, "destroyed_on": clock.today(), "typed_name": by.name, "code": CODE, **changes}
    services.submit(certificate=certificate, by=by, **words)


def test_an_end_brings_one_certificate_and_its_event(certificate: Certificate, ours: Side) -> None:
    assert services.open_for(agreement_id=ours.agreement.pk) == []
    assert services.open_missing() == 0
    assert (certificate.due_on - ours.agreement.ends_on).days == services.CERTIFICATE_WITHIN_DAYS
    (event,) = OutboxEvent.objects.filter(topic="certificate.due")
    assert event.ids == {"certificate_id": certificate.pk, "agreement_id": ours.agreement.pk}
    told = set(Notice.objects.filter(kind="certificate.due").values_list("person", flat=True))
    assert told == {ours.applicant.pk, ours.signatory.pk}


def test_nothing_is_owed_while_a_version_is_in_force_or_when_none_ever_was(ours: Side, theirs: Side) -> None:
    assert services.open_for(agreement_id=ours.agreement.pk) == []
    Agreement.objects.filter(pk=theirs.agreement.pk).update(state="expired", in_force_at=None)
    assert services.open_for(agreement_id=theirs.agreement.pk) == []
    assert services.open_missing() == 0


def test_a_new_version_takes_the_place_of_the_certificate(certificate: Certificate, ours: Side) -> None:
    submit(certificate, ours.signatory)
    Agreement.objects.filter(pk=ours.agreement.pk).update(state="in_force", ends_on=clock.today())
    assert services.release_from(agreement_id=ours.agreement.pk) == 1
    certificate.refresh_from_db()
    assert certificate.state == "not_needed"


def test_it_is_submitted_returned_submitted_and_accepted(
    certificate: Certificate, ours: Side, production: User
) -> None:
    submit(certificate, ours.signatory)
    with pytest.raises(Invalid):
        services.return_to(certificate=certificate, reasons=" ", by=production)
    services.return_to(certificate=certificate, reasons="Which backups?", by=production)
    submit(certificate, ours.signatory, backups="Tapes, destroyed.")
    services.accept(certificate=certificate, by=production)
    certificate.refresh_from_db()
    assert certificate.state == "accepted"
    assert [(each.number, each.outcome) for each in certificate.versions.all()] == [(2, "accepted"), (1, "returned")]
    assert services.settled(ours.agreement)
    kinds = [entry.kind for entry in trail(case=ours.agreement.application.reference)]
    assert kinds[-6:] == [
        "certificate.chased",
        "certificate.submitted",
        "certificate.returned",
        "certificate.submitted",
        "certificate.accepted",
        "agreement.case_closed",
    ]
    with pytest.raises(WrongState):
        submit(certificate, ours.signatory)
    with pytest.raises(WrongState):
        services.accept(certificate=certificate, by=production)


@pytest.mark.parametrize("who", ["applicant", "recipient", "rival", "staff"])
def test_only_a_signatory_of_the_organisation_submits(
    certificate: Certificate, ours: Side, theirs: Side, ig: User, who: str
) -> None:
    people = {"applicant": ours.applicant, "recipient": ours.recipient, "rival": theirs.signatory, "staff": ig}
    with pytest.raises(NotAllowed):
        submit(certificate, people[who])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": "000000"}, "code"),
        ({"typed_name": "Somebody"}, "typed_name"),
        ({"destroyed_on": clock.today().replace(year=2099)}, "destroyed_on"),
        ({"media": "The row of 999 000 0018"}, "media"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(
    certificate: Certificate, ours: Side, changes: dict, field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        submit(certificate, ours.signatory, **changes)
    assert refusal.value.field == field
    assert "999" not in refusal.value.message
    assert not certificate.versions.exists()


def test_only_reviewers_who_are_not_of_the_organisation_review(
    certificate: Certificate, ours: Side, approver: User
) -> None:
    submit(certificate, ours.signatory)
    for person in (ours.signatory, approver):
        with pytest.raises(NotAllowed):
            services.accept(certificate=certificate, by=person)


def test_it_is_chased_at_each_mark_once(
    certificate: Certificate, ours: Side, ig: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    marks = []
    for step in (0, 15, 0, 7, 7, 0, 5):  # days passed since the last look
        later(monkeypatch, step)
        if services.chase():
            marks.append(trail(case=ours.agreement.application.reference)[-1].payload["mark"])
    assert marks == ["14", "7", "overdue"]
    assert Notice.objects.filter(person=ig, kind="certificate.due").count() == 1  # colleagues hear of overdue ones


def test_an_overdue_one_bars_downloads_until_it_is_submitted_and_releases_until_it_is_accepted(
    certificate: Certificate, ours: Side, theirs: Side, production: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = theirs.agreement
    Party.objects.create(agreement=other, organisation=ours.organisation, part="processor")
    assert live_terms(other.pk).agreement_id == other.pk
    later(monkeypatch, 31)
    with pytest.raises(WrongState, match="has not certified the destruction"):
        live_terms(other.pk)
    with pytest.raises(WrongState, match="has not certified the destruction"):
        terms_for_files(other.pk)
    submit(certificate, ours.signatory)
    assert terms_for_files(other.pk).agreement_id == other.pk
    with pytest.raises(WrongState, match="until the certificate is accepted"):
        live_terms(other.pk)
    shown = Client()
    shown.force_login(theirs.recipient)
    grant(theirs.recipient, P.AGREEMENT_VIEW, other)
    page = shown.get(f"/agreements/{other.reference}/").content.decode()
    assert "files that were released before can be downloaded" in page and "No data may flow" not in page
    services.return_to(certificate=certificate, reasons="Which backups?", by=production)
    with pytest.raises(WrongState):
        terms_for_files(other.pk)
    submit(certificate, ours.signatory)
    services.accept(certificate=certificate, by=production)
    assert live_terms(other.pk).agreement_id == other.pk


def test_one_that_came_in_time_holds_releases_up_once_its_day_has_passed_and_reviewers_hear_of_it(
    certificate: Certificate, ours: Side, theirs: Side, ig: User, production: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = theirs.agreement
    Party.objects.create(agreement=other, organisation=ours.organisation, part="processor")
    submit(certificate, ours.signatory)
    marks = []
    for step in (0, 20, 3, 8):  # 29 days are left at first
        later(monkeypatch, step)
        told = services.chase()
        assert services.chase() == 0
        if told:
            marks.append(trail(case=ours.agreement.application.reference)[-1].payload["mark"])
    assert marks == ["7", "overdue"]
    assert Notice.objects.filter(person=ig, kind="certificate.to_review").count() == 2
    assert not Notice.objects.filter(kind="certificate.to_review", person=ours.signatory).exists()
    assert terms_for_files(other.pk).agreement_id == other.pk
    with pytest.raises(WrongState, match="under review"):
        live_terms(other.pk)
    services.accept(certificate=certificate, by=production)
    assert live_terms(other.pk).agreement_id == other.pk


def test_a_lapse_does_not_keep_anybody_from_certifying(certificate: Certificate, ours: Side) -> None:
    ours.organisation.assurances.update(expires_on=clock.today().replace(year=2020))
    assert lapsed(ours.organisation)
    submit(certificate, ours.signatory)


def test_who_left_certifies_nothing(certificate: Certificate, ours: Side, ig: User) -> None:
    end_memberships(organisation=ours.organisation, user=ours.signatory, roles=["signatory"], by=ig)
    with pytest.raises(NotAllowed):
        submit(certificate, ours.signatory)
    assert not selectors.certificates(ours.signatory).exists()


def test_what_was_typed_is_shown_again_but_for_the_code(certificate: Certificate, ours: Side) -> None:
    client = Client()
    client.force_login(ours.signatory)
    typed = {"datasets": "All of it.", "code": "135792"}
    shown = client.post(f"/oversight/certificates/{certificate.pk}/", typed)
    assert shown.status_code == 422
    assert "All of it." in shown.content.decode() and "135792" not in shown.content.decode()
