"""What an approval has led to, for the stage of a case: applications above say it, this one asks. Imports none."""

from collections.abc import Callable

from dars.applications.models import Application
from dars.applications.stages import After

Says = Callable[[Application], After | None]

_registered: list[Says] = []


def register_after_approval(says: Says) -> None:
    """From an app's `ready`: where an approved case stands now, in a fixed number of queries; None: nothing to say.

    Of several that say something the one registered last is told: applications register from the bottom up, and each
    knows what follows what those below it tell.
    """
    _registered.append(says)


def after_approval(application: Application) -> After | None:
    """Where the approved case stands now; None while nothing has followed the approval."""
    said = [after for says in _registered if (after := says(application)) is not None]
    return said[-1] if said else None
