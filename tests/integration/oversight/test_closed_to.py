"""Whoever declared an interest takes no part in what comes of the case: its charge, certificates, audits, reports."""

import datetime as dt
from collections.abc import Callable

import pytest

from dars.accounts.public import User
from dars.agreements import services_charges
from dars.agreements.models import Charge, Signature
from dars.agreements.selectors import may_replace
from dars.core import clock
from dars.core.errors import NotAllowed
from dars.oversight import services_audits, services_certificates, services_incidents
from dars.panels.models import Interest
from tests.integration.oversight.conftest import CERTIFIED, CODE, Side

Act = Callable[[User], object]


def charge(ours: Side) -> Act:
    Charge.objects.create(agreement=ours.agreement, lines=[], total=10, source="The table.")
    paid = {"agreement": ours.agreement, "reference": "BACS 7", "paid_on": clock.today()}
    return lambda by: services_charges.record_payment(**paid, by=by)


def certificate(ours: Side) -> Act:
    (due,) = services_certificates.open_for(agreement_id=ours.ended(1).pk)
    words = {**CERTIFIED, "destroyed_on": clock.today(), "typed_name": ours.signatory.name, "code": CODE}
    services_certificates.submit(certificate=due, **words, by=ours.signatory)
    return lambda by: services_certificates.accept(certificate=due, by=by)


def audit(ours: Side) -> Act:
    about = {"organisation": ours.organisation, "agreement": ours.agreement, "scope": "All.", "visit_on": clock.today()}
    return lambda by: services_audits.open_audit(**about, by=by)


def incident(ours: Side) -> Act:
    reported = services_incidents.report(
        organisation=ours.organisation,
        agreement=ours.agreement,
        what="A laptop was lost.",
        noticed_on=clock.today() - dt.timedelta(days=1),
        people_affected="none",
        containment="It was wiped.",
        by=ours.applicant,
    )
    return lambda by: services_incidents.assess(incident=reported, outcome="no_action", reasons="Wiped.", by=by)


@pytest.mark.parametrize("make", [charge, certificate, audit, incident])
def test_it_is_done_by_somebody_else(make: Callable[[Side], Act], ours: Side, ig: User) -> None:
    act = make(ours)
    declared = declare(ours, ig)
    with pytest.raises(NotAllowed, match="interest"):
        act(ig)
    declared.delete()
    act(User.objects.get(pk=ig.pk))


def test_another_signatory_is_named_by_somebody_else(ours: Side, ig: User) -> None:
    place = Signature(agreement=ours.agreement, signatory=ours.signatory, organisation=ours.organisation)
    assert may_replace(ig, ours.agreement, place)
    declare(ours, ig)
    assert not may_replace(ig, ours.agreement, place)


def declare(ours: Side, person: User) -> Interest:
    case = ours.agreement.application
    return Interest.objects.create(application=case, person=person, nature="A cousin.", declared_at=clock.now())
