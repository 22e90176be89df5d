"""Signatures: the second factor, two people or one person twice at the same moment, and who signs for one who left."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from dars.accounts.models import SecondFactorGuard
from dars.accounts.public import User
from dars.agreements import services
from dars.agreements.models import Agreement, Paper
from dars.audit.public import trail
from dars.core import clock
from dars.core.canonical import sha256_hex
from dars.core.errors import DomainError, Invalid, NotAllowed, WrongState
from dars.core.models import OutboxEvent
from dars.core.permissions import P, allowed
from dars.notices.models import Notice
from dars.organisations.public import Membership
from tests.integration.accounts import factors
from tests.integration.agreements.signing import code_for, sign, sign_all
from tests.integration.panels import world as w

pytestmark = pytest.mark.django_db


def issued(world: w.World) -> Agreement:
    return services.issue(application_id=w.approved(world).pk)


def signatory(world: w.World, name: str = "Second Signatory") -> User:
    person = w.person(name)
    Membership.objects.create(organisation=world.ours.organisation, user=person, role="signatory", starts_on=w.LONG_AGO)
    return person


def leave(person: User) -> None:
    person.memberships.update(ends_on=clock.today() - w.dt.timedelta(days=1))


# --- The second factor -----------------------------------------------------------------------------------------------


def test_no_signature_without_a_right_code(world: w.World) -> None:
    agreement, person = issued(world), world.ours.signatory
    words = {"typed_name": person.name, "document_sha256": agreement.document_sha256}
    with pytest.raises(Invalid, match="Set up a second factor") as refusal:
        services.sign(agreement=agreement, code="123456", by=person, **words)
    assert refusal.value.field == "code"
    factors.enrolled(person)
    with pytest.raises(Invalid) as refusal:
        services.sign(agreement=agreement, code="000000", by=person, **words)
    assert refusal.value.field == "code"
    assert not agreement.signatures.exclude(signed_at=None).exists()
    services.sign(agreement=agreement, code=code_for(person), by=person, **words)
    assert agreement.signatures.exclude(signed_at=None).count() == 1


def test_a_wrong_name_does_not_use_up_the_code(world: w.World) -> None:
    agreement, person = issued(world), world.ours.signatory
    with pytest.raises(Invalid):
        sign(agreement, person, "Somebody Else")
    assert SecondFactorGuard.objects.get(user=person).last_step == 0


# --- Somebody who left -----------------------------------------------------------------------------------------------


def test_another_signatory_of_the_organisation_takes_the_place_of_one_who_left(world: w.World) -> None:
    agreement, new = issued(world), signatory(world)
    place = agreement.signatures.get(signatory=world.ours.signatory)
    with pytest.raises(WrongState, match="can still sign"):
        services.replace_signatory(place=place, person=new, by=world.ours.applicant)
    leave(world.ours.signatory)
    for nobody in (world.theirs.signatory, world.ours.recipient):
        with pytest.raises(Invalid):
            services.replace_signatory(place=place, person=nobody, by=world.ours.applicant)
    for outsider in (world.theirs.applicant, world.approver, world.auditor):
        with pytest.raises(NotAllowed):
            services.replace_signatory(place=place, person=new, by=outsider)
    services.replace_signatory(place=place, person=new, by=world.ours.applicant)
    assert not allowed(w.fresh(world.ours.signatory), P.AGREEMENT_SIGN, agreement)
    assert Notice.objects.filter(person=new, kind="agreement.to_sign").exists()
    assert "agreement.signatory_replaced" in [entry.kind for entry in trail(case=agreement.application.reference)]
    assert sign_all(agreement).state == "in_force"


def test_a_closed_account_can_be_replaced_by_a_reviewer(world: w.World) -> None:
    agreement, new = issued(world), signatory(world)
    User.objects.filter(pk=world.ours.signatory.pk).update(is_active=False)
    place = agreement.signatures.get(signatory=world.ours.signatory)
    services.replace_signatory(place=place, person=new, by=world.reviewer)
    assert agreement.signatures.get(pk=place.pk).signatory == new


def test_for_the_body_that_disseminates_another_approver_signs_who_is_not_tied(world: w.World) -> None:
    agreement = issued(world)
    place = agreement.signatures.get(organisation=None)
    world.approver.groups.clear()
    tied = w.person("Tied Approver", w.Role.APPROVER)
    Membership.objects.create(organisation=world.ours.organisation, user=tied, role="recipient", starts_on=w.LONG_AGO)
    with pytest.raises(Invalid):
        services.replace_signatory(place=place, person=tied, by=world.second_approver)
    with pytest.raises(NotAllowed):
        services.replace_signatory(place=place, person=world.second_approver, by=world.ours.applicant)
    services.replace_signatory(place=place, person=world.second_approver, by=world.second_approver)
    assert sign_all(agreement).state == "in_force"


def test_what_is_signed_is_not_signed_by_another(world: w.World) -> None:
    agreement, new = issued(world), signatory(world)
    sign(agreement, world.ours.signatory)
    leave(world.ours.signatory)
    place = agreement.signatures.get(signatory=world.ours.signatory)
    with pytest.raises(WrongState):
        services.replace_signatory(place=place, person=new, by=world.ours.applicant)


# --- At the same moment ----------------------------------------------------------------------------------------------


def at_once(*acts: Callable[[], object]) -> list[str]:
    """What became of acts that begin together, each over a connection of its own."""
    barrier, told = threading.Barrier(len(acts)), [""] * len(acts)

    def run(number: int) -> None:
        barrier.wait()
        try:
            acts[number]()
            told[number] = "done"
        except DomainError as refusal:
            told[number] = type(refusal).__name__
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def signing(agreement: Agreement, person: User, code: str) -> Callable[[], object]:
    given = {"typed_name": person.name, "document_sha256": agreement.document_sha256, "code": code}
    return lambda: services.sign(agreement=agreement, by=w.fresh(person), **given)


@pytest.mark.django_db(transaction=True)
def test_two_who_sign_last_put_it_in_force_once_and_one_who_presses_twice_signs_once() -> None:
    world = w.build()
    agreement = issued(world)
    people = (world.ours.signatory, world.approver)
    assert at_once(*(signing(agreement, person, code_for(person)) for person in people)) == ["done", "done"]
    assert Agreement.objects.get().state == "in_force"
    assert OutboxEvent.objects.filter(topic="agreement.in_force").count() == 1
    assert Paper.objects.filter(kind="signed").count() == 1
    again = services.issue(application_id=w.approved(world).pk)
    person = world.ours.signatory
    code_for(person)
    codes = (factors.code(0), factors.code(1))  # both right: it is the signature that is given once
    told = at_once(*(signing(again, person, code) for code in codes))
    assert sorted(told) == ["WrongState", "done"]
    assert again.signatures.exclude(signed_at=None).count() == 1


# --- The signed copy -------------------------------------------------------------------------------------------------


def test_the_bytes_that_are_signed_are_stored_once_and_never_changed(world: w.World) -> None:
    agreement = issued(world)
    paper = agreement.papers.get()
    assert sha256_hex(bytes(paper.content)) == paper.sha256 == agreement.document_sha256
    sign_all(agreement)
    assert {place.document_sha256 for place in agreement.signatures.all()} == {paper.sha256}
    assert agreement.papers.get(kind="agreement").sha256 == paper.sha256
    with pytest.raises(Exception, match="never changed"):
        agreement.papers.update(content=b"")
