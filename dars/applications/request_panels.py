"""The data request on other pages: on the case, for whoever judges it, and beside the sections while it is written."""

from typing import Any

from dars.accounts.public import User
from dars.applications import request_summary, selectors
from dars.applications.case_panels import CasePanel
from dars.applications.models import Application
from dars.applications.question_notes import QuestionNote

NOTE = "applications/request_note.html"


def case_panels(user: User, application: Application) -> list[CasePanel]:
    """What was asked for in its latest revision, compared with the least revealing, with the reasons given."""
    revision = selectors.latest_revision(application)
    if revision is None:
        return []
    context = {"asked_for": request_summary.of_revision(revision), "revision": revision}
    return [{"template": "applications/request_panel.html", "context": context}]


def question_notes(application: Application) -> list[QuestionNote]:
    """The request so far, at the top of each page about the data."""
    return [
        QuestionNote(key, "", NOTE, f"request-{key}", {"summary_of": note_context})
        for key in request_summary.DATA_SECTIONS
    ]


def note_context(application: Application) -> dict[str, Any]:
    """What the note says; worked out only where it is drawn."""
    return {
        "asked_for": request_summary.of_draft(application),
        "countable": request_summary.can_be_counted(application),
        "counted": request_summary.told_before(application),
    }
