"""What statistics does about the events of others."""

from dars.core import outbox, tasks
from extracts.statistics.services import JOB


@outbox.consumer("data.published")
def count_anew(event: outbox.Event) -> None:
    """New data may be due to be counted: the job looks."""
    tasks.queue(JOB, event.ids["data_version_id"])
