"""Cancer registrations: what arrives and what a linked extract may hold."""

from extracts.catalogue.codes import care
from extracts.catalogue.datasets import parts
from extracts.catalogue.datasets.parts import kept_item as _item
from extracts.catalogue.forms import Recode
from extracts.catalogue.items import Code, Day, Key, Shape
from extracts.catalogue.model import Dataset, Field, Form, Need, Sensitivity, SourceItem

CANCER = Dataset(
    name="cancer",
    label="Cancer registrations",
    description="Tumours diagnosed in people resident in England, as registered.",
    period="month of diagnosis",
    kept_years=parts.KEPT_YEARS,
    items=(
        SourceItem("tumour_id", "TUMOURID", Need.MANDATORY, "Tumour identifier", must=Key()),
        *parts.identity("NHSNUMBER", "BIRTHDATE", "SEX", "POSTCODE", postcode="Postcode at diagnosis"),
        _item("diagnosis_date", "DIAGNOSISDATEBEST", Need.MANDATORY, "Date of diagnosis", Day(of_month=True)),
        _item("site_icd10", "SITE_ICD10", Need.MANDATORY, "Site of the tumour", Shape.ICD_10),
        _item("stage", "STAGE_BEST", Need.OPTIONAL, "Stage", Code("stage")),
        _item("route", "ROUTE", Need.REQUIRED, "Route to diagnosis", Code("route")),
        _item("basis", "BASISOFDIAGNOSIS", Need.REQUIRED, "Basis of diagnosis", Code("basis")),
        _item("provider", "TRUST_CODE", Need.REQUIRED, "Trust of diagnosis", Shape.ODS_CODE),
    ),
    sorted_by=("diagnosis_date",),
    columns=(
        ("record_key", "int64"),
        ("tuple_id", "int64"),
        ("diagnosis_date", "date"),
        ("site_icd10", "str"),
        ("stage", "str"),
        ("route", "str"),
        ("basis", "str"),
        ("provider", "str"),
    ),
    fields=(
        Field(
            "diagnosis_date",
            "Date of diagnosis",
            "Best date of diagnosis.",
            Sensitivity.SENSITIVE,
            ("diagnosis_date",),
            parts.DATE_FORMS,
        ),
        Field(
            "site_icd10",
            "Site of the tumour",
            "Site of the primary tumour (ICD-10).",
            Sensitivity.SENSITIVE,
            ("site_icd10",),
            parts.ICD10_FORMS,
        ),
        Field(
            "stage",
            "Stage at diagnosis",
            "Best stage at diagnosis; missing when the tumour was not staged.",
            Sensitivity.SENSITIVE,
            ("stage",),
            (Form("group", "Early or late", Recode(care.STAGE_GROUPS)), Form("code", "Stage 1 to 4")),
            codes=care.CANCER_STAGE,
        ),
        Field(
            "route",
            "Route to diagnosis",
            "How the person came to be diagnosed.",
            Sensitivity.SENSITIVE,
            ("route",),
            codes=care.CANCER_ROUTE,
        ),
        Field(
            "basis",
            "Basis of diagnosis",
            "What the diagnosis rests on.",
            Sensitivity.SENSITIVE,
            ("basis",),
            codes=care.BASIS_OF_DIAGNOSIS,
        ),
        Field(
            "trust_code",
            "Trust of diagnosis",
            "ODS code of the trust that made the diagnosis.",
            Sensitivity.OPERATIONAL,
            ("provider",),
            pattern=parts.ODS_CODE,
        ),
    ),
)
