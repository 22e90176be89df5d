"""What production writes into the audit trail: counts and names of checks, never a value of a record."""

EVENTS: dict[str, tuple[str, ...]] = {
    "risk.measured": (
        "revision",
        "spec_sha256",
        "data_version",
        "opt_out_version",
        "people",
        "below_k",
    ),
    "run.queued": ("agreement", "spec_sha256", "period"),
    "run.started": ("stage", "attempt"),
    "run.prepared": ("data_version", "rows", "people", "smallest_class"),
    "run.checked": ("passed", "failed"),
    "run.written": ("data_version", "opt_out_version", "files", "rows"),
    "run.outdated": (),
    "run.failed": ("stage", "code", "attempt"),
    "run.retried": ("stage",),
    "run.purged": (),
    "run.cleared": ("attempt", "people_below_k", "accepted", "by_rule"),
    "run.held": ("attempt", "reasons"),
    "run.rewritten": (),
    "run.released": (),
    "run.reproduced": ("identical", "differ"),
}
