"""What every write about a case asks first, in the same order: right, ties to the case, state, revision."""

from dars.accounts.public import User
from dars.applications.public import Application, Revision, State, locked
from dars.core.errors import NotAllowed, WrongState
from dars.core.permissions import require
from dars.panels import selectors
from dars.panels.rules import Part


def taking(part: Part, application: Application, revision: int, by: User) -> tuple[Application, Revision]:
    """The locked application and the revision, if the person may play this part in it now.

    Raises NotAllowed without the right or for somebody tied to the case, WrongState if it is too late or too early, or
    if the person has read an older revision.
    """
    row = locked(application.pk)
    require(by, selectors.RIGHT_FOR[part])
    reasons = selectors.why_not(part, by, row)
    if reasons:
        raise NotAllowed(" ".join(reasons))
    if row.state not in selectors.STATES_FOR[part]:
        raise WrongState(_too_late(row, revision, part))
    seen = selectors.current(row)
    if seen.number != revision:
        raise WrongState("The application has changed since you opened it. Read the latest revision first.")
    return row, seen


def _too_late(row: Application, revision: int, part: Part) -> str:
    decision = selectors.decision_on(row, revision)
    if part in {Part.DECIDE, Part.CONFIRM} and decision:
        done = {"approve": "approved", "refuse": "refused"}[decision.outcome]
        return f"{(decision.second_approver or decision.approver).name} has already {done} this application."
    return f"The application is “{State(row.state).label}”, so this cannot be done now."
