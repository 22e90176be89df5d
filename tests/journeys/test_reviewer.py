"""The reviewer's way with a case, with the keyboard alone, and an appeal: in a browser."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.cases import insurance, study, submitted
from tests.journeys.conftest import House
from tests.journeys.people import Keys, tab_to, visiting

pytestmark = pytest.mark.browser
SECRET = "Ask the caldicott guardian before this goes on."
ASKED = "Say in plain words which patients gain."


def test_a_return_names_questions_and_the_answers_stand_beside_them(browser: Browser, house: House) -> None:
    reference = submitted(house, "applicant@wessex", "Waits before a diagnosis", study())
    case = f"/applications/{reference}/"
    with visiting(browser, house, "reviewer@dars", "/reviews/", Keys) as reviewer:
        reviewer.follow(reference)
        reviewer.open(case)
        main = reviewer.page.get_by_role("main")
        expect(main.locator("[aria-current=step]")).to_contain_text("Review")
        expect(main).to_contain_text("Who acts next")
        reviewer.follow("Write a comment")
        reviewer.fill([("audience", "internal"), ("text", SECRET)])
        reviewer.press("Add the comment")
        expect(main).to_contain_text("Internal: colleagues only")
        # A public question about one answer.
        reviewer.open(f"{case}comments/new/?section=purpose&question=funding")
        reviewer.fill([("audience", "public"), ("text", "Who pays in the second year?")])
        reviewer.press("Add the comment")
        # The return.
        reviewer.open(f"/reviews/{reference}/")
        reviewer.fill([("outcome", "return")])
        reviewer.press("Record the review")
        expect(main).to_contain_text("Choose at least one answer and say what is to change")
        reviewer.fill([("ask_purpose__aim", "on"), ("what_purpose__aim", ASKED)])
        reviewer.press("Record the review")
    with visiting(browser, house, "applicant@wessex", case) as applicant:
        main = applicant.page.get_by_role("main")
        expect(main).to_contain_text("Who pays in the second year?")
        expect(main).not_to_contain_text(SECRET)
        expect(main).not_to_contain_text("nternal")
        applicant.page.get_by_role("link", name=re.compile("^Reply")).click()
        applicant.page.get_by_label("Your reply").fill("The same council.")
        applicant.press("Reply")
        applicant.open(f"{case}tasks/")
        expect(main).to_contain_text("Change asked for")
        applicant.open(f"{case}sections/purpose/")
        expect(main).to_contain_text(ASKED)
        aim = applicant.page.locator("[name=aim]")
        aim.fill(aim.input_value() + " Patients with a late diagnosis gain.")
        applicant.press("Save and continue")
        applicant.open(f"{case}check/")
        expect(main).to_contain_text("Say what you changed")
        # What was changed is said with the keyboard alone.
        applicant.open(f"{case}changes/")
        tab_to(applicant.page, "What did you change?")
        applicant.page.keyboard.type("We name the patients who gain.")
        tab_to(applicant.page, "Save")
        applicant.page.keyboard.press("Enter")
        expect(main).to_contain_text("Every one is answered")
        applicant.open(f"{case}compare/")
        expect(main.locator("ins.app-added", has_text="late diagnosis gain")).to_be_visible()
        applicant.open(f"{case}check/")
        applicant.submit()
    with visiting(browser, house, "reviewer@dars", f"{case}changes/", Keys) as reviewer:
        main = reviewer.page.get_by_role("main")
        for words in (ASKED, "We name the patients who gain.", "Patients with a late diagnosis gain."):
            expect(main).to_contain_text(words)
        reviewer.open(f"{case}compare/")
        expect(main).to_contain_text("1 answer changed")
        reviewer.open(f"{case}comments/")
        reviewer.follow("Purpose: Who pays for the work?")
        reviewer.press("Mark as resolved")
        reviewer.open(f"{case}comments/?which=all")
        reviewer.open(f"{case}timeline/")
        reviewer.open(f"{case}redact/")
        reviewer.open(f"/reviews/{reference}/")
        reviewer.fill([("outcome", "to_panel")])
        reviewer.press("Record the review")
        reviewer.open(case)
        expect(main.locator("[aria-current=step]")).to_contain_text("Panel")


def test_an_appeal_is_upheld_by_an_approver_and_the_case_begins_afresh(browser: Browser, house: House) -> None:
    reference = submitted(house, "applicant@underwell", "Premiums by age", insurance())
    with visiting(browser, house, "applicant@underwell", f"/applications/{reference}/") as applicant:
        main = applicant.page.get_by_role("main")
        expect(main.locator("[aria-current=step]")).to_contain_text("Refused")
        # The appeal is made with the keyboard alone.
        tab_to(applicant.page, "Appeal against the refusal")
        applicant.page.keyboard.press("Enter")
        applicant.page.wait_for_url("**/appeal/")
        applicant.look()
        tab_to(applicant.page, "Why should the decision be looked at again?")
        applicant.page.keyboard.type("Half of the work serves hospitals.")
        tab_to(applicant.page, "Appeal")
        applicant.page.keyboard.press("Enter")
        expect(main).to_contain_text("Your appeal is made")
        applicant.look()
    with visiting(browser, house, "approver@dars", "/applications/appeals/") as approver:
        approver.follow(reference)
        expect(approver.page.get_by_role("main")).to_contain_text("Half of the work serves hospitals.")
        expect(approver.page.get_by_role("main")).to_contain_text("Every purpose is commercial")
        approver.press("Record the decision")
        approver.page.get_by_label("Uphold: back to review").check()
        approver.page.get_by_label("What are your reasons?").fill("The hospitals’ part deserves a review.")
        approver.press("Record the decision")
    with visiting(browser, house, "applicant@underwell", f"/applications/{reference}/") as applicant:
        main = applicant.page.get_by_role("main")
        expect(main).to_contain_text("The hospitals’ part deserves a review.")
        expect(main).to_contain_text("Revision 2")
        expect(main.locator("[aria-current=step]")).to_contain_text("Review")
