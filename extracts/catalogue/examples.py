"""What a form of a field shows, by example: one value before and after. All examples are made up; nothing is computed.

An example is about nobody: the codes are of the catalogue's own lists, or in ranges that are never issued.
"""

from extracts.catalogue import forms
from extracts.catalogue.model import Field, Form

_AGE, _DATE, _MONTH, _YEAR = 67, "2026-05-14", "2026-05", "2026"
_BIRTH, _BIRTH_MONTH, _BIRTH_YEAR = "1959-03-08", "1959-03", "1959"
# For fields whose codes are too many to list: a code of the right shape, by field (places and bodies: never issued).
_CODES = {
    "nhs_number": "9990000018",
    "postcode": "ZZ99 3WZ",
    "ic_region": "E12999999",
    "ic_icb": "E54999999",
    "ic_district": "E06999999",
    "ic_msoa": "E02999999",
    "ic_lsoa": "E01999999",
    "did_refer_orgcode": "X99999",
    "ic_commissioner_code": "QZZ",
    "commissioner_code": "QZZ",
    "did_nicip_code": "XCHES",
    "did_snomedct_code": "399208008",
    "ic_sitecode": "XZZ01",
    "ic_submit_orgcode": "XZZ",
    "procode": "XZZ",
    "sitetret": "XZZ01",
    "trust_code": "XZZ",
}
_NAME = "IMAGINARY VALLEY NHS TRUST"
# How many people an area holds, roughly (Office for National Statistics, Census 2021 geographies; order of magnitude).
PLACES = {
    "region": "several million people",
    "icb": "about 1.5 million people",
    "district": "about 180,000 people",
    "msoa": "about 8,000 people",
    "lsoa": "about 1,600 people",
    "postcode": "about 15 addresses",
}


def example(field: Field, form: Form) -> tuple[str, str]:
    """(what is known, what the form shows of it); the second fits the form's domain but for words in brackets."""
    operation = form.operation
    match operation:
        case forms.Band():
            low = _AGE // operation.width * operation.width
            return f"{_AGE} years old", f"{low}-{low + operation.width - 1}"
        case forms.Below():
            return f"{_AGE} years old", "N"
        case forms.AsNumber():
            return (f"{_AGE} years old", str(_AGE)) if field.demography else ("the second", "2")
        case forms.DatePart():
            return _date(field, operation.part)
        case forms.DaysBetween():
            return "1 May to 13 May 2026", "12"
        case forms.Prefix(example=before):
            return before, before.replace(".", "")[: operation.length]
        case forms.AsName():
            return "Imaginary Valley NHS Trust", _NAME
        case forms.Recode():
            code, group = operation.groups[0]
            return dict(field.codes).get(code, f"Decile {code}"), group
    if field.codes:
        grouped = [form.operation.groups[0][0] for form in field.forms if isinstance(form.operation, forms.Recode)]
        code = grouped[0] if grouped else field.codes[min(2, len(field.codes) - 1)][0]
        return dict(field.codes)[code], code
    place = f"an area of {PLACES[field.geography]}" if field.geography else field.label
    return place, _CODES[field.name]


def _date(field: Field, part: str) -> tuple[str, str]:
    if field.direct:
        return "8 March 1959", {"year": _BIRTH_YEAR, "month": _BIRTH_MONTH, "day": _BIRTH}[part]
    return "14 May 2026", {"year": _YEAR, "month": _MONTH, "day": _DATE}[part]
