"""A recipient's key takes two people: who may be the second, what they have to do, and what waits until they have."""

import pyrage
import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dars.accounts.public import User, grant_role
from dars.audit.models import AuditEvent
from dars.core import clock
from dars.core.errors import Invalid, NotAllowed, NotFound, WrongState
from dars.core.roles import Role
from dars.notices.models import Notice
from dars.organisations.public import add_member, end_memberships
from extracts.delivery import key_services, packing, selectors
from extracts.delivery.models import RecipientKey
from extracts.delivery.public import waiting_for
from tests.integration.agreements.signing import code_for
from tests.integration.delivery.test_packages import waiting as waiting_package
from tests.integration.production import world

pytestmark = pytest.mark.django_db


def member(case: world.Case, part: str, name: str = "") -> User:
    name = name or part.title()
    user = User.objects.create_user(email=f"{name.lower()}@{case.organisation.code}.example", name=name)
    add_member(organisation=case.organisation, user=user, role=part, starts_on=clock.today(), by=None)
    return user


def registered(case: world.Case, by: User | None = None) -> RecipientKey:
    public = str(pyrage.x25519.Identity.generate().to_public()) if by else case.public_key
    by = by or case.recipient
    return key_services.register_key(public_key=public, code=code_for(by), by=by)


def client(user: User) -> Client:
    found = Client()
    found.force_login(user)
    return found


def test_who_may_be_the_second_person() -> None:
    case, rival = world.agreed(), world.agreed("U02")
    tied = member(case, "applicant", "Tied")
    left = member(case, "signatory", "Left")
    end_memberships(organisation=case.organisation, user=left, roles=["signatory"], by=left)
    for colleague in (tied, rival.recipient):
        grant_role(user=colleague, role=Role.PRODUCTION_STAFF, by=None)
    may = {
        "a signatory of the organisation": member(case, "signatory"),
        "a colleague of the service": world.colleague("keys@example.org"),
        "a colleague who belongs to another organisation": rival.recipient,
    }
    may_not = {
        "another recipient": (member(case, "recipient", "Other"), NotFound),
        "an applicant": (member(case, "applicant"), NotFound),
        "a signatory elsewhere": (member(rival, "signatory", "Rival"), NotFound),
        "somebody who signed for it and has left": (left, NotFound),
        "a colleague who belongs to the organisation": (tied, NotFound),
        "a reviewer": (world.person(Role.IG_REVIEWER), NotFound),
        "an administrator": (world.person(Role.ADMINISTRATOR), NotFound),
        "the recipient": (case.recipient, NotAllowed),
    }
    key = registered(case)
    for who, (person, refusal) in may_not.items():
        for act in (lambda by: world.confirm_key(key, by=by), lambda by: key_services.refuse_key(key_id=key.pk, by=by)):
            with pytest.raises(refusal):
                act(person)
            key.refresh_from_db()
            assert key.state == "waiting", who
        assert not waiting_for(person), who
    for who, person in may.items():
        assert waiting_for(person)[0][2] == 1, who
        with transaction.atomic():
            world.confirm_key(key, by=person)
            key.refresh_from_db()
            assert (key.state, key.decided_by) == ("in_use", person), who
            assert not waiting_for(person)
            transaction.set_rollback(True)


def test_a_recipient_who_signs_confirms_no_key_of_their_own() -> None:
    """Where one person is all of an organisation, it is the service that confirms."""
    case = world.agreed()
    add_member(organisation=case.organisation, user=case.recipient, role="signatory", starts_on=clock.today(), by=None)
    staff = world.colleague("keys@example.org")
    key = registered(case)
    assert Notice.objects.get(kind="key.to_confirm").person == staff
    with pytest.raises(NotAllowed, match="somebody else"):
        world.confirm_key(key, by=case.recipient)
    world.confirm_key(key, by=staff)
    assert list(selectors.active_keys(case.recipient)) == [key]


def test_who_signs_for_the_organisation_is_asked_first() -> None:
    case = world.agreed()
    signatory, _ = member(case, "signatory"), world.colleague("keys@example.org")
    key = registered(case)
    asked = Notice.objects.get(kind="key.to_confirm")
    assert (asked.person, asked.link) == (signatory, f"/files/keys/{key.pk}/confirm/")
    world.confirm_key(key, by=signatory)
    told = Notice.objects.get(kind="key.confirmed")
    assert told.person == case.recipient and key.fingerprint in told.text and signatory.name in told.text
    event = AuditEvent.objects.get(kind="key.confirmed")
    of, compared = f"user:{case.recipient.pk}", "telephone"
    assert event.payload_row.payload == {"fingerprint": key.fingerprint, "of": of, "compared": compared}


def test_a_session_alone_confirms_nothing_and_nothing_is_confirmed_unseen() -> None:
    case, staff = world.agreed(), world.colleague("keys@example.org")
    key = registered(case)
    for compared, code, field in (("telephone", "000000", "code"), ("", "", "compared"), ("e-mail", "", "compared")):
        with pytest.raises(Invalid) as refusal:
            key_services.confirm_key(key_id=key.pk, compared=compared, code=code or code_for(staff), by=staff)
        assert refusal.value.field == field
    key.refresh_from_db()
    assert key.state == "waiting"


