"""Collection's jobs: thin wake-ups; the work is in `work`."""

from dars.core.tasks import job
from extracts.collection import compacting, erasing, erasure_services, retention, services
from extracts.collection import work as workshop


@job(name=services.JOB)
def process(submission_id: int) -> None:
    """Checks a received submission."""
    workshop.process(submission_id)


@job(name="collection.sweep")
def sweep() -> None:
    """Resumes what a crash left, and removes what nothing accounts for."""
    workshop.sweep()


@job(name="collection.compact")
def compact() -> None:
    """Puts months that lie in pieces back into order."""
    compacting.compact()


@job(name=erasure_services.JOB)
def erase(erasure_id: int) -> None:
    """Goes on with an erasure."""
    erasing.work(erasure_id)


@job(name="collection.sweep_erasures")
def sweep_erasures() -> None:
    """Begins erasures that are due, and takes up those that wait."""
    erasing.sweep()


@job(name="collection.announce_retention")
def announce_retention() -> None:
    """Announces what is past its retention period."""
    retention.announce()
