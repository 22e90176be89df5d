"""A person at a keyboard, over HTTP: reads pages, fills in forms, presses buttons. Knows no address of the service."""

import base64
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from lxml import html

STEP_SECONDS = 30  # RFC 6238

Values = Mapping[str, str | Sequence[str] | bool]


class Disappointed(Exception):
    """A page was not what a person would have expected; says what it was instead."""


@dataclass(frozen=True)
class Page:
    """What the service answered."""

    url: str
    status: int
    tree: Any
    content: bytes

    @property
    def heading(self) -> str:
        """The page's first-level heading."""
        return _words(self.tree, "//h1")

    @property
    def text(self) -> str:
        """All words in the page's main part."""
        return _words(self.tree, "//main")

    @property
    def errors(self) -> str:
        """What the error summary says, or nothing."""
        return _words(self.tree, "//*[contains(@class,'nhsuk-error-summary__body')]")

    def link(self, words: str) -> str:
        """The address behind the first link whose text contains `words`."""
        for anchor in self.tree.xpath("//main//a[@href] | //header//a[@href]"):
            if words in " ".join(anchor.text_content().split()):
                return anchor.get("href")
        raise Disappointed(f"“{self.heading}” ({self.url}) has no link “{words}”")


class Authenticator:
    """An authenticator app with one secret (base32; RFC 6238), whoever holds it: it never shows a code twice."""

    _all: ClassVar[dict[str, "Authenticator"]] = {}

    def __init__(self, secret: str) -> None:
        self._totp = TOTP(base64.b32decode(secret), 6, hashes.SHA1(), STEP_SECONDS)  # noqa: S303 - what apps use
        self._last = 0

    @classmethod
    def of(cls, secret: str) -> "Authenticator":
        """The one app with this secret: several sessions of a person share it."""
        return cls._all.setdefault(secret, cls(secret))

    def code(self) -> str:
        """The current code; if that was shown before the next one, which a service takes a step early."""
        now = int(time.time()) // STEP_SECONDS
        self._last = max(self._last + 1, now)
        while self._last > now + 1:
            time.sleep(0.2)
            now = int(time.time()) // STEP_SECONDS
        return self._totp.generate(self._last * STEP_SECONDS).decode()


class Visitor:
    """One person's session."""

    def __init__(self, base_url: str, *, timeout: float = 60) -> None:
        self._http = httpx.Client(base_url=base_url, follow_redirects=True, timeout=timeout)
        self._app: Authenticator | None = None

    def __enter__(self) -> "Visitor":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def sign_in(self, email: str, password: str, totp: str = "") -> Page:
        """`totp`: the secret in the person's authenticator app, for `code`."""
        self._app = Authenticator.of(totp) if totp else None
        return self.press(self.open("/sign-in/"), "Sign in", {"username": email, "password": password})

    def code(self) -> str:
        """What the person's authenticator app shows: a code that has not been used."""
        if self._app is None:
            raise Disappointed("this visitor has no authenticator app: sign in with its secret")
        return self._app.code()

    def open(self, address: str) -> Page:
        """Goes to a page; anything but 200 disappoints."""
        return self._page(self._http.get(address))

    def follow(self, page: Page, words: str) -> Page:
        """Goes where the link with these words leads."""
        return self.open(httpx.URL(page.url).join(page.link(words)).raw_path.decode())

    def press(self, page: Page, button: str, values: Values | None = None, files: Any = None) -> Page:
        """Fills in the form that has this button and presses it. A value of False leaves a tick away."""
        form, pressed = self._form(page, button)
        fields: dict[str, Any] = {}
        for name, value in form.form_values():
            fields.setdefault(name, []).append(value)
        if pressed.get("name"):
            fields[pressed.get("name")] = pressed.get("value", "")
        for name, value in (values or {}).items():
            self._must_have(form, name, page)
            if value is False:
                fields.pop(name, None)
            else:
                fields[name] = value if isinstance(value, str) else list(value)
        target = httpx.URL(page.url).join(pressed.get("formaction") or form.get("action") or page.url)
        answer = self._http.request(
            form.method, target, data=fields, files=files, headers={"Referer": page.url, "Origin": _origin(page.url)}
        )
        return self._page(answer)

    def json(self, address: str) -> Any:
        """What an address of the JSON interface answers."""
        answer = self._http.get(address)
        if answer.status_code != 200:
            raise Disappointed(f"{address} answered {answer.status_code}")
        return answer.json()

    def download(self, address: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """The raw answer, whatever it is."""
        return self._http.get(address, headers=dict(headers or {}))

    def _page(self, answer: httpx.Response) -> Page:
        page = Page(str(answer.url), answer.status_code, html.fromstring(answer.content or b"<p></p>"), answer.content)
        if page.errors:
            raise Disappointed(f"“{page.heading}” ({page.url}) says: {page.errors}")
        if page.status != 200:
            raise Disappointed(f"{page.url} answered {page.status}: {page.heading}. {page.text[:300]}")
        return page

    def _form(self, page: Page, button: str) -> tuple[Any, Any]:
        for pressed in page.tree.xpath("//form//button | //button[@form]"):
            if " ".join(pressed.text_content().split()) == button:
                named = page.tree.xpath("//form[@id=$id]", id=pressed.get("form") or "")
                return named[0] if named else next(pressed.iterancestors("form")), pressed
        raise Disappointed(f"“{page.heading}” ({page.url}) has no button “{button}”")

    def _must_have(self, form: Any, name: str, page: Page) -> None:
        if not form.xpath(".//*[@name=$name] | //*[@name=$name][@form=$id]", name=name, id=form.get("id") or ""):
            raise Disappointed(f"“{page.heading}” ({page.url}) has no field “{name}”")


def _words(tree: Any, path: str) -> str:
    return " ".join(" ".join(node.text_content() for node in tree.xpath(path)).split())


def _origin(address: str) -> str:
    url = httpx.URL(address)
    return f"{url.scheme}://{url.netloc.decode()}"
