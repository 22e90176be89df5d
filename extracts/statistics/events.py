"""What statistics writes into the audit trail: which dimensions were asked about, never a count."""

EVENTS: dict[str, tuple[str, ...]] = {
    "counts.built": ("data_version", "opt_out_version", "months"),
    "counts.asked": ("dimensions", "months", "organisation"),
    "counts.refused": ("limit", "organisation"),
}
