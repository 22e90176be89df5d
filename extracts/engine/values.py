"""Whether a released value, as text, lies in the domain of its form; knows nothing of how it was made."""

import re
from datetime import date

from extracts.catalogue.public import Domain


def within(domain: Domain, value: str) -> bool:
    """Missing values are not asked about: every released field may be missing."""
    if domain.type == "integer":
        return bool(re.fullmatch(r"-?[0-9]{1,9}", value)) and domain.minimum <= int(value) <= domain.maximum
    if domain.type == "date":
        try:
            return date.fromisoformat(value).isoformat() == value
        except ValueError:
            return False
    return value in domain.values if domain.values else re.fullmatch(domain.pattern, value) is not None
