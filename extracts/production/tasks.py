"""Production's jobs: thin wake-ups; the work is in `work`."""

from dars.core.tasks import job
from extracts.production import services
from extracts.production import work as workshop


@job(name="production.work")
def work(run_id: int) -> None:
    """Does the stage that the run is at."""
    workshop.work(run_id)


@job(name="production.recur")
def recur() -> None:
    """Queues the runs of periods that have begun."""
    services.recur()


@job(name="production.sweep")
def sweep() -> None:
    """Resumes what a crash left, and removes the folders that no run accounts for."""
    workshop.sweep()
