"""The Diagnostic Imaging Dataset: what providers send (ISB 1577) and what an extract may hold; no other dataset."""

from extracts.catalogue.codes import imaging, people
from extracts.catalogue.datasets import parts
from extracts.catalogue.datasets.did_items import COLUMNS, ITEMS
from extracts.catalogue.forms import AsName, Below, DatePart, DaysBetween, Recode
from extracts.catalogue.model import Dataset, Field, Form, Reference, Sensitivity

# Below this age the child flag is Y (unverified: the published derivation does not say which age it uses).
CHILD_AGE_LIMIT = 16

_DATES = (
    ("did_date1", "request_date", "request", "Date of test request"),
    ("did_date2", "received_date", "received", "Date the request was received"),
    ("did_date3", "test_date", "test", "Date of test"),
    ("did_date4", "report_date", "report", "Date the report was issued"),
)

_GEOGRAPHY = (
    ("ic_region", "region", "geography.region", "Region", False),
    ("ic_icb", "icb", "geography.icb", "Integrated care board", True),
    ("ic_district", "district", "geography.district", "Local authority district", True),
    ("ic_msoa", "msoa", "geography.msoa", "Middle layer super output area (MSOA)", True),
    ("ic_lsoa", "lsoa", "lsoa", "Lower layer super output area (LSOA)", True),
)


def _identifiers() -> tuple[Field, ...]:
    return (
        Field(
            "nhs_number",
            "NHS number",
            "The person's NHS number as submitted; identifiable data only.",
            Sensitivity.DIRECT,
            ("identity.nhs_number",),
            (Form("full", "NHS number"),),
            pattern=r"[0-9]{10}",
            needs_reason=True,
        ),
        Field(
            "birth_date",
            "Date of birth",
            "Date of birth as submitted, in part or full; identifiable data only.",
            Sensitivity.DIRECT,
            ("identity.birth_date",),
            (
                Form("year", "Year of birth", DatePart("year")),
                Form("month", "Year and month of birth", DatePart("month")),
                Form("full", "Full date of birth", DatePart("day")),
            ),
            needs_reason=True,
        ),
        Field(
            "postcode",
            "Postcode",
            "Full postcode of the usual address; identifiable data only.",
            Sensitivity.DIRECT,
            ("identity.postcode",),
            (Form("full", "Full postcode"),),
            pattern=r"[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}",
            needs_reason=True,
            geography="postcode",
        ),
    )


def _about_the_person() -> tuple[Field, ...]:
    return (
        Field(
            "age",
            "Age at test",
            "Age in completed years on the day of the test, from the birth date.",
            Sensitivity.DEMOGRAPHIC,
            ("age_years",),
            parts.AGE_FORMS,
            demography=True,
        ),
        Field(
            "child_flag",
            "Child flag",
            f"Whether the patient was under {CHILD_AGE_LIMIT} at the test.",
            Sensitivity.DEMOGRAPHIC,
            ("age_years",),
            (Form("flag", "Yes or no", Below(CHILD_AGE_LIMIT)),),
            demography=True,
        ),
        Field(
            "did_gender_code",
            "Gender",
            "Gender as submitted.",
            Sensitivity.DEMOGRAPHIC,
            ("gender",),
            codes=people.GENDER,
            demography=True,
        ),
        Field(
            "did_ethcat",
            "Ethnic category",
            "Ethnic category as stated by the patient.",
            Sensitivity.SENSITIVE,
            ("ethnic_category",),
            parts.ETHNICITY_FORMS,
            codes=people.ETHNIC_CATEGORY,
            demography=True,
        ),
        Field(
            "ic_imd",
            "Deprivation of the area of residence",
            "Index of Multiple Deprivation of the area of residence (1 = most deprived).",
            Sensitivity.DEMOGRAPHIC,
            ("geography.imd_decile",),
            (
                Form("quintile", "Quintile", Recode(people.IMD_QUINTILES)),
                Form("decile", "Decile", Recode(tuple((code, code) for code, _ in people.IMD_DECILES))),
            ),
            demography=True,
        ),
        *(
            Field(
                name,
                label,
                f"{label} of residence, from the postcode.",
                Sensitivity.GEOGRAPHY,
                (column,),
                pattern=parts.ONS_CODE,
                demography=True,
                needs_reason=fine,
                geography=level,
            )
            for name, level, column, label, fine in _GEOGRAPHY
        ),
    )


