"""What agreements write into the audit trail. Names and reasons in words stay in the case."""

EVENTS: dict[str, tuple[str, ...]] = {
    "agreement.issued": ("revision", "spec_sha256", "document_sha256", "signatures"),
    "agreement.signed": ("organisation", "document_sha256", "awaited"),
    "agreement.signed_copy_made": ("document_sha256", "sha256"),
    "agreement.signatory_replaced": ("organisation", "before", "now"),
    "agreement.in_force": (),
    "agreement.superseded": (),
    "agreement.suspended": ("reason",),
    "agreement.suspension_lifted": (),
    "agreement.expired": (),
    "agreement.ended": ("reason",),
    "agreement.ending_told": ("days",),
    "agreement.viewed": (),
    "agreement.downloaded": ("paper", "sha256"),
    "agreement.pseudonyms_changed": ("kept", "proposed_by"),
    "charge.computed": ("total", "source"),
    "charge.paid": ("total",),
    "charge.waived": ("total", "proposed_by"),
}
