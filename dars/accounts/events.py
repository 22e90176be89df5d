"""What accounts write into the audit trail."""

EVENTS: dict[str, tuple[str, ...]] = {
    "account.created": (),
    "account.role_granted": ("role",),
    "account.signed_in": (),
    "account.signed_out": (),
    "account.sign_in_failed": (),
}
