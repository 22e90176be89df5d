"""The door of statistics for the first page: what waits for publication officers."""

from dars.accounts.public import User
from dars.core.permissions import P, allowed
from extracts.statistics.selectors import drafts_to_look_at

__all__ = ["waiting_for"]


def waiting_for(user: User) -> list[tuple[str, str, int]]:
    """Words, page and how many, of what waits for the person; nothing for whoever does not publish."""
    if not allowed(user, P.STATISTICS_PUBLISH):
        return []
    number = drafts_to_look_at(user)
    return [("Editions of the statistics to approve", "publications:list", number)] if number else []
