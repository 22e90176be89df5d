"""The catalogue, the request at a glance with its counts, and what those who judge a case are shown of it."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from lxml import html

from dars.accounts.public import grant_role
from dars.applications import services
from dars.applications.request_catalogue import search, shown
from dars.core.errors import DomainError
from dars.core.roles import Role
from extracts.catalogue import counting
from extracts.catalogue.public import DATASETS, Counted, register_counter
from tests.integration.applications.cases import Side, fill, person, signed_in, start

REASON = "We count the days from the chest X-ray to the diagnosis."


class TooMany(DomainError):
    status = 429


class Asked:
    """A counter of the test's own: knows what it was asked, and refuses if it is told to."""

    def __init__(self) -> None:
        self.looks: list[Any] = []
        self.full = False

    def __call__(self, question: Any, *, by: Any, organisation: str, case: str, look: bool) -> Counted | None:
        if not look and question not in self.looks:
            return None
        if self.full:
            raise TooMany("You have asked for 20 different counts within an hour. Ask again after 3:00pm.")
        self.looks.append(question)
        self.told = (by, organisation, case)
        return Counted(
            "about 1,200", "about 3,400", left_out=question.uncounted, as_of="June 2026", months="April 2026"
        )


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    monkeypatch.setattr(counting, "_counter", list(counting._counter))
    counter = Asked()
    register_counter(counter)
    return counter


def text(response: Any) -> str:
    return " ".join(html.fromstring(response.content).xpath("//main")[0].text_content().split())


def test_the_catalogue_is_open_to_anybody_signed_in_and_asks_no_database_for_itself(north: Side) -> None:
    client = signed_in(person("stranger"))
    page = text(client.get("/catalogue/did/did_ethcat/"))
    for words in ("White: British", "Ethnic group", "Sensitive (special category)", "DARS standard 3", "Not needed"):
        assert words in page
    assert "Diagnostic Imaging Dataset" in text(client.get("/catalogue/"))
    assert "Lower layer super output area" in text(client.get("/catalogue/did/"))
    assert client.get("/catalogue/did/nothing/").status_code == client.get("/catalogue/gp/").status_code == 404
    with CaptureQueriesContext(connection) as small:
        client.get("/catalogue/cancer/")
    with CaptureQueriesContext(connection) as large:
        client.get("/catalogue/did/")
    assert len(small) == len(large)


def test_a_search_finds_fields_by_meaning_and_by_the_words_of_codes() -> None:
    def names(words: str) -> list[str]:
        return [f"{found.dataset.name}.{found.field.name}" for found in search(words)]

    assert names("ethnicity") == ["did.did_ethcat", "hes_apc.ethnos"]
    assert names("ULTRASOUND") == ["did.modality"]
    assert search("ultrasound")[0].codes == ("U: Ultrasound",)
    assert names("waiting list quarks") == []
    assert [one.shows for one in shown(DATASETS["did"].field("did_date3"))] == ["2026", "2026-05", "2026-05-14"]


def test_a_search_that_finds_nothing_says_so_and_keeps_what_was_typed(north: Side) -> None:
    response = signed_in(north.applicant).get("/catalogue/", {"q": "<b>quarks"})
    assert "No field has all of these words" in text(response)
    assert b"<b>quarks" not in response.content and b"&lt;b&gt;quarks" in response.content


def test_the_request_at_a_glance(north: Side, asked: Asked) -> None:
    application = start(north)
    client = signed_in(north.applicant)
    address = f"/applications/{application.reference}/request/"
    page = text(client.get(address))
    assert "No field is asked for yet" in page
    assert "Give the first and the last month" in page
    fill(application, north)
    page = text(client.get(address))
    assert "Nothing: every question about the data is answered." in page
    assert "3 of 26 fields are asked for in a more revealing form" in page
    assert REASON in page and "People of whom somebody knows the day" in page
    assert "Count people and tests" in page and "about 1,200" not in page
    assert asked.looks == []  # nothing is counted before somebody asks
    page = text(client.post(address, follow=True))
    assert "about 1,200" in page and "Cancer registrations: Site of the tumour" in page
    assert asked.told == (north.applicant, "XNU", application.reference)
    assert "about 1,200" in text(client.get(address))


