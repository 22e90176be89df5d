"""The panel in a real browser: papers, an interest in mid-meeting, votes, advice, minutes.

Secretariat, chair and one member have no mouse: they do all of it with the keyboard alone.
"""

import datetime as dt
import time

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.cases import in_review, settle, with_panel
from tests.journeys.conftest import House
from tests.journeys.people import Keys, Visit, visiting

PATIENCE_SECONDS = 60


@pytest.mark.browser
def test_a_meeting_from_its_plan_to_its_minutes(browser: Browser, house: House) -> None:
    reference = with_panel(house)
    today = dt.datetime.now(tz=dt.UTC).date()
    with visiting(browser, house, "secretariat@dars", "/meetings/", Keys) as secretariat:
        secretariat.follow("Plan a meeting")
        secretariat.press("Save the meeting")  # what is missing is said
        expect(secretariat.page.get_by_role("alert")).to_contain_text("Enter the time")
        day = [("held_on_day", str(today.day)), ("held_on_month", str(today.month)), ("held_on_year", str(today.year))]
        secretariat.fill([*day, ("starts_at", "10:00"), ("place", "Leeds")])
        secretariat.press("Save the meeting")
        meeting = secretariat.page.url.removeprefix(house.base_url)
        secretariat.fill([("case", reference)])
        secretariat.press("Add to the agenda")
        secretariat.press("Make the papers")
        _until(secretariat, meeting, "version 1 (PDF)")
        secretariat.follow("Change who sits at this meeting")
        secretariat.press("Save who sits")
        secretariat.open("/panel/members/")
        secretariat.open(meeting)
        for box in secretariat.page.locator("[name=present]").all():
            secretariat.tick(box)
        secretariat.press("Open the meeting")
    with visiting(browser, house, "ethics@dars", meeting) as conflicted:
        with conflicted.page.expect_download() as arriving:
            conflicted.page.get_by_role("link", name="Papers, version 1").click()
        assert arriving.value.suggested_filename.endswith("papers-1.pdf")
        vote(conflicted, reference)
        conflicted.follow("Declare an interest in this case")
        conflicted.page.get_by_label("What is your interest?").fill("My brother works there.")
        conflicted.press("Declare the interest")
        conflicted.open(meeting)
        expect(conflicted.page.get_by_role("main")).to_contain_text("and stepped out: this case is closed to you")
        for address in (f"/panel/{reference}/", f"/applications/{reference}/"):
            refusal = conflicted.page.goto(house.base_url + address)
            assert refusal.status == 403 and "You declared an interest" in refusal.text()
        conflicted.problems.clear()  # the console tells of the 403
    for member, kind in (("clinical@dars", Visit), ("lay@dars", Keys), ("deputy@dars", Visit)):
        with visiting(browser, house, member, kind=kind) as voter:
            vote(voter, reference)
    with visiting(browser, house, "chair@dars", f"/panel/{reference}/", Keys) as chair:
        expect(chair.page.get_by_role("main")).to_contain_text("Edwin Quill")  # there, and not counted
        chair.fill([("words", "Is one year enough?")])
        chair.press("Add the point")
        vote(chair, reference)
        chair.follow("Record the panel’s advice")
        chair.fill([("outcome", "support"), ("summary", "All who voted support it.")])
        chair.press("Record the advice")
        chair.open(meeting)
        chair.press("Close the meeting")
        expect(chair.page.get_by_role("main")).to_contain_text("Is one year enough?")
        chair.follow("Edit the minutes")
        chair.fill([("words_1", "Edwin Quill declared an interest and left.")])
        chair.press("Save a new version")
        chair.press("Confirm the minutes")
        expect(chair.page.get_by_role("main")).to_contain_text("Confirmed by Conrad Ives")
    with visiting(browser, house, "ethics@dars", f"{meeting}minutes/") as conflicted:
        main = conflicted.page.get_by_role("main")
        expect(main).to_contain_text("this part is not shown to you")
        expect(main).not_to_contain_text("Is one year enough?")


@pytest.mark.browser
def test_a_precedent_takes_a_case_past_the_meeting_and_a_member_pulls_another_back(
    browser: Browser, house: House
) -> None:
    title = f"Pseudonymised data for universities, settled at {time.time():.0f}"
    settle(house, title)
    first, second = in_review(house), in_review(house)
    with visiting(browser, house, "reviewer@dars") as reviewer:
        for reference in (first, second):
            reviewer.open(f"/reviews/{reference}/")
            reviewer.follow("Propose it under a precedent")
            reviewer.page.get_by_label(title).check(force=True)
            reviewer.page.get_by_label("Why does it fit?").fill("It meets each criterion.")
            reviewer.press("Propose it")
    with visiting(browser, house, "lay@dars", f"/panel/{second}/precedent/") as member:
        expect(member.page.get_by_role("main")).to_contain_text(title)
        member.page.get_by_label("Why should the panel discuss it?").fill("The area is small.")
        member.press("Pull it back")
        expect(member.page.get_by_role("main")).to_contain_text(f"{second} waits for a meeting of the panel.")
    with visiting(browser, house, "approver@dars", "/decisions/") as approver:
        main = approver.page.get_by_role("main")
        expect(main).not_to_contain_text(second)
        approver.follow(first)
        expect(main).to_contain_text(title)
        approver.page.get_by_label("Approve", exact=True).check(force=True)
        approver.page.get_by_label("What are your reasons?").fill("The precedent covers it.")
        approver.press("Record the decision")
        expect(main).to_contain_text(f"You approved {first}.")


def vote(visit: Visit, reference: str) -> None:
    visit.open(f"/panel/{reference}/")
    visit.follow("Vote")
    visit.fill([("choice", "support"), ("rationale", "The benefit is public.")])
    visit.press("Record my vote")


def _until(visit: Visit, address: str, words: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        visit.open(address)
        if words in visit.page.get_by_role("main").inner_text():
            return
        time.sleep(1)
    pytest.fail(f"{address} never showed “{words}”")
