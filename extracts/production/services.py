"""Writes to runs. A worker's writes are fenced by its lease; people may start a failed or a held run again."""

import datetime as dt
from dataclasses import asdict
from functools import partial
from typing import Any

from django.db import transaction
from django.urls import reverse

from dars.accounts.public import User
from dars.agreements.public import Terms, live_terms, terms
from dars.core import clock, leases
from dars.core.errors import WrongState
from dars.core.leases import Lease
from extracts.collection import public as collection
from extracts.engine.checks import Check
from extracts.engine.measure import Measure
from extracts.production import staging
from extracts.production.failures import Failure
from extracts.production.models import Run
from extracts.production.proposals import is_stale
from extracts.production.rules import BUSY, MAX_ATTEMPTS, ONCE, OVER, RECURRING, period_of, same_content
from extracts.production.selectors import given_before
from extracts.production.services_ledger import release_of_run
from extracts.production.staff import tell_staff
from extracts.production.steps import JOB, locked, move, note, tell


@transaction.atomic
def queue_run(*, agreement_id: int, by: User | None = None) -> Run:
    """The run of the agreement's present period, queued for preparation if there was none yet.

    One that was prepared in an earlier period and never wanted (the signatures took long) becomes this period's.
    """
    agreed = terms(agreement_id)
    period = period_of(agreed.spec_json.get("frequency", ONCE), clock.today())
    of_agreement = Run.objects.select_for_update().filter(agreement_id=agreement_id)
    if not of_agreement.filter(period=period).exists():
        unwanted = of_agreement.filter(wanted_at=None).exclude(state=Run.State.RELEASED).first()
        if unwanted is not None:
            unwanted.period = period
            if unwanted.state == Run.State.PREPARED:  # counted in data of another period
                move(unwanted, Run.State.QUEUED)
                _queued(unwanted, agreed, by)
            unwanted.save()
            return unwanted
    run, created = Run.objects.get_or_create(
        agreement_id=agreement_id,
        period=period,
        defaults={
            "application_reference": agreed.application_reference,
            "keyed_as": agreed.pseudonyms_of,
            "spec_json": agreed.spec_json,
            "spec_sha256": agreed.spec_sha256,
            "created_at": clock.now(),
        },
    )
    if created:
        if by is not None:
            run.producers.add(by)
        _queued(run, agreed, by)
    return run


@transaction.atomic
def want(*, agreement_id: int, by: User | None = None) -> Run:
    """The agreement is in force: its run is to be written once it is prepared. Revives one that a suspension purged.

    What a former version of the agreement has given out in the same period is not given out again.
    """
    agreed = terms(agreement_id)
    run = locked(queue_run(agreement_id=agreement_id, by=by).pk)
    if _given_out_before(run):
        return run
    run.wanted_at = run.wanted_at or clock.now()
    if run.state == Run.State.PURGED:
        move(run, Run.State.QUEUED)
        _queued(run, agreed, by)
    elif run.state == Run.State.PREPARED:
        leases.wake(run, JOB)
    run.save()
    return run


def recur() -> int:
    """Queues the run of each period that has begun under an agreement in force. Returns how many; called any number of
    times, each is queued once. A period that passed while nothing could flow is not made up for."""
    queued = 0
    of_agreements = Run.objects.filter(spec_json__frequency__in=RECURRING)
    for agreement_id in of_agreements.order_by().values_list("agreement", flat=True).distinct():
        try:
            agreed = live_terms(agreement_id)
        except WrongState:
            continue
        period = period_of(agreed.spec_json["frequency"], clock.today())
        if not Run.objects.filter(agreement=agreement_id, period=period).exists():
            want(agreement_id=agreement_id)
            queued += 1
    return queued


@transaction.atomic
def purge(*, agreement_id: int, by: User | None = None) -> None:
    """Nothing may flow: whoever works on a run of the agreement loses the lease, and what was staged goes."""
    for run in Run.objects.select_for_update().filter(agreement_id=agreement_id).exclude(state__in=OVER):
        move(run, Run.State.PURGED)
        leases.let_go(run)
        run.wanted_at = None
        run.staged, run.files, run.proposal = "", [], {}
        run.failure_code = run.failure = run.progress = ""
        run.save()
        collection.forget_given([run.pk])
        note(run, "run.purged", by)
        transaction.on_commit(partial(staging.tidy, run.pk))


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
        move(run, Run.State.PREPARING)
        run.attempts = 0
    elif run.state == Run.State.PREPARED and run.wanted_at:
        move(run, Run.State.WRITING)
        run.attempts = 0
    elif run.state not in BUSY:
        return None
    lease = leases.take(run)
    run.progress, run.percent = "Starting", 0
    run.save()
    note(run, "run.started", stage=run.state, attempt=run.attempts)
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
    move(run, Run.State.PREPARED)
    leases.let_go(run)
    run.measure, run.prepared_at = asdict(measure), clock.now()
    run.progress, run.percent = "", 100
    if run.wanted_at:
        leases.wake(run, JOB)
    run.save()
    note(
        run,
        "run.prepared",
        data_version=run.data_version,
        rows=sum(table.rows for table in measure.tables.values()),
        people=max(table.people for table in measure.tables.values()),
        smallest_class=measure.k_anonymity.smallest,
    )
    tell(run, "run.prepared")


