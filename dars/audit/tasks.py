"""The job that keeps the log in order."""

from dars.audit import services
from dars.core.tasks import job


@job(name="audit.sequence")
def sequence() -> None:
    """Gives leaves to new events."""
    while services.sequence():
        pass
