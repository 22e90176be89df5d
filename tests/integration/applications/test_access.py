"""The pages of a case for two rivals, colleagues, staff and strangers; every address is in the permission matrix."""

import pytest
from django.test import Client
from django.urls import reverse

from dars.accounts.public import User
from dars.applications.models import Application
from tests.integration.applications.cases import Side, person, signed_in

SIGN_IN, REFUSED = 302, 403  # pages lead strangers to the sign-in page; the interface refuses them
# page: (more arguments, what its own team gets, what a role that reads cases gets, what everyone else gets)
CASE_PAGES = {
    "case": ((), 200, 200, 404),
    "tasks": ((), 200, 403, 404),
    "section": (("purpose",), 200, 403, 404),
    "check": ((), 200, 403, 404),
    "withdraw": ((), 200, 403, 404),
    "team": ((), 200, 403, 404),
    "api-detail": ((), 200, 200, 404),
}
READ_ONLY = {"case", "tasks", "api-detail"}
READING_ROLES = {
    "ig_reviewer",
    "production_reviewer",
    "panel_member",
    "panel_chair",
    "approver",
    "auditor",
    "secretariat",
}


def address(name: str, application: Application) -> str:
    return reverse(f"applications:{name}", args=[application.reference, *CASE_PAGES[name][0]])


def unknown_gets(name: str) -> int:
    return REFUSED if name.startswith("api-") else SIGN_IN


@pytest.mark.parametrize("name", CASE_PAGES)
def test_reading(draft: Application, north: Side, south: Side, staff: dict[str, User], name: str) -> None:
    _, ours, readers, others = CASE_PAGES[name]
    target = address(name, draft)
    assert signed_in(north.applicant).get(target).status_code == ours
    for user in (south.applicant, south.people["signatory"], north.people["recipient"], person("stranger")):
        assert signed_in(user).get(target).status_code == others, user
    for role, user in staff.items():
        assert signed_in(user).get(target).status_code == (readers if role in READING_ROLES else others), role
    assert Client().get(target).status_code == unknown_gets(name)


@pytest.mark.parametrize("name", CASE_PAGES)
def test_writing(draft: Application, north: Side, south: Side, staff: dict[str, User], name: str) -> None:
    target = address(name, draft)
    before = Application.objects.values().get(pk=draft.pk)
    data = {"version": "0", "aim": "Mine", "declaration": "yes", "reason": "Mine", "person": "a@example.org"}
    for user in (south.applicant, person("stranger"), *staff.values()):
        assert signed_in(user).post(target, data).status_code in {403, 404, 405}, user
    assert Client().post(target, data).status_code == unknown_gets(name)
    assert Application.objects.values().get(pk=draft.pk) == before
    if name in READ_ONLY:
        assert signed_in(north.applicant).post(target, data).status_code == 405


@pytest.mark.parametrize("name", ["list", "api-list"])
def test_lists_hold_only_what_the_person_may_read(
    draft: Application, north: Side, south: Side, staff: dict[str, User], name: str
) -> None:
    target = reverse(f"applications:{name}")
    assert draft.reference in signed_in(north.applicant).get(target).content.decode()
    for user in (south.applicant, north.people["signatory"], person("stranger")):
        assert draft.reference not in signed_in(user).get(target).content.decode()
    readers = name == "api-list"
    assert (draft.reference in signed_in(staff["auditor"]).get(target).content.decode()) is readers
    assert Client().get(target).status_code == unknown_gets(name)


def test_only_applicants_start_and_only_for_their_own(north: Side, south: Side, staff: dict[str, User]) -> None:
    target = reverse("applications:new")
    assert signed_in(north.applicant).get(target).status_code == 200
    for user in (north.people["signatory"], staff["administrator"], person("stranger")):
        assert signed_in(user).get(target).status_code == 403
        assert signed_in(user).post(target, {"title": "A study", "organisation": "XNU"}).status_code == 403
    assert signed_in(south.applicant).post(target, {"title": "A study", "organisation": "XNU"}).status_code == 422
    assert not Application.objects.exists()


def test_being_a_superuser_opens_no_case(draft: Application) -> None:
    user = person("root")
    User.objects.filter(pk=user.pk).update(is_superuser=True)
    for name in CASE_PAGES:
        assert signed_in(user).get(address(name, draft)).status_code == 404


def test_a_reference_that_does_not_exist_looks_like_one_that_may_not_be_seen(draft: Application, south: Side) -> None:
    client = signed_in(south.applicant)
    hidden = client.get(address("case", draft))
    missing = client.get(reverse("applications:case", args=["DARS-NIC-000000-ZZZZZ"]))
    assert (hidden.status_code, hidden.content.count(b"may not see it")) == (404, 1)
    assert (missing.status_code, missing.content.count(b"may not see it")) == (404, 1)
