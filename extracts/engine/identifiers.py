"""Recognises values that have the shape of a direct identifier; used to refuse a release, never to find people."""

import re

_TEN_DIGITS = re.compile(r"(?<![0-9])([0-9]{3})[ -]?([0-9]{3})[ -]?([0-9]{4})(?![0-9])")
_AREA = r"[A-Z]{1,2}[0-9][A-Z0-9]?"
_POSTCODE = re.compile(rf"(?<![A-Z0-9]){_AREA} +[0-9][A-Z]{{2}}(?![A-Z0-9])", re.IGNORECASE)
_BARE_POSTCODE = re.compile(rf"{_AREA}[0-9][A-Z]{{2}}", re.IGNORECASE)

# Verhoeff's dihedral tables, for the check digit of a SNOMED CT identifier.
_D = ("0123456789", "1234067895", "2340178956", "3401289567", "4012395678")
_D += ("5987604321", "6598710432", "7659821043", "8765932104", "9876543210")
_P = ("0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258")


def looks_identifying(value: str) -> bool:
    """Whether the text holds a valid NHS number, or a postcode written with its space."""
    return has_nhs_number(value) or _POSTCODE.search(value) is not None


def bare_postcode(value: str) -> bool:
    """Whether the whole text has the shape of a postcode without its space, as some codes of organisations also do."""
    return _BARE_POSTCODE.fullmatch(value) is not None


def has_nhs_number(value: str) -> bool:
    """Ten digits with a Modulus 11 check digit, together or 3-3-4. A ten-digit SNOMED CT concept is not one."""
    if len(value) == 10 and _is_snomed_concept(value):
        return False
    return any(_modulus_11("".join(groups)) for groups in _TEN_DIGITS.findall(value))


def _modulus_11(digits: str) -> bool:
    check = 11 - sum(int(digit) * (10 - place) for place, digit in enumerate(digits[:9])) % 11
    return check != 10 and check % 11 == int(digits[9]) and len(set(digits)) > 1


def _is_snomed_concept(value: str) -> bool:
    """Partition 00 before the check digit, and Verhoeff's check digit: one number in a thousand passes by chance."""
    if not value.isdecimal() or value[-3:-1] != "00":
        return False
    check = 0
    for place, digit in enumerate(reversed(value)):
        check = int(_D[check][int(_P[place % 8][int(digit)])])
    return check == 0
