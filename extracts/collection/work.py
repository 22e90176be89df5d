"""The checking of one received submission, and the sweep after crashes. Called any number of times, it is done once."""

import logging

from django.conf import settings
from django.db import DatabaseError

from dars.core.leases import Lease, LeaseLost
from dars.core.secrets import secret
from dars.core.tasks import Retry
from extracts.collection import folders, given, opt_out_lists, opt_outs, selectors, services, vault, versions
from extracts.collection.intake.did import DID
from extracts.collection.intake.refused import Refused
from extracts.collection.intake.run import take_in
from extracts.collection.models import Submission
from extracts.collection.services import KeysMoved

log = logging.getLogger(__name__)


def accession_key() -> bytes:
    """The key of the hashes by which repeated accession numbers are found."""
    return secret("accession-keys")


def process(submission_id: int) -> None:
    """Checks a submission and accepts or refuses it, if nobody else does."""
    lease = services.begin(submission_id=submission_id)
    if lease is None:
        return
    try:
        with lease.kept():
            _attempt(Submission.objects.get(pk=submission_id), lease)
    except LeaseLost:
        log.info("submission %s is in other hands", submission_id)
    except DatabaseError:
        raise Retry(settings.JOB_LEASE_SECONDS + 1) from None


def _attempt(submission: Submission, lease: Lease) -> None:
    try:
        _check(submission, lease)
    except Refused as refused:
        services.refuse(lease=lease, refused=refused)
    except (LeaseLost, DatabaseError):
        raise
    except KeysMoved:
        services.release(lease=lease, blameless=True)
    except Exception as error:  # its message may quote a record, so only its kind is told
        log.error("submission %s could not be checked: %s", submission.pk, type(error).__name__)
        services.release(lease=lease)


def _check(submission: Submission, lease: Lease) -> None:
    setting = selectors.setting(submission.provider, submission.period)
    stores = selectors.key_stores(submission.provider, other_than=[submission.period])
    with folders.staging() as room:
        intake = take_in(
            folders.upload(submission.upload),
            DID,
            setting,
            room,
            secret=accession_key(),
            taken=folders.read_keys(stores),
            threads=settings.ENGINE_THREADS,
            progress=lambda rows: lease.note(rows_read=rows),
        )
        services.accept(lease=lease, intake=intake, stores=stores)


def sweep() -> None:
    """Resumes what a crash left, and removes the files that no submission accounts for."""
    services.wake_due()
    folders.sweep(
        uploads=set(Submission.objects.exclude(upload="").values_list("upload", flat=True)),
        keys=set(Submission.objects.exclude(keys="").values_list("keys", flat=True)),
    )
    opt_out_lists.forget_overtaken()
    vault.sweep(vault_files())


def vault_files() -> set[str]:
    """What data versions, opt-outs, runs and erasures refer to in the vault."""
    return opt_outs.vault_files() | given.vault_files() | versions.vault_files()
