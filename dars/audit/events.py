"""What reading the audit trail writes into it."""

EVENTS: dict[str, tuple[str, ...]] = {"audit.searched": ()}
