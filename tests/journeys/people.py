"""People with a browser. Every page they come to is held to the rules of accessibility, and must fit a telephone."""

import datetime as dt
import os
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Browser, ConsoleMessage, Cookie, Error, Locator, Page, expect

from deploy.local import examples
from tests.journeys.conftest import House

# What a page is built of: each kind of element in each kind of place, whether it has a label and a name, and which
# heading follows which.
SHAPES = """() => {
  const headings = Array.from(document.querySelectorAll("h1, h2, h3, h4"), one => one.tagName);
  const elements = Array.from(document.querySelectorAll("body, body *:not(path)"), one => [
    one.parentElement.tagName, one.parentElement.className.toString(), one.tagName, one.className.toString(), one.type,
    one.getAttributeNames().sort().join(" "), one.labels ? one.labels.length > 0 : "", one.getAttribute("role"),
    one.textContent.trim() === "",
  ].join("|"));
  return Array.from(new Set([...elements, ...headings.map((one, place) => `${headings[place - 1]} ${one}`)]));
}"""
TOO_WIDE = """() => Array.from(document.querySelectorAll("body *"))
  .filter(one => one.getBoundingClientRect().right > window.innerWidth)
  .map(one => `${one.tagName}.${one.className} ${one.getBoundingClientRect().right}`)"""
LOOKED_AT: set[str] = set()
COLOURS: set[str] = set()
SIGNED_IN: dict[tuple[str, str], list[Cookie]] = {}
WINDOWS: dict[Browser, list[Page]] = {}
MARKUP = re.compile("</(a|div|p|span|strong)>")
CAPITAL_OR_DIGIT = re.compile("[A-Z0-9]")  # a reference or a number, no word of an address
PASSWORD = "seven-grey-herons-by-the-weir"  # of those who make an account of their own
# Every rule. What it found in order is thousands of lines for each page: they stay in the browser. Only rules for sound
# and films, and one that is off unless asked for, look at what it would load beforehand. Contrast, more than half of
# the work, is looked at where words stand in a colour, a size and a weight, over backgrounds, that none have stood in.
RUN_AXE = """async known => {
  const seen = new Set(known), met = new Map(), under = new Map([[null, ""]]), contrast = "color-contrast";
  const around = one => {
    if (!under.has(one)) {
      const style = getComputedStyle(one);
      const own = [style.backgroundColor, style.backgroundImage, style.opacity, style.filter, style.mixBlendMode];
      const plain = own.join() === "rgba(0, 0, 0, 0),none,1,none,normal";
      const lifted = ["absolute", "fixed", "sticky"].includes(style.position);
      under.set(one, (plain ? "" : own.join(" ")) + (lifted ? " lifted" : "") + "<" + around(one.parentElement));
    }
    return under.get(one);
  };
  for (const one of document.querySelectorAll("body *")) {
    const words = Array.from(one.childNodes).some(node => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
    if (!words && !["INPUT", "SELECT", "TEXTAREA"].includes(one.tagName)) continue;
    const style = getComputedStyle(one), over = around(one).replaceAll(/<+/g, "<");
    const key = [style.color, style.fontSize, style.fontWeight, style.textShadow, over].join("|");
    if (!seen.has(key)) met.set(key, [...(met.get(key) || []), one]);
  }
  const options = {resultTypes: ["violations"], preload: false};
  const found = [await axe.run(document, {...options, rules: {[contrast]: {enabled: false}}})];
  const include = Array.from(met.values()).flat();
  if (include.length) found.push(await axe.run({include}, {...options, runOnly: [contrast]}));
  return {violations: found.flatMap(one => one.violations), colours: Array.from(met.keys())};
}"""
PATIENCE_SECONDS = 60
V = TypeVar("V", bound="Visit")
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 375, "height": 800}


