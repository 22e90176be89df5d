"""What accounts write into the audit trail."""

EVENTS: dict[str, tuple[str, ...]] = {
    "account.created": (),
    "account.role_granted": ("role",),
    "account.role_taken": ("role",),
    "account.closed": (),
    "account.reopened": (),
    "account.signed_in": (),
    "account.signed_out": (),
    "account.sign_in_failed": (),
    "account.sign_in_locked": (),
    "account.second_factor_set_up": (),
    "account.second_factor_used": ("way",),
    "account.second_factor_failed": ("locked",),
    "account.second_factor_removed": (),
    "account.replacement_code_seen": (),
    "account.recovery_codes_seen": (),
    "account.recovery_codes_renewed": (),
    "proposal.made": ("action", "about"),
    "proposal.confirmed": ("action", "about", "proposer"),
    "proposal.rejected": ("action", "about", "proposer"),
    "proposal.lapsed": ("action", "about", "proposer"),
}
