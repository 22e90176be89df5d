"""The signatory: named for one who left, sets up a second factor, reads and signs; and an extension up to its end."""

import datetime as dt
import os
import subprocess
import sys
import time

import pytest
from playwright.sync_api import Browser, expect

from deploy.local.visitor import Authenticator
from tests.integration.accounts.factors import SECRET
from tests.journeys.conftest import ROOT, House
from tests.journeys.people import Visit, invited, tab_to, visiting


def make(house: House, what: str) -> None:
    environment = {**os.environ, "STATE": str(house.state), **house.environment}
    environment["DJANGO_SETTINGS_MODULE"] = "dars.config.settings"
    words = f"from tests.journeys import agreement_world; agreement_world.{what}()"
    command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", words]
    made = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr


def main(visit: Visit):
    return visit.page.get_by_role("main")


def sign(visit: Visit, name: str, code: str) -> None:
    """With the keyboard alone, from the top of the page."""
    page = visit.page
    tab_to(page, "I have read this agreement")
    page.keyboard.press("Space")
    tab_to(page, "Your full name")
    page.keyboard.type(name)
    tab_to(page, "Code from your authenticator app")
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    expect(page.locator("body")).to_contain_text("You signed")
    visit.look()


@pytest.mark.browser
def test_from_a_signatory_who_left_to_an_extension_in_force(browser: Browser, house: House) -> None:
    make(house, "build")
    with visiting(browser, house, "ambridge.applicant", "/agreements/") as applicant:
        applicant.follow("-v1.0")
        expect(main(applicant)).to_contain_text("Can no longer sign")
        applicant.follow("Name another signatory")
        applicant.page.get_by_label("New Signatory").check()
        applicant.press("Name this person")
        expect(main(applicant)).to_contain_text("New Signatory")
    with visiting(browser, house, "new.signatory", "/agreements/") as signatory:
        signatory.follow("-v1.0")
        expect(main(signatory)).to_contain_text("£1,431")
        signatory.follow("Set up your authenticator app")
        secret = signatory.page.locator(".app-code code").first.text_content().replace(" ", "")
        signatory.page.locator('[name="code"]').fill(Authenticator.of(secret).code())
        signatory.page.locator('[name="password"]').fill(house.cast["password"])
        main(signatory).get_by_role("button", name="Set up", exact=True).click()
        signatory.look()
        signatory.follow("Continue")
        href = main(signatory).get_by_role("link", name="The agreement as it is signed").get_attribute("href")
        pdf = signatory.page.context.request.get(house.base_url + href)
        assert pdf.body().startswith(b"%PDF-1.7")
        sign(signatory, "New Signatory", Authenticator.of(secret).code())
    with visiting(browser, house, "ada.approver", "/agreements/") as approver:
        approver.follow("-v1.0")
        sign(approver, "Ada Approver", Authenticator.of(SECRET).code())
        expect(main(approver)).to_contain_text("In force Since")
    with visiting(browser, house, "ambridge.applicant", "/agreements/") as applicant:
        applicant.follow("-v1.0")
        applicant.follow("Ask for an amendment, extension or renewal")
        applicant.fill([("kind", "extension"), ("reason", "The analysis takes longer.")])
        applicant.press("Continue")
        tasks = applicant.page.url
        end = dt.datetime.now(tz=dt.UTC).date() + dt.timedelta(days=500)
        applicant.page.goto(tasks.replace("/tasks/", "/sections/term/"))
        applicant.fill([(f"ends_on-{part}", str(getattr(end, part))) for part in ("day", "month", "year")])
        applicant.press("Save and continue")
        applicant.page.goto(tasks.replace("/tasks/", "/sections/people/"))
        applicant.page.get_by_label("New Signatory").check()
        applicant.press("Save and continue")
        applicant.page.goto(tasks.replace("/tasks/", "/check/"))
        applicant.submit()
        expect(main(applicant)).to_contain_text("What this extension changes")
        expect(main(applicant)).to_contain_text("may be decided without the panel")
    make(house, "decide")
    for who, name, app in (("new.signatory", "New Signatory", secret), ("ada.approver", "Ada Approver", SECRET)):
        with visiting(browser, house, who, "/agreements/") as person:
            person.follow("-v1.1")
            sign(person, name, Authenticator.of(app).code())
    with visiting(browser, house, "ambridge.applicant", "/agreements/") as applicant:
        applicant.follow("-v1.0")
        expect(main(applicant)).to_contain_text("Superseded by a new version")


@pytest.mark.browser
def test_somebody_is_invited_into_the_organisation_joins_and_leaves(browser: Browser, house: House) -> None:
    address, page = f"newcomer.{time.time_ns()}@wessex.example", "/organisations/UWX01/"
    with visiting(browser, house, "signatory@wessex", page) as sian:
        sian.follow("Add somebody")
        sian.fill([("email", address), ("roles", "recipient"), ("vouch", "on")])
        sian.press("Invite")
        expect(main(sian)).to_contain_text(f"We write to {address}")
        with invited(browser, house, address, "organisations") as cara:
            cara.open(page)
            expect(main(cara)).to_contain_text("University of Imagined Wessex")
            expect(main(cara).get_by_role("link", name="Add somebody")).to_have_count(0)
            sian.open(page)  # the house is left as it was found
            sian.page.get_by_role("row", name=address).get_by_role("link", name="End membership").click()
            sian.press("End membership now")
            expect(main(sian).get_by_role("row", name=address)).to_have_count(0)
            assert cara.page.request.get(house.base_url + page).status == 404
