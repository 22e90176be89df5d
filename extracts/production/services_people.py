"""What people may do to runs: start a failed one again, have a held one written again. Neither passes by a check."""

from django.db import transaction

from dars.accounts.public import User
from dars.agreements.public import ties
from dars.core import leases
from dars.core.errors import NotAllowed, WrongState
from dars.core.permissions import P, require
from extracts.production.models import Run
from extracts.production.services import unpin
from extracts.production.steps import JOB, locked, move, note


@transaction.atomic
def retry(*, run_id: int, by: User) -> Run:
    """Starts a failed run again from the stage that failed."""
    run = _to_produce(run_id, by)
    if run.state != Run.State.FAILED:
        raise WrongState(f"This run is {run.get_state_display().lower()}: only a failed run is started again.")
    stage = Run.State.PREPARED if run.prepared_at else Run.State.QUEUED
    move(run, stage)
    if stage == Run.State.QUEUED:
        unpin(run)
    run.attempts, run.failure_code, run.failure, run.progress = 0, "", "", ""
    if stage == Run.State.QUEUED or run.wanted_at:
        leases.wake(run, JOB)
    run.save()
    run.producers.add(by)
    note(run, "run.retried", by, stage=str(stage))
    return run


@transaction.atomic
def write_again(*, run_id: int, by: User) -> Run:
    """Has a held run written anew. Whoever asks for it has a hand in it from then on, and does not check it."""
    run = _to_produce(run_id, by)
    if run.state != Run.State.HELD:
        raise WrongState(f"This run is {run.get_state_display().lower()}: only a held run is written again.")
    move(run, Run.State.PREPARED)
    leases.wake(run, JOB)
    run.save()
    run.producers.add(by)
    note(run, "run.rewritten", by)
    return run


def _to_produce(run_id: int, by: User) -> Run:
    """The run, locked, if the person may have a hand in it: the right, and nothing that ties them to the case."""
    require(by, P.RUN_MANAGE)
    run = locked(run_id)
    barred = ties(run.agreement_id, by, producing=True)
    if barred:
        raise NotAllowed(" ".join(barred), rule="not_independent")
    return run
