"""Writes to submissions: received, checked by one worker at a time, then accepted into a data version or refused."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from django.db import transaction

from dars.accounts.public import User
from dars.audit.public import record
from dars.core import clock, leases
from dars.core.errors import Invalid, NotAllowed
from dars.core.leases import Lease
from dars.organisations.public import Organisation
from extracts.collection import folders, selectors, tables
from extracts.collection.intake.failures import write_refusal
from extracts.collection.intake.refused import Refused
from extracts.collection.intake.rule import Severity
from extracts.collection.intake.run import Intake
from extracts.collection.models import DataVersion, Submission
from extracts.collection.publishing import Publisher, publishing

JOB = "collection.process"
MAX_ATTEMPTS = 3
MAX_UPLOAD = 1 << 30  # bytes as received: a month of the whole of England, not even compressed

State = Submission.State


class KeysMoved(Exception):
    """The provider's other months changed while a file was being checked: check it again."""


@dataclass(frozen=True)
class Delivery:
    """A checked file on its way into a data version. `stores`: the key stores it was checked against."""

    submission: Submission
    intake: Intake
    stores: tuple[str, ...]


def receive(*, provider: Organisation, period: str, chunks: Iterable[bytes], by: User) -> Submission:
    """Keeps a provider's file for a month and queues its checking; or refuses the month at once, keeping nothing."""
    if provider not in selectors.providers_of(by):
        raise NotAllowed("You do not submit data for this provider.")
    measured = _Measured(chunks)
    upload = folders.store_upload(measured)
    try:
        with transaction.atomic():
            submission = Submission.objects.create(
                provider=provider.code,
                period=period,
                submitted_by=by,
                upload=upload,
                sha256=measured.sha256,
                size=measured.size,
                created_at=clock.now(),
            )
            _record_received(submission, by)
            try:
                selectors.check_month(period)
            except Refused as refused:
                _refuse(submission, refused, by)
            else:
                leases.wake(submission, JOB)
            submission.save()
    except BaseException:
        folders.remove_upload(upload)
        raise
    return submission


class _Measured:
    """Chunks on their way to the disk, counted and hashed; stops at the limit."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self._hash = hashlib.sha256()
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self.size += len(chunk)
            if self.size > MAX_UPLOAD:
                raise Invalid("The file must be smaller than 1 GB.", field="file", rule="file.too_large")
            self._hash.update(chunk)
            yield chunk

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


@transaction.atomic
def begin(*, submission_id: int) -> Lease | None:
    """A lease on the checking of a submission; None if it is done, in other hands, or has failed too often."""
    submission = Submission.objects.select_for_update().filter(pk=submission_id).first()
    if submission is None or submission.state not in (State.QUEUED, State.RUNNING) or not leases.is_free(submission):
        return None
    if submission.attempts >= MAX_ATTEMPTS:
        _end(submission, State.FAILED)
        submission.save()
        record("submission.failed", by=None, subject=submission, provider=submission.provider, period=submission.period)
        return None
    lease = leases.take(submission)
    submission.state = State.RUNNING
    submission.rows_read = 0
    submission.save()
    return lease


@transaction.atomic
def release(*, lease: Lease, blameless: bool = False) -> None:
    """Gives the submission back for another attempt; `blameless`: nothing failed, so the attempt does not count."""
    submission = lease.hold()
    leases.let_go(submission)
    submission.attempts -= blameless
    submission.state = State.QUEUED
    leases.wake(submission, JOB)
    submission.save()


@transaction.atomic
def refuse(*, lease: Lease, refused: Refused) -> None:
    """The file is refused: the month keeps what it had, and nothing of the file stays."""
    submission = lease.hold()
    _refuse(submission, refused, submission.submitted_by)
    submission.save()


def accept(*, lease: Lease, intake: Intake, stores: Sequence[str]) -> DataVersion:
    """The file takes the place of what the provider's month held. Raises KeysMoved, LeaseLost."""
    with publishing() as publisher:
        submission = lease.hold()
        deliveries = [Delivery(submission, intake, tuple(stores))]
        put(publisher, deliveries)
        version = publisher.publish()
        mark_accepted(deliveries, version, by=submission.submitted_by)
    return version


