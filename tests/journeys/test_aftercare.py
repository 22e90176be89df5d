"""After a release, as a signatory, a recipient and colleagues live it; some of it with the keyboard alone."""

import datetime as dt
import os
import subprocess
import sys

import pytest
from playwright.sync_api import Browser, expect

from deploy.local.visitor import Authenticator
from tests.integration.accounts import factors
from tests.journeys.conftest import ROOT, House
from tests.journeys.people import Visit, tab_to, visiting

ORGANISATION = "/organisations/UEM09/"
REPORT = {"what": "A table of small numbers went to the wrong team.", "containment": "They deleted it."}


@pytest.fixture(scope="module")
def eastmere(house: House) -> House:
    """The service, with a university that holds data."""
    environment = {**os.environ, "STATE": str(house.state), **house.environment}
    environment["DJANGO_SETTINGS_MODULE"] = "dars.config.settings"
    words = "from tests.journeys import aftercare_world; aftercare_world.build()"
    command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", words]
    made = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    return house


def day(name: str, ahead: int) -> list[tuple[str, str]]:
    date = dt.datetime.now(tz=dt.UTC).date() + dt.timedelta(days=ahead)
    return [(f"{name}_{part}", str(getattr(date, part))) for part in ("day", "month", "year")]


def main(visit: Visit) -> object:
    return expect(visit.page.get_by_role("main"))


def file_of(visit: Visit) -> str:
    visit.open("/files/")
    return visit.page.get_by_role("link", name="did.csv.age").get_attribute("href")


def status_of(visit: Visit, address: str) -> int:
    """What the person's browser gets, in the session that is open."""
    return visit.page.request.get(visit.house.base_url + address).status


def record_ico(visit: Visit, ahead: int) -> None:
    visit.open(f"{ORGANISATION}assurances/")
    visit.fill([("kind", "ico"), ("reference", "ZZ654321"), ("evidence", "The register"), *day("expires_on", ahead)])
    visit.press("Record")


@pytest.mark.browser
def test_a_lapse_stops_downloads_until_a_person_lifts_it(browser: Browser, eastmere: House) -> None:
    with (
        visiting(browser, eastmere, "analyst@eastmere") as analyst,
        visiting(browser, eastmere, "reviewer@dars") as iris,
    ):
        file = file_of(analyst)
        assert status_of(analyst, "/oversight/") == 200
        submit_certificate(browser, eastmere, "Overwritten by tomorrow.")  # overdue: it would stop the file as well
        assert status_of(analyst, file) == 200
        record_ico(iris, -1)
        main(iris).to_contain_text("Data are stopped")
        assert status_of(analyst, file) == 409
        assert "expired on" in analyst.page.request.get(eastmere.base_url + file).text()
        analyst.open(ORGANISATION)
        main(analyst).to_contain_text("Data are stopped")
        record_ico(iris, 300)
        assert status_of(analyst, file) == 409  # a renewal alone does not start the data again
        iris.open("/organisations/")
        main(iris).to_contain_text("Waiting to be lifted")
        iris.open(ORGANISATION)
        tab_to(iris.page, iris.page.locator("main form[action$='/lift/'] button"))
        iris.page.keyboard.press("Enter")
        main(iris).to_contain_text("The stop is lifted")
        assert status_of(analyst, file) == 200


def submit_certificate(browser: Browser, house: House, backups: str) -> None:
    with visiting(browser, house, "signatory@eastmere") as signe:
        signe.follow("Certificates of destruction to submit")
        signe.follow("DARS-NIC-009902")
        words = [
            ("datasets", "All."),
            ("media", "Two servers."),
            ("processors", "None."),
            ("method", "Secure erasure."),
        ]
        signed = [("typed_name", "Signe Holm"), ("code", Authenticator.of(factors.SECRET).code())]
        signe.fill([*words, ("backups", backups), *day("destroyed_on", 0), *signed])
        signe.press("Sign and submit")
        main(signe).to_contain_text("Waiting for review")


@pytest.mark.browser
def test_a_certificate_is_returned_and_accepted(browser: Browser, eastmere: House) -> None:
    with visiting(browser, eastmere, "production@dars") as pavel:
        pavel.follow("Certificates of destruction to review")
        pavel.follow("DARS-NIC-009902")
        pavel.fill([("outcome", "returned")])
        pavel.page.get_by_role("main").get_by_role("button", name="Record the review").click()
        expect(pavel.page.get_by_role("alert")).to_contain_text("Give the reasons")
        pavel.problems.clear()  # the console tells of the 422
        pavel.look()
        pavel.fill([("outcome", "returned"), ("reasons", "Say on which day the last tape is gone.")])
        pavel.press("Record the review")
        main(pavel).to_contain_text("Why it was returned")
        submit_certificate(browser, eastmere, "The last tape was shredded today.")
        pavel.page.reload()
        pavel.fill([("outcome", "accepted")])
        pavel.press("Record the review")
        main(pavel).to_contain_text("Accepted")
    with visiting(browser, eastmere, "signatory@eastmere", "/agreements/DARS-NIC-009902-B2C3D-v1.0/") as signe:
        main(signe).to_contain_text("The case is closed")


@pytest.mark.browser
def test_an_incident_is_reported_without_patients_details(browser: Browser, eastmere: House) -> None:
    with visiting(browser, eastmere, "analyst@eastmere", "/oversight/incidents/") as analyst:
        analyst.follow("Report an incident")
        given = [("people_affected", "11-100"), ("containment", REPORT["containment"]), *day("noticed_on", 0)]
        analyst.fill([*given, ("what", "The row of 999 000 0018 went out.")])
        analyst.press("Report")
        expect(analyst.page.get_by_role("alert")).to_contain_text("ten digits like an NHS number")
        analyst.problems.clear()  # the console tells of the 422
        analyst.fill([("what", REPORT["what"])])
        analyst.press("Report")
        main(analyst).to_contain_text("The service has not assessed the report yet")
        page = analyst.page.url.removeprefix(eastmere.base_url)
    with visiting(browser, eastmere, "reviewer@dars") as iris:
        iris.follow("Reports of incidents to assess")
        iris.open(page)
        iris.fill([("outcome", "no_action"), ("reasons", "It was contained within the organisation.")])
        iris.press("Record the outcome")
        main(iris).to_contain_text("No further action")


@pytest.mark.browser
def test_whoever_leaves_is_out_also_where_they_are_signed_in(browser: Browser, eastmere: House) -> None:
    with (
        visiting(browser, eastmere, "leaver@eastmere") as lea,
        visiting(browser, eastmere, "signatory@eastmere") as signe,
    ):
        file = file_of(lea)
        assert status_of(lea, file) == 200
        signe.open(ORGANISATION)
        row = signe.page.get_by_role("row", name="Lea Varga")
        address = row.get_by_role("link").get_attribute("href")
        tab_to(signe.page, signe.page.locator(f"a[href='{address}']"))
        signe.page.keyboard.press("Enter")
        expect(signe.page.locator("h1")).to_have_text("Lea Varga leaves")
        signe.look()
        tab_to(signe.page, signe.page.locator("main form button"))
        signe.page.keyboard.press("Enter")
        main(signe).to_contain_text("Lea Varga has left")
        assert status_of(lea, file) == 404  # as for a stranger
        assert [status_of(lea, address) for address in (ORGANISATION, "/oversight/")] == [404, 403]
        lea.open("/files/")
        expect(lea.page.get_by_role("link", name="did.csv.age")).to_have_count(0)
