"""Cases for the journeys of panel and approver: applied for and reviewed over HTTP, since that is not their journey."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from deploy.local import applying, examples
from deploy.local.visitor import Visitor
from tests.journeys.conftest import House


@contextmanager
def signed_in(house: House, who: str) -> Iterator[Visitor]:
    """The person's session over HTTP."""
    with Visitor(house.base_url) as visitor:
        visitor.sign_in(house.person(who)["email"], house.cast["password"])
        yield visitor


# Of identifiable data, by a power that does not ask for consent.
IDENTIFIABLE = {
    "data": {"identifiability": "identifiable"},
    "legal": {"dissemination": "copi_3"},
    "confidentiality": {"exception": "none"},
}


def in_review(house: House, changes: dict[str, dict[str, str]] | None = None) -> str:
    """A study submitted, with other answers where `changes` has some; its reference."""
    people = {"recipients": ["analyst@wessex.example"], "signatories": ["signatory@wessex.example"]}
    study = examples.lung_cancer_study(organisation="UWX01", starts=dt.datetime.now(tz=dt.UTC).date(), **people)
    for section, given in (changes or {}).items():
        study[section] = {**study[section], **given}
    with signed_in(house, "applicant@wessex") as applicant:
        reference = applying.start(applicant, examples.LUNG_CANCER_TITLE)
        applying.answer(applicant, reference, study)
        applying.submit(applicant, reference)
    return reference


def with_panel(house: House, changes: dict[str, dict[str, str]] | None = None) -> str:
    """A study submitted and sent to the panel; its reference."""
    reference = in_review(house, changes)
    with signed_in(house, "reviewer@dars") as reviewer:
        reviewer.press(reviewer.open(f"/reviews/{reference}/"), "Record the review", {"outcome": "to_panel"})
    return reference


def settle(house: House, title: str) -> None:
    """A meeting settles a precedent for universities that ask for pseudonymised data; the deputy confirms it."""
    today = dt.datetime.now(tz=dt.UTC).date()
    day = {"day": str(today.day), "month": str(today.month), "year": str(today.year)}
    with signed_in(house, "chair@dars") as chair:
        when = {f"held_on_{part}": value for part, value in day.items()}
        planned = {**when, "starts_at": "09:00", "place": "Leeds"}
        page = chair.press(chair.open("/meetings/new/"), "Save the meeting", planned)
        number = page.url.rstrip("/").split("/")[-1]
        chair.press(page, "Open the meeting")
        until = {f"valid_until_{part}": value for part, value in {**day, "year": str(today.year + 1)}.items()}
        criteria = {"criterion_identifiability": "pseudonymised", "criterion_organisation": "university"}
        words = {"title": title, "words": "Such a request needs no meeting.", "meeting": number}
        listed = chair.press(chair.open("/precedents/new/"), "Record the precedent", {**words, **until, **criteria})
    with signed_in(house, "deputy@dars") as deputy:
        deputy.press(deputy.open(listed.link(title)), "Confirm the precedent")