def test_the_line_beside_the_questions_shows_a_count_that_was_told_and_never_takes_a_look(
    north: Side, asked: Asked
) -> None:
    application = fill(start(north), north)
    client = signed_in(north.applicant)
    section = f"/applications/{application.reference}/sections/fields-did/"
    live = f"/applications/{application.reference}/request/summary/"
    for address in (section, live):
        page = " ".join(client.get(address).content.decode().split())
        assert "Not counted yet as it stands now" in page and "about 1,200" not in page.lower()
    assert asked.looks == []
    client.post(f"/applications/{application.reference}/request/")
    for address in (section, live):
        page = " ".join(client.get(address).content.decode().split())
        assert "About 1,200 people and about 3,400 imaging tests, April 2026" in page
    filters = [{"dataset": "did", "field": "modality", "values": ["X"]}]
    application.answers["data"]["filters"] = filters  # another request: not told yet
    application.save(update_fields=["answers"])
    assert "Not counted yet" in client.get(live).content.decode()
    assert len(set(asked.looks)) == 1


def test_who_has_looked_too_often_is_told_when_to_come_again(north: Side, asked: Asked) -> None:
    application = fill(start(north), north)
    asked.full = True
    response = signed_in(north.applicant).post(f"/applications/{application.reference}/request/")
    assert response.status_code == 429
    assert "Ask again after 3:00pm" in text(response)
    assert "3 of 26 fields" in text(response)


def test_without_a_counter_the_page_says_that_there_are_no_counts(north: Side, monkeypatch: Any) -> None:
    monkeypatch.setattr(counting, "_counter", [])
    application = fill(start(north), north)
    response = signed_in(north.applicant).post(f"/applications/{application.reference}/request/")
    assert "There are no counts yet" in text(response)


def test_the_sections_about_the_data_say_how_far_the_request_is(north: Side) -> None:
    application = fill(start(north), north)
    application.answers["data"]["field_reasons"].pop("did.did_date3")
    application.save(update_fields=["answers"])
    client = signed_in(north.applicant)
    page = client.get(f"/applications/{application.reference}/sections/fields-did/")
    assert "3 of 26 fields" in text(page) and "1 reason is missing" in text(page)
    assert "Full date, such as 2026-05-14" in text(page)
    fragment = client.get(f"/applications/{application.reference}/request/summary/")
    assert b"1 reason is missing" in fragment.content and b"<html" not in fragment.content
    assert "Your request so far" not in text(client.get(f"/applications/{application.reference}/sections/purpose/"))


def test_a_condition_finer_than_what_is_released_is_refused_where_it_was_typed(north: Side) -> None:
    """Also while other parts of the application are empty: nobody should learn of it at the end."""
    application = fill(start(north), north)
    application.answers = {"data": application.answers["data"]}
    application.save(update_fields=["answers"])
    address = f"/applications/{application.reference}/sections/records/"
    typed = {"asked": "filters", "filters-0-field": "did.ic_lsoa", "filters-0-values": "E01999999"}
    page = signed_in(north.applicant).post(address, typed, follow=True)
    told = html.fromstring(page.content).xpath("//*[@role='alert']")[0].text_content()
    assert "tells where everybody in the file lives" in told
    assert 'href="#filters-0-field"' in page.content.decode()


def test_whoever_judges_the_case_reads_the_comparison_and_each_reason(north: Side) -> None:
    application = fill(start(north), north)
    services.submit(application=application, by=north.applicant)
    for role in (Role.IG_REVIEWER, Role.PANEL_MEMBER, Role.APPROVER):
        user = person(role.value)
        grant_role(user=user, role=role, by=None)
        page = text(signed_in(user).get(f"/applications/{application.reference}/"))
        assert "What the request would reveal" in page and "3 of 26 fields" in page
        assert REASON in page and "Who would stand out" in page
    assert signed_in(north.applicant).get(f"/applications/{application.reference}/request/").status_code == 302
