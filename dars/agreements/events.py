"""What agreements write into the audit trail."""

EVENTS: dict[str, tuple[str, ...]] = {
    "agreement.issued": ("revision", "spec_sha256", "document_sha256", "signatures"),
    "agreement.signed": ("organisation", "document_sha256", "awaited"),
    "agreement.in_force": (),
    "agreement.suspended": ("reason",),
    "agreement.suspension_lifted": (),
    "agreement.expired": (),
    "agreement.ended": ("reason",),
    "agreement.viewed": (),
}
