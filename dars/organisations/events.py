"""What organisations write into the audit trail."""

EVENTS: dict[str, tuple[str, ...]] = {
    "organisation.registered": ("code",),
    "organisation.assurance_recorded": ("kind", "expires_on", "reviewed"),
    "organisation.invitation_made": ("invitation", "roles", "waits"),
    "organisation.invitation_confirmed": ("invitation",),
    "organisation.invitation_accepted": ("invitation",),
    "organisation.invitation_withdrawn": ("invitation",),
    "organisation.member_added": ("user", "role"),
    "organisation.member_left": ("user", "role"),
    "organisation.stopped": ("need", "lapsed_on"),
    "organisation.stop_lifted": ("need",),
}
