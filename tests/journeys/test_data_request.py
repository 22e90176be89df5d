"""Choosing data: the catalogue, what is missing and counted while one chooses, the limit, the keyboard alone."""

import datetime as dt
from itertools import combinations

import pytest
from playwright.sync_api import Browser, Page, expect

from deploy.local import examples
from deploy.local.visitor import Disappointed, Visitor
from tests.journeys.conftest import House
from tests.journeys.people import Visit, tab_to, visiting

pytestmark = pytest.mark.browser
LOOKS_OF_A_PERSON = 20  # an hour
MODALITIES = "XUCMFNPS"


def new_case(visit: Visit, title: str) -> str:
    visit.open("/applications/new/")
    visit.fill([("title", title)])
    visit.press("Start")
    return visit.page.url.rstrip("/").split("/")[-2]


def study(code: str = "UWX01", body: str = "wessex") -> examples.Example:
    return examples.lung_cancer_study(
        organisation=code,
        recipients=[f"analyst@{body}.example"],
        signatories=[f"signatory@{body}.example"],
        starts=dt.date.today() + dt.timedelta(days=1),  # noqa: DTZ011 — as a person would type it
    )


def over_http(house: House, who: str) -> Visitor:
    visitor = Visitor(house.base_url)
    visitor.sign_in(house.person(who)["email"], house.cast["password"], house.person(who).get("totp", ""))
    return visitor


