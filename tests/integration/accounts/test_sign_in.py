"""Signing in and out: by form, recorded, and telling nobody who has an account."""

import time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dars.accounts import guesses
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


LOCKED = "There were too many attempts to sign in. Try again in 5 minutes."


def test_five_wrong_passwords_lock_whether_or_not_there_is_such_an_account(
    person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for address in (person.email, "nobody@example.org"):
        stranger = Client()
        assert [attempt(stranger, address, "wrong").status_code for _ in range(5)] == [422] * 5
        for password in ("wrong", PASSWORD):
            refusal = attempt(Client(), address.upper(), password)
            assert refusal.status_code == 429 and LOCKED in refusal.content.decode()
            assert address in refusal.content.decode().lower()
    assert matching(kind="account.sign_in_failed").count() == 5
    assert matching(kind="account.sign_in_locked", subject=f"user:{person.pk}").count() == 1
    instant = time.time() + 301
    monkeypatch.setattr(time, "time", lambda: instant)
    assert attempt(Client(), person.email, PASSWORD).status_code == 302


def test_a_stranger_who_guesses_locks_nobody_out_of_a_browser_they_know(person: User) -> None:
    known, stranger = Client(), Client()
    for _ in range(7):  # a right password is never counted
        assert attempt(known, person.email, PASSWORD).status_code == 302
        known.post(reverse("accounts:sign-out"))
    for _ in range(6):
        locked = attempt(stranger, person.email, "wrong")
    assert locked.status_code == 429
    assert attempt(known, person.email, "wrong").status_code == 422
    assert attempt(known, person.email, PASSWORD).status_code == 302
    cookie = known.cookies[guesses.COOKIE]
    assert cookie["httponly"] and cookie["samesite"] == "Lax"


def test_a_known_browser_has_no_more_guesses_and_is_known_for_its_person_alone(person: User) -> None:
    other = User.objects.create_user(email="other@example.org", name="Other", password=PASSWORD)
    known = Client()
    attempt(known, person.email, PASSWORD)
    known.post(reverse("accounts:sign-out"))
    assert [attempt(known, person.email, "wrong").status_code for _ in range(6)] == [422] * 5 + [429]
    for _ in range(5):
        attempt(Client(), other.email, "wrong")
    assert attempt(known, other.email, PASSWORD).status_code == 429
    known.cookies[guesses.COOKIE] = known.cookies[guesses.COOKIE].value[:-1] + "x"
    assert attempt(known, person.email, PASSWORD).status_code == 302  # counted as a stranger, of whom there was none


def test_many_addresses_guessed_from_one_network_are_too_many(person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(guesses._STRANGERS, "sign_in", guesses._STRANGERS["sign_in"].replace("60/", "3/"))
    for number in range(3):
        assert attempt(Client(), f"p{number}@example.org", "wrong").status_code == 422
    assert attempt(Client(), person.email, PASSWORD).status_code == 429
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert attempt(elsewhere, person.email, PASSWORD).status_code == 302


def test_behind_a_proxy_the_network_is_the_client_s(
    person: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    monkeypatch.setitem(guesses._STRANGERS, "sign_in", guesses._STRANGERS["sign_in"].replace("60/", "1/"))
    here, there = Client(HTTP_X_FORWARDED_FOR="192.0.2.7"), Client(HTTP_X_FORWARDED_FOR="192.0.2.8")
    assert attempt(here, "nobody@example.org", "wrong").status_code == 422
    assert attempt(here, person.email, PASSWORD).status_code == 429
    assert attempt(there, person.email, PASSWORD).status_code == 302


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
