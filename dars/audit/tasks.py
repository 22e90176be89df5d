"""The jobs that keep the log in order and show it to its witnesses."""

from dars.audit import checkpoints, services
from dars.core.tasks import job


@job(name="audit.sequence")
def sequence() -> None:
    """Gives leaves to new events and signs the tree that has grown."""
    while services.sequence():
        pass
    checkpoints.sign()


@job(name="audit.show_witnesses")
def show_witnesses() -> None:
    """Shows the newest checkpoint to every witness."""
    checkpoints.show_witnesses()
