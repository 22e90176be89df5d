"""The applicant's journey in a browser: start, invite, work together, documents, papers, submit; also by keyboard."""

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from dars.applications.questions import words_in
from deploy.local import examples
from tests.integration.applications.cases import a_pdf
from tests.journeys.cases import study, written
from tests.journeys.conftest import House
from tests.journeys.people import NARROW, Visit, invited, tab_to, visiting

pytestmark = pytest.mark.browser
SAVED = re.compile(r"Saved at \d\d:\d\d")


def section(reference: str, key: str) -> str:
    return f"/applications/{reference}/sections/{key}/"


def wait_until_saved(page: Page) -> None:
    expect(page.locator("[data-saved]")).to_have_text(SAVED, timeout=20_000)


def test_two_people_write_one_application(browser: Browser, house: House) -> None:
    address = f"colleague.{time.time_ns()}@wessex.example"
    with visiting(browser, house, "applicant@wessex", "/applications/") as first:
        reference = first.start(examples.LUNG_CANCER_TITLE)
        first.follow("Colleagues who can edit this application")
        first.page.get_by_label("E-mail address").fill(address)
        first.page.get_by_label("This person works for").check()
        first.press("Send the invitation")
        expect(first.page.get_by_role("main")).to_contain_text("Invitations that are not accepted yet")
        with invited(browser, house, address, "applications") as second:
            second.open(section(reference, "purpose"))
            first.open(section(reference, "purpose"))
            expect(first.page.locator("[data-present]")).to_contain_text("Cara Lee has this section open too")
            # Saved without a press, and there after a reload.
            first.page.get_by_label("What is the aim of the work?").fill("The aim, typed by Asha.")
            wait_until_saved(first.page)
            first.open(section(reference, "purpose"))
            expect(first.page.get_by_label("What is the aim of the work?")).to_have_value("The aim, typed by Asha.")
            # Another answer of the same page: both are kept.
            second.page.get_by_label("Who pays for the work?").fill("A charity, typed by Cara.")
            wait_until_saved(second.page)
            first.open(section(reference, "purpose"))
            expect(first.page.get_by_label("Who pays for the work?")).to_have_value("A charity, typed by Cara.")
            # The same answer: both are shown, and one is chosen.
            second.page.get_by_label("What is the aim of the work?").fill("Another aim, typed by Cara.")
            expect(second.page.locator(".app-rivalled")).to_contain_text("The aim, typed by Asha.", timeout=20_000)
            second.press("Save and continue")
            both = second.page.locator(".app-rival")
            expect(both).to_contain_text("The aim, typed by Asha.")
            expect(both).to_contain_text("Another aim, typed by Cara.")
            second.press("Use this answer")
            expect(second.page.get_by_label("What is the aim of the work?")).to_have_value(
                "Another aim, typed by Cara."
            )


def test_a_question_that_hangs_on_another_too_many_words_and_a_document(
    browser: Browser, house: House, tmp_path: Path
) -> None:
    with visiting(browser, house, "applicant@wessex", "/applications/") as applicant:
        page = applicant.page
        reference = applicant.start("A letter and too many words")
        applicant.open(section(reference, "purpose"))
        reference_box = page.get_by_label("Reference of the committee’s approval")
        expect(reference_box).to_be_hidden()
        page.get_by_label("Yes, a research ethics committee approved it").check()
        expect(reference_box).to_be_visible()
        # Counted as the service counts: "24/CAG/0123" is one word, and one is too many.
        typed = "24/CAG/0123 state-of-the-art\u00a0ward\ufeff " * 100 + "1,234"
        assert words_in(typed) == 301
        page.get_by_label("What is the aim of the work?").fill(typed)
        expect(page.get_by_text("You have 1 word too many").first).to_be_visible()
        page.get_by_text("Help and an example: What is the aim of the work?").click()
        expect(page.get_by_text("We want to know whether people whose lung cancer").first).to_be_visible()
        letter = tmp_path / "letter.pdf"
        letter.write_bytes(a_pdf())
        page.locator("input[type=file]").set_input_files(letter)
        applicant.press("Add the document")
        until_checked(applicant, section(reference, "purpose"))


def test_from_the_papers_of_a_whole_application_to_its_submission(
    browser: Browser, house: House, tmp_path: Path
) -> None:
    reference = written(house, "applicant@wessex", "Papers of a whole application", study())
    with visiting(browser, house, "applicant@wessex") as applicant:
        page = applicant.page
        page.set_viewport_size(NARROW)
        applicant.open(f"/applications/{reference}/check/")
        for address, name in ((f"/applications/{reference}/form.pdf", reference), ("/applications/form.pdf", "form")):
            with page.expect_download() as arriving:
                page.evaluate("address => { location.href = address }", address)
            arriving.value.save_as(tmp_path / f"{name}.pdf")
            assert (tmp_path / f"{name}.pdf").read_bytes().startswith(b"%PDF-")
        applicant.submit()
        expect(page.get_by_role("main")).to_contain_text("In review")
        applicant.follow("Copy this application")
        applicant.press("Copy")
        expect(page.get_by_role("main")).to_contain_text(f"This is a copy of {reference}")


def until_checked(visit: Visit, address: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        visit.open(address)
        if visit.page.locator(".app-documents__item .nhsuk-tag").inner_text() == "Checked":
            return
        time.sleep(0.5)
    pytest.fail("the document was never checked")


def test_a_section_is_answered_with_the_keyboard_alone(browser: Browser, house: House) -> None:
    with visiting(browser, house, "applicant@wessex", "/applications/") as applicant:
        reference = applicant.start("Written without a mouse")
        page = applicant.page
        applicant.open(section(reference, "commercial"))
        page.keyboard.press("Tab")
        expect(page.get_by_text("Skip to main content")).to_be_focused()
        page.keyboard.press("Enter")
        tab_to(page, page.locator("[name=involved]"))
        page.keyboard.press("Space")
        expect(page.get_by_label("Yes", exact=True)).to_be_checked()
        tab_to(page, page.locator("[name=details]"))
        page.keyboard.type("Nobody gains; a grant pays.")
        wait_until_saved(page)
        page.keyboard.type(" Nobody else does.")
        # Another tab comes to the front: the page saves in passing, and doesn't hear what became of it.
        page.evaluate("Object.defineProperty(document, 'visibilityState', {value: 'hidden', configurable: true})")
        with page.expect_response("**/autosave/"):
            page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        page.keyboard.type(" Sure.")
        tab_to(page, "Save and continue")
        page.keyboard.press("Enter")
        page.wait_for_url("**/sections/sublicensing/")
        applicant.look()
