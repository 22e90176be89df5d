"""What a request that can't be read is answered: a page in words, whatever was too large or wrong."""

import pytest
from django.template.loader import render_to_string
from django.test import Client

from dars.accounts.public import User
from dars.core.forms import NOT_OFFERED
from dars.panels.meeting_forms import AgendaForm, MeetingForm

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "form",
    [{"email": "x" * 6_000_000}, {f"field{place}": "x" for place in range(1_500)}],
    ids=["a text of 6 MB", "1,500 answers"],
)
def test_a_form_that_is_too_large_is_answered_in_words(client: Client, form: dict[str, str]) -> None:
    answer = client.post("/sign-in/", form)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "What you sent is too large" in page and "Go back in your browser" in page
    assert "xxx" not in page


def test_another_hosts_name_is_answered_without_a_page_of_ours(client: Client, settings: object) -> None:
    settings.ALLOWED_HOSTS = ["dars.example"]
    answer = client.get("/", headers={"host": "elsewhere.example"})
    assert answer.status_code == 400
    assert answer.content.decode() == "This service does not answer under that address.\n"


def test_a_refusal_says_which_roles_may_and_leads_back(client: Client) -> None:
    person = User.objects.create_user(email="ann@example.org", name="Ann", password="x")
    client.force_login(person)
    page = client.get("/precedents/new/", headers={"referer": "http://testserver/meetings/?page=2"})
    assert page.status_code == 403
    words = page.content.decode()
    assert "It takes one of these roles: Panel chair, Panel secretariat." in words
    assert 'href="/meetings/?page=2"' in words
    for elsewhere in ("https://elsewhere.example/meetings/", "http://testserver//elsewhere.example/", ""):
        page = client.get("/precedents/new/", headers={"referer": elsewhere})
        assert "the page you came from" not in page.content.decode()


def test_what_any_field_may_be_told_is_in_words_and_repeats_nothing_that_was_sent(client: Client) -> None:
    form = AgendaForm({"case": "DARS-NIC-000001-B2C3D", "minutes": "20"}, cases=[])
    assert form.errors["case"] == [NOT_OFFERED]
    form = MeetingForm({"place": "x" * 201, "starts_at": "10:00"})
    assert form.errors["place"] == ["Shorten this to 200 characters. It has 201."]
    summary = render_to_string("panels/meeting_form.html", {"form": form, "title": "Plan", "meeting": None})
    assert f"{form['place'].label}: Shorten this to 200 characters." in summary