@dataclass
class Visit:
    """One person's visit: pages are opened as people do, and each new one is looked over."""

    page: Page
    house: House
    problems: list[str] = field(default_factory=list)

    def open(self, address: str) -> None:
        answer = self.page.goto(self.house.base_url + address)
        assert answer is not None and answer.status == 200, f"{address} answered {answer and answer.status}"
        self.look()

    def be_at(self, address: str) -> None:
        """Opens a page, unless it is open: whoever saves a section is led to the next."""
        if self.page.url != self.house.base_url + address:
            self.open(address)

    def until(self, address: str, words: str) -> None:
        """Opens a page, unless it is open, again and again until it shows the words."""
        self.be_at(address)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while words not in self.page.get_by_role("main").inner_text():
            assert time.monotonic() < deadline, f"{address} never showed “{words}”"
            time.sleep(1)
            self.open(address)

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

    def start(self, title: str) -> str:
        """From the list of applications, which is open, to the tasks of a new one; its reference."""
        self.follow("Start an application")
        self.fill([("title", title)])
        self.press("Start")
        return self.page.url.rstrip("/").split("/")[-2]

    def submit(self) -> None:
        """From the page that shows all the answers."""
        self.fill([("declaration", "yes")])
        self.press("Submit the application")

    def attach(self, section: str) -> None:
        """Adds to the section's page the letters that the example's answers promise, and waits for them."""
        for of, question in examples.EVIDENCE:
            if of != section:
                continue
            address, select = self.page.url.split("#")[0].split("?")[0], self.page.locator("#document-question")
            if select.count():
                select.select_option(question)
            letter = {"name": "Letter.pdf", "mimeType": "application/pdf", "buffer": examples.letter()}
            self.page.locator("input[type=file]").set_input_files(letter)
            self.press("Add the document")
            deadline = time.monotonic() + 60
            while self.page.locator(".app-documents__item .nhsuk-tag").last.inner_text() != "Checked":
                assert time.monotonic() < deadline, "the letter was never checked"
                time.sleep(0.5)
                self.page.goto(address)

    def look(self) -> None:
        """axe at two widths, the page's width on a telephone, and what the console had to say.

        Only at the first page of its kind, and where a page shows something that none has shown yet: axe takes longer
        than everything else here.
        """
        expect(self.page.locator("h1")).to_have_count(1)
        assert not MARKUP.search(self.page.locator("main").text_content()), f"{self.page.url} shows markup as words"
        kind = "/".join(
            "*" if CAPITAL_OR_DIGIT.search(part) else part for part in urlsplit(self.page.url).path.split("/")
        )
        shapes = {kind, *self.page.evaluate(SHAPES)}
        if not shapes <= LOOKED_AT:
            LOOKED_AT.update(shapes)
            self._axe()
            self.page.set_viewport_size(NARROW)
            deadline = time.monotonic() + 5  # the header folds its navigation a moment after the width has changed
            while self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                wide = self.page.evaluate(TOO_WIDE)
                assert time.monotonic() < deadline, f"{self.page.url} is wider than a telephone: {wide}"
                time.sleep(0.05)
            self._axe()
            self.page.set_viewport_size(WIDE)
        assert not self.problems, f"{self.page.url}: {self.problems}"

    def complain(self, words: str) -> None:
        """What the console said, except that a form was answered with its mistakes: that page is looked at as any."""
        if "status of 422" not in words:
            self.problems.append(words)

    def _axe(self) -> None:
        if folder := os.environ.get("PICTURES"):  # what was looked at, for people to look at
            path = urlsplit(self.page.url).path.strip("/").replace("/", "_") or "home"
            width = self.page.viewport_size["width"]
            self.page.screenshot(path=Path(folder) / f"{len(LOOKED_AT):05}-{path}-{width}.png", full_page=True)
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE_SCRIPT)
        answer = self.page.evaluate(RUN_AXE, sorted(COLOURS))
        found = AxeResults(answer)
        assert found.violations_count == 0, f"{self.page.url}\n{found.generate_report()}"
        COLOURS.update(answer["colours"])


class Keys(Visit):
    """The same visit with the keyboard alone: what others click, this person reaches with the tabulator."""

    def press(self, button: str) -> None:
        self._enter(self.page.get_by_role("main").get_by_role("button", name=button, exact=True))

    def follow(self, link: str) -> None:
        main = self.page.get_by_role("main")
        self._enter(main.get_by_role("link", name=link).or_(main.get_by_role("button", name=link)).first)

    def _enter(self, target: Locator) -> None:
        tab_to(self.page, target)
        with self.page.expect_event("domcontentloaded"):
            self.page.keyboard.press("Enter")
        self.look()

    def fill(self, pairs: list[tuple[str, str]]) -> None:
        for name, value in pairs:
            fields = self.page.locator(f'[name="{name}"]')
            for closed in fields.first.locator("xpath=ancestor::details[not(@open)]").all():
                tab_to(self.page, closed.locator("xpath=summary"))
                self.page.keyboard.press("Enter")
            kind = fields.first.evaluate("field => field.type || field.tagName")
            if kind == "radio":
                self._choose(fields, value)
            elif kind == "checkbox":
                self.tick(self.page.locator(f'[name="{name}"][value="{value}"]'))
            elif kind == "select-one":
                self._select(fields, value)
            else:
                tab_to(self.page, fields)
                self.page.keyboard.press("Control+A")
                self.page.keyboard.insert_text(value)

    def tick(self, box: Locator) -> None:
        """Reaches the box, and ticks it unless it is."""
        tab_to(self.page, box)
        if not box.is_checked():
            self.page.keyboard.press("Space")

    def _choose(self, group: Locator, value: str) -> None:
        """A group of radios is one stop of the tabulator; arrows go on within it."""
        tab_to(self.page, group)
        for _ in range(group.count()):
            if self.page.evaluate("document.activeElement.value") == value:
                break
            self.page.keyboard.press("ArrowDown")
        self.page.keyboard.press("Space")
        expect(group.and_(self.page.locator(f'[value="{value}"]'))).to_be_checked()

    def _select(self, field: Locator, value: str) -> None:
        tab_to(self.page, field)
        for _ in range(field.locator("option").count()):
            if field.input_value() == value:
                return
            self.page.keyboard.press("ArrowDown")
        expect(field).to_have_value(value)


