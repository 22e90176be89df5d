"""Writes to runs. A worker's writes are fenced by its lease; people may only start a failed run again."""

import datetime as dt
from dataclasses import asdict
from functools import partial
from typing import Any

from django.db import transaction

from dars.accounts.public import User
from dars.agreements.public import Terms, live_terms, terms
from dars.audit.public import record
from dars.core import clock, leases, outbox
from dars.core.errors import NotFound, WrongState
from dars.core.leases import Lease
from dars.core.permissions import P, require
from extracts.collection import public as collection
from extracts.engine.checks import Check
from extracts.engine.measure import Measure
from extracts.production import staging
from extracts.production.failures import Failure
from extracts.production.models import Run
from extracts.production.rules import BUSY, MAX_ATTEMPTS, OVER, TRANSITIONS

JOB = "production.work"


@transaction.atomic
def queue_run(*, agreement_id: int, by: User | None = None) -> Run:
    """The run of an agreement's specification, queued for preparation if there was none yet."""
    agreed = terms(agreement_id)
    run, created = Run.objects.get_or_create(
        agreement_id=agreement_id,
        spec_sha256=agreed.spec_sha256,
        defaults={
            "application_reference": agreed.application_reference,
            "spec_json": agreed.spec_json,
            "created_at": clock.now(),
        },
    )
    if created:
        _queued(run, agreed, by)
    return run


@transaction.atomic
def want(*, agreement_id: int, by: User | None = None) -> Run:
    """The agreement is in force: its run is to be written once it is prepared. Revives one that a suspension purged."""
    agreed = terms(agreement_id)
    run = _locked(queue_run(agreement_id=agreement_id, by=by).pk)
    run.wanted_at = run.wanted_at or clock.now()
    if run.state == Run.State.PURGED:
        _move(run, Run.State.QUEUED)
        _queued(run, agreed, by)
    elif run.state == Run.State.PREPARED:
        leases.wake(run, JOB)
    run.save()
    return run


@transaction.atomic
def purge(*, agreement_id: int, by: User | None = None) -> None:
    """Nothing may flow: whoever works on a run of the agreement loses the lease, and what was staged goes."""
    for run in Run.objects.select_for_update().filter(agreement_id=agreement_id).exclude(state__in=OVER):
        _move(run, Run.State.PURGED)
        leases.let_go(run)
        run.wanted_at = None
        run.staged, run.files = "", []
        run.failure_code = run.failure = run.progress = ""
        run.save()
        _record(run, "run.purged", by)
        transaction.on_commit(partial(staging.tidy, run.pk))


@transaction.atomic
def retry(*, run_id: int, by: User) -> Run:
    """Starts a failed run again from the stage that failed."""
    require(by, P.RUN_MANAGE)
    run = _locked(run_id)
    if run.state != Run.State.FAILED:
        raise WrongState(f"This run is {run.get_state_display().lower()}: only a failed run is started again.")
    stage = Run.State.PREPARED if run.prepared_at else Run.State.QUEUED
    _move(run, stage)
    if stage == Run.State.QUEUED:
        _unpin(run)
    run.attempts, run.failure_code, run.failure, run.progress = 0, "", "", ""
    if stage == Run.State.QUEUED or run.wanted_at:
        leases.wake(run, JOB)
    run.save()
    _record(run, "run.retried", by, stage=str(stage))
    return run


@transaction.atomic
def begin(*, run_id: int) -> Lease | None:
    """A lease on whatever stage of the run is to be done now; None if there is none, or another worker is at it.

    A run that killed its worker too often fails here, so that it cannot go round for ever.
    """
    run = Run.objects.select_for_update().filter(pk=run_id).first()
    if run is None or not leases.is_free(run):
        return None
    if run.state in BUSY and run.attempts >= MAX_ATTEMPTS:
        _fail(run, Failure("worker_lost", f"The run was interrupted {run.attempts} times. Look at the workers first."))
        return None
    if run.state == Run.State.QUEUED:
        _move(run, Run.State.PREPARING)
        run.attempts = 0
    elif run.state == Run.State.PREPARED and run.wanted_at:
        _move(run, Run.State.WRITING)
        run.attempts = 0
    elif run.state not in BUSY:
        return None
    lease = leases.take(run)
    run.progress, run.percent = "Starting", 0
    run.save()
    _record(run, "run.started", stage=run.state, attempt=run.attempts)
    return lease


@transaction.atomic
def pin(*, lease: Lease, data_version_id: int, label: str) -> None:
    """Binds the run to one version of the data; the first pin holds."""
    run = lease.hold()
    if run.data_version_id is None:
        run.data_version_id, run.data_version = data_version_id, label
        run.save()


@transaction.atomic
def finish_prepare(*, lease: Lease, measure: Measure) -> None:
    """Commits what preparation counted. Goes on to writing if the agreement came into force meanwhile."""
    run = lease.hold()
    _move(run, Run.State.PREPARED)
    leases.let_go(run)
    run.measure, run.prepared_at = asdict(measure), clock.now()
    run.progress, run.percent = "", 100
    if run.wanted_at:
        leases.wake(run, JOB)
    run.save()
    _record(
        run,
        "run.prepared",
        data_version=run.data_version,
        rows=sum(table.rows for table in measure.tables.values()),
        people=max(table.people for table in measure.tables.values()),
        smallest_class=measure.k_anonymity.smallest,
    )
    _tell(run, "run.prepared")


