"""Deny by default; roles and object rights open, being a superuser does not."""

import pytest
from django.contrib.auth.models import AnonymousUser, Group

from dars.accounts.models import User
from dars.accounts.services import create_account, grant_role
from dars.applications.models import Application
from dars.core import clock, permissions
from dars.core.errors import Invalid, NotAllowed
from dars.core.permissions import P
from dars.core.roles import LABELS, ROLES, Role
from dars.organisations.models import Organisation

pytestmark = pytest.mark.django_db


WHEN = {"created_at": clock.now(), "updated_at": clock.now()}


@pytest.fixture
def person() -> User:
    return User.objects.create_user(email="p@example.org", name="P")


@pytest.fixture
def case(person: User) -> Application:
    organisation = Organisation.objects.create(code="U1", name="University", kind="university")
    return Application.objects.create(
        reference="DARS-NIC-000001-AAAAA", organisation=organisation, created_by=person, title="Study", **WHEN
    )


def test_nothing_is_allowed_by_default(person: User, case: Application) -> None:
    for right in P:
        assert not permissions.allowed(person, right)
    assert not permissions.allowed(person, P.APPLICATION_VIEW, case)
    assert not permissions.visible(person, P.APPLICATION_VIEW, Application.objects.all()).exists()


@pytest.mark.parametrize("flags", [{"is_superuser": True}, {"is_superuser": True, "is_active": False}])
def test_a_superuser_opens_nothing(person: User, case: Application, flags: dict[str, bool]) -> None:
    User.objects.filter(pk=person.pk).update(**flags)
    person = User.objects.get(pk=person.pk)
    for right in P:
        assert not permissions.allowed(person, right)
    assert not permissions.allowed(person, P.APPLICATION_VIEW, case)
    assert not permissions.visible(person, P.APPLICATION_VIEW, Application.objects.all()).exists()


def test_a_right_on_one_object_opens_that_one_only(person: User, case: Application) -> None:
    other = Application.objects.create(
        reference="DARS-NIC-000002-BBBBB", organisation=case.organisation, created_by=person, title="Other", **WHEN
    )
    permissions.grant(person, P.APPLICATION_VIEW, case)
    assert permissions.allowed(person, P.APPLICATION_VIEW, case)
    assert not permissions.allowed(person, P.APPLICATION_EDIT, case)
    assert not permissions.allowed(person, P.APPLICATION_VIEW, other)
    assert list(permissions.visible(person, P.APPLICATION_VIEW, Application.objects.all())) == [case]
    assert list(permissions.holders(P.APPLICATION_VIEW, case)) == [person]
    permissions.revoke(person, P.APPLICATION_VIEW, case)
    assert not permissions.allowed(person, P.APPLICATION_VIEW, case)


@pytest.mark.parametrize("role", Role)
def test_a_role_gives_exactly_its_rights(person: User, case: Application, role: Role) -> None:
    grant_role(user=person, role=role, by=None)
    person = User.objects.get(pk=person.pk)
    assert {right for right in P if permissions.allowed(person, right)} == ROLES[role]
    assert permissions.allowed(person, P.APPLICATION_VIEW, case) == (P.APPLICATION_VIEW in ROLES[role])


def test_no_role_edits_or_signs_for_an_applicant() -> None:
    for rights in ROLES.values():
        assert not rights & {P.APPLICATION_EDIT, P.APPLICATION_SUBMIT, P.AGREEMENT_SIGN, P.PACKAGE_DOWNLOAD}


def test_panel_and_approver_share_no_right_to_act() -> None:
    acting = {P.PANEL_VOTE, P.PANEL_CHAIR, P.CASE_DECIDE, P.APPLICATION_REVIEW}
    assert not ROLES[Role.PANEL_CHAIR] & ROLES[Role.APPROVER] & acting


def test_every_role_has_a_label() -> None:
    assert set(LABELS) == set(ROLES) == set(Role)


def test_a_group_that_is_no_role_gives_nothing(person: User) -> None:
    person.groups.add(Group.objects.create(name="everything"))
    assert permissions.role_rights(person) == frozenset()


def test_an_inactive_person_and_nobody_are_refused(person: User, case: Application) -> None:
    permissions.grant(person, P.APPLICATION_VIEW, case)
    person.is_active = False
    for who in (person, AnonymousUser()):
        with pytest.raises(NotAllowed):
            permissions.require(who, P.APPLICATION_VIEW, case)
        assert not permissions.visible(who, P.APPLICATION_VIEW, Application.objects.all()).exists()
    assert not permissions.holders(P.APPLICATION_VIEW, case).filter(is_active=False).exists()


def test_a_right_is_not_asked_of_another_kind_of_object(person: User, case: Application) -> None:
    with pytest.raises(ValueError, match="is not a right on"):
        permissions.allowed(person, P.AGREEMENT_VIEW, case)


def test_accounts_refuse_weak_passwords_and_taken_addresses() -> None:
    create_account(email="One@Example.org", name="One", password="a long enough phrase", by=None)
    with pytest.raises(Invalid, match="already an account"):
        create_account(email="one@example.ORG", name="Two", password="a long enough phrase", by=None)
    with pytest.raises(Invalid, match="too short"):
        create_account(email="two@example.org", name="Two", password="short", by=None)
