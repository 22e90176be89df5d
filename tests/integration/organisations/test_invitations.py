"""People are taken into an organisation by whoever manages it, some parts by two; and they leave."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dars.accounts.public import User
from dars.audit.public import trail
from dars.core.errors import Invalid, NotAllowed, NotFound, WrongState
from dars.core.roles import Role
from dars.notices.models import Email, Notice
from dars.organisations import public, services_invitations
from dars.organisations.models import MemberInvitation
from tests.integration.organisations.test_stops_and_leavers import client, join, later
from tests.integration.production import world

pytestmark = pytest.mark.django_db
NEW = "new@u01.example"
PASSWORD = "a long enough one 1"


@pytest.fixture
def case() -> world.Case:
    return world.agreed()


@pytest.fixture
def signatory(case: world.Case) -> User:
    return join(case, "signatory", "signatory")


@pytest.fixture
def administrator() -> User:
    return world.person(Role.ADMINISTRATOR)


def invite(case: world.Case, by: User, *roles: str, email: str = NEW) -> MemberInvitation:
    return services_invitations.invite(
        organisation=case.organisation, email=email, roles=list(roles or ("recipient",)), by=by
    )


def written() -> str:
    """The token in the letter that is written for the open event."""
    before = Email.objects.count()
    world.deliver_events_of("member_invitation.sent")
    assert Email.objects.count() == before + 1
    return Email.objects.latest("pk").link.split("/")[-2]


def test_an_invited_person_makes_an_account_and_belongs(case: world.Case, signatory: User) -> None:
    made = invite(case, signatory, "recipient", "applicant")
    assert (made.state, made.roles) == ("sent", ["applicant", "recipient"])
    token = written()
    event = {"invitation_id": made.pk}
    assert services_invitations.letter(**event) is None  # an event that comes twice writes no second letter
    address = f"/organisations/invitations/{token}/"
    visitor = Client()
    assert "University U01" in visitor.get(address).content.decode()
    assert visitor.post(address, {"name": "", "password": PASSWORD}).status_code == 422
    assert not User.objects.filter(email=NEW).exists()
    assert visitor.post(address, {"name": "New Person", "password": PASSWORD}).status_code == 302
    person = User.objects.get(email=NEW)
    assert {each.role for each in public.memberships_of(person)} == {"applicant", "recipient"}
    assert visitor.get(address).status_code == 404  # it works once
    kinds = [entry.kind for entry in trail(subject=f"organisation:{case.organisation.pk}")]
    assert kinds[-4:] == [
        "organisation.invitation_made",
        "organisation.member_added",
        "organisation.member_added",
        "organisation.invitation_accepted",
    ]
    assert NEW not in str([entry.payload for entry in trail(subject=f"organisation:{case.organisation.pk}")])


def test_somebody_with_an_account_takes_up_a_part_and_nobody_else_can(case: world.Case, signatory: User) -> None:
    made = invite(case, signatory, "applicant", email=case.recipient.email.upper())
    token = written()
    with pytest.raises(NotAllowed):
        services_invitations.accept(token=token, by=signatory)
    with pytest.raises(WrongState):
        services_invitations.accept_with_account(token=token, name="Another", password=PASSWORD)
    page = client(case.recipient)
    assert "Join the organisation" in page.get(f"/organisations/invitations/{token}/").content.decode()
    assert page.post(f"/organisations/invitations/{token}/").status_code == 302
    assert public.is_member(case.recipient, case.organisation, role="applicant")
    made.refresh_from_db()
    assert (made.state, made.accepted_by) == ("accepted", case.recipient)


def test_a_signatory_is_taken_up_by_two(case: world.Case, signatory: User, administrator: User) -> None:
    made = invite(case, signatory, "signatory")
    assert made.state == "proposed"
    world.deliver_events_of("member_invitation.proposed")
    told = Notice.objects.filter(kind="member.proposed").values_list("person", flat=True)
    assert set(told) == {administrator.pk}
    given = {"organisation": case.organisation, "invitation_id": made.pk}
    for person in (signatory, case.recipient, join(case, "applicant", "applicant")):
        with pytest.raises(NotAllowed):
            services_invitations.confirm(**given, by=person)
    assert not Email.objects.filter(kind="member.invited").exists()
    with pytest.raises(IntegrityError), transaction.atomic():  # and the database knows
        MemberInvitation.objects.filter(pk=made.pk).update(confirmed_by=signatory)
    services_invitations.confirm(**given, by=administrator)
    services_invitations.accept_with_account(token=written(), name="New", password=PASSWORD)
    assert public.is_member(User.objects.get(email=NEW), case.organisation, role="signatory")
    with pytest.raises(WrongState):
        services_invitations.confirm(**given, by=administrator)


def test_what_a_colleague_of_the_service_gives_takes_two_as_well(case: world.Case, administrator: User) -> None:
    made = invite(case, administrator)
    assert made.state == "proposed"
    ig = world.person(Role.IG_REVIEWER)
    services_invitations.confirm(organisation=case.organisation, invitation_id=made.pk, by=ig)
    assert written()


def test_who_may_not_invite_and_what_is_refused(case: world.Case, signatory: User) -> None:
    rival = world.agreed("U02")
    for person in (case.recipient, rival.recipient, world.person(Role.AUDITOR)):
        with pytest.raises(NotAllowed):
            invite(case, person)
    for field, given in (
        ("email", {"email": "nobody"}),
        ("email", {"email": signatory.email}),
        ("roles", {"roles": []}),
        ("roles", {"roles": ["submitter"]}),  # a university sends no imaging data
    ):
        with pytest.raises(Invalid) as refusal:
            services_invitations.invite(
                **{"organisation": case.organisation, "email": NEW, "roles": ["recipient"], **given}, by=signatory
            )
        assert refusal.value.field == field
    assert not MemberInvitation.objects.exists()


def test_a_letter_is_worth_no_more_than_whoever_gave_it(
    case: world.Case, signatory: User, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = invite(case, signatory)
    old = written()
    again = invite(case, signatory)  # the same address: the first letter is worth nothing
    first.refresh_from_db()
    assert first.state == "withdrawn"
    token = written()
    with pytest.raises(NotFound):
        services_invitations.find(old)
    with transaction.atomic():
        later(monkeypatch, 14)
        with pytest.raises(NotFound):
            services_invitations.find(token)
        monkeypatch.undo()
    assert services_invitations.find(token) == again
    services_invitations.withdraw(organisation=case.organisation, invitation_id=again.pk, by=administrator)
    with pytest.raises(NotFound):
        services_invitations.find(token)
    third = invite(case, signatory)
    token = written()
    public.end_memberships(organisation=case.organisation, user=signatory, roles=["signatory"], by=administrator)
    with pytest.raises(NotFound):
        services_invitations.accept_with_account(token=token, name="New", password=PASSWORD)
    with pytest.raises(NotAllowed):
        services_invitations.withdraw(organisation=case.organisation, invitation_id=third.pk, by=signatory)


def test_the_pages(case: world.Case, signatory: User) -> None:
    page = client(signatory)
    assert page.get("/organisations/U01/people/invite/").status_code == 200
    answer = page.post("/organisations/U01/people/invite/", {"email": "nobody", "roles": ["recipient"], "vouch": "on"})
    assert answer.status_code == 422 and "correct format" in answer.content.decode()
    unvouched = {"email": NEW, "roles": ["recipient"]}
    assert page.post("/organisations/U01/people/invite/", unvouched).status_code == 422
    invited = page.post("/organisations/U01/people/invite/", {**unvouched, "vouch": "on"}, follow=True)
    assert NEW in invited.content.decode()
    assert NEW not in client(case.recipient).get("/organisations/U01/").content.decode()
    with CaptureQueriesContext(connection) as one:
        page.get("/organisations/U01/")
    for number in range(30):
        invite(case, signatory, "signatory", email=f"n{number}@u01.example")
    with CaptureQueriesContext(connection) as thirty:
        page.get("/organisations/U01/")
    assert len(one) == len(thirty)


def test_a_person_leaves_by_themself_and_comes_back_by_an_invitation(case: world.Case, signatory: User) -> None:
    leaver = client(case.recipient)
    end = f"/organisations/U01/people/{case.recipient.pk}/end/"
    assert "You leave" in leaver.get(end).content.decode()
    assert leaver.get(f"/organisations/U01/people/{signatory.pk}/end/").status_code == 403
    assert leaver.post(end, {"roles": ["recipient"]}).status_code == 302
    assert leaver.get("/organisations/U01/").status_code == 404
    invite(case, signatory, email=case.recipient.email)
    services_invitations.accept(token=written(), by=case.recipient)
    assert leaver.get("/organisations/U01/").status_code == 200
