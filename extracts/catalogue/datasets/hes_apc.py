"""Hospital Episode Statistics, admitted patient care: what arrives and what a linked extract may hold."""

from extracts.catalogue.codes import care, people
from extracts.catalogue.datasets import parts
from extracts.catalogue.datasets.parts import kept_item as _item
from extracts.catalogue.forms import AsNumber, DaysBetween, Recode
from extracts.catalogue.items import Code, Day, EndDay, Key, Shape
from extracts.catalogue.model import Dataset, Field, Form, Need, Reference, Sensitivity, SourceItem

DIAGNOSES = tuple(f"diag_{place:02}" for place in range(1, 7))
OPERATIONS = tuple(f"operation_{place:02}" for place in range(1, 4))


_ITEMS = (
    SourceItem("episode_key", "EPIKEY", Need.MANDATORY, "Episode key", must=Key()),
    *parts.identity("NEWNHSNO", "DOB", "SEX", "HOMEADD", postcode="Postcode of usual address", sex_kept=True),
    _item("ethnic_category", "ETHNOS", Need.REQUIRED, "Ethnic category", Shape.ETHNIC_CATEGORY),
    _item("gp_practice", "GPPRAC", Need.REQUIRED, "GP practice", Shape.GP_PRACTICE),
    _item("provider", "PROCODE", Need.MANDATORY, "Provider", Shape.ODS_CODE),
    _item("site", "SITETRET", Need.REQUIRED, "Site of treatment", Shape.ODS_CODE),
    _item("admission_date", "ADMIDATE", Need.MANDATORY, "Date of admission", Day(of_month=True)),
    _item(
        "discharge_date",
        "DISDATE",
        Need.OPTIONAL,
        "Date of discharge",
        EndDay("admission_date", "The discharge is before the admission."),
    ),
    _item("admission_method", "ADMIMETH", Need.REQUIRED, "Method of admission", Code("admimeth")),
    _item("episode_start", "EPISTART", Need.MANDATORY, "Start of the episode", Day()),
    _item(
        "episode_end",
        "EPIEND",
        Need.OPTIONAL,
        "End of the episode",
        EndDay("episode_start", "The episode ends before it starts."),
    ),
    _item("episode_order", "EPIORDER", Need.REQUIRED, "Order of the episode in the stay", Shape.ORDER),
    *(_item(name, name.upper(), Need.OPTIONAL, f"Diagnosis {name[-1]}", Shape.ICD_10) for name in DIAGNOSES),
    *(_item(name, f"OPERTN_{name[-2:]}", Need.OPTIONAL, f"Operation {name[-1]}", Shape.OPCS_4) for name in OPERATIONS),
)

_COLUMNS = (
    ("record_key", "int64"),
    ("tuple_id", "int64"),
    ("admission_date", "date"),
    ("discharge_date", "date"),
    ("admission_method", "str"),
    ("episode_start", "date"),
    ("episode_end", "date"),
    ("episode_order", "int16"),
    ("provider", "str"),
    ("site", "str"),
    *((name, "str") for name in (*DIAGNOSES, *OPERATIONS)),
    ("ethnic_category", "str"),
    ("sex", "str"),
    ("gp_practice", "str"),
)


def _coded(name: str, label: str, column: str, meaning: str, **rest) -> Field:
    rest.setdefault("sensitivity", Sensitivity.OPERATIONAL)
    return Field(name, label, meaning, columns=(column,), **rest)


_FIELDS = (
    _coded("admidate", "Date of admission", "admission_date", "Date of admission.", forms=parts.DATE_FORMS),
    _coded("disdate", "Date of discharge", "discharge_date", "Date of discharge.", forms=parts.DATE_FORMS),
    _coded("epistart", "Start of episode", "episode_start", "Start of the episode.", forms=parts.DATE_FORMS),
    _coded("epiend", "End of episode", "episode_end", "End of the episode.", forms=parts.DATE_FORMS),
    Field(
        "stay_days",
        "Length of stay in days",
        "Whole days from admission to discharge; missing while either is.",
        Sensitivity.OPERATIONAL,
        ("admission_date", "discharge_date"),
        (Form("days", "Days", DaysBetween()),),
    ),
    _coded(
        "epiorder",
        "Order of the episode",
        "episode_order",
        "Place of the episode within the stay, from 1.",
        forms=(Form("number", "Number", AsNumber(0, 999)),),
    ),
    _coded(
        "admimeth",
        "Method of admission",
        "admission_method",
        "How the patient was admitted.",
        codes=care.ADMISSION_METHOD,
        forms=(
            Form("group", "Group of methods", Recode(care.ADMISSION_GROUPS)),
            Form("code", "Method code"),
        ),
    ),
    _coded("procode", "Provider", "provider", "ODS code of the provider.", pattern=parts.ODS_CODE),
    _coded("sitetret", "Site of treatment", "site", "ODS code of the site.", pattern=parts.ODS_CODE),
    *(
        _coded(
            name,
            f"Diagnosis {name[-1]}",
            name,
            "Primary diagnosis (ICD-10)." if name == DIAGNOSES[0] else "Secondary diagnosis (ICD-10).",
            sensitivity=Sensitivity.SENSITIVE,
            forms=parts.ICD10_FORMS,
        )
        for name in DIAGNOSES
    ),
    *(
        _coded(
            f"opertn_{name[-2:]}",
            f"Operation {name[-1]}",
            name,
            "Operation or procedure (OPCS-4).",
            sensitivity=Sensitivity.SENSITIVE,
            forms=parts.OPCS4_FORMS,
        )
        for name in OPERATIONS
    ),
    _coded(
        "ethnos",
        "Ethnic category",
        "ethnic_category",
        "Ethnic category as recorded by the hospital.",
        sensitivity=Sensitivity.SENSITIVE,
        forms=parts.ETHNICITY_FORMS,
        codes=people.ETHNIC_CATEGORY,
        demography=True,
    ),
    _coded(
        "sex",
        "Sex",
        "sex",
        "Sex as recorded by the hospital.",
        sensitivity=Sensitivity.DEMOGRAPHIC,
        codes=people.GENDER,
        demography=True,
    ),
    _coded(
        "commissioner_code",
        "Commissioner of the GP practice",
        "practice.commissioner",
        "ODS code of the commissioner of the practice the patient is registered with.",
        pattern=r"[A-Z0-9]{2,12}",
        demography=True,
        needs_reason=True,
    ),
)

HES_APC = Dataset(
    name="hes_apc",
    label="Hospital Episode Statistics: admitted patient care",
    description="Episodes of care of patients admitted to hospital in England.",
    period="month of admission",
    kept_years=parts.KEPT_YEARS,
    items=_ITEMS,
    columns=_COLUMNS,
    sorted_by=("admission_date",),
    fields=_FIELDS,
    references=(Reference("practice", "practices", "gp_practice", "code"),),
    groups=(
        ("diagnosis", DIAGNOSES),
        ("operation", tuple(f"opertn_{name[-2:]}" for name in OPERATIONS)),
    ),
)
