"""The job that looks at the calendar."""

from dars.core.tasks import job
from dars.oversight import services_watch


@job(name="oversight.watch")
def watch() -> None:
    """Warns, stops, opens and chases what the day brings; each once."""
    services_watch.watch()
