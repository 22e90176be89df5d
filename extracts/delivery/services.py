"""Writes of packages, from waiting to withdrawn or expired. A packer's writes are fenced by its lease."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.urls import reverse

from dars.accounts.public import User
from dars.agreements.public import live_terms
from dars.audit.public import record
from dars.core import clock, leases, outbox
from dars.core.errors import NotFound, WrongState
from dars.core.leases import Lease
from dars.core.models import OutboxEvent
from dars.core.permissions import P, grant, require, require_open
from dars.notices.public import notify
from extracts.delivery import ranges, selectors, storage
from extracts.delivery.models import Package, PackageFile, RecipientKey
from extracts.delivery.rules import KEPT_FOR, MAX_ATTEMPTS, TRANSITIONS
from extracts.delivery.storage import Sealed
from extracts.production.public import Staged, mark_released, may_go_out, tell_staff

JOB = "delivery.pack"


@dataclass(frozen=True)
class Offer:
    """A file that may be sent: the bytes of `span`, from `path`, under the strong ETag `etag`."""

    file: PackageFile
    path: Path
    span: ranges.Span
    etag: str


@transaction.atomic
def receive(*, staged: Staged, by: User | None = None) -> Package:
    """The package of a written run, announced to the packers unless it is out already."""
    highest = Package.objects.filter(agreement=staged.agreement_id).aggregate(highest=Max("number"))["highest"]
    package, _ = Package.objects.select_for_update().get_or_create(
        run_id=staged.run_id,
        defaults={
            "agreement_id": staged.agreement_id,
            "application_reference": staged.application_reference,
            "number": (highest or 0) + 1,
            "period": staged.period,
            "created_at": clock.now(),
        },
    )
    if package.state == Package.State.WAITING:
        leases.wake(package, JOB)
        package.save()
    return package


@transaction.atomic
def begin(*, package_id: int) -> tuple[Lease, list[RecipientKey]] | None:
    """A lease on the packing and the keys to encrypt to. None if there is nothing to pack, if another worker is at it,
    or if it has to wait: then the package says what for."""
    package = Package.objects.select_for_update().filter(pk=package_id).first()
    if package is None or package.state not in (Package.State.WAITING, Package.State.PACKING):
        return None
    if not leases.is_free(package):
        return None
    if package.state == Package.State.PACKING:
        if package.attempts >= MAX_ATTEMPTS:  # it killed its packers
            _fail(package)
            return None
        _wait(package, Package.Reason.WORKER)  # its packer died
    try:
        people = selectors.recipients(package, live_terms(package.agreement_id))
    except WrongState:
        _wait(package, Package.Reason.AGREEMENT)
        return None
    keys = selectors.keys_of(people)
    if not keys:
        _wait(package, Package.Reason.CONFIRMER if selectors.a_key_waits(people) else Package.Reason.KEY)
        return None
    if not may_go_out(run_id=package.run_id):
        _wait(package, Package.Reason.RUN)
        return None
    _move(package, Package.State.PACKING)
    package.waits_for = ""
    lease = leases.take(package)
    package.save()
    _record(package, "package.packing", attempt=package.attempts)
    return lease, keys


@transaction.atomic
def release(*, lease: Lease, folder: str, files: list[Sealed], keys: list[RecipientKey]) -> None:
    """The one commit that gives a package out, to the recipients of this moment, encrypted to their keys in use.

    Raises WrongState if the agreement, the run or a key changed while the files were encrypted.
    """
    package = lease.hold()
    agreed = live_terms(package.agreement_id)
    people = selectors.recipients(package, agreed)
    if selectors.keys_of(people) != keys:
        raise WrongState("The recipients or their keys changed.", rule="keys_changed")
    mark_released(run_id=package.run_id)
    _move(package, Package.State.RELEASED)
    leases.let_go(package)
    package.folder, package.released_at = folder, clock.now()
    package.expires_at = package.released_at + KEPT_FOR
    package.save()
    package.keys.set(keys)
    PackageFile.objects.bulk_create(PackageFile(package=package, **vars(file)) for file in files)
    for user in people:
        grant(user, P.PACKAGE_VIEW, package)
        grant(user, P.PACKAGE_DOWNLOAD, package)
    _record(
        package,
        "file.released",
        files=len(files),
        keys=[key.fingerprint for key in keys],
        recipients=[f"user:{user.pk}" for user in people],
        expires_on=clock.day_of(package.expires_at).isoformat(),
    )
    outbox.emit("file.released", f"agreement:{package.agreement_id}", package_id=package.pk)


@transaction.atomic
def postpone(*, lease: Lease, reason: Package.Reason) -> None:
    """Packing did not succeed: the package waits, and the sweep announces it again; not for ever if it is at fault."""
    package = lease.hold()
    if reason == Package.Reason.FAILURE and package.attempts >= MAX_ATTEMPTS:
        _fail(package)
    else:
        _wait(package, reason)


@transaction.atomic
def retry(*, package_uuid: UUID, by: User) -> Package:
    """Starts the packing of a failed package again."""
    require(by, P.RUN_MANAGE)
    package = Package.objects.select_for_update().filter(uuid=package_uuid).first()
    if package is None:
        raise NotFound("There is no such package.")
    require_open(by, P.RUN_MANAGE, package)
    if package.state != Package.State.FAILED:
        raise WrongState(f"This package is {package.get_state_display().lower()}: only a failed one is started again.")
    _move(package, Package.State.WAITING)
    package.waits_for, package.attempts = Package.Reason.WORKER, 0
    leases.wake(package, JOB)
    package.save()
    _record(package, "package.retried", by)
    return package


@transaction.atomic
def offer(*, package_uuid: UUID, name: str, method: str, range_header: str, if_range: str, by: User) -> Offer:
    """Allows one request for a file, and records which bytes it was given before the first of them is sent.

    Raises NotFound, NotAllowed or WrongState with the reason, and `ranges.Unsatisfiable` for bytes beyond the file.
    """
    file = selectors.file_for(by, package_uuid, name)
    package = file.package
    selectors.require_download(by, package)
    etag = f'"{file.sha256}"'
    span = ranges.span(file.size, etag=etag, range_header=range_header, if_range=if_range)
    # Thousands are separated, since ten digits in a row are taken for an NHS number.
    _record(package, "file.downloaded", by, file=name, method=method, bytes=f"{span.first:,}-{span.last:,}")
    if method == "GET" and (span.first == 0 or not _begun_before(file, by)):  # its further parts are the same download
        ids = {"package_id": package.pk, "file_id": file.pk, "user_id": by.pk}
        # For notices of revised data, which reach all who hold them.
        ids |= {"file": name, "data_version": package.run.data_version}
        outbox.emit("file.downloaded", f"agreement:{package.agreement_id}", **ids)
    return Offer(file, storage.path(package, name), span, etag)


@transaction.atomic
def withdraw(*, agreement_id: int, released: bool = True, by: User | None = None) -> None:
    """The agreement is over: its packages can no longer be downloaded, and their files go.

    `released` False: a new version took its place, so only what has not gone out yet is withdrawn.
    """
    current = [Package.State.WAITING, Package.State.PACKING, Package.State.FAILED]
    current += [Package.State.RELEASED] if released else []
    for package in Package.objects.select_for_update().filter(agreement=agreement_id, state__in=current):
        _finish(package, Package.State.WITHDRAWN, "package.withdrawn", by)


@transaction.atomic
def expire() -> int:
    """Ends the packages whose days are over, and removes their files. Returns how many."""
    old = Package.objects.select_for_update(skip_locked=True)
    packages = list(old.filter(state=Package.State.RELEASED, expires_at__lte=clock.now()))
    for package in packages:
        _finish(package, Package.State.EXPIRED, "package.expired", None)
    return len(packages)


@transaction.atomic
def wake_due() -> int:
    """Announces again the packages whose packer died, whose announcement was lost, or whose trouble may be over.

    Those that wait for a key are not among them: what happens to a key announces them.
    """
    waiting = Package.objects.filter(state__in=[Package.State.WAITING, Package.State.PACKING])
    packages = list(
        leases.due(waiting.exclude(waits_for__in=selectors.WAITS_FOR_KEYS)).select_for_update(skip_locked=True)
    )
    for package in packages:
        leases.wake(package, JOB)
        package.save()
    return len(packages)


@transaction.atomic
def wake_for_key(*, user: User) -> None:
    """Something happened to a key of a recipient: packages that wait for one are announced, and say anew what for."""
    waiting = Package.objects.select_for_update(of=["self"]).filter(waits_for__in=selectors.WAITS_FOR_KEYS)
    for package in waiting.filter(agreement__recipients__user=user):
        leases.wake(package, JOB)
        package.save()


def _begun_before(file: PackageFile, user: User) -> bool:
    """True if a download of the file by this person has been announced: whoever begins in the middle is known too."""
    announced = OutboxEvent.objects.filter(topic="file.downloaded", key=f"agreement:{file.package.agreement_id}")
    return announced.filter(ids__file_id=file.pk, ids__user_id=user.pk).exists()


def _wait(package: Package, reason: Package.Reason) -> None:
    if package.state == Package.State.PACKING:
        _move(package, Package.State.WAITING)
        leases.let_go(package)
    elif package.waits_for == reason:
        return
    package.waits_for = reason
    if reason not in (Package.Reason.WORKER, Package.Reason.FAILURE):
        package.attempts = 0
    package.save()
    _record(package, "package.waiting", waits_for=str(reason))
    if reason in selectors.WAITS_FOR_KEYS:
        _warn(package)


def _warn(package: Package) -> None:
    """Recipients hear that the plain files do not wait for their key, or for who confirms it, longer than a day."""
    missing, remedy = "there is no key yet that it may be encrypted to", "Register a key today."
    if package.waits_for == Package.Reason.CONFIRMER:
        missing, remedy = "nobody has confirmed your key yet", "Ask for it to be confirmed today."
    notify(
        people=selectors.recipients(package, live_terms(package.agreement_id)),
        kind="package.waiting",
        subject="Your extract waits for a key",
        text=f"The extract of {package.application_reference} is ready, and {missing}. It honours the "
        f"opt-outs of today, so what waits is destroyed at midnight.\n\n{remedy} Later it takes longer: the files are "
        "then written anew, and checked again, once there is a key.",
        link=reverse("delivery:keys"),
        case=package.application_reference,
    )


def _fail(package: Package) -> None:
    _move(package, Package.State.FAILED)
    leases.let_go(package)
    package.save()
    _record(package, "package.failed", attempts=package.attempts)
    tell_staff(
        kind="package.failed",
        subject=f"A package of {package.application_reference} could not be encrypted",
        text=f"It was tried {package.attempts} times. Look at the workers’ logs and the storage first; then start it "
        "again on the page of files.",
        link=reverse("delivery:list"),
        case=package.application_reference,
    )


def _finish(package: Package, state: str, kind: str, by: User | None) -> None:
    _move(package, state)
    leases.let_go(package)
    package.folder = package.waits_for = ""
    package.save()
    _record(package, kind, by)
    transaction.on_commit(partial(storage.tidy, package))


def _move(package: Package, state: str) -> None:
    if (package.state, str(state)) not in TRANSITIONS:
        raise WrongState(f"This package is {package.get_state_display().lower()}: that cannot be done now.")
    package.state = state


def _record(package: Package, kind: str, by: User | None = None, **payload: Any) -> None:
    record(kind, by=by, subject=package, case=package.application_reference, **payload)
