"""What a notice may say, how its letter reads, and when a failed one is tried again."""

import datetime as dt

import pytest

from dars.config import environment
from dars.notices import rules

FINE = {"kind": "application.returned", "subject": "Returned", "text": "Change it.", "link": "/applications/X/"}


def test_words_that_are_in_order_pass() -> None:
    rules.check(**FINE)
    rules.check(**{**FINE, "link": ""})


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "Returned!"},
        {"kind": "application.returned.twice"},
        {"subject": " "},
        {"subject": "One\nBcc: everybody@example.org"},
        {"subject": "x" * 201},
        {"text": " \n "},
        {"link": "https://elsewhere.example/"},
        {"link": "//elsewhere.example/"},
        {"link": "/\\elsewhere.example/"},
    ],
)
def test_words_that_no_notice_may_have(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        rules.check(**{**FINE, **wrong})


def test_each_wait_is_longer_until_nobody_waits() -> None:
    waits = []
    while (wait := rules.wait_after(len(waits) + 1)) is not None:
        waits.append(wait)
    assert waits == sorted(waits)
    assert sum(waits, dt.timedelta()) > dt.timedelta(days=2)  # a weekend without a mail server loses nothing


def test_a_letter_says_whom_it_is_for_and_where_to_go() -> None:
    letter = rules.letter(name="Asha Bello", text="Change it.\n\nBy Friday.", address="https://dars.example/a/")
    assert letter.startswith("Dear Asha Bello,\n\nChange it.\n\nBy Friday.\n\nhttps://dars.example/a/\n\n")
    assert rules.letter(name="", text="Come.", address="").startswith("Come.\n\nData Access")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://", ("127.0.0.1", 25, False, False)),
        ("smtp+tls://relay.example.nhs.uk", ("relay.example.nhs.uk", 587, True, False)),
        ("smtps://relay.example.nhs.uk:4650", ("relay.example.nhs.uk", 4650, False, True)),
    ],
)
def test_mail_servers_are_named_by_an_address(url: str, expected: tuple[str, int, bool, bool]) -> None:
    settings = environment.email(url)
    assert tuple(settings[name] for name in ("HOST", "PORT", "USE_TLS", "USE_SSL")) == expected


def test_passwords_of_mail_servers_and_folders_instead() -> None:
    settings = environment.email("smtps://service%40nhs:p%2Fw@relay.example")
    assert (settings["HOST_USER"], settings["HOST_PASSWORD"]) == ("service@nhs", "p/w")
    assert environment.email("file:///srv/mail")["FILE_PATH"] == "/srv/mail"
    with pytest.raises(ValueError, match="EMAIL_URL"):
        environment.email("http://relay.example")
