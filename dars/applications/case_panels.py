"""What other applications show on the page of a case: they register, this app asks. Imports none of them."""

from collections.abc import Callable, Mapping
from typing import Any

from dars.accounts.public import User
from dars.applications.models import Application

CasePanel = dict[str, Any]  # {"template": "panels/actions.html", "context": {…}}
Panels = Callable[[User, Application], list[CasePanel]]

_registered: list[Panels] = []
_titles: dict[str, str] = {
    "application.created": "Application started",
    "application.submitted": "Submitted",
    "application.refused_at_screening": "Refused at screening",
    "application.returned": "Returned for changes",
    "application.sent_to_panel": "Sent to the panel",
    "application.advised": "The panel has advised",
    "application.approved": "Approved",
    "application.refused": "Refused",
    "application.withdrawn": "Withdrawn",
    "application.collaborator_added": "Colleague added to the application",
}


def register_case_panel(panels: Panels) -> None:
    """From an app's `ready`: adds what `panels(user, application)` returns to the page of the case, in order.

    Each template is rendered with its own context (and `request`, `csrf_input`) and starts at heading level 2.
    """
    _registered.append(panels)


def register_timeline_titles(titles: Mapping[str, str]) -> None:
    """From an app's `ready`: words for audit kinds of its own, so that the timeline of the case shows them."""
    _titles.update(titles)


def case_panels(user: User, application: Application) -> list[CasePanel]:
    """All that is registered, for this person and case."""
    return [panel for panels in _registered for panel in panels(user, application)]


def timeline_titles() -> dict[str, str]:
    """Audit kinds that the timeline shows, in words."""
    return dict(_titles)
