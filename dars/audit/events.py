"""What reading the audit trail, and erasing from it, writes into it."""

EVENTS: dict[str, tuple[str, ...]] = {
    "audit.searched": (),
    "audit.exported": ("size",),
    "audit.reported": ("events", "form"),
    "audit.entries_read": ("first", "count"),
    "audit.proof_given": (),
    "audit.payload_erased": ("decision",),
}
