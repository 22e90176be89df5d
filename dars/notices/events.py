"""What notices write into the audit trail: letters that could not be delivered. Those that were are counted by page."""

EVENTS: dict[str, tuple[str, ...]] = {"notice.not_delivered": ("kind", "attempts")}
