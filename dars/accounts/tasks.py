"""Accounts' jobs: thin wake-ups."""

from dars.accounts import two_people
from dars.core.tasks import job


@job(name="accounts.lapse_proposals")
def lapse_proposals() -> None:
    """Ends proposals that nobody confirmed in time."""
    two_people.lapse_due()
