"""What statistics writes into the audit trail: which dimensions were asked about, which edition; never a count."""

EVENTS: dict[str, tuple[str, ...]] = {
    "edition.asked": ("month", "number"),
    "edition.begun": ("month", "number", "attempt"),
    "edition.drafted": ("month", "number", "data_version", "opt_out_version", "tables", "sha256"),
    "edition.failed": ("month", "number", "reason"),
    "edition.chased": ("month", "number", "days"),
    "edition.retried": ("month", "number"),
    "edition.remade": ("month", "number", "reason"),
    "edition.approved": ("month", "number", "sha256", "at_once"),
    "edition.taken_back": ("month", "number"),
    "edition.set_aside": ("month", "number"),
    "edition.published": ("month", "number", "sha256"),
    "edition.superseded": ("month", "number"),
    "edition.withdrawn": ("month", "number"),
    "edition.cleared": ("month", "number"),
    "counts.built": ("data_version", "opt_out_version", "months"),
    "counts.asked": ("dimensions", "months", "organisation"),
    "counts.refused": ("limit", "organisation"),
}
