"""Writes of packages, from waiting to withdrawn or expired. A packer's writes are fenced by its lease."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from dars.accounts.public import User
from dars.agreements.public import live_terms
from dars.audit.public import record
from dars.core import clock, leases, outbox
from dars.core.errors import WrongState
from dars.core.leases import Lease
from dars.core.permissions import P, grant
from extracts.delivery import ranges, selectors, storage
from extracts.delivery.models import Package, PackageFile, RecipientKey
from extracts.delivery.rules import KEPT_FOR, TRANSITIONS
from extracts.delivery.storage import Sealed
from extracts.production.public import Staged, mark_released, may_go_out

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
        _wait(package, Package.Reason.WORKER)  # its packer died
    try:
        keys = selectors.keys_of(selectors.recipients(package, live_terms(package.agreement_id)))
    except WrongState:
        _wait(package, Package.Reason.AGREEMENT)
        return None
    if not keys:
        _wait(package, Package.Reason.KEY)
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
    """Packing did not succeed: the package waits, and the sweep announces it again."""
    _wait(lease.hold(), reason)


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
    if method == "GET":
        ids = {"package_id": package.pk, "file_id": file.pk, "user_id": by.pk}
        outbox.emit("file.downloaded", f"agreement:{package.agreement_id}", **ids)
    return Offer(file, storage.path(package, name), span, etag)


@transaction.atomic
def withdraw(*, agreement_id: int, by: User | None = None) -> None:
    """The agreement is over: its packages can no longer be downloaded, and their files go."""
    current = (Package.State.WAITING, Package.State.PACKING, Package.State.RELEASED)
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

    Those that wait for a key are not among them: registering a key announces them.
    """
    waiting = Package.objects.filter(state__in=[Package.State.WAITING, Package.State.PACKING])
    packages = list(leases.due(waiting.exclude(waits_for=Package.Reason.KEY)).select_for_update(skip_locked=True))
    for package in packages:
        leases.wake(package, JOB)
        package.save()
    return len(packages)


@transaction.atomic
def wake_for_key(*, user: User) -> None:
    """A recipient has a key now: packages that wait for one are announced."""
    waiting = Package.objects.select_for_update(of=["self"]).filter(waits_for=Package.Reason.KEY)
    for package in waiting.filter(agreement__recipients__user=user):
        leases.wake(package, JOB)
        package.save()


def _wait(package: Package, reason: Package.Reason) -> None:
    if package.state == Package.State.PACKING:
        _move(package, Package.State.WAITING)
        leases.let_go(package)
    elif package.waits_for == reason:
        return
    package.waits_for = reason
    package.save()
    _record(package, "package.waiting", waits_for=str(reason))


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
