"""The door of the audit trail for other applications."""

from dars.audit.selectors import Entry, trail
from dars.audit.services import label, record

__all__ = ["Entry", "label", "record", "trail"]