def test_what_is_decided_is_decided_once() -> None:
    case, staff = world.agreed(), world.colleague("keys@example.org")
    key = world.confirm_key(registered(case), by=staff)
    for again in (lambda: world.confirm_key(key, by=staff), lambda: key_services.refuse_key(key_id=key.pk, by=staff)):
        with pytest.raises(WrongState, match="In use"):
            again()
    refused = key_services.refuse_key(key_id=registered(case, case.recipient).pk, by=staff)
    for again in (
        lambda: world.confirm_key(refused, by=staff),
        lambda: key_services.retire_key(key_id=refused.pk, by=case.recipient),
    ):
        with pytest.raises(WrongState, match=r"(?i)refused"):
            again()
    assert Notice.objects.get(kind="key.refused").person == case.recipient


def test_the_database_refuses_one_person_in_both_places() -> None:
    case = world.agreed()
    key = registered(case)
    in_use = {"state": "in_use", "decided_at": clock.now(), "compared": "telephone"}
    for values in (in_use, {**in_use, "decided_by": case.recipient}, {**in_use, "compared": "", "decided_by": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            RecipientKey.objects.filter(pk=key.pk).update(**values)


@pytest.mark.usefixtures("collected")
def test_a_cleared_extract_waits_for_a_second_person_and_says_so() -> None:
    case, staff = world.agreed(formats=["parquet"]), world.colleague("keys@example.org")
    world.extract_of(case)
    package, key = waiting_package(case), registered(case)

    def waits_for() -> str:
        packing.pack(package.pk)
        package.refresh_from_db()
        return package.waits_for

    page = client(case.recipient)
    assert waits_for() == "confirmer" and package.state == "waiting"
    assert "no recipient has a confirmed key" in page.get("/files/").content.decode()
    assert "Your key waits for a second person" in page.get("/files/").content.decode()
    assert "until a second person has compared" in client(staff).get("/files/").content.decode()
    key_services.refuse_key(key_id=key.pk, by=staff)
    assert waits_for() == "key"
    taken_back = registered(case, case.recipient)
    assert waits_for() == "confirmer"
    key_services.retire_key(key_id=taken_back.pk, by=case.recipient)
    assert waits_for() == "key"
    last = registered(case, case.recipient)
    assert waits_for() == "confirmer"
    unconfirmed = registered(case, case.recipient)
    world.confirm_key(last, by=staff)
    assert waits_for() == ""
    package.refresh_from_db()
    assert package.state == "released" and list(package.keys.all()) == [last] and unconfirmed.state == "waiting"


def test_a_key_is_compared_and_confirmed_on_its_page() -> None:
    case = world.agreed()
    signatory = member(case, "signatory")
    key = registered(case)
    page, address = client(signatory), f"/files/keys/{key.pk}/confirm/"
    assert address in page.get("/files/keys/").content.decode()
    assert "Recipients’ keys to compare and confirm" in page.get("/").content.decode()
    assert "Set up your authenticator app" in page.get(address).content.decode()
    code = code_for(signatory)
    text = page.get(address).content.decode()
    assert key.fingerprint in text and case.recipient.email in text and case.organisation.name in text
    answer = page.post(address, {"code": code})
    text = answer.content.decode()
    assert answer.status_code == 422 and 'href="#id_compared"' in text and code not in text
    assert "Select how you compared the fingerprint" in text
    answer = page.post(address, {"compared": "video", "code": "000000"})
    text = answer.content.decode()
    assert answer.status_code == 422 and 'href="#id_code"' in text and "000000" not in text
    assert 'value="video" checked' in text
    answer = page.post(address, {"compared": "video", "code": code_for(signatory)}, follow=True)
    assert f"The key of {case.recipient.name} is confirmed" in answer.content.decode()
    text = page.get(address).content.decode()
    assert "There is nothing more for you to do" in text and "In a video call" in text
    assert page.post(address, {"compared": "video", "code": code_for(signatory)}).status_code == 409
    assert "In use" in client(case.recipient).get("/files/keys/").content.decode()


def test_a_key_with_another_fingerprint_is_refused_on_its_page() -> None:
    case = world.agreed()
    signatory, key = member(case, "signatory"), registered(case)
    own = client(case.recipient)
    text = own.get("/files/keys/").content.decode()
    assert f"Ask {signatory.name} to confirm it" in text and "Take back" in text
    answer = client(signatory).post(f"/files/keys/{key.pk}/refuse/", follow=True)
    assert f"The key of {case.recipient.name} is refused" in answer.content.decode()
    assert f"refused by {signatory.name}" in own.get("/files/keys/").content.decode()
    assert own.get(f"/files/keys/{key.pk}/confirm/").status_code == 404


def test_lists_of_keys_take_a_fixed_number_of_queries() -> None:
    case, staff = world.agreed(), world.colleague("keys@example.org")
    registered(case)
    page = client(staff)
    page.get("/files/keys/")  # what is asked once a process

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            page.get("/files/keys/")
        return len(queries)

    one = asked()
    for number in range(5):
        registered(case, member(case, "recipient", f"More{number}"))
    assert asked() == one
