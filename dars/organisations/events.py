"""What organisations write into the audit trail."""

EVENTS: dict[str, tuple[str, ...]] = {
    "organisation.registered": ("code",),
    "organisation.assurance_recorded": ("kind", "expires_on"),
    "organisation.member_added": ("user", "role"),
}
