"""What a request that can't be read is answered: a page in words, whatever was too large or wrong."""

import pytest
from django.test import Client

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
