"""What a page leads to: the addresses in it that are the service's own. Opens none of them."""

import re
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from django.contrib.staticfiles import finders
from django.urls import Resolver404, resolve
from lxml import html

STATIC = "/static/"


@dataclass(frozen=True)
class Found:
    """`pages`: addresses to open, each with its words. `broken`: what can be told without opening anything. `forms`:
    those with long texts, each as it would be posted with something in every control, and the names of the texts."""

    pages: dict[str, str]
    broken: list[str]
    forms: list[tuple[dict[str, list[str]], set[str]]] = field(default_factory=list)


def on(page: bytes, address: str) -> Found:
    """The links of a page, the files that it is built of, and the forms that ask for another page."""
    tree, pages, broken = html.fromstring(page), {}, []
    for element in tree.xpath("//a[@href] | //form[not(@method) or @method='get'][@action]"):
        target = element.get("href") or element.get("action")
        words = " ".join(element.text_content().split())
        parts = urlsplit(urljoin(address, target))
        if target.startswith("#"):
            if not tree.xpath("//*[@id=$id or @name=$id]", id=parts.fragment):
                broken.append(f"“{words}” leads to {target}, which is nowhere on {address}")
        elif not parts.netloc and parts.scheme == "":
            pages[f"{parts.path}?{parts.query}".rstrip("?")] = words
    for name in tree.xpath("//link/@href | //script/@src | //img/@src | //use/@href"):
        path = urlsplit(name).path
        if path.startswith(STATIC) and finders.find(path.removeprefix(STATIC)) is None:
            broken.append(f"{name} of {address} is nowhere")
    forms = []
    for form in tree.xpath("//form[.//textarea]"):
        typed: dict[str, list[str]] = {}
        for control in form.xpath(".//input[@name] | .//select[@name] | .//textarea[@name]"):
            typed.setdefault(control.get("name"), []).append(control.get("value") or "Mine.")
        forms.append((typed, set(form.xpath(".//textarea/@name"))))
    return Found(pages, broken, forms)


def kind(address: str) -> str:
    """The route of an address, and what is asked beside it: pages of one kind are made by the same code."""
    parts = urlsplit(address)
    try:
        route = resolve(parts.path).route
    except Resolver404:
        route = parts.path  # nowhere: worth asking for
    asked = sorted(re.findall(r"(?:^|&)(\w+)=", parts.query))
    return " ".join([route, *asked])
