"""Signatures: the second factor, who signs for one who left, and what is signed."""

import pytest

from dars.accounts.models import SecondFactorGuard
from dars.accounts.public import User
from dars.agreements import services
from dars.agreements.models import Agreement
from dars.audit.public import trail
from dars.core import clock
from dars.core.canonical import sha256_hex
from dars.core.errors import Invalid, NotAllowed, WrongState
from dars.core.permissions import P, allowed
from dars.notices.models import Notice
from dars.organisations.public import Membership
from tests.integration.accounts import factors
from tests.integration.agreements.signing import code_for, sign, sign_all
from tests.integration.panels import world as w

pytestmark = pytest.mark.django_db


def signatory(world: w.World, name: str = "Second Signatory") -> User:
    person = w.person(name)
    Membership.objects.create(organisation=world.ours.organisation, user=person, role="signatory", starts_on=w.LONG_AGO)
    return person


def leave(person: User) -> None:
    person.memberships.update(ends_on=clock.today() - w.dt.timedelta(days=1))


# --- The second factor -----------------------------------------------------------------------------------------------


def test_no_signature_without_a_right_code(world: w.World, issued: Agreement) -> None:
    person = world.ours.signatory
    words = {"typed_name": person.name, "document_sha256": issued.document_sha256}
    with pytest.raises(Invalid, match="Set up a second factor") as refusal:
        services.sign(agreement=issued, code="123456", by=person, **words)
    assert refusal.value.field == "code"
    factors.enrolled(person)
    with pytest.raises(Invalid) as refusal:
        services.sign(agreement=issued, code="000000", by=person, **words)
    assert refusal.value.field == "code"
    assert not issued.signatures.exclude(signed_at=None).exists()
    services.sign(agreement=issued, code=code_for(person), by=person, **words)
    assert issued.signatures.exclude(signed_at=None).count() == 1


def test_a_wrong_name_does_not_use_up_the_code(world: w.World, issued: Agreement) -> None:
    person = world.ours.signatory
    with pytest.raises(Invalid):
        sign(issued, person, "Somebody Else")
    assert SecondFactorGuard.objects.get(user=person).last_step == 0


# --- Somebody who left -----------------------------------------------------------------------------------------------


def test_another_signatory_of_the_organisation_takes_the_place_of_one_who_left(
    world: w.World, issued: Agreement
) -> None:
    new = signatory(world)
    place = issued.signatures.get(signatory=world.ours.signatory)
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
    assert not allowed(w.fresh(world.ours.signatory), P.AGREEMENT_SIGN, issued)
    assert Notice.objects.filter(person=new, kind="agreement.to_sign").exists()
    assert "agreement.signatory_replaced" in [entry.kind for entry in trail(case=issued.application.reference)]
    assert sign_all(issued).state == "in_force"


def test_a_closed_account_can_be_replaced_by_a_reviewer(world: w.World, issued: Agreement) -> None:
    new = signatory(world)
    User.objects.filter(pk=world.ours.signatory.pk).update(is_active=False)
    place = issued.signatures.get(signatory=world.ours.signatory)
    services.replace_signatory(place=place, person=new, by=world.reviewer)
    assert issued.signatures.get(pk=place.pk).signatory == new


def test_for_the_body_that_disseminates_another_approver_signs_who_is_not_tied(
    world: w.World, issued: Agreement
) -> None:
    place = issued.signatures.get(organisation=None)
    world.approver.groups.clear()
    tied = w.person("Tied Approver", w.Role.APPROVER)
    Membership.objects.create(organisation=world.ours.organisation, user=tied, role="recipient", starts_on=w.LONG_AGO)
    with pytest.raises(Invalid):
        services.replace_signatory(place=place, person=tied, by=world.second_approver)
    with pytest.raises(NotAllowed):
        services.replace_signatory(place=place, person=world.second_approver, by=world.ours.applicant)
    services.replace_signatory(place=place, person=world.second_approver, by=world.second_approver)
    assert sign_all(issued).state == "in_force"


def test_what_is_signed_is_not_signed_by_another(world: w.World, issued: Agreement) -> None:
    new = signatory(world)
    sign(issued, world.ours.signatory)
    leave(world.ours.signatory)
    place = issued.signatures.get(signatory=world.ours.signatory)
    with pytest.raises(WrongState):
        services.replace_signatory(place=place, person=new, by=world.ours.applicant)


# --- The signed copy -------------------------------------------------------------------------------------------------


def test_the_bytes_that_are_signed_are_stored_once_and_never_changed(world: w.World, issued: Agreement) -> None:
    paper = issued.papers.get()
    assert sha256_hex(bytes(paper.content)) == paper.sha256 == issued.document_sha256
    sign_all(issued)
    assert {place.document_sha256 for place in issued.signatures.all()} == {paper.sha256}
    assert issued.papers.get(kind="agreement").sha256 == paper.sha256
    with pytest.raises(Exception, match="never changed"):
        issued.papers.update(content=b"")
