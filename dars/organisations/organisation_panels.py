"""What other applications show on the page of an organisation: they register, this app asks. Imports none of them."""

from collections.abc import Callable
from typing import Any

from dars.accounts.public import User
from dars.organisations.models import Organisation

OrganisationPanel = dict[str, Any]  # {"template": "oversight/_on_organisation.html", "context": {…}}
Panels = Callable[[User, Organisation], list[OrganisationPanel]]

_registered: list[Panels] = []


def register_organisation_panel(panels: Panels) -> None:
    """From an app's `ready`: adds what `panels(user, organisation)` returns to the page of the organisation, in order.

    Each template is rendered with its own context (and `request`, `csrf_input`) and starts at heading level 2.
    """
    _registered.append(panels)


def organisation_panels(user: User, organisation: Organisation) -> list[OrganisationPanel]:
    """All that is registered, for this person and organisation."""
    return [panel for panels in _registered for panel in panels(user, organisation)]
