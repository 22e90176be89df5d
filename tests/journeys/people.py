"""People with a browser. Every page they come to is held to the rules of accessibility, and must fit a telephone."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import TimeoutError as TookTooLong

from tests.journeys.conftest import House

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 375, "height": 800}


@dataclass
class Visit:
    """One person's visit: pages are opened as people do, and each new one is looked over."""

    page: Page
    house: House
    seen: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    def open(self, address: str) -> None:
        answer = self.page.goto(self.house.base_url + address)
        assert answer is not None and answer.status == 200, f"{address} answered {answer and answer.status}"
        self.look()

    def press(self, button: str) -> None:
        """Presses the button with this name in the page's main part."""
        self.page.get_by_role("main").get_by_role("button", name=button, exact=True).click()
        self.look()

    def follow(self, link: str) -> None:
        """Follows the link with these words, also one that is drawn as a button."""
        main = self.page.get_by_role("main")
        main.get_by_role("link", name=link).or_(main.get_by_role("button", name=link)).first.click()
        self.look()

    def fill(self, pairs: list[tuple[str, str]]) -> None:
        """Answers the questions with these names: types, chooses or ticks, as the field asks for."""
        times: Counter[str] = Counter()
        for name, value in pairs:
            fields = self.page.locator(f'[name="{name}"]')
            for closed in fields.first.locator("xpath=ancestor::details[not(@open)]").all():
                closed.locator("summary").click()
            kind = fields.first.evaluate("field => field.type || field.tagName")
            if kind in {"radio", "checkbox"}:
                self.page.locator(f'[name="{name}"][value="{value}"]').check(force=True)
            elif kind == "select-one":
                fields.select_option(value)
            else:
                fields.nth(times[name]).fill(value)  # a repeated name is a list: one box an entry
            times[name] += 1

    def look(self) -> None:
        """axe on the page, its width on a telephone, and what the console had to say."""
        expect(self.page.locator("h1")).to_have_count(1)
        shape = (self.page.url.split("?")[0], self.page.locator("h1").inner_text())
        if str(shape) in self.seen:
            return
        self.seen.add(str(shape))
        found = Axe().run(self.page)
        assert found.violations_count == 0, f"{self.page.url}\n{found.generate_report()}"
        self.page.set_viewport_size(NARROW)
        try:  # the header folds its navigation a moment after the width has changed
            self.page.wait_for_function("document.documentElement.scrollWidth <= window.innerWidth", timeout=5000)
        except TookTooLong:
            pytest.fail(f"{self.page.url} is wider than a telephone")
        self.page.set_viewport_size(WIDE)
        assert not self.problems, f"{self.page.url}: {self.problems}"


@contextmanager
def visiting(browser: Browser, house: House, who: str) -> Iterator[Visit]:
    """A browser of their own, signed in."""
    context = browser.new_context(viewport=WIDE, base_url=house.base_url)
    page = context.new_page()
    visit = Visit(page, house)
    page.on("console", lambda message: message.type == "error" and visit.problems.append(message.text))
    page.on("pageerror", lambda error: visit.problems.append(str(error)))
    visit.open("/sign-in/")
    page.get_by_label("E-mail address").fill(house.person(who)["email"])
    page.get_by_label("Password", exact=True).fill(house.cast["password"])
    visit.press("Sign in")
    yield visit
    context.close()
