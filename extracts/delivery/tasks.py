"""Delivery's jobs: thin wake-ups; the work is in `packing`."""

from dars.core.tasks import job
from extracts.delivery import packing


@job(name="delivery.pack")
def pack(package_id: int) -> None:
    """Encrypts and releases a package."""
    packing.pack(package_id)


@job(name="delivery.expire")
def expire() -> None:
    """Ends what has expired, and resumes what a crash left."""
    packing.sweep()
