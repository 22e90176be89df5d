"""What other applications show on the page of an agreement: they register, this app asks. Imports none of them."""

from collections.abc import Callable
from typing import Any

from dars.accounts.public import User
from dars.agreements.models import Agreement

AgreementPanel = dict[str, Any]  # {"template": "oversight/_on_agreement.html", "context": {…}}
Panels = Callable[[User, Agreement], list[AgreementPanel]]

_registered: list[Panels] = []


def register_agreement_panel(panels: Panels) -> None:
    """From an app's `ready`: adds what `panels(user, agreement)` returns to the page of the agreement, in order.

    Each template is rendered with its own context (and `request`, `csrf_input`) and starts at heading level 2.
    """
    _registered.append(panels)


def agreement_panels(user: User, agreement: Agreement) -> list[AgreementPanel]:
    """All that is registered, for this person and agreement."""
    return [panel for panels in _registered for panel in panels(user, agreement)]
