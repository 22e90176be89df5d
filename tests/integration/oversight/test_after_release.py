"""Confirmations, audits, incidents and notices about data: who may, what is refused, what the other side sees."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from dars.accounts.public import User
from dars.agreements.models import Agreement
from dars.agreements.public import live_terms
from dars.audit.public import trail
from dars.core import clock
from dars.core.errors import Invalid, NotAllowed, WrongState
from dars.notices.models import Notice
from dars.organisations.public import end_memberships
from dars.oversight import (
    selectors,
    services_audits,
    services_confirmations,
    services_incidents,
    services_notices,
)
from dars.oversight.models import Action, Addressee, Confirmation, DataNotice, Incident, SharingAudit
from tests.integration.oversight.conftest import Side, later

TOMORROW = dt.timedelta(days=1)


# --- Confirmations ---------------------------------------------------------------------------------------------------


@pytest.fixture
def confirmation(ours: Side) -> Confirmation:
    """Due today."""
    start = clock.today().replace(year=clock.today().year - 1)
    Agreement.objects.filter(pk=ours.agreement.pk).update(starts_on=start)
    assert services_confirmations.open_due() == 1
    assert services_confirmations.open_due() == 0
    return Confirmation.objects.get()


def give(confirmation: Confirmation, by: User, **changes: str) -> None:
    words = {"changes": "", "places": "Our data centre.", "benefits": "One paper.", **changes}
    services_confirmations.give(confirmation=confirmation, by=by, **words)


def test_a_signatory_confirms_the_year_once(confirmation: Confirmation, ours: Side, theirs: Side, ig: User) -> None:
    for person in (ours.recipient, ours.applicant, theirs.signatory, ig):
        with pytest.raises(NotAllowed):
            give(confirmation, person)
    with pytest.raises(Invalid):
        give(confirmation, ours.signatory, benefits="9990000018 lives.")
    give(confirmation, ours.signatory, changes="A new analyst.")
    assert Notice.objects.filter(person=ig, kind="confirmation.changed").exists()
    with pytest.raises(WrongState):
        give(confirmation, ours.signatory)


def test_one_that_is_late_for_long_bars_its_agreement(
    confirmation: Confirmation, ours: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert services_confirmations.chase() == 1
    later(monkeypatch, 30)
    assert live_terms(ours.agreement.pk)
    later(monkeypatch, 1)
    assert services_confirmations.chase() == 1  # overdue, once
    assert services_confirmations.chase() == 0
    with pytest.raises(WrongState, match="annual confirmation"):
        live_terms(ours.agreement.pk)
    give(confirmation, ours.signatory)
    assert live_terms(ours.agreement.pk)


def test_what_is_due_under_an_agreement_that_is_over_is_not_asked_for(confirmation: Confirmation, ours: Side) -> None:
    ours.ended(1)
    assert services_confirmations.settle() == 1
    confirmation.refresh_from_db()
    assert confirmation.state == "not_needed"


# --- Audits ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def audit(ours: Side, ig: User) -> SharingAudit:
    return services_audits.open_audit(
        organisation=ours.organisation, agreement=ours.agreement, scope="Storage.", visit_on=clock.today(), by=ig
    )


def act(audit: SharingAudit, owner: User, ig: User) -> Action:
    kind = "agreement_nonconformity"
    finding = services_audits.add_finding(audit=audit, kind=kind, words="Data on a laptop.", by=ig)
    with pytest.raises(Invalid, match="needs an action"):
        services_audits.report(audit=audit, summary="Mixed.", by=ig)
    due_on = clock.today() + 10 * TOMORROW
    return services_audits.add_action(finding=finding, words="Erase it.", owner=owner, due_on=due_on, by=ig)


def test_the_way_of_an_audit(audit: SharingAudit, ours: Side, ig: User) -> None:
    action = act(audit, ours.recipient, ig)
    assert not selectors.actions(ours.signatory).exists()  # the report has not been sent
    with pytest.raises(WrongState):
        services_audits.reply(action=action, words="Done.", by=ours.signatory)
    services_audits.report(audit=audit, summary="Mixed.", by=ig)
    assert services_audits.chase() == 1
    assert services_audits.chase() == 0
    services_audits.reply(action=action, words="Done.", by=ours.recipient)  # its owner
    services_audits.judge(action=action, enough=False, words="Where is the log?", by=ig)
    services_audits.reply(action=action, words="Attached to the ticket.", by=ours.signatory)
    reader, page = Client(), reverse("oversight:audit", args=[audit.pk])
    reader.force_login(ig)
    assert "1 action left" in reader.get(page).content.decode()
    with pytest.raises(WrongState):
        services_audits.close(audit=audit, by=ig)
    services_audits.judge(action=action, enough=True, words="", by=ig)
    assert "Every action is closed" in reader.get(page).content.decode()
    services_audits.close(audit=audit, by=ig)
    audit.refresh_from_db()
    assert audit.state == "closed"
    with pytest.raises(WrongState):
        services_audits.add_finding(audit=audit, kind="follow_up", words="More.", by=ig)


def test_only_those_who_conduct_audits_do_and_only_the_audited_reply(
    audit: SharingAudit, ours: Side, theirs: Side, ig: User, production: User
) -> None:
    action = act(audit, ours.recipient, ig)
    services_audits.report(audit=audit, summary="Mixed.", by=ig)
    for person in (theirs.signatory, production, ig):
        with pytest.raises(NotAllowed):
            services_audits.reply(action=action, words="Done.", by=person)
    for person in (ours.signatory, production):
        with pytest.raises(NotAllowed):
            services_audits.judge(action=action, enough=True, words="", by=person)
    with pytest.raises(Invalid):
        services_audits.open_audit(
            organisation=theirs.organisation, agreement=ours.agreement, scope="X.", visit_on=clock.today(), by=ig
        )
    end_memberships(organisation=ours.organisation, user=ours.recipient, roles=["recipient"], by=ours.signatory)
    with pytest.raises(NotAllowed):
        services_audits.reply(action=action, words="Done.", by=ours.recipient)


# --- Incidents -------------------------------------------------------------------------------------------------------


def report(side: Side, by: User, **changes: object) -> Incident:
    words = {"what": "A laptop was lost.", "containment": "It was wiped from afar.", "people_affected": "unknown"}
    given = {**words, "noticed_on": clock.today(), "agreement": side.agreement, **changes}
    return services_incidents.report(organisation=side.organisation, by=by, **given)


def test_an_incident_is_reported_also_when_an_assurance_has_lapsed(ours: Side, theirs: Side, ig: User) -> None:
    ours.organisation.assurances.update(expires_on=clock.today().replace(year=2020))
    incident = report(ours, ours.recipient)
    assert Notice.objects.filter(person=ig, kind="incident.reported").exists()
    assert list(selectors.incidents(ours.applicant)) == [incident]
    assert not selectors.incidents(theirs.signatory).exists()
    with pytest.raises(NotAllowed):
        report(ours, theirs.signatory)


@pytest.mark.parametrize("field", ["what", "containment"])
def test_what_looks_like_an_nhs_number_is_refused_and_not_kept(ours: Side, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        report(ours, ours.recipient, **{field: "Row of 999 000 0018 was sent."})
    assert refusal.value.field == field
    assert "999" not in refusal.value.message
    assert not Incident.objects.exists()


def test_a_suspension_is_for_an_approver_and_stops_the_data(ours: Side, ig: User, approver: User) -> None:
    incident = report(ours, ours.recipient)
    given = {"incident": incident, "outcome": "suspension", "reasons": "Data may be in other hands."}
    with pytest.raises(NotAllowed):
        services_incidents.assess(**given, by=ig)
    services_incidents.assess(**given, by=approver)
    ours.agreement.refresh_from_db()
    assert (ours.agreement.state, ours.agreement.state_reason) == ("suspended", "breach")  # two people lift it
    with pytest.raises(WrongState):
        live_terms(ours.agreement.pk)
    with pytest.raises(WrongState):
        services_incidents.assess(**given, by=approver)


def test_an_incident_may_bring_an_audit_or_nothing(ours: Side, ig: User) -> None:
    first, second = report(ours, ours.recipient), report(ours, ours.signatory)
    with pytest.raises(Invalid):
        services_incidents.assess(incident=first, outcome="audit", reasons="We come.", by=ig)
    services_incidents.assess(incident=first, outcome="audit", reasons="We come.", visit_on=clock.today(), by=ig)
    first.refresh_from_db()
    assert first.audit.agreement == ours.agreement
    services_incidents.assess(incident=second, outcome="no_action", reasons="It was contained.", by=ig)
    told = Notice.objects.filter(kind="incident.assessed").values_list("person", flat=True)
    assert set(told) == {ours.recipient.pk, ours.applicant.pk, ours.signatory.pk}


# --- Notices about data ----------------------------------------------------------------------------------------------


def take(side: Side, file_id: int, version: str = "v000001") -> None:
    services_notices.note_download(
        agreement_id=side.agreement.pk,
        package_id=1,
        file_id=file_id,
        user_id=side.recipient.pk,
        file="did.csv.age",
        data_version=version,
    )


def issue(by: User, **wanted: str) -> DataNotice:
    return services_notices.issue(kind="withdrawn", words="Destroy them.", by=by, **wanted)


def test_a_notice_reaches_everybody_who_took_such_files_and_nobody_else(
    ours: Side, theirs: Side, production: User
) -> None:
    take(ours, 1)
    take(ours, 1)  # again
    take(ours, 2)
    take(theirs, 3, "v000002")
    notice = issue(production, data_version="v000001")
    (place,) = notice.addressees.all()
    assert (place.user, place.organisation, place.files) == (ours.recipient, ours.organisation, 2)
    told = Notice.objects.filter(kind="data_notice.issued").values_list("person", flat=True)
    assert set(told) == {ours.recipient.pk, ours.applicant.pk, ours.signatory.pk}
    assert not selectors.data_notices(theirs.recipient).exists()
    take(theirs, 4)  # a file of that version, taken after the notice
    assert notice.addressees.count() == 2
    assert selectors.data_notices(theirs.recipient).exists()


def test_a_notice_that_reaches_nobody_or_names_nothing_is_refused(ours: Side, production: User, ig: User) -> None:
    take(ours, 1)
    for wanted in ({}, {"month": "April"}, {"data_version": "v9"}):
        with pytest.raises(Invalid):
            issue(production, **wanted)
    with pytest.raises(NotAllowed):
        issue(ours.signatory, data_version="v000001")
    assert not DataNotice.objects.exists()


def test_each_acknowledges_for_themself_or_a_signatory_for_them(ours: Side, theirs: Side, production: User) -> None:
    take(ours, 1)
    take(theirs, 2)
    notice = issue(production, data_version="v000001")
    mine, other = Addressee.objects.get(user=ours.recipient), Addressee.objects.get(user=theirs.recipient)
    for person in (theirs.signatory, ours.applicant, production):
        with pytest.raises(NotAllowed):
            services_notices.acknowledge(addressee=mine, by=person)
    services_notices.acknowledge(addressee=mine, by=ours.recipient)
    with pytest.raises(WrongState):
        services_notices.acknowledge(addressee=mine, by=ours.recipient)
    end_memberships(organisation=theirs.organisation, user=theirs.recipient, roles=["recipient"], by=theirs.signatory)
    with pytest.raises(NotAllowed):
        services_notices.acknowledge(addressee=other, by=theirs.recipient)
    services_notices.acknowledge(addressee=other, by=theirs.signatory)
    assert selectors.data_notices(production).get().outstanding == 0
    services_notices.close(notice=notice, by=production)
    assert trail(subject=f"datanotice:{notice.pk}")[-1].payload == {"outstanding": 0}
