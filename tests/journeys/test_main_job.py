"""The main job and the commercial refusal, as people do them: in a browser, and over HTTP without any script."""

import subprocess
import sys
from pathlib import Path

import pyrage
import pytest
from playwright.sync_api import Browser, expect

from deploy.local import examples
from deploy.local.visitor import Authenticator
from tests.journeys.cases import insurance, study, written
from tests.journeys.conftest import ROOT, House
from tests.journeys.people import Visit, hold_a_meeting, tab_to, visiting


def apply(visit: Visit, title: str, answers: examples.Example) -> str:
    """From the list of applications, which is open, to the page after submitting; returns the reference."""
    reference = visit.start(title)
    visit.open(f"/applications/{reference}/check/")  # every gap is listed and linked
    expect(visit.page.get_by_role("link", name="Purpose").first).to_be_visible()
    for section in answers:
        visit.be_at(f"/applications/{reference}/sections/{section}/")
        visit.fill(examples.form_data(section, answers))
        visit.attach(section)
        visit.press("Save and continue")
    visit.open(f"/applications/{reference}/tasks/")
    visit.open(f"/applications/{reference}/check/")
    visit.submit()
    return reference


@pytest.mark.browser
def test_from_draft_to_a_decrypted_extract(browser: Browser, house: House, tmp_path: Path) -> None:
    key = pyrage.x25519.Identity.generate()
    with visiting(browser, house, "analyst@wessex", "/files/keys/") as analyst:
        analyst.page.get_by_label("Public key").fill(str(key.to_public()))
        analyst.page.locator("[name=code]").fill(Authenticator.of(house.person("analyst@wessex")["totp"]).code())
        analyst.press("Register this key")
    with visiting(browser, house, "signatory@wessex", "/files/keys/") as second:
        second.page.get_by_role("link", name="Compare and confirm").first.click()
        second.press("Confirm this key")  # neither compared nor with a code: nothing is confirmed
        expect(second.page.locator(".nhsuk-error-summary")).to_be_focused()
        second.page.get_by_label("In a video call").check(force=True)
        second.page.locator("[name=code]").fill(Authenticator.of(house.person("signatory@wessex")["totp"]).code())
        second.press("Confirm this key")
    with visiting(browser, house, "applicant@wessex", "/applications/") as applicant:
        reference = apply(applicant, examples.LUNG_CANCER_TITLE, study())
        expect(applicant.page.get_by_role("main")).to_contain_text("In review")
    with visiting(browser, house, "reviewer@dars", "/reviews/") as reviewer:
        reviewer.follow(reference)
        reviewer.page.get_by_label("Send to the panel").check()
        reviewer.press("Record the review")
    hold_a_meeting(browser, house, reference)
    for member in ("clinical@dars", "ethics@dars", "lay@dars", "chair@dars"):
        with visiting(browser, house, member, "/panel/") as voter:
            voter.follow(reference)
            voter.open(f"/panel/{reference}/vote/")
            voter.page.get_by_label("Support", exact=True).check()
            voter.page.get_by_label("What are your reasons?").fill("The benefit is public and the data are few.")
            voter.press("Record my vote")
            if member.startswith("chair"):
                voter.open(f"/panel/{reference}/advice/")
                voter.page.get_by_label("Supportive", exact=True).check()
                voter.page.get_by_label("Summary of the panel’s reasons").fill("All members support it.")
                voter.press("Record the advice")
    with visiting(browser, house, "approver@dars", "/decisions/") as approver:
        approver.follow(reference)
        approver.page.get_by_label("Approve", exact=True).check()
        approver.page.get_by_label("What are your reasons?").fill("It serves patients.")
        approver.press("Record the decision")
    agreement = f"{reference}-v1.0"
    for who in ("signatory@wessex", "approver@dars"):
        with visiting(browser, house, who, "/agreements/") as signatory:
            signatory.until("/agreements/", agreement)
            signatory.follow(agreement)
            signatory.page.locator("[name=authority]").check(force=True)
            signatory.page.locator("[name=typed_name]").fill(house.person(who)["name"])
            signatory.page.locator("[name=code]").fill(Authenticator.of(house.person(who)["totp"]).code())
            signatory.press("Sign")
    with visiting(browser, house, "production@dars", "/runs/") as staff:
        staff.until("/runs/", reference)
        staff.page.locator("tr", has_text=reference).get_by_role("link").click()
        run = staff.page.url.removeprefix(house.base_url)
        staff.until(run, "Waiting for the output check")
    with visiting(browser, house, "output-checker@dars", "/runs/?show=waiting") as checker:
        checker.until("/runs/?show=waiting", reference)
        checker.open(run)
        checker.follow("Check the output")
        if checker.page.locator("[name=acceptance]").count():
            checker.fill([("acceptance", "The contract forbids re-identification.")])
        checker.page.locator("[name=verdict][value=held]").check(force=True)
        checker.press("Record the verdict")  # held without reasons: nothing is recorded
        expect(checker.page.get_by_role("alert")).to_contain_text("Choose why the output is held")
        checker.page.locator("[name=verdict][value=cleared]").check(force=True)
        checker.press("Record the verdict")
        checker.until(run, "Released")
    with visiting(browser, house, "analyst@wessex", "/files/") as analyst:
        with analyst.page.expect_download() as arriving:
            analyst.page.get_by_role("link", name="manifest.json").first.click()
        encrypted = tmp_path / "manifest.json.age"
        arriving.value.save_as(encrypted)
    plain = pyrage.decrypt(encrypted.read_bytes(), [key])
    assert b'"spec_sha256"' in plain
    with visiting(browser, house, "applicant@wessex", f"/applications/{reference}/") as applicant:
        expect(applicant.page.get_by_role("main")).to_contain_text("Agreement in force")
    with visiting(browser, house, "auditor@dars", f"/audit/?case={reference}") as auditor:
        expect(auditor.page.get_by_role("main")).to_contain_text("file.downloaded")


