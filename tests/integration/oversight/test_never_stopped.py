"""What never stops: under every kind of stop, each way of giving account goes on, for the same people and as before."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client

from dars.accounts.public import User
from dars.agreements.models import Agreement
from dars.agreements.public import live_terms
from dars.core import clock
from dars.core.canonical import canonical_json, sha256_hex
from dars.core.errors import WrongState
from dars.organisations.models import Assurance
from dars.organisations.public import NEVER_STOPPED, begin_stops, record_assurance
from dars.oversight import (
    services_audits,
    services_certificates,
    services_confirmations,
    services_incidents,
    services_notices,
)
from dars.oversight.models import Action, Addressee, Certificate, Confirmation
from tests.integration.oversight.conftest import CERTIFIED, CODE, Side

DAY = dt.timedelta(days=1)

# --- What goes on ----------------------------------------------------------------------------------------------------


def certify(ours: Side, ig: User) -> str:
    certificate = Certificate.objects.get()
    given = {**CERTIFIED, "destroyed_on": clock.today(), "typed_name": ours.signatory.name, "code": CODE}
    services_certificates.submit(certificate=certificate, by=ours.signatory, **given)
    services_certificates.accept(certificate=certificate, by=ig)
    return f"/oversight/certificates/{certificate.pk}/"


def report_incident(ours: Side, ig: User) -> str:
    made = services_incidents.report(
        organisation=ours.organisation,
        agreement=ours.agreement,
        what="A laptop was lost.",
        noticed_on=clock.today(),
        people_affected="unknown",
        containment="It was wiped.",
        by=ours.recipient,
    )
    return f"/oversight/incidents/{made.pk}/"


def reply(ours: Side, ig: User) -> str:
    action = Action.objects.get()
    services_audits.reply(action=action, words="Done.", by=ours.applicant)
    services_audits.judge(action=action, enough=True, words="", by=ig)
    return f"/oversight/actions/{action.pk}/"


def confirm(ours: Side, ig: User) -> str:
    confirmation = Confirmation.objects.get(year=1)
    words = {"changes": "", "places": "Our data centre.", "benefits": "One paper."}
    services_confirmations.give(confirmation=confirmation, by=ours.signatory, **words)
    return f"/oversight/confirmations/{confirmation.pk}/"


def acknowledge(ours: Side, ig: User) -> str:
    place = Addressee.objects.get()
    services_notices.acknowledge(addressee=place, by=ours.recipient)
    return f"/oversight/data-notices/{place.notice_id}/"


MOVES: dict[str, Callable[[Side, User], str]] = {
    "certificates of destruction": certify,
    "reports of incidents": report_incident,
    "replies to audits": reply,
    "annual confirmations": confirm,
    "acknowledgements of notices": acknowledge,
}


# --- What stops data -------------------------------------------------------------------------------------------------


def lapse(kind: str) -> Callable[[Side], None]:
    def act(ours: Side) -> None:
        Assurance.objects.filter(organisation=ours.organisation, kind=kind).update(expires_on=clock.today() - DAY)
        assert begin_stops() == 1

    return act


def renewed_and_not_lifted(ours: Side) -> None:
    lapse("ico")(ours)
    record_assurance(
        organisation=ours.organisation, kind="ico", reference="Z2", expires_on=clock.today() + DAY, by=None
    )


def not_reviewed(ours: Side) -> None:
    spec = ours.agreement.spec_json | {"identifiability": "identifiable"}
    sha256 = sha256_hex(canonical_json(spec))
    Agreement.objects.filter(pk=ours.agreement.pk).update(spec_json=spec, spec_sha256=sha256)


def put(**values: object) -> Callable[[Side], None]:
    def act(ours: Side) -> None:
        Agreement.objects.filter(pk=ours.agreement.pk).update(**values)

    return act


def expire(ours: Side) -> None:
    ours.ended(1)


def overdue_certificate(ours: Side) -> None:
    Certificate.objects.update(due_on=clock.today() - DAY)


def late_confirmation(ours: Side) -> None:
    owed = {"organisation": ours.organisation, "opened_at": clock.now(), "agreement": ours.agreement}
    Confirmation.objects.create(began=ours.agreement, year=2, due_on=clock.today() - 60 * DAY, **owed)


SUSPENSIONS = ("breach", "incident", "assurance", "audit", "destruction", "request")
STOPS: dict[str, Callable[[Side], None]] = {
    **{f"no {kind}": lapse(kind) for kind in ("dspt", "ico", "framework_contract")},
    "renewed and not lifted": renewed_and_not_lifted,
    "not reviewed": not_reviewed,
    **{f"suspended for {reason}": put(state="suspended", state_reason=reason) for reason in SUSPENSIONS},
    "revoked": put(state="ended", state_reason="breach"),
    "expired": expire,
    "an overdue certificate": overdue_certificate,
    "a confirmation that is late": late_confirmation,
}


@pytest.fixture
def owing(ours: Side, ig: User) -> Side:
    """An organisation that owes everything there is to owe."""
    owed = {"organisation": ours.organisation, "agreement": ours.agreement, "opened_at": clock.now()}
    Certificate.objects.create(due_on=clock.today() + DAY, ended_on=clock.today(), **owed)
    Confirmation.objects.create(began=ours.agreement, year=1, due_on=clock.today(), **owed)
    audit = services_audits.open_audit(
        organisation=ours.organisation, agreement=ours.agreement, scope="Storage.", visit_on=clock.today(), by=ig
    )
    finding = services_audits.add_finding(audit=audit, kind="follow_up", words="A log.", by=ig)
    services_audits.add_action(finding=finding, words="Keep it.", owner=ours.recipient, due_on=clock.today(), by=ig)
    services_audits.report(audit=audit, summary="Sound.", by=ig)
    services_notices.note_download(
        agreement_id=ours.agreement.pk,
        package_id=1,
        file_id=1,
        user_id=ours.recipient.pk,
        file="did.csv.age",
        data_version="v000001",
    )
    services_notices.issue(kind="withdrawn", words="Destroy them.", data_version="v000001", by=ig)
    return ours


@pytest.mark.parametrize("stop", STOPS.values(), ids=STOPS)
def test_no_stop_keeps_anybody_from_giving_account(owing: Side, ig: User, stop: Callable[[Side], None]) -> None:
    assert live_terms(owing.agreement.pk)
    stop(owing)
    with pytest.raises(WrongState):
        live_terms(owing.agreement.pk)
    pages = [move(owing, ig) for move in MOVES.values()]
    signatory = Client()
    signatory.force_login(owing.signatory)
    assert [signatory.get(page).status_code for page in pages] == [200] * len(MOVES)


def test_the_table_of_what_never_stops_is_the_one_that_is_tested() -> None:
    assert set(MOVES) == set(NEVER_STOPPED)
