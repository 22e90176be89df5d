"""The work on a run, stage by stage: prepare counts and leaves no file, write leaves whole, checked files or none."""

import logging

from django.conf import settings
from django.db import DatabaseError

from dars.agreements.public import Terms, live_terms, terms
from dars.core.leases import Lease, LeaseLost
from dars.core.tasks import Retry
from extracts.catalogue.public import ExtractSpec
from extracts.collection.public import reading
from extracts.production import digests, failures, services, services_renewal, staging
from extracts.production.failures import CheckFailed
from extracts.production.models import Run
from extracts.production.staging import Room
from extracts.production.workbench_counts import bench_of

log = logging.getLogger(__name__)


def work(run_id: int) -> None:
    """Does the stage that the run is at, if nobody else does. Called any number of times, it is done once."""
    lease = services.begin(run_id=run_id)
    if lease is None:
        return
    staging.tidy(run_id)
    try:
        with lease.kept():
            _attempt(Run.objects.get(pk=run_id), lease)
    except LeaseLost:
        log.info("run %s is in other hands", run_id)
    except DatabaseError:
        raise Retry(settings.JOB_LEASE_SECONDS + 1) from None


def sweep() -> None:
    """Resumes what a crash left, renews what waits with old opt-outs or destroys it, and removes stray folders."""
    services.wake_due()
    services_renewal.renew_waiting()
    services_renewal.shelve_outdated()
    staging.tidy()
    digests.sweep()


def _attempt(run: Run, lease: Lease) -> None:
    stage = _prepare if run.state == Run.State.PREPARING else _write
    try:
        with reading(), staging.attempt(run.pk, lease.token) as room:
            stage(run, lease, room)
    except (LeaseLost, DatabaseError):
        raise
    except Exception as error:  # whatever it is: the run fails closed, and its row says why
        services.fail(lease=lease, failure=failures.explain(error))


def _prepare(run: Run, lease: Lease, room: Room) -> None:
    spec = _approved(run, terms(run.agreement_id))
    bench = bench_of(spec).of(run, spec, room)
    services.pin(lease=lease, data_version_id=bench.data_version_id, label=bench.data_version)
    lease.note(progress="Counting what the extract would hold", percent=30)
    services.finish_prepare(lease=lease, measure=bench.measure())


def _write(run: Run, lease: Lease, room: Room) -> None:
    spec = _approved(run, live_terms(run.agreement_id))
    lease.note(progress="Taking today’s opt-outs", percent=10)
    bench = bench_of(spec).of(run, spec, room)
    lease.note(progress="Writing the files", percent=20)
    written = bench.write()
    lease.note(progress="Counting what the extract holds", percent=55)
    measured = bench.measure()
    lease.note(progress="Checking the files", percent=70)
    checks = bench.checks(written)
    services.note_checks(lease=lease, checks=checks)
    for check in checks:
        if not check.passed:
            raise CheckFailed(check.name, check.detail)
    lease.note(progress="Noting whose records it holds", percent=90)
    bench.keep_given()
    bench.keep_digests(written)
    files = bench.describe(written, measured)
    staged = staging.keep(room)
    found = bench.found(written, measured)
    made_with = {
        "opt_out_version": bench.opt_out_version,
        "opt_outs_at": bench.opt_outs_at,
        "follows": list(bench.follows),
        "proposal": bench.proposal,
    }
    services.finish_write(lease=lease, staged=staged, files=files, found=found, **made_with)


def _approved(run: Run, agreed: Terms) -> ExtractSpec:
    """The specification, if the one in the run is the one in the agreement, to the byte."""
    spec = ExtractSpec.from_json(run.spec_json)
    if not spec.sha256 == run.spec_sha256 == agreed.spec_sha256:
        raise CheckFailed("spec_hash", "The specification of the run is not the one that was approved.")
    return spec
