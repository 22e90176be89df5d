"""Notices' jobs: thin wake-ups; the work is in `services`."""

from dars.core.tasks import job
from dars.notices import services


@job(name=services.SEND)
def send(email_id: int) -> None:
    """Sends one e-mail."""
    services.send(email_id)


@job(name="notices.sweep")
def sweep() -> None:
    """Hands over what is due again."""
    services.sweep()
