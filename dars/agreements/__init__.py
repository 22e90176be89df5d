"""Agreements: signatures, live terms, suspension and expiry. Knows nothing of files."""