def _about_the_referral() -> tuple[Field, ...]:
    return (
        Field(
            "did_nhsnum_stat",
            "NHS number status",
            "How far the NHS number was traced.",
            Sensitivity.OPERATIONAL,
            ("nhs_number_status",),
            codes=people.NHS_NUMBER_STATUS,
        ),
        Field(
            "did_patsource_code",
            "Patient source setting",
            "Where the patient came from for the test.",
            Sensitivity.OPERATIONAL,
            ("patient_source",),
            codes=people.PATIENT_SOURCE,
        ),
        Field(
            "ic_reftype_desc",
            "Referrer type",
            "Kind of professional who referred, from the shape of the referrer code.",
            Sensitivity.OPERATIONAL,
            ("referrer_type",),
            codes=people.REFERRER_TYPE,
        ),
        Field(
            "did_refer_orgcode",
            "Referring organisation",
            "ODS code of the referring organisation; for GP referrals a practice, so it says where people live.",
            Sensitivity.OPERATIONAL,
            ("referring_org",),
            pattern=parts.ODS_CODE,
            needs_reason=True,
        ),
        Field(
            "ic_commissioner_code",
            "Commissioner of the GP practice",
            "ODS code of the commissioner of the practice the patient is registered with.",
            Sensitivity.OPERATIONAL,
            ("practice.commissioner",),
            pattern=r"[A-Z0-9]{2,12}",
            demography=True,
            needs_reason=True,
        ),
    )


def _dates() -> tuple[Field, ...]:
    single = tuple(
        Field(name, label, f"{label}.", Sensitivity.OPERATIONAL, (column,), parts.DATE_FORMS)
        for name, column, _, label in _DATES
    )
    between = tuple(
        Field(
            f"days_{first[2]}_to_{second[2]}",
            f"Days from {first[2]} to {second[2]}",
            f"Whole days from {first[0]} to {second[0]}; missing when either is.",
            Sensitivity.OPERATIONAL,
            (first[1], second[1]),
            (Form("days", "Days", DaysBetween()),),
        )
        for place, first in enumerate(_DATES)
        for second in _DATES[place + 1 :]
    )
    cut = (
        Field(
            "ic_test_year",
            "Year of test",
            "Year of the test.",
            Sensitivity.OPERATIONAL,
            ("test_date",),
            (parts.DATE_FORMS[0],),
        ),
        Field(
            "ic_test_month",
            "Month of test",
            "Year and month of the test.",
            Sensitivity.OPERATIONAL,
            ("test_date",),
            (parts.DATE_FORMS[1],),
            needs_reason=True,
        ),
    )
    return (*single, *cut, *between)


def _about_the_test() -> tuple[Field, ...]:
    coded = (
        ("modality", "Modality", "Kind of imaging, from the imaging code.", imaging.MODALITY),
        ("sub_modality", "Sub-modality", "Variant of the imaging, from the imaging code.", imaging.SUB_MODALITY),
        ("body_region", "Body region", "Region imaged, from the imaging code.", imaging.BODY_REGION),
        ("system", "Body system", "System examined, from the imaging code.", imaging.SYSTEM),
    )
    return (
        Field(
            "did_nicip_code",
            "Imaging code (NICIP)",
            "National Interim Clinical Imaging Procedure code as submitted.",
            Sensitivity.SENSITIVE,
            ("nicip",),
            pattern=r"[A-Z]{1,6}",
        ),
        Field(
            "did_snomedct_code",
            "Imaging code (SNOMED CT)",
            "SNOMED CT concept as submitted; always text, since numbers lose its last digits.",
            Sensitivity.SENSITIVE,
            ("snomed",),
            pattern=r"[0-9]{6,18}",
        ),
        *(
            Field(name, label, meaning, Sensitivity.SENSITIVE, (name,), codes=codes)
            for name, label, meaning, codes in coded
        ),
        Field(
            "ic_sitecode",
            "Imaging site",
            "ODS code of the site that did the test.",
            Sensitivity.OPERATIONAL,
            ("site",),
            pattern=parts.ODS_CODE,
        ),
        Field(
            "ic_provname",
            "Provider of the imaging site",
            "Name of the organisation the site belongs to.",
            Sensitivity.OPERATIONAL,
            ("site_provider.name",),
            (Form("name", "Name", AsName()),),
        ),
        Field(
            "ic_submit_orgcode",
            "Submitting organisation",
            "ODS code of the organisation that submitted the record.",
            Sensitivity.OPERATIONAL,
            ("provider",),
            pattern=parts.ODS_CODE,
        ),
    )


DID = Dataset(
    name="did",
    label="Diagnostic Imaging Dataset",
    description="Imaging tests and scans on NHS patients in England, from radiology information systems.",
    period="month of submission",
    kept_years=parts.KEPT_YEARS,
    items=ITEMS,
    columns=COLUMNS,
    fields=(
        *_about_the_person(),
        *_about_the_referral(),
        *_dates(),
        *_about_the_test(),
        *_identifiers(),
    ),
    references=(
        Reference("geography", "geography", "lsoa", "lsoa"),
        Reference("practice", "practices", "gp_practice", "code"),
        Reference("imaging_site", "organisations", "site", "code"),
        Reference("site_provider", "organisations", "imaging_site.parent", "code"),
        Reference("identity", "tuples", "tuple_id", "tuple_id"),
    ),
    primary=True,
    sorted_by=("modality", "provider", "test_date"),
)
