"""The jobs of statistics: thin wake-ups."""

from dars.core.tasks import job
from extracts.statistics import making, renewing, services


@job(name=services.JOB)
def build(data_version_id: int) -> None:
    """Counts the current data, if that is due; the version that woke it may not be the newest any more."""
    services.build_if_due()


@job(name="statistics.sweep")
def sweep() -> None:
    """Makes up for a wake-up that was lost, and renews counts that have grown old."""
    services.build_if_due()


@job(name=making.JOB)
def make_edition(edition_id: int) -> None:
    """Makes an edition of the publication, if nobody else does."""
    making.make(edition_id)


@job(name="statistics.sweep_publications")
def sweep_publications() -> None:
    """Begins what is due, resumes what a crash left, publishes what is approved for now; renews after erasures."""
    making.sweep()
    renewing.sweep()
