"""What applications write into the audit trail."""

EVENTS: dict[str, tuple[str, ...]] = {
    "application.created": ("organisation",),
    "application.section_saved": ("section", "version"),
    "application.collaborator_added": ("user",),
    "application.submitted": ("revision", "sha256", "spec_sha256"),
    "application.refused_at_screening": ("revision", "rules"),
    "application.returned": ("revision",),
    "application.sent_to_panel": ("revision",),
    "application.advised": ("revision",),
    "application.approved": ("revision",),
    "application.refused": ("revision",),
    "application.withdrawn": ("revision",),
    "application.viewed": ("revision",),
}
