"""Somebody else was first: the page of the refusal gives back what the person wrote, and nothing that is secret."""

import re

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from django.urls import resolve, reverse

from dars.applications import services
from dars.core.own_words import every_form, own_words
from tests.integration.applications.cases import fill, make_side, signed_in, start
from tests.integration.panels import world as w
from tests.integration.panels.test_panel_pages import browser, post

WROTE = "Sound.\n</textarea><script>alert('é & ü')</script>"


@pytest.fixture(autouse=True)
def _every_form() -> None:
    """Those of all pages, as when the service answers."""
    resolve("/")


def given_back(posted: dict) -> dict[str, str]:
    """By what the page asked."""
    return {words.label: words.text for words in own_words(RequestFactory().post("/", posted))}


FORMS = {
    "the words of a vote, whatever else it asks": (
        {"revision": 1, "choice": "support", "rationale": "So.", "conditions": ""},
        {"What are your reasons?": "So."},
    ),
    "rows of an advice, each by its number": (
        {
            "revision": 1,
            "summary": "So.",
            "words_1": "A.",
            "words_2": "B.",
            "due_1": "special",
            "what_term__reason": "C.",
        },
        {
            "Summary of the panel’s reasons": "So.",
            "Condition (1)": "A.",
            "Condition (2)": "B.",
            "What is to change?": "C.",
        },
    ),
    "parts of the minutes": (
        {"version": 2, "words_0": "Opened at 10.", "words_4": "Closed."},
        {"Part of the minutes (1)": "Opened at 10.", "Part of the minutes (2)": "Closed."},
    ),
    "answers to changes": (
        {"answer-7": "Done.", "answer-9": " "},
        {"What did you change?": "Done."},
    ),
    "a certificate, but not the code it is signed with": (
        {"datasets": "All.", "media": "Disks.", "method": "Shredded.", "typed_name": "Ann Lee", "code": "123 456"},
        {
            "Which datasets and files were destroyed?": "All.",
            "From which systems and media?": "Disks.",
            "How were the data destroyed?": "Shredded.",
        },
    ),
    "a name that is a choice here and a text elsewhere": (
        {"attempt": 1, "verdict": "held", "reasons": "counts", "words": "Too many rows."},
        {"What did you find?": "Too many rows."},
    ),
    "no password, no code, no key": (
        {
            "password": "correct horse",
            "code": "123 456",
            "handed_over": "a b",
            "public_key": "PRIVATE KEY x",
            "q": "x y",
        },
        {},
    ),
}


@pytest.mark.parametrize(("posted", "told"), FORMS.values(), ids=FORMS)
def test_what_was_written_is_told_from_what_was_chosen_or_is_secret(posted: dict, told: dict) -> None:
    assert given_back(posted) == told


def test_no_secret_is_a_long_text() -> None:
    """Which is why nothing is told of secrets where words are given back."""
    texts = {
        name: form
        for form in every_form()
        for name, field in form.base_fields.items()
        if isinstance(field.widget, forms.Textarea)
    }
    assert len(texts) > 20
    assert not [name for name in texts if re.search("pass|code|key|token|secret|nhs", name)]


def test_a_file_is_not_given_back() -> None:
    file = SimpleUploadedFile("reason.txt", b"What is in a file.", "text/plain")
    assert list(given_back({"reason": file, "nature": "Mine."}).values()) == ["Mine."]


def test_nothing_is_given_back_of_a_page_that_is_only_looked_at() -> None:
    request = RequestFactory().get("/", {"reason": "So."})
    assert own_words(request) == []


@pytest.mark.django_db
def test_a_vote_on_what_has_changed_is_given_back_to_be_copied() -> None:
    world = w.build()
    application = w.with_panel(world)
    vote = {"revision": 7, "choice": "support", "rationale": WROTE}
    answer = post(world.chair, "panels:vote", application, vote)
    page = answer.content.decode()
    assert answer.status_code == 409 and "It was not saved" in page
    assert "&lt;/textarea&gt;&lt;script&gt;" in page and "<script>alert" not in page
    [area] = re.findall(r"<textarea[^>]*>", page)
    assert 'readonly="readonly"' in area and 'id="written-1"' in area and 'for="written-1"' in page
    looked_at = browser(world.chair).get(reverse("panels:vote", args=["DARS-NIC-000001-ZZZZZ"]))
    assert looked_at.status_code == 404 and "What you wrote" not in looked_at.content.decode()


@pytest.mark.django_db
def test_answers_to_an_application_that_was_submitted_meanwhile_are_given_back() -> None:
    north = make_side("XNU", "University of the North")
    application = fill(start(north), north)
    services.submit(application=application, by=north.applicant)
    answers = {"asked": ["aim", "harm"], "aim": WROTE, "version": "1", "base": '{"aim": "Before."}'}
    client = signed_in(north.applicant)
    address = reverse("applications:section", args=[application.reference, "purpose"])
    answer = client.post(address, answers)
    page = answer.content.decode()
    assert answer.status_code == 409 and "was submitted or withdrawn while you wrote" in page
    assert "&lt;/textarea&gt;&lt;script&gt;" in page and "<script>alert" not in page and "Before." not in page
    assert client.get(address).status_code == 302
