"""What the vault and the opt-outs write into the audit trail: no patient's value, person number or digest."""

EVENTS: dict[str, tuple[str, ...]] = {
    "vault.opened": ("what", "purpose"),
    "opt_out.recorded": (),
    "opt_out.withdrawn": ("proposed_by",),
    "opt_out.searched": ("found",),
    "retention.announced": ("months", "due_on"),
    "retention.begun": ("before",),
    "erasure.begun": ("opt_outs",),
    "erasure.published": ("data_version",),
    "erasure.copied": ("editions",),
    "erasure.removed": ("files",),
    "erasure.found_more": (),
    "erasure.proved": ("searched",),
    "erasure.read": (),
    "opt_outs.direct_loaded": ("recorded", "already_there", "rejected"),
    "opt_outs.national_loaded": ("as_of", "accepted", "rejected"),
    "opt_outs.national_forgotten": ("as_of",),
    "opt_outs.national_held": ("as_of", "returning"),
    "opt_outs.national_accepted": ("as_of", "returning", "proposed_by"),
}
