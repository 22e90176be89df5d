"""Which organisations hold identifiable data: agreements know and register, this app asks. Imports none of them."""

from collections.abc import Callable

from dars.organisations.models import Organisation

Holds = Callable[[Organisation], bool]

_registered: list[Holds] = []


def register_holds_identifiable(holds: Holds) -> None:
    """From an app's `ready`: `holds(organisation)` is true while it is bound by an agreement for identifiable data."""
    _registered.append(holds)


def holds_identifiable(organisation: Organisation) -> bool:
    """True if identifiable data may flow to the organisation, so that it needs what is asked for those alone."""
    return any(holds(organisation) for holds in _registered)
