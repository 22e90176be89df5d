"""The job that keeps agreements to their dates."""

from dars.agreements import services
from dars.core.tasks import job


@job(name="agreements.keep_terms")
def keep_terms() -> None:
    """Puts in force what was signed and begins today; expires what ended yesterday."""
    services.keep_terms()
