"""The door of the audit trail for other applications."""

from dars.audit.selectors import Entry, entries, pages, trail
from dars.audit.services import label, record

__all__ = ["Entry", "entries", "label", "pages", "record", "trail"]
