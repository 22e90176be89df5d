"""What collection writes into the audit trail: labels, counts and opaque ids."""

from extracts.collection import vault_events

EVENTS: dict[str, tuple[str, ...]] = {
    **vault_events.EVENTS,
    "submission.received": ("provider", "period", "sha256", "bytes"),
    "submission.accepted": ("provider", "period", "read", "accepted", "rejected", "replaced", "data_version"),
    "submission.refused": ("provider", "period", "rule", "field", "row"),
    "submission.failed": ("provider", "period"),
    "submission.report_read": (),
    "dataset.loaded": ("dataset", "period", "read", "accepted", "rejected", "data_version"),
    "dataset.refused": ("dataset", "period", "rule", "field", "row"),
    "reference.loaded": ("label", "data_version"),
}