@transaction.atomic
def note_checks(*, lease: Lease, checks: list[Check]) -> None:
    """Keeps the verdicts of the checks, passed or not."""
    run = lease.hold()
    run.checks = [asdict(check) for check in checks]
    run.save()
    verdicts = {True: [], False: []}
    for check in checks:
        verdicts[check.passed].append(check.name)
    _record(run, "run.checked", passed=verdicts[True], failed=verdicts[False])


@transaction.atomic
def finish_write(
    *, lease: Lease, staged: str, files: list[dict[str, Any]], opt_out_version: str, opt_outs_at: dt.datetime
) -> None:
    """The one commit that makes staged files count. Raises WrongState if the agreement is no longer in force."""
    run = lease.hold()
    live_terms(run.agreement_id)
    _move(run, Run.State.WRITTEN)
    leases.let_go(run)
    run.staged, run.files, run.written_at = staged, files, clock.now()
    run.opt_out_version, run.opt_outs_at = opt_out_version, opt_outs_at
    run.progress, run.percent = "", 100
    run.save()
    _record(
        run,
        "run.written",
        data_version=run.data_version,
        opt_out_version=opt_out_version,
        files=len(files),
        rows=sum({file["table"]: file["rows"] for file in files}.values()),
    )
    _tell(run, "run.written")


@transaction.atomic
def fail(*, lease: Lease, failure: Failure) -> None:
    """The stage failed for a reason that trying again by itself would not mend."""
    _fail(lease.hold(), failure)


@transaction.atomic
def may_go_out(*, run_id: int) -> bool:
    """True if the run is written and honours today's opt-outs. If they have moved on, it is sent to be written anew."""
    run = _locked(run_id)
    if run.state != Run.State.WRITTEN:
        return False
    if not _is_outdated(run):
        return True
    _move(run, Run.State.PREPARED)
    run.staged, run.files = "", []
    leases.wake(run, JOB)
    run.save()
    _record(run, "run.outdated")
    transaction.on_commit(partial(staging.tidy, run.pk))
    return False


@transaction.atomic
def mark_released(*, run_id: int, by: User | None = None) -> None:
    """The package is out: the plain files go. Called by delivery in the transaction that releases the package.

    Raises WrongState if opt-outs came since the files were written.
    """
    run = _locked(run_id)
    if _is_outdated(run):
        raise WrongState("There are newer opt-outs than those that the files honour.", rule="opt_outs_changed")
    _move(run, Run.State.RELEASED)
    run.released_at, run.staged = clock.now(), ""
    run.save()
    _record(run, "run.released", by)
    transaction.on_commit(partial(staging.tidy, run.pk))


@transaction.atomic
def wake_due() -> int:
    """Announces again the runs whose worker died or whose announcement was lost. Returns how many."""
    waiting = Run.objects.filter(state__in=[*BUSY, Run.State.QUEUED]) | Run.objects.filter(
        state=Run.State.PREPARED, wanted_at__isnull=False
    )
    runs = list(leases.due(waiting).select_for_update(skip_locked=True))
    for run in runs:
        leases.wake(run, JOB)
        run.save()
    return len(runs)


def _queued(run: Run, agreed: Terms, by: User | None) -> None:
    _unpin(run)
    run.attempts, run.prepared_at = 0, None
    leases.wake(run, JOB)
    run.save()
    _record(run, "run.queued", by, agreement=agreed.reference, spec_sha256=run.spec_sha256)


def _unpin(run: Run) -> None:
    run.data_version_id, run.data_version, run.measure, run.checks = None, "", {}, []


def _fail(run: Run, failure: Failure) -> None:
    stage = run.state
    _move(run, Run.State.FAILED)
    leases.let_go(run)
    longest = Run._meta.get_field("failure").max_length  # many reasons at once are cut, not refused by the database
    run.failure_code, run.failure, run.progress = failure.code, failure.message[:longest], ""
    run.save()
    transaction.on_commit(partial(staging.tidy, run.pk))
    _record(run, "run.failed", stage=stage, code=failure.code, attempt=run.attempts)
    _tell(run, "run.failed")


def _is_outdated(run: Run) -> bool:
    """An extract honours the opt-outs of the day on which it is released, and each that was recorded before."""
    taken = run.opt_outs_at
    return taken is not None and (clock.day_of(taken) != clock.today() or collection.opt_outs_changed_since(taken))


def _locked(run_id: int) -> Run:
    run = Run.objects.select_for_update().filter(pk=run_id).first()
    if run is None:
        raise NotFound("There is no such run.")
    return run


def _move(run: Run, state: str) -> None:
    if (run.state, str(state)) not in TRANSITIONS:
        raise WrongState(f"This run is {run.get_state_display().lower()}: that cannot be done now.")
    run.state = state


def _record(run: Run, kind: str, by: User | None = None, **payload: Any) -> None:
    record(kind, by=by, subject=run, case=run.application_reference, **payload)


def _tell(run: Run, topic: str) -> None:
    outbox.emit(topic, f"agreement:{run.agreement_id}", run_id=run.pk, agreement_id=run.agreement_id)
