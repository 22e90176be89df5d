"""The door of delivery for the first page: keys of recipients that wait for the person."""

from dars.accounts.public import User
from extracts.delivery.selectors import keys_to_confirm, may_judge_keys

__all__ = ["waiting_for"]


def waiting_for(user: User) -> list[tuple[str, str, int]]:
    """Words, page and how many, of what waits for the person."""
    number = keys_to_confirm(user).count() if may_judge_keys(user) else 0
    return [("Recipients’ keys to compare and confirm", "delivery:keys", number)] if number else []
