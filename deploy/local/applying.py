"""Fills in a whole application over HTTP as its applicant would, with the documents that the answers promise."""

import time

from deploy.local import examples
from deploy.local.visitor import Disappointed, Page, Visitor

CHECKED_SECONDS = 60


def start(visitor: Visitor, title: str) -> str:
    """Starts an application; returns its reference."""
    page = visitor.press(visitor.open("/applications/new/"), "Start", {"title": title})
    return page.url.rstrip("/").split("/")[-2]


def answer(visitor: Visitor, reference: str, answers: examples.Example) -> None:
    """Answers every section in turn, and attaches what the answers promise."""
    for section in answers:
        address = f"/applications/{reference}/sections/{section}/"
        fields: dict[str, list[str]] = {}
        for name, value in examples.form_data(section, answers):
            fields.setdefault(name, []).append(value)
        page = visitor.open(address)
        for of, question in examples.EVIDENCE:
            if of == section:
                letter = {"file": ("Letter.pdf", examples.letter(), "application/pdf")}
                visitor.press(page, "Add the document", {**fields, "question": question}, files=letter)
                page = _when_checked(visitor, address)
        visitor.press(page, "Save and continue", fields)


def submit(visitor: Visitor, reference: str) -> Page:
    """Submits the application under the declaration."""
    return visitor.press(
        visitor.open(f"/applications/{reference}/check/"), "Submit the application", {"declaration": "yes"}
    )


def _when_checked(visitor: Visitor, address: str) -> Page:
    deadline = time.monotonic() + CHECKED_SECONDS
    while time.monotonic() < deadline:
        page = visitor.open(address)
        if "Checked" in page.text:
            return page
        time.sleep(0.3)
    raise Disappointed(f"the document at {address} was not checked within {CHECKED_SECONDS} seconds")
