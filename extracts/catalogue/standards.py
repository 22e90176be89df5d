"""What the DARS standards ask in addition for a field, and which kind of condition a field makes. Declarations only."""

from extracts.catalogue import forms
from extracts.catalogue.model import Dataset, Field, Sensitivity

GEOGRAPHY, DEMOGRAPHY, CLINICAL, OTHER = "geography", "demography", "clinical", "other"
# DARS standard 3 wants these three kinds of condition considered.
CONDITION_KINDS = {
    GEOGRAPHY: "where people live or are treated",
    DEMOGRAPHY: "who people are: age, gender, ethnicity, deprivation",
    CLINICAL: "what was done or found: tests, diagnoses, operations, tumours",
}
_ORGANISATIONS = frozenset(
    {
        "did_refer_orgcode",
        "ic_commissioner_code",
        "commissioner_code",
        "ic_sitecode",
        "ic_provname",
        "ic_submit_orgcode",
        "procode",
        "sitetret",
        "trust_code",
    }
)
_OF_CARE = frozenset({"did_patsource_code", "ic_reftype_desc", "admimeth", "route"})


def condition_kind(field: Field) -> str:
    """Which of the kinds of condition that standard 3 names a condition on the field is."""
    if field.geography or field.name in _ORGANISATIONS:
        return GEOGRAPHY
    if field.demography:
        return DEMOGRAPHY
    if field.sensitivity is Sensitivity.SENSITIVE or field.name in _OF_CARE:
        return CLINICAL
    return OTHER


def asks_more(dataset: Dataset, field: Field) -> list[tuple[str, str]]:
    """(standard, what it asks) beyond what every field needs; empty for most."""
    asked = []
    needing = [form.label for form in field.forms if field.reason_needed(form.name)]
    if needing:
        whole = len(needing) == len(field.forms)
        which = "in any form" if whole else f"as {' or as '.join(needing)}"
        asked.append(("DARS standard 3", f"A reason of its own is needed to have it {which}."))
    if field.direct:
        asked += [
            ("DARS standard 3", "It identifies a person, so it is released in identifiable extracts only."),
            ("DARS standard 2a", "Identifiable data need a Data Security and Protection Toolkit that was reviewed."),
            (
                "DARS standards 3c and 7b",
                "Consent, section 251 or a statute must allow it, and opt-outs follow.",
            ),
        ]
    if field.sensitivity is Sensitivity.SENSITIVE:
        asked.append(("DARS standard 3", "It is special category data: say why the purpose needs it."))
    if any(isinstance(form.operation, forms.Below | forms.AsNumber) for form in field.forms) and field.demography:
        asked.append(("DARS standard 3", "Data about people under 16 need a justification of their own."))
    if not dataset.primary:
        asked.append(("DARS standard 5b", "It is linked to imaging: describe the linkage and who carries it out."))
    return asked


def tells_an_event(field: Field, form: str) -> bool:
    """Whether the field in that form is one that another file about the same care may hold as it stands: a date, the
    site or organisation, or a clinical code."""
    if field.demography or field.direct:
        return False
    dated = isinstance(field.form(form).operation, forms.DatePart)
    return dated or field.name in _ORGANISATIONS or field.sensitivity is Sensitivity.SENSITIVE
