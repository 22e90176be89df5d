"""Administrators: a role takes two of them, told by a notice; and a second factor set up with the keyboard alone."""

import time

import pytest
from playwright.sync_api import Browser, expect

from deploy.local.visitor import Authenticator
from tests.journeys.conftest import House
from tests.journeys.people import tab_to, visiting

PATIENCE_SECONDS = 30
ROLE = "Give the role “Opt-out officer”"


@pytest.mark.browser
def test_a_role_takes_two_administrators(browser: Browser, house: House) -> None:
    name = house.person("collection@dars")["name"]
    with visiting(browser, house, "administrator@dars", "/account/people/?q=collection") as ann:
        ann.follow(name)
        ann.page.get_by_label(ROLE).check()
        ann.page.get_by_label("Reason").fill("The officer is on leave.")
        ann.press("Propose")
        ann.follow(f"Give {name} the role")
        expect(ann.page.get_by_role("main")).to_contain_text("somebody else has to confirm it")
    with visiting(browser, house, "second-administrator@dars") as bram:
        deadline = time.monotonic() + PATIENCE_SECONDS
        bram.open("/notices/")
        while bram.page.get_by_role("button", name="Open").count() == 0 and time.monotonic() < deadline:
            time.sleep(0.5)
            bram.open("/notices/")
        bram.page.get_by_role("button", name="Open").first.click()
        bram.look()
        expect(bram.page.get_by_role("main")).to_contain_text("The officer is on leave.")
        bram.press("Confirm")
        bram.open("/account/people/?q=collection")
        bram.follow(name)
        expect(bram.page.get_by_role("main")).to_contain_text("Role given: Opt-out officer")
    with visiting(browser, house, "administrator@dars") as ann:  # the house is left as it was found
        ann.open("/account/people/?q=collection")
        ann.follow(name)
        ann.page.get_by_label("Take the role “Opt-out officer” away").check()
        ann.page.get_by_label("Reason").fill("The officer is back.")
        ann.press("Propose")
        waiting = ann.page.get_by_role("main").get_by_role("link", name="Take the role").first.get_attribute("href")
    with visiting(browser, house, "second-administrator@dars", waiting) as bram:
        bram.press("Confirm")


@pytest.mark.browser
def test_a_second_factor_with_the_keyboard_alone(browser: Browser, house: House) -> None:
    person = house.person("opt-outs@dars")
    with visiting(browser, house, "opt-outs@dars") as olive:
        page = olive.page
        olive.open("/account/")
        tab_to(page, "Remove your second factor")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1, name="Remove your second factor")).to_be_visible()
        tab_to(page, page.get_by_label("Code", exact=True))
        page.keyboard.type("000000")
        page.keyboard.press("Enter")
        expect(page.get_by_text("There is a problem")).to_be_visible()
        olive.problems.clear()  # the browser notes that the form came back
        olive.look()
        tab_to(page, page.get_by_label("Code", exact=True))
        page.keyboard.type(Authenticator.of(person["totp"]).code())
        page.keyboard.press("Enter")
        expect(page.get_by_text("Your second factor is removed.")).to_be_visible()
        tab_to(page, "Set up a second factor")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1, name="Set up a second factor")).to_be_visible()
        olive.look()
        secret = page.locator("code").first.text_content().replace(" ", "")
        tab_to(page, page.get_by_label("Code", exact=True))
        page.keyboard.type(Authenticator.of(secret).code())
        tab_to(page, page.get_by_label("Your password", exact=True))
        page.keyboard.type(house.cast["password"])
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1, name="Your second factor is set up")).to_be_visible()
        olive.look()
