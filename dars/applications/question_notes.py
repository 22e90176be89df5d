"""What other applications have to say at a question while it is being answered. Imports none of them; writes nothing.

A note is drawn beside its question and counted on the task list; it keeps the application from being submitted for as
long as it says so.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from dars.applications.gaps import Gap
from dars.applications.models import Application


@dataclass(frozen=True)
class QuestionNote:
    """One note. `question` "" means the section as a whole; `status` is a word or two for the task list, or "".

    blocking: said by the list of gaps while the application may not be submitted because of this note, else "".
    anchor: the id that the template gives to the note, for links.
    """

    section: str
    question: str
    template: str
    anchor: str
    context: dict[str, Any] = field(default_factory=dict)
    status: str = ""
    blocking: str = ""


Notes = Callable[[Application], list[QuestionNote]]
_registered: list[Notes] = []


def register_question_notes(notes: Notes) -> None:
    """From an app's `ready`: notes on an application that its team may edit now, in a fixed number of queries."""
    _registered.append(notes)


def notes_on(application: Application) -> list[QuestionNote]:
    """Every note, in the order of registration."""
    return [note for notes in _registered for note in notes(application)]


def drawn(application: Application, section: str, request: HttpRequest) -> dict[str, list[str]]:
    """The notes of one section as HTML, by question."""
    found: dict[str, list[str]] = {}
    for note in notes_on(application):
        if note.section == section:
            context = {**note.context, "note": note, "application": application}
            found.setdefault(note.question, []).append(render_to_string(note.template, context, request))
    return found


def gaps(application: Application) -> list[Gap]:
    """A gap for each note that keeps the application from being submitted."""
    return [
        Gap(note.section, note.question, note.blocking, note.anchor) for note in notes_on(application) if note.blocking
    ]


def statuses(application: Application) -> dict[str, str]:
    """The word for the task list, by section; the first note that has one."""
    found: dict[str, str] = {}
    for note in notes_on(application):
        if note.status:
            found.setdefault(note.section, note.status)
    return found
