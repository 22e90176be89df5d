"""What every write of a run shares: lock the row, move it along the table, leave its event. Decides nothing itself."""

from typing import Any

from dars.accounts.public import User
from dars.audit.public import record
from dars.core import outbox
from dars.core.errors import NotFound, WrongState
from extracts.production.models import Run
from extracts.production.rules import TRANSITIONS

JOB = "production.work"


def locked(run_id: int) -> Run:
    """The run, locked for the caller's transaction. Raises NotFound."""
    run = Run.objects.select_for_update().filter(pk=run_id).first()
    if run is None:
        raise NotFound("There is no such run.")
    return run


def move(run: Run, state: str) -> None:
    """To a state that the table allows from where the run is; otherwise WrongState. The caller saves it."""
    if (run.state, str(state)) not in TRANSITIONS:
        raise WrongState(f"This run is {run.get_state_display().lower()}: that cannot be done now.")
    run.state = state


def note(run: Run, kind: str, by: User | None = None, **payload: Any) -> None:
    """The event of a change, under the run and its case."""
    record(kind, by=by, subject=run, case=run.application_reference, **payload)


def tell(run: Run, topic: str) -> None:
    """Announces the change to other applications, in order for each agreement."""
    outbox.emit(topic, f"agreement:{run.agreement_id}", run_id=run.pk, agreement_id=run.agreement_id)
