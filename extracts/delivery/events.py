"""What delivery writes into the audit trail: ids, sizes and byte ranges, never what a file holds."""

EVENTS: dict[str, tuple[str, ...]] = {
    "key.registered": ("kind", "fingerprint"),
    "key.confirmed": ("fingerprint", "of", "compared"),
    "key.refused": ("fingerprint", "of"),
    "key.retired": ("fingerprint",),
    "package.packing": ("attempt",),
    "package.waiting": ("waits_for",),
    "package.failed": ("attempts",),
    "package.retried": (),
    "package.withdrawn": (),
    "package.expired": (),
    "file.released": ("files", "keys", "recipients", "expires_on"),
    "file.downloaded": ("file", "method", "bytes"),
}
