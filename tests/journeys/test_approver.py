"""The approver in a real browser: a condition that comes first, the decision by keyboard alone, the letter."""

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.cases import IDENTIFIABLE, signed_in, with_panel
from tests.journeys.conftest import House
from tests.journeys.people import Visit, hold_a_meeting, tab_to, visiting


def advised_with_a_condition(browser: Browser, house: House) -> str:
    """The panel supports it, with a condition before the decision that the clinical member clears."""
    reference = with_panel(house)
    hold_a_meeting(browser, house, reference)
    _voted(house, reference, choice="conditions", conditions="Show the protocol.")
    with signed_in(house, "chair@dars") as chair:
        page = chair.open(f"/panel/{reference}/advice/")
        clears = page.tree.xpath("//select[@name='clears_1']/option[contains(., 'Cleo March')]/@value")[0]
        condition = {"words_1": "Show the protocol.", "due_1": "decision", "clears_1": clears}
        advice = {"outcome": "conditions", "summary": "Sound, once the protocol is seen.", **condition}
        chair.press(page, "Record the advice", advice)
    return reference


@pytest.mark.browser
def test_a_condition_is_cleared_before_the_approver_decides(browser: Browser, house: House) -> None:
    reference = advised_with_a_condition(browser, house)
    with visiting(browser, house, "approver@dars", "/decisions/") as approver:
        approver.follow(reference)
        main = approver.page.get_by_role("main")
        expect(main).to_contain_text("Conditions that come before the decision are not cleared yet: 1.")
    with visiting(browser, house, "clinical@dars", "/conditions/") as member:
        member.follow(f"{reference}, condition 1")
        member.page.get_by_role("button", name="Clear the condition").click()  # what is missing is said
        expect(member.page.get_by_role("alert")).to_contain_text("Say what you have seen")
        member.problems.clear()  # the console tells of the 422
        member.page.get_by_label("What have you seen?").fill("The signed protocol, in the case folder.")
        member.fill([("evidence_on_day", "1"), ("evidence_on_month", "10"), ("evidence_on_year", "2026")])
        member.press("Clear the condition")
    with visiting(browser, house, "approver@dars", f"/decisions/{reference}/") as approver:
        expect(approver.page.get_by_role("main")).to_contain_text("The signed protocol, in the case folder.")
        _decide_by_keyboard(approver)
        expect(approver.page.get_by_role("main")).to_contain_text(f"You approved {reference}.")
    with visiting(browser, house, "applicant@wessex", f"/applications/{reference}/") as applicant:
        applicant.until(f"/applications/{reference}/", "Decision letter (PDF)")
        with applicant.page.expect_download() as arriving:
            applicant.page.get_by_role("link", name="Decision letter (PDF)").click()
        assert arriving.value.suggested_filename == f"{reference}-decision.pdf"


@pytest.mark.browser
def test_identifiable_data_take_two_approvers_who_are_two_people(browser: Browser, house: House) -> None:
    reference = with_panel(house, IDENTIFIABLE)
    hold_a_meeting(browser, house, reference)
    _voted(house, reference, choice="support")
    with signed_in(house, "chair@dars") as chair:
        advice = {"outcome": "support", "summary": "All who voted support it."}
        chair.press(chair.open(f"/panel/{reference}/advice/"), "Record the advice", advice)
    with visiting(browser, house, "approver@dars", f"/decisions/{reference}/") as approver:
        main = approver.page.get_by_role("main")
        expect(main).to_contain_text("it takes two approvers. You are the first")
        _decide(approver, "Approve")
        expect(main).to_contain_text(f"You approved {reference} as the first of two.")
        approver.open(f"/decisions/{reference}/")
        expect(main).to_contain_text("You approved this as the first of two, so somebody else has to do this.")
        expect(main.get_by_role("button", name="Record the decision")).to_have_count(0)
    with visiting(browser, house, "guardian@dars", f"/decisions/{reference}/") as second:
        main = second.page.get_by_role("main")
        expect(main).to_contain_text("You are the second: confirm or refuse what the first has approved.")
        _decide(second, "Confirm the approval")
        expect(main).to_contain_text(f"You approved {reference}.")
        second.open(f"/applications/{reference}/")
        for name in ("Ada Wren, delegate of the Senior Information Risk Owner", "Gwen Hollis, Caldicott Guardian"):
            expect(main).to_contain_text(name)


def _voted(house: House, reference: str, **vote: str) -> None:
    """Four members vote so, over HTTP."""
    for who in ("clinical@dars", "lay@dars", "ethics@dars", "chair@dars"):
        with signed_in(house, who) as member:
            page = member.open(f"/panel/{reference}/vote/")
            member.press(page, "Record my vote", {**vote, "rationale": "The benefit is public."})


def _decide(visit: Visit, outcome: str) -> None:
    visit.page.get_by_label(outcome, exact=True).check(force=True)
    visit.page.get_by_label("What are your reasons?").fill("The benefit is clear.")
    visit.press("Record the decision")


def _decide_by_keyboard(visit: Visit) -> None:
    """Only Tab, space and letters."""
    keyboard = visit.page.keyboard
    tab_to(visit.page, visit.page.locator("[value=approve]"))
    keyboard.press("Space")
    tab_to(visit.page, visit.page.locator("[name=reasons]"))
    keyboard.type("The benefit is clear.")
    tab_to(visit.page, "Record the decision")
    keyboard.press("Enter")
    visit.page.wait_for_load_state()
