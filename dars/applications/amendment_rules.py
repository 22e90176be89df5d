"""Amendments, extensions and renewals: what each may change, and which go without the panel. Pure: no database."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from dars.applications.questions import Answers, answer, own
from dars.applications.sections import SECTIONS


class AmendmentKind(StrEnum):
    """How a new version of an agreement comes about (DARS process: "amend, renew or extend")."""

    AMENDMENT = "amendment"
    EXTENSION = "extension"
    RENEWAL = "renewal"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def explanation(self) -> str:
        return _EXPLANATIONS[self]


_LABELS = {
    AmendmentKind.AMENDMENT: "Amendment",
    AmendmentKind.EXTENSION: "Extension",
    AmendmentKind.RENEWAL: "Renewal",
}
_EXPLANATIONS = {
    AmendmentKind.AMENDMENT: "Change anything that was agreed, such as the data, the purpose or the people.",
    AmendmentKind.EXTENSION: "Ask for more time. Only the term can be changed, and people who have left replaced.",
    AmendmentKind.RENEWAL: "Go on after the last day, with a term of its own. You say what came of the data so far.",
}

# The sections that each may change; every other one stays as it was approved and cannot be opened. An extension changes
# the term and nothing else of what is agreed; whoever has left since has to be replaced by somebody who can sign.
MAY_CHANGE: dict[AmendmentKind, frozenset[str]] = {
    AmendmentKind.AMENDMENT: frozenset(SECTIONS) - {"achieved"},
    AmendmentKind.EXTENSION: frozenset({"term", "people"}),
    AmendmentKind.RENEWAL: frozenset(SECTIONS),
}


def may_change(kind: AmendmentKind, section: str) -> bool:
    """Whether the section may be answered anew."""
    return section in MAY_CHANGE[kind]


def changed_sections(before: Answers, after: Answers) -> list[str]:
    """The keys of the sections whose answers differ, in the order of the application."""
    return [key for key, section in SECTIONS.items() if _said(before, section) != _said(after, section)]


def _said(answers: Answers, section) -> dict:
    asked = own(answers, section) if section.applies(answers) else {}
    return {question: given for question, given in asked.items() if given not in ("", None, [], {})}


def longer_by(before: Answers, after: Answers) -> int:
    """By how many days the last day moves back; negative if the term becomes shorter."""
    ends = [dt.date.fromisoformat(answer(each, "term", "ends_on")) for each in (before, after)]
    return (ends[1] - ends[0]).days


# --- Without the panel -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ShortRoute:
    """One kind of change on which the panel need not advise. `holds(kind, changed sections, days longer)`."""

    name: str
    words: str
    source: str
    holds: Callable[[AmendmentKind, frozenset[str], int], bool]


# Sections that touch neither the data nor the purpose. Anything that is not named here goes to the panel.
NEITHER_DATA_NOR_PURPOSE = frozenset({"people", "term"})
# The longest extension without the panel's advice. Chosen; unverified.
EXTENSION_DAYS = 366

SHORT_ROUTES = (
    ShortRoute(
        "extension",
        "An extension by up to a year, which changes neither data nor purpose",
        "DARS process for extensions (unverified)",
        lambda kind, changed, longer: (
            kind is AmendmentKind.EXTENSION and "term" in changed and 0 < longer <= EXTENSION_DAYS
        ),
    ),
    ShortRoute(
        "people",
        "An amendment that changes nothing but who signs and who receives the files",
        "DARS process for simple amendments (unverified)",
        lambda kind, changed, longer: kind is AmendmentKind.AMENDMENT and changed == {"people"},
    ),
)


def short_route(kind: AmendmentKind, before: Answers, after: Answers) -> ShortRoute | None:
    """The rule under which the change may be decided without the panel; None if the panel has to advise."""
    changed = frozenset(changed_sections(before, after))
    if not changed <= NEITHER_DATA_NOR_PURPOSE:
        return None
    longer = longer_by(before, after)
    return next((route for route in SHORT_ROUTES if route.holds(kind, changed, longer)), None)


# --- What stands in the way of submitting ----------------------------------------------------------------------------


def faults(kind: AmendmentKind, before: Answers, after: Answers) -> list[str]:
    """Why the answers make no amendment of this kind, for the applicant; empty if they do."""
    changed = changed_sections(before, after)
    if not changed:
        return ["Nothing has changed. Change at least one answer, or withdraw the " + kind.label.lower() + "."]
    locked = [SECTIONS[key].title for key in changed if not may_change(kind, key)]
    if locked:
        return [f"{with_article(kind, capital=True)} cannot change these sections: {', '.join(locked)}."]
    if kind is not AmendmentKind.AMENDMENT and longer_by(before, after) <= 0:
        return [f"The last day must be later than the one agreed, since this is {with_article(kind)}."]
    return []


def overtaken(kind: AmendmentKind, before: Answers, today: dt.date) -> dt.date | None:
    """The last agreed day, where it has passed: what is over is neither amended nor extended, only renewed."""
    last = dt.date.fromisoformat(answer(before, "term", "ends_on"))
    return last if kind is not AmendmentKind.RENEWAL and today > last else None


def renewed(before: Answers, after: Answers, today: dt.date) -> Answers:
    """The answers `after` as those of a renewal of `before`, which begins when the agreed term is over.

    Everything that was typed stays, but for a last day that a renewal cannot have: it is asked anew.
    """
    agreed = dt.date.fromisoformat(answer(before, "term", "ends_on"))
    begins = max(agreed + dt.timedelta(days=1), today)
    term = {**after["term"], "starts_on": begins.isoformat()}
    ends = term.get("ends_on")
    if not isinstance(ends, str) or ends < term["starts_on"]:  # parts of a date that is none yet, or a day gone by
        term.pop("ends_on", None)
    return {**after, "term": term, "renewal": {"asked": "yes"}}


def with_article(kind: AmendmentKind, *, capital: bool = False) -> str:
    """ "an amendment", "A renewal"."""
    article = "an" if kind.label[0] in "AE" else "a"
    return f"{article.capitalize() if capital else article} {kind.label.lower()}"
