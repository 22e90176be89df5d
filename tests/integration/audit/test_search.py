"""The auditor's page finds events, and reading it is an event."""

import re

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from dars.accounts.models import User
from dars.accounts.services import grant_role
from dars.audit.selectors import matching
from dars.audit.services import record
from dars.core.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor(client: Client) -> User:
    user = User.objects.create_user(email="auditor@example.org", name="Aled Marsh")
    grant_role(user=user, role=Role.AUDITOR, by=None)
    client.force_login(user)
    with transaction.atomic():
        for number in range(60):
            record("account.role_granted", by=user, subject=f"user:{number}", case=f"DARS-{number % 2}", role="auditor")
    return user


def test_finds_by_case_and_pages_through(client: Client, auditor: User) -> None:
    everything = client.get(reverse("audit:search")).content.decode()
    assert 'aria-label="Page 2"' in everything
    one_case = client.get(reverse("audit:search"), {"case": "DARS-1"}).content.decode()
    assert "30 events" in one_case and "DARS-0" not in one_case
    assert "No event matches." in client.get(reverse("audit:search"), {"case": "DARS-9"}).content.decode()


def test_two_pages_share_no_event_although_each_look_is_one(client: Client, auditor: User) -> None:
    first = client.get(reverse("audit:search")).content.decode()
    client.get(reverse("audit:search"))  # somebody else looks meanwhile
    (second_page,) = set(re.findall(r'href="(\?[^"]*page=2)"', first))
    second = client.get(reverse("audit:search") + second_page.replace("&amp;", "&")).content.decode()
    subjects = [re.findall(r"user:\d+", page) for page in (first, second)]
    assert len(subjects[0]) >= 50 and len(subjects[1]) >= 10
    assert not set(subjects[0]) & set(subjects[1]) - {f"user:{auditor.pk}"}
    assert "61 events" in first and "61 events" in second  # the role that was given first, and sixty


@pytest.mark.parametrize("asked_at", ["yesterday", "2026-11-28", "2026-11-28T10:00:00", "\x00"])
def test_a_link_that_was_tampered_with_is_a_first_look(client: Client, auditor: User, asked_at: str) -> None:
    assert "61 events" in client.get(reverse("audit:search"), {"asked_at": asked_at}).content.decode()


def test_a_search_is_recorded_with_its_case(client: Client, auditor: User) -> None:
    client.get(reverse("audit:search"), {"case": "DARS-1"})
    event = matching(kind="audit.searched").get()
    assert (event.actor, event.case) == (f"user:{auditor.pk}", "DARS-1")


def test_what_is_no_case_does_not_get_into_the_log(client: Client, auditor: User) -> None:
    client.get(reverse("audit:search"), {"case": "9990000018"})
    assert matching(kind="audit.searched").get().case == ""


def test_takes_the_same_number_of_queries_however_long_the_log(
    client: Client, auditor: User, django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(14):
        client.get(reverse("audit:search"))


def test_others_are_refused(client: Client, auditor: User) -> None:
    client.force_login(User.objects.create_user(email="other@example.org", name="Other"))
    assert client.get(reverse("audit:search")).status_code == 403
