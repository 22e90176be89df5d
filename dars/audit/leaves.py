"""The bytes that a leaf commits to. Frozen for ever as format 1: a change here would break every proof given out."""

import datetime as dt
import hashlib
from typing import TYPE_CHECKING, Any

from dars.core.canonical import canonical_json

if TYPE_CHECKING:  # whoever checks an export has no database
    from dars.audit.models import AuditEvent

FORMAT = 1


def commitment(salt: bytes, payload: dict[str, Any]) -> str:
    """SHA-256 over the salt (32 bytes) and the canonical JSON of the payload, as 64 hexadecimal digits."""
    return hashlib.sha256(salt + canonical_json(payload)).hexdigest()


def leaf_bytes(event: "AuditEvent") -> bytes:
    """The canonical JSON of the event without its payload; instants in UTC with microseconds."""
    return canonical_json(
        {
            "format": FORMAT,
            "id": str(event.id),
            "kind": event.kind,
            "at": event.at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "actor": event.actor,
            "subject": event.subject,
            "case": event.case,
            "commitment": event.commitment,
        }
    )