def put(publisher: Publisher, deliveries: Sequence[Delivery]) -> None:
    """The rows of several provider-months into the version in the making. Raises KeysMoved."""
    months: dict[str, list[str]] = {}
    for delivery in deliveries:
        months.setdefault(delivery.submission.provider, []).append(delivery.submission.period)
    for delivery in deliveries:
        provider = delivery.submission.provider
        if selectors.key_stores(provider, other_than=months[provider]) != list(delivery.stores):
            raise KeysMoved
    where = " OR ".join(tables.months_of(provider, periods) for provider, periods in sorted(months.items()))
    publisher.rows([delivery.intake for delivery in deliveries], where=where)


def mark_accepted(deliveries: Sequence[Delivery], version: DataVersion, *, by: User | None) -> None:
    """The submissions are the ones that the version holds; those they replace are marked so."""
    for delivery in deliveries:
        submission, intake = delivery.submission, delivery.intake
        if submission.pk is None:
            submission.save()
            _record_received(submission, by)
        replaced = Submission.objects.filter(
            provider=submission.provider, period=submission.period, state=State.ACCEPTED
        ).update(state=State.REPLACED)
        _end(submission, State.ACCEPTED)
        submission.data_version = version
        submission.rows_read = intake.rows_read
        submission.counts = counts(intake)
        submission.failures = dict(intake.failures.counts)
        submission.keys = folders.store_keys(intake.keys)
        submission.save()
        intake.write_report(folders.report(submission.pk))
        record(
            "submission.accepted",
            by=by,
            subject=submission,
            provider=submission.provider,
            period=submission.period,
            read=intake.rows_read,
            accepted=intake.rows_kept,
            rejected=intake.rows_rejected,
            replaced=bool(replaced),
            data_version=version.label,
        )


@transaction.atomic
def refuse_collected(*, submission: Submission, refused: Refused, by: User | None) -> Submission:
    """Notes a file that was collected from the command line and refused."""
    submission.save()
    _record_received(submission, by)
    _refuse(submission, refused, by)
    submission.save()
    return submission


@transaction.atomic
def record_report_read(*, submission: Submission, by: User) -> None:
    record("submission.report_read", by=by, subject=submission)


@transaction.atomic
def wake_due() -> None:
    """Announces again the submissions whose worker died or was never told."""
    waiting = Submission.objects.filter(state__in=(State.QUEUED, State.RUNNING))
    for submission in leases.due(waiting).select_for_update(skip_locked=True):
        leases.wake(submission, JOB)
        submission.save()


def counts(intake: Intake) -> dict[str, int]:
    """Records read, accepted and rejected, and how many warnings there were."""
    warning = {rule.id for rule in intake.collection.rules if rule.severity is Severity.WARNING}
    failures = Counter(intake.failures.counts)
    return {
        "read": intake.rows_read,
        "accepted": intake.rows_kept,
        "rejected": intake.rows_rejected,
        "warnings": sum(number for rule, number in failures.items() if rule in warning),
    }


def _refuse(submission: Submission, refused: Refused, by: User | None) -> None:
    _end(submission, State.REFUSED)
    submission.refusal_rule, submission.refusal = refused.rule, refused.message
    write_refusal(folders.report(submission.pk), refused)
    record(
        "submission.refused",
        by=by,
        subject=submission,
        provider=submission.provider,
        period=submission.period,
        rule=refused.rule,
        field=refused.field,
        row=refused.row,
    )


def _end(submission: Submission, state: str) -> None:
    """Whatever came of it, the received file goes when this is committed."""
    leases.let_go(submission)
    submission.state = state
    submission.finished_at = clock.now()
    if submission.upload:
        transaction.on_commit(partial(folders.remove_upload, submission.upload))
        submission.upload = ""


def _record_received(submission: Submission, by: User | None) -> None:
    record(
        "submission.received",
        by=by,
        subject=submission,
        provider=submission.provider,
        period=submission.period,
        sha256=submission.sha256,
        bytes=min(submission.size, 10**9 - 1),  # the audit trail takes no larger number
    )
