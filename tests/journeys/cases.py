"""Cases for journeys that begin later: written, applied for and reviewed over HTTP, since that is not their journey."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from deploy.local import applying, examples
from deploy.local.visitor import Visitor
from tests.journeys.conftest import House

Changes = dict[str, dict[str, str]]
# By service and person: the first application that they wrote, and their answers.
_FIRST: dict[tuple[str, str], tuple[str, examples.Example]] = {}


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


def study(changes: Changes | None = None) -> examples.Example:
    """What the applicant of Wessex answers, with other answers where `changes` has some."""
    people = {"recipients": ["analyst@wessex.example"], "signatories": ["signatory@wessex.example"]}
    answers = examples.lung_cancer_study(organisation="UWX01", starts=dt.datetime.now(tz=dt.UTC).date(), **people)
    return answers | {section: {**answers[section], **given} for section, given in (changes or {}).items()}


def insurance() -> examples.Example:
    """What the applicant of Underwell answers, whose purposes are all commercial."""
    people = {"recipients": ["applicant@underwell.example"], "signatories": ["applicant@underwell.example"]}
    return examples.insurance_request(organisation="CUI03", starts=dt.datetime.now(tz=dt.UTC).date(), **people)


def written(house: House, who: str, title: str, answers: examples.Example) -> str:
    """A draft with all answers and the documents that they promise, over HTTP; its reference.

    The person's first is filled in from end to end, as the main job does in the browser. The next are copies of it,
    in which what is different and what a copy leaves out, the dates, is answered again.
    """
    with signed_in(house, who) as visitor:
        if (house.base_url, who) not in _FIRST:
            reference = applying.start(visitor, title)
            applying.answer(visitor, reference, answers)
            _FIRST[house.base_url, who] = reference, answers
            return reference
        first, same = _FIRST[house.base_url, who]
        page = visitor.open(f"/applications/{first}/copy/")
        made = visitor.press(page, "Copy", {"title": title, "documents": "on"})
        reference = made.url.rstrip("/").split("/")[-2]
        again = {key: mine for key, mine in answers.items() if mine != same[key] or _has_dates(key, answers)}
        applying.answer(visitor, reference, again)
    return reference


def _has_dates(section: str, answers: examples.Example) -> bool:
    return any(name.endswith("-year") for name, _ in examples.form_data(section, answers))


def submitted(house: House, who: str, title: str, answers: examples.Example) -> str:
    """The same, submitted."""
    reference = written(house, who, title, answers)
    with signed_in(house, who) as visitor:
        applying.submit(visitor, reference)
    return reference


def in_review(house: House, changes: Changes | None = None) -> str:
    """A study submitted, with other answers where `changes` has some; its reference."""
    return submitted(house, "applicant@wessex", examples.LUNG_CANCER_TITLE, study(changes))


def with_panel(house: House, changes: Changes | None = None) -> str:
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
