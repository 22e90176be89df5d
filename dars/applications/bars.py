"""Who may not see staff's own comments on a case or decide its appeal: other applications say it, this one asks them.

Two questions, both denied to the applicant's team here already; what panels know (interests, reviews, votes) comes
through the registries. Imports none of those applications.
"""

from collections.abc import Callable, Collection

from dars.accounts.public import User
from dars.applications import selectors
from dars.applications.models import Application, Move
from dars.core.permissions import P, role_rights

Conflict = Callable[[User, Application], bool]
Bars = Callable[[User, Collection[Application]], dict[int, list[str]]]
_conflicts: list[Conflict] = []
_bars: list[Bars] = []


def register_conflict(conflict: Conflict) -> None:
    """From an app's `ready`: True keeps the person from what colleagues say among themselves about the case."""
    _conflicts.append(conflict)


def register_appeal_bars(bars: Bars) -> None:
    """From an app's `ready`: by the key of the case, plain sentences why the person may not decide an appeal in it."""
    _bars.append(bars)


def sees_internal(user: User, application: Application) -> bool:
    """True for colleagues who may read every case by their role and have no conflict with this one."""
    if P.APPLICATION_VIEW not in role_rights(user) or selectors.is_of_applicants_team(user, application):
        return False
    return not any(conflict(user, application) for conflict in _conflicts)


def from_appeal(user: User, application: Application, refusal: Move | None) -> list[str]:
    """Why the person may not decide on an appeal against the refusal; empty if they may."""
    return _of_case(user, application, refusal, [bars(user, [application]) for bars in _bars])


def from_appeals(user: User, applications: Collection[Application]) -> dict[int, list[str]]:
    """The same for many cases, by their keys, in a fixed number of queries."""
    refusals = selectors.refusals(applications)
    found = [bars(user, applications) for bars in _bars]
    return {each.pk: _of_case(user, each, refusals.get(each.pk), found) for each in applications}


def _of_case(user: User, case: Application, refusal: Move | None, found: list[dict[int, list[str]]]) -> list[str]:
    """Whoever refused is told that alone: that they decided on the case would say it twice."""
    if refusal is not None and refusal.by_id == user.pk:
        return ["You refused this application, so somebody else decides on the appeal."]
    return list(dict.fromkeys(reason for reasons in found for reason in reasons.get(case.pk, [])))