def fields(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def save_and_leave(page: Page) -> None:
    """Saves the section by keyboard, and waits: whoever opens the next page at once cuts the sending off."""
    tab_to(page, page.get_by_role("button", name="Save and go to all sections"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/tasks/")


def test_from_the_catalogue_to_a_request_with_reasons_and_counts(browser: Browser, house: House) -> None:
    with visiting(browser, house, "applicant@wessex") as visit:
        page = visit.page
        visit.open("/catalogue/")
        page.get_by_label("Search fields, meanings and codes").fill("ethnicity")
        visit.press("Search")
        visit.follow("Ethnic category")
        expect(page.get_by_role("cell", name="White: British").first).to_be_visible()
        visit.open("/catalogue/did/")

        reference = new_case(visit, "Chest X-rays before lung cancer")
        chosen = study()
        for section in ("data", "fields-hes_apc", "fields-cancer", "records"):
            visit.be_at(f"/applications/{reference}/sections/{section}/")
            visit.fill(examples.form_data(section, chosen))
            visit.press("Save and continue")

        # While fields are chosen, the page says what is still missing and how the request compares.
        visit.open(f"/applications/{reference}/sections/fields-did/")
        box = page.locator("[data-live]")
        expect(box).to_contain_text("2 of 13 fields")
        visit.fill([("fields-age", "band_10"), ("fields-did_date3", "day")])
        expect(box).to_contain_text("3 of 15 fields", timeout=15_000)
        expect(box).to_contain_text("1 reason is missing")
        expect(page.locator("#fields-did_date3")).to_contain_text("Full date, such as 2026-05-14")
        visit.press("Save and continue")
        expect(page.get_by_role("alert").first).to_contain_text("Say why Date of test is needed as: Full date")
        visit.fill([("reasons-did_date3", "We count the days from the X-ray to the diagnosis.")])
        visit.press("Save and continue")

        visit.open(f"/applications/{reference}/request/")
        expect(page.get_by_role("main")).to_contain_text("Nothing: every question about the data is answered.")
        expect(page.get_by_role("main")).to_contain_text("We count the days from the X-ray to the diagnosis.")
        expect(page.get_by_role("main")).to_contain_text("Who would stand out")
        if page.get_by_role("button", name="Count people and tests").count():  # else told before: see below
            visit.press("Count people and tests")
        expect(page.locator("dl", has_text="Imaging tests").first).to_contain_text("about")
        expect(page.get_by_role("main")).to_contain_text("Not counted, so the extract may hold fewer")

        # A place finer than is released is refused in words, at the condition.
        visit.open(f"/applications/{reference}/sections/records/")
        visit.fill([("filters-0-field", "did.ic_lsoa"), ("filters-0-values", "E01999999")])
        visit.press("Save and continue")
        expect(page.get_by_role("alert").first).to_contain_text("tells where everybody in the file lives")


def test_who_looks_too_often_is_told_when_to_come_again(browser: Browser, house: House) -> None:
    with visiting(browser, house, "applicant@underwell") as visit:
        reference = new_case(visit, "How often people are scanned")
        with over_http(house, "applicant@underwell") as quick:
            refused = look_until_refused(quick, reference)
        assert "Ask again after" in refused
        visit.open(f"/applications/{reference}/request/")
        visit.problems.clear()
        visit.page.get_by_role("button", name="Count people and tests").click()
        expect(visit.page.get_by_role("alert")).to_contain_text("as many as we answer")
        expect(visit.page.get_by_role("alert")).to_contain_text("Ask again after")
        visit.problems.clear()  # the browser's console names each answer 429
        visit.look()


def look_until_refused(visitor: Visitor, reference: str) -> str:
    """Asks for one count after another, each of other kinds of imaging; returns what the page that refuses says."""
    request = examples.insurance_request(
        organisation="CUI03",
        recipients=["applicant@underwell.example"],
        signatories=["applicant@underwell.example"],
        starts=dt.date.today(),  # noqa: DTZ011
    )
    data = visitor.open(f"/applications/{reference}/sections/data/")
    visitor.press(data, "Save and go to all sections", fields(examples.form_data("data", request)))
    page = visitor.open(f"/applications/{reference}/request/")
    for pair in list(combinations(MODALITIES, 2))[: LOOKS_OF_A_PERSON + 1]:
        asked = {"filters-0-field": "did.modality", "filters-0-values": ", ".join(pair)}
        records = visitor.open(f"/applications/{reference}/sections/records/")
        visitor.press(records, "Save and go to all sections", asked)
        try:
            visitor.press(page, "Count people and tests")
        except Disappointed as told:
            return str(told)
    return "never"


def test_with_the_keyboard_alone(browser: Browser, house: House) -> None:
    with visiting(browser, house, "applicant@wessex") as visit:
        page, keys = visit.page, visit.page.keyboard
        visit.open("/catalogue/")
        tab_to(page, page.get_by_label("Search fields, meanings and codes"))
        keys.type("ultrasound")
        keys.press("Enter")
        page.wait_for_url("**ultrasound**")
        found = page.get_by_role("main").get_by_role("link", name="Modality", exact=True)
        tab_to(page, found)
        keys.press("Enter")
        expect(page.locator("h1")).to_contain_text("Modality")

        reference = new_case(visit, "Ultrasound by region")
        visit.open(f"/applications/{reference}/sections/data/")
        tab_to(page, page.locator('[name="datasets"][value="did"]'))
        keys.press("Space")
        for name, value in (("period_from-month", "4"), ("period_from-year", "2026"), ("period_to-month", "5")):
            tab_to(page, page.locator(f'[name="{name}"]'))
            keys.type(value)
        tab_to(page, page.locator('[name="period_to-year"]'))
        keys.type("2026")
        save_and_leave(page)
        visit.open(f"/applications/{reference}/sections/fields-did/")
        choice = page.locator("#fields-age")
        tab_to(page, choice)
        keys.type("5-year")
        expect(choice).to_have_value("band_5")
        tab_to(page, page.locator("summary", has_text="Reason: needed for 5-year"))
        keys.press("Enter")
        tab_to(page, page.locator("#reasons-age"))
        keys.type("Screening starts at 55, which ten-year bands hide.")
        save_and_leave(page)
        visit.open(f"/applications/{reference}/request/")
        button = page.get_by_role("button", name="Count people and tests")
        if button.count():  # a service that runs on may have told the organisation already
            tab_to(page, button)
            keys.press("Enter")
        expect(page.locator("dl", has_text="Imaging tests").first).to_contain_text("about")
        expect(page.get_by_role("main")).to_contain_text("Screening starts at 55")
