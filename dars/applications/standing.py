"""Where a case stands for the person who looks at it: gathers what the table of stages needs. Reads only."""

from dars.accounts.public import User
from dars.applications import selectors
from dars.applications.after_approval import after_approval
from dars.applications.models import Application
from dars.applications.rules import State
from dars.applications.stages import Progress, progress
from dars.core import clock


def standing(user: User, application: Application) -> Progress:
    """The steps, who acts next, and by when; in a fixed number of queries."""
    moves = list(application.moves.order_by("pk").only("application", "from_state", "to_state", "at"))
    last = moves[-1] if moves else None
    if last and (last.from_state, last.to_state) == (State.APPEALED, State.REFUSED):
        last = [move for move in moves if move.to_state == State.REFUSED and move.from_state != State.APPEALED][-1]
    reached = {move.to_state for move in moves}
    return progress(
        State(application.state),
        since=clock.day_of(last.at if last else application.created_at),
        today=clock.today(),
        team=selectors.may_edit(user, application),
        before=State(last.from_state) if last else None,
        after=after_approval(application) if application.state == State.APPROVED else None,
        short=State.SHORT_ROUTE in reached and State.WITH_PANEL not in reached,
    )