@pytest.mark.browser
def test_a_solely_commercial_application_is_refused_with_the_reason(browser: Browser, house: House) -> None:
    reference = written(house, "applicant@underwell", examples.INSURANCE_TITLE, insurance())
    with visiting(browser, house, "applicant@underwell", f"/applications/{reference}/check/") as applicant:
        applicant.submit()
        main = applicant.page.get_by_role("main")
        expect(main).to_contain_text("Refused")
        expect(main).to_contain_text("solely commercial")


@pytest.mark.browser
def test_everybody_s_first_pages(browser: Browser, house: House) -> None:
    """Each page of the headers once for those inside and once for those outside; who may open what, the matrix says."""
    opened: set[tuple[bool, str]] = set()
    for account in house.cast["accounts"]:
        inside = account["email"].endswith("@dars.example")
        with visiting(browser, house, account["email"]) as visit:
            links = visit.page.locator("header a").evaluate_all("links => links.map(link => link.pathname)")
            for address in dict.fromkeys(links):
                if (inside, address) not in opened:
                    opened.add((inside, address))
                    visit.open(address)


@pytest.mark.browser
def test_signing_in_and_starting_an_application_with_the_keyboard_alone(browser: Browser, house: House) -> None:
    page = browser.new_page(base_url=house.base_url)
    page.goto("/sign-in/")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to main content")).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, "E-mail address")
    page.keyboard.type(house.person("applicant@wessex")["email"])
    tab_to(page, page.locator("input[type=password]"))
    page.keyboard.type(house.cast["password"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Data Access Request Service")).to_be_visible()
    tab_to(page, "Applications")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Applications")).to_be_visible()
    tab_to(page, "Start an application")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Start an application")).to_be_visible()
    tab_to(page, page.locator("main input[type=text]"))
    page.keyboard.type("Written without a mouse")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tasks/")


def test_the_main_job_over_http_without_scripts(house: House) -> None:
    command = [sys.executable, "-m", "deploy.local.main_job", "--base-url", house.base_url, "--state", str(house.state)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