def tab_to(page: Page, target: Locator | str, most: int = 200) -> None:
    """Moves with the tabulator alone until the target has the focus; words name a link, a button or a labelled field.

    The element itself is compared: words alone are also in the page's body, which has the focus where nothing has.
    """
    if isinstance(target, str):
        named = page.get_by_role("link", name=target).or_(page.get_by_role("button", name=target))
        target = named.or_(page.get_by_label(target))
    target.first.wait_for(state="attached")
    found = target.element_handles()  # found once: to look for a name again at each stop takes longer than the stop
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("found => found.includes(document.activeElement)", found):
            return
    pytest.fail(f"the keyboard does not reach {target} on {page.url}")


@contextmanager
def visiting(browser: Browser, house: House, who: str, at: str = "/", kind: type[V] = Visit) -> Iterator[V]:
    """A browser of their own, signed in, on the page `at`; where somebody was before, they come back while their
    session lasts.

    `kind`: `Keys` for somebody without a mouse.
    """
    email = house.person(who)["email"]
    with _window(browser) as page:
        page.context.add_cookies(SIGNED_IN.get((house.base_url, email), []))
        visit = kind(page, house)
        with _listening(visit):
            visit.open(at)
            if "/sign-in/" in page.url:
                page.get_by_label("E-mail address").fill(email)
                page.get_by_label("Password", exact=True).fill(house.cast["password"])
                visit.press("Sign in")
                SIGNED_IN[house.base_url, email] = page.context.cookies()
            yield visit


@contextmanager
def _window(browser: Browser) -> Iterator[Page]:
    """An empty window nobody is using, with no cookie in it; a new one for each person would take its time to warm up.

    After a failure it is not used again.
    """
    free = WINDOWS.setdefault(browser, [])
    page = free.pop() if free else browser.new_context(viewport=WIDE).new_page()
    try:
        yield page
    except BaseException:
        page.context.close()
        raise
    page.goto("about:blank")  # before the next comes, whatever the page still does is over
    page.context.clear_cookies()
    free.append(page)


@contextmanager
def _listening(visit: Visit) -> Iterator[None]:
    def console(message: ConsoleMessage) -> None:
        if message.type == "error":
            visit.complain(message.text)

    def fault(error: Error) -> None:
        visit.problems.append(str(error))

    visit.page.on("console", console)
    visit.page.on("pageerror", fault)
    yield
    visit.page.remove_listener("console", console)
    visit.page.remove_listener("pageerror", fault)


def hold_a_meeting(browser: Browser, house: House, reference: str) -> None:
    """Plans a meeting of today with this case, and opens it with everybody there."""
    today = dt.datetime.now(tz=dt.UTC).date()
    day = [("held_on_day", str(today.day)), ("held_on_month", str(today.month)), ("held_on_year", str(today.year))]
    with visiting(browser, house, "secretariat@dars", "/meetings/") as secretariat:
        secretariat.follow("Plan a meeting")
        secretariat.fill([*day, ("starts_at", "10:00"), ("place", "Leeds")])
        secretariat.press("Save the meeting")
        secretariat.fill([("case", reference)])
        secretariat.press("Add to the agenda")
        for box in secretariat.page.locator("[name=present]").all():
            box.check(force=True)
        secretariat.press("Open the meeting")


def letter_to(house: House, address: str, where: str) -> str:
    """What the newest invitation to the address links to, once it has come; `where`: the part it asks somebody into."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for file in sorted((house.state / "mail").glob("*"), key=lambda path: path.stat().st_mtime, reverse=True):
            for letter in file.read_bytes().split(b"-" * 79):
                if address.encode() in letter:
                    text = message_from_bytes(letter.strip()).get_payload(decode=True).decode()
                    if found := re.search(rf"(/{where}/invitations/\S+)", text):
                        return found[1]
        time.sleep(0.5)
    pytest.fail(f"no letter to {address}")


@contextmanager
def invited(browser: Browser, house: House, address: str, where: str) -> Iterator[Visit]:
    """Somebody who comes by the letter and had no account: they make one, and sign in."""
    context = browser.new_context(viewport=WIDE, base_url=house.base_url)
    visit = Visit(context.new_page(), house)
    visit.open(letter_to(house, address, where))
    visit.page.get_by_label("Your name").fill("Cara Lee")
    visit.page.get_by_label("Password", exact=True).fill(PASSWORD)
    visit.press("Make the account and join")
    visit.page.get_by_label("E-mail address").fill(address)
    visit.page.get_by_label("Password", exact=True).fill(PASSWORD)
    visit.press("Sign in")
    yield visit
    context.close()
