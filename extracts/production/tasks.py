"""Production's jobs: thin wake-ups; the work is in `work`."""

from dars.core.tasks import job
from extracts.production import services, services_assessment
from extracts.production import work as workshop


@job(name="production.work")
def work(run_id: int) -> None:
    """Does the stage that the run is at."""
    workshop.work(run_id)


@job(name=services_assessment.JOB)
def assess(assessment_id: int) -> None:
    """Measures what a request would reveal."""
    services_assessment.assess(assessment_id)


@job(name="production.recur")
def recur() -> None:
    """Queues the runs of periods that have begun."""
    services.recur()


@job(name="production.sweep")
def sweep() -> None:
    """Resumes what a crash left, and removes the folders that no run accounts for."""
    workshop.sweep()
    services_assessment.wake_due()
