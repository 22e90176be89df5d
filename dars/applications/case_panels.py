"""What other applications show on the page of a case: they register, this app asks. Imports none of them."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dars.accounts.public import User
from dars.applications.models import Application
from dars.applications.questions_told import called
from dars.audit.public import Entry

CasePanel = dict[str, Any]  # {"template": "panels/actions.html", "context": {…}}
Words = str | Callable[[dict[str, Any]], str]  # of an event, from its payload
Panels = Callable[[User, Application], list[CasePanel]]

_registered: list[Panels] = []
_internal: dict[str, Words] = {}
_titles: dict[str, Words] = {
    "application.created": "Application started",
    "application.submitted": lambda payload: f"Submitted as revision {payload['revision']}",
    "application.refused_at_screening": "Refused at screening",
    "application.returned": "Returned for changes",
    "application.sent_to_panel": "Sent to the panel",
    "application.proposed_under_precedent": "Proposed under a precedent",
    "application.pulled_back": "Pulled back to a meeting of the panel",
    "application.advised": "The panel has advised",
    "application.approved": "Approved",
    "application.refused": "Refused",
    "application.withdrawn": "Withdrawn",
    "application.appealed": "The applicant appealed against the refusal",
    "application.appeal_upheld": "Appeal upheld: the case is looked at again",
    "application.appeal_dismissed": "Appeal dismissed: the refusal is final",
    "application.letter_written": "Letter written",
    "application.collaborator_added": "Colleague added to the application",
    "application.answer_redacted": lambda payload: (
        f"An answer was redacted: {called(payload['section'], payload['question'])}"
    ),
    "application.reason_redacted": "A reason given by the applicant was redacted",
    "attachment.redacted": "A document was redacted",
}


def register_case_panel(panels: Panels) -> None:
    """From an app's `ready`: adds what `panels(user, application)` returns to the page of the case, in order.

    Each template is rendered with its own context (and `request`, `csrf_input`) and starts at heading level 2.
    """
    _registered.append(panels)


def register_timeline_titles(titles: Mapping[str, Words], *, internal: bool = False) -> None:
    """From an app's `ready`: words for audit kinds of its own, so that the timeline of the case shows them.

    Words may be made from the payload. internal: only colleagues without a conflict are shown these.
    """
    (_internal if internal else _titles).update(titles)


def case_panels(user: User, application: Application) -> list[CasePanel]:
    """All that is registered, for this person and case."""
    return [panel for panels in _registered for panel in panels(user, application)]


def timeline_titles(*, internal: bool = False) -> dict[str, Words]:
    """Audit kinds that the timeline shows, in words; with the internal ones for whoever may see those."""
    return {**_titles, **_internal} if internal else dict(_titles)


@dataclass(frozen=True)
class Told:
    """One event of the timeline, in words."""

    at: dt.datetime
    who: str
    words: str


def told(entries: list[Entry], titles: Mapping[str, Words]) -> list[Told]:
    """Events in words. Where the details have been erased, the plain name of the event is all there is."""
    return [Told(entry.at, entry.actor, _in_words(entry, titles[entry.kind])) for entry in entries]


def _in_words(entry: Entry, words: Words) -> str:
    if isinstance(words, str):
        return words
    if entry.payload is None:
        return entry.kind.partition(".")[2].replace("_", " ").capitalize()
    return words(entry.payload)