@transaction.atomic
def note_checks(*, lease: Lease, checks: list[Check]) -> None:
    """Keeps the verdicts of the checks, passed or not."""
    run = lease.hold()
    run.checks = [asdict(check) for check in checks]
    run.save()
    verdicts = {True: [], False: []}
    for check in checks:
        verdicts[check.passed].append(check.name)
    note(run, "run.checked", passed=verdicts[True], failed=verdicts[False])


@transaction.atomic
def finish_write(
    *,
    lease: Lease,
    staged: str,
    files: list[dict[str, Any]],
    found: dict[str, Any],
    opt_out_version: str,
    opt_outs_at: dt.datetime,
    follows: list[int],
    proposal: dict[str, Any],
) -> None:
    """The one commit that makes staged files count. Raises WrongState if the agreement is no longer in force.

    They then wait for the output check.
    """
    run = lease.hold()
    live_terms(run.agreement_id)
    move(run, Run.State.WRITTEN)
    leases.let_go(run)
    run.staged, run.files, run.found, run.written_at = staged, files, found, clock.now()
    run.opt_out_version, run.opt_outs_at = opt_out_version, opt_outs_at
    run.follows, run.proposal = follows, proposal
    run.progress, run.percent = "", 100
    run.save()
    note(
        run,
        "run.written",
        data_version=run.data_version,
        opt_out_version=opt_out_version,
        files=len(files),
        rows=sum({file["table"]: file["rows"] for file in files if file["table"] in found["tables"]}.values()),
    )
    tell(run, "run.written")
    tell_staff(
        kind="run.written",
        subject=f"An extract of {run.application_reference} waits for the output check",
        text="The files are written and passed the service’s checks. Nothing goes out before somebody who did not "
        "produce them has looked.\n\nOpen the page, compare what was approved with what is in the files, and give "
        "your verdict today: tomorrow the files are written anew, with the opt-outs of that day.",
        link=reverse("production:check", args=[run.pk]),
        case=run.application_reference,
        but=frozenset(run.producers.values_list("pk", flat=True)),
    )


@transaction.atomic
def fail(*, lease: Lease, failure: Failure) -> None:
    """The stage failed for a reason that trying again by itself would not mend."""
    _fail(lease.hold(), failure)


@transaction.atomic
def mark_released(*, run_id: int, by: User | None = None) -> None:
    """The package is out: the plain files go. Called by delivery in the transaction that releases the package.

    Raises WrongState if opt-outs came since the files were written, or another release. The cells of a table of counts
    enter the ledger of published tables.
    """
    run = locked(run_id)
    if is_outdated(run):
        raise WrongState("Opt-outs or a release came since the files were written.", rule="opt_outs_changed")
    release_of_run(run)
    move(run, Run.State.RELEASED)
    run.released_at, run.staged = clock.now(), ""
    run.save()
    note(run, "run.released", by)
    transaction.on_commit(partial(staging.tidy, run.pk))


@transaction.atomic
def wake_due() -> int:
    """Announces runs again whose worker died or was never told. Returns how many."""
    waiting = Run.objects.filter(state__in=[*BUSY, Run.State.QUEUED]) | Run.objects.filter(
        state=Run.State.PREPARED, wanted_at__isnull=False
    )
    runs = list(leases.due(waiting).select_for_update(skip_locked=True))
    for run in runs:
        leases.wake(run, JOB)
        run.save()
    return len(runs)


def _given_out_before(run: Run) -> bool:
    if run.period == ONCE:
        return False
    of_versions = Run.objects.filter(keyed_as=run.keyed_as, period=run.period, state=Run.State.RELEASED)
    return any(
        same_content(run.spec_json, former.spec_json) for former in of_versions.exclude(agreement=run.agreement_id)
    )


def _queued(run: Run, agreed: Terms, by: User | None) -> None:
    unpin(run)
    run.attempts, run.prepared_at = 0, None
    leases.wake(run, JOB)
    run.save()
    note(run, "run.queued", by, agreement=agreed.reference, spec_sha256=run.spec_sha256, period=run.period)


def unpin(run: Run) -> None:
    run.data_version_id, run.data_version, run.measure, run.checks = None, "", {}, []


def _fail(run: Run, failure: Failure) -> None:
    stage = run.state
    move(run, Run.State.FAILED)
    leases.let_go(run)
    longest = Run._meta.get_field("failure").max_length  # many reasons at once are cut, not refused by the database
    run.failure_code, run.failure, run.progress = failure.code, failure.message[:longest], ""
    run.save()
    transaction.on_commit(partial(staging.tidy, run.pk))
    note(run, "run.failed", stage=stage, code=failure.code, attempt=run.attempts)
    tell(run, "run.failed")
    tell_staff(
        kind="run.failed",
        subject=f"A run of {run.application_reference} failed",
        text=f"Run {run.pk} failed, and no file was released. Open the page for the reason, see to it, and start it "
        "again.",
        link=reverse("production:run", args=[run.pk]),
        case=run.application_reference,
    )


def write_anew(run: Run) -> None:
    move(run, Run.State.PREPARED)
    run.staged, run.files, run.proposal = "", [], {}
    leases.wake(run, JOB)
    run.save()
    note(run, "run.outdated")
    transaction.on_commit(partial(staging.tidy, run.pk))


def is_outdated(run: Run) -> bool:
    """An extract honours the opt-outs of the day on which it is released, and each that was recorded before; it
    tells what changed since every release before it; and a table of counts is protected beside all that came out."""
    if (taken := run.opt_outs_at) is None:
        return False
    moved = collection.opt_outs_changed_since(taken) or given_before(run) != run.follows or is_stale(run.proposal)
    return moved or clock.day_of(taken) != clock.today()
