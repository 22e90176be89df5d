"""Packs what a run left: encrypts each file to the recipients' keys and hands the package to its release."""

import logging

from django.conf import settings
from django.db import DatabaseError

from dars.core.errors import WrongState
from dars.core.leases import Lease, LeaseLost
from dars.core.tasks import Retry
from extracts.delivery import services, storage
from extracts.delivery.models import Package, RecipientKey
from extracts.production.public import staged

log = logging.getLogger(__name__)


def pack(package_id: int) -> None:
    """Packs the package, if it is to be packed and nobody else does. Called any number of times, it is done once."""
    begun = services.begin(package_id=package_id)
    if begun is None:
        return
    lease, keys = begun
    try:
        with lease.kept():
            _pack(lease, keys)
    except LeaseLost:
        log.info("package %s is in other hands", package_id)
    except DatabaseError:
        raise Retry(settings.JOB_LEASE_SECONDS + 1) from None


def sweep() -> None:
    """Ends what has expired, resumes what a crash left, and removes files that no package accounts for."""
    services.expire()
    services.wake_due()
    storage.tidy()


def _pack(lease: Lease, keys: list[RecipientKey]) -> None:
    package = Package.objects.get(pk=lease.pk)
    owner = str(package.uuid)
    storage.tidy(package)
    try:
        source = staged(package.run_id)
        with storage.folders().attempt(owner, lease.token) as folder:
            files = [storage.seal(file.path, file.sha256, folder, keys) for file in source.files]
            name = storage.folders().keep(owner, lease.token, folder)
        services.release(lease=lease, folder=name, files=files, keys=keys)
    except WrongState:
        services.postpone(lease=lease, reason=Package.Reason.AGREEMENT)
    except (LeaseLost, DatabaseError):
        raise
    except Exception as error:  # whatever it is, nothing is released, and the log gets no library's words
        log.error("package %s could not be packed: %s", package.pk, type(error).__name__)
        services.postpone(lease=lease, reason=Package.Reason.FAILURE)
