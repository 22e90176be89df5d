"""The door of notices for other applications."""

from dars.notices.selectors import unread_count
from dars.notices.services import notify, write_to

__all__ = ["notify", "unread_count", "write_to"]
