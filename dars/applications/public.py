"""The door of applications for panels and agreements."""

from dars.applications.case_panels import register_case_panel, register_timeline_titles
from dars.applications.models import Application, Move, Revision
from dars.applications.moves import locked, move
from dars.applications.presenters import findings, sections_of
from dars.applications.rules import State
from dars.applications.selectors import (
    Particulars,
    candidates,
    get,
    in_states,
    is_of_applicants_team,
    latest_revision,
    moves,
    particulars,
    spec,
    visible_to,
)
from dars.applications.services import create_application, return_for_changes, submit, withdraw

__all__ = [
    "Application",
    "Move",
    "Particulars",
    "Revision",
    "State",
    "candidates",
    "create_application",
    "findings",
    "get",
    "in_states",
    "is_of_applicants_team",
    "latest_revision",
    "locked",
    "move",
    "moves",
    "particulars",
    "register_case_panel",
    "register_timeline_titles",
    "return_for_changes",
    "sections_of",
    "spec",
    "submit",
    "visible_to",
    "withdraw",
]
