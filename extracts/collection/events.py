"""What collection writes into the audit trail: labels, counts and opaque ids."""

from extracts.collection import vault_events

EVENTS: dict[str, tuple[str, ...]] = {**vault_events.EVENTS}
