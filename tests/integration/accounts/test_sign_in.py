"""Signing in and out: by form, recorded, and telling nobody who has an account."""

import pytest
from django.test import Client
from django.urls import reverse

from dars.accounts.models import User
from dars.audit.selectors import matching

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


@pytest.fixture
def person() -> User:
    return User.objects.create_user(email="person@example.org", name="A Person", password=PASSWORD)


def attempt(client: Client, email: str, password: str, **more: str) -> object:
    return client.post(reverse("accounts:sign-in"), {"username": email, "password": password, **more})


def test_whatever_the_case_of_the_address(client: Client, person: User) -> None:
    response = attempt(client, "Person@Example.ORG", PASSWORD)
    assert (response.status_code, response.url) == (302, "/")
    assert matching(kind="account.signed_in", subject=f"user:{person.pk}").count() == 1


def test_both_failures_read_the_same(client: Client, person: User) -> None:
    wrong, unknown = attempt(client, person.email, "wrong"), attempt(client, "nobody@example.org", "wrong")
    User.objects.filter(pk=person.pk).update(is_active=False)
    closed = attempt(client, person.email, PASSWORD)
    for response in (wrong, unknown, closed):
        assert response.status_code == 422
        assert "The e-mail address or the password is not right." in response.content.decode()
    assert matching(kind="account.sign_in_failed").count() == 2  # an unknown address leaves no trace of itself


def test_what_was_typed_is_kept_but_not_the_password(client: Client, person: User) -> None:
    text = attempt(client, person.email, "a-wrong-secret").content.decode()
    assert person.email in text
    assert "a-wrong-secret" not in text


def test_empty_fields_are_named_and_linked(client: Client) -> None:
    text = attempt(client, "", "").content.decode()
    assert "Enter your e-mail address" in text and 'href="#id_username"' in text
    assert "Enter your password" in text and 'href="#id_password"' in text


def test_what_no_database_takes_is_no_address(client: Client) -> None:
    assert attempt(client, "per\0son@example.org", PASSWORD).status_code == 422


def test_an_address_with_a_nul_leads_nowhere(client: Client, person: User) -> None:
    client.force_login(person)
    assert client.get("/applications/DARS%00/").status_code == 404


def test_it_leads_on_to_where_one_wanted_but_to_no_other_host(client: Client, person: User) -> None:
    assert attempt(client, person.email, PASSWORD, next="/audit/").url == "/audit/"
    client.logout()
    assert attempt(client, person.email, PASSWORD, next="https://elsewhere.example/").url == "/"


def test_signing_out_needs_a_press_of_the_button(client: Client, person: User) -> None:
    client.force_login(person)
    assert client.get(reverse("accounts:sign-out")).status_code == 405
    assert client.post(reverse("accounts:sign-out")).status_code == 302
    assert "_auth_user_id" not in client.session
    assert matching(kind="account.signed_out").count() == 1


def test_a_form_without_its_token_is_explained(person: User) -> None:
    client = Client(enforce_csrf_checks=True)
    response = attempt(client, person.email, PASSWORD)
    assert response.status_code == 403
    assert "Send the form again" in response.content.decode()


def test_headers_on_every_page(client: Client) -> None:
    response = client.get(reverse("accounts:sign-in"))
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    nonce = policy.partition("'nonce-")[2].partition("'")[0]
    assert f'nonce="{nonce}"' in response.content.decode()
    assert client.get(reverse("accounts:sign-in"))["Content-Security-Policy"] != policy
    assert response["Cache-Control"] == "no-store" or "no-store" in response["Cache-Control"]
    assert (response["X-Frame-Options"], response["X-Content-Type-Options"]) == ("DENY", "nosniff")
