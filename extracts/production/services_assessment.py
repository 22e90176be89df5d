"""Measures what a request would reveal, before anybody decides on it. Writes counts; no file, no record leaves."""

import datetime as dt
import logging
from dataclasses import asdict

from django.conf import settings
from django.db import DatabaseError, transaction

from dars.applications.public import Application, Revision
from dars.audit.public import record
from dars.core import clock, leases, outbox
from dars.core.errors import WrongState
from dars.core.leases import Lease, LeaseLost
from dars.core.tasks import Retry
from extracts.catalogue.public import AGGREGATED, ExtractSpec
from extracts.collection import public as collection
from extracts.engine.bindings import Bindings
from extracts.engine.plan import compile_plan
from extracts.engine.risk import Risk
from extracts.engine.runner import DuckDBRunner
from extracts.production import failures, staging
from extracts.production.models import Assessment

JOB = "production.assess"
# What could not be measured (no data yet, an old list of opt-outs) is tried again after so long. Chosen.
AGAIN_AFTER = dt.timedelta(hours=1)

log = logging.getLogger(__name__)


@transaction.atomic
def ask(*, application_id: int) -> Assessment | None:
    """Queues the measurement of the latest revision, if it was not asked for before. A table of counts has no people
    who could be told apart: None."""
    application = Application.objects.get(pk=application_id)
    revision = Revision.objects.filter(application=application).latest()
    if revision.spec["identifiability"] == AGGREGATED:
        return None
    row, created = Assessment.objects.get_or_create(
        application=application,
        revision=revision.number,
        defaults={
            "application_reference": application.reference,
            "spec_sha256": revision.spec_sha256,
            "created_at": clock.now(),
        },
    )
    if created:
        _wake(row)
    return row


@transaction.atomic
def wake_due() -> int:
    """Announces again what a crash or a lost message left, and in time what failed. Returns how many."""
    open_ = Assessment.objects.filter(measured_at=None)
    again = open_.exclude(failure="").filter(lease_until=None, woken_at__lt=clock.now() - AGAIN_AFTER)
    due = leases.due(open_.filter(failure="")).values("pk").union(again.values("pk"))
    rows = list(Assessment.objects.filter(pk__in=[row["pk"] for row in due]).select_for_update(skip_locked=True))
    for row in rows:
        _wake(row)
    return len(rows)


def assess(assessment_id: int) -> None:
    """Measures it, if nobody else does and it was not. Called any number of times, it is done once."""
    lease = _begin(assessment_id)
    if lease is None:
        return
    try:
        with lease.kept():
            _measure(lease)
    except LeaseLost:
        log.info("assessment %s is in other hands", assessment_id)
    except DatabaseError:
        raise Retry(settings.JOB_LEASE_SECONDS + 1) from None


@transaction.atomic
def _begin(assessment_id: int) -> Lease | None:
    row = Assessment.objects.select_for_update().filter(pk=assessment_id, measured_at=None).first()
    if row is None or not leases.is_free(row):
        return None
    lease = leases.take(row)
    row.save()
    return lease


def _measure(lease: Lease) -> None:
    row = Assessment.objects.get(pk=lease.pk)
    try:
        risk, data_version, opt_out_version = _risk(row)
    except (LeaseLost, DatabaseError):
        raise
    except Exception as error:  # whatever it is: the panel is told that there is no figure, and why
        _fail(lease, failures.explain(error).message)
    else:
        _finish(lease, risk, data_version, opt_out_version)


def _risk(row: Assessment) -> tuple[Risk, str, str]:
    """Of the specification that was submitted, on the current data with today's opt-outs."""
    revision = Revision.objects.get(application=row.application_id, number=row.revision)
    spec = ExtractSpec.from_json(revision.spec)
    if spec.sha256 != row.spec_sha256:
        raise WrongState("The specification is not the one that was submitted.", rule="spec_hash")
    plan = compile_plan(spec)
    with collection.reading(), staging.aside() as spill:
        data = collection.current_data_version()
        left_out = collection.opted_out(
            data.id, national=plan.national_opt_out, purpose="risk", by=None, case=row.application_reference
        )
        bindings = Bindings.of(collection.bindings(data.id), left_out.path)
        runner = DuckDBRunner(settings.ENGINE_THREADS, settings.ENGINE_MEMORY_LIMIT, spill)
        return runner.assess(plan, bindings), data.label, left_out.version


@transaction.atomic
def _finish(lease: Lease, risk: Risk, data_version: str, opt_out_version: str) -> None:
    row = lease.hold()
    leases.let_go(row)
    row.risk, row.measured_at, row.failure = asdict(risk), clock.now(), ""
    row.data_version, row.opt_out_version = data_version, opt_out_version
    row.save()
    record(
        "risk.measured",
        by=None,
        subject=f"application:{row.application_id}",
        case=row.application_reference,
        revision=row.revision,
        spec_sha256=row.spec_sha256,
        data_version=data_version,
        opt_out_version=opt_out_version,
        people=risk.classes.people,
        below_k=risk.classes.below,
    )
    key = f"application:{row.application_id}"
    outbox.emit("risk.ready", key, application_id=row.application_id, revision=row.revision)


@transaction.atomic
def _fail(lease: Lease, words: str) -> None:
    row = lease.hold()
    leases.let_go(row)
    row.failure = words[: Assessment._meta.get_field("failure").max_length]
    row.save()


def _wake(row: Assessment) -> None:
    leases.wake(row, JOB)
    row.save()
