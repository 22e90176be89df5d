"""What a DID submission holds, item by item (ISB 1577), and the columns its table keeps; releases nothing."""

from extracts.catalogue.model import Need, SourceItem

_PERSON, _REFERRAL, _IMAGING = "PersonalAndDemographics/", "Referrals/", "ImagingActivity/"
_MUST, _SHOULD, _MAY = Need.MANDATORY, Need.REQUIRED, Need.OPTIONAL

# name, CSV column, need, label, XML path, column of the table, column of the vault
_ROWS = (
    ("nhs_number", "NHS_NUMBER", _SHOULD, "NHS number", _PERSON + "NHSNumber", "", "nhs_number"),
    (
        "nhs_number_status",
        "NHS_NUMBER_STATUS",
        _MAY,
        "NHS number status",
        _PERSON + "NHSNumberStatus",
        "nhs_number_status",
        "",
    ),
    ("birth_date", "BIRTH_DATE", _SHOULD, "Birth date", _PERSON + "PersonBirthDate", "age_years", "birth_date"),
    (
        "ethnic_category",
        "ETHNIC_CATEGORY",
        _SHOULD,
        "Ethnic category",
        _PERSON + "EthnicCategory",
        "ethnic_category",
        "",
    ),
    ("gender", "GENDER", _SHOULD, "Gender", _PERSON + "PersonGender", "gender", "sex"),
    ("postcode", "POSTCODE", _SHOULD, "Postcode of usual address", _PERSON + "Postcode", "lsoa", "postcode"),
    ("gp_practice", "GP_PRACTICE", _SHOULD, "GP practice", _PERSON + "GPPractice", "gp_practice", ""),
    (
        "patient_source",
        "PATIENT_SOURCE",
        _MUST,
        "Patient source setting",
        _REFERRAL + "PatientSource",
        "patient_source",
        "",
    ),
    ("referrer_code", "REFERRER_CODE", _MAY, "Referrer code", _REFERRAL + "ReferrerCode", "referrer_type", ""),
    (
        "referring_org",
        "REFERRING_ORGANISATION",
        _MAY,
        "Referring organisation",
        _REFERRAL + "ReferringOrganisation",
        "referring_org",
        "",
    ),
    (
        "request_date",
        "REQUEST_DATE",
        _MAY,
        "Date of test request",
        _REFERRAL + "DiagnosticTestRequestDate",
        "request_date",
        "",
    ),
    (
        "received_date",
        "REQUEST_RECEIVED_DATE",
        _MAY,
        "Date the request was received",
        _REFERRAL + "DiagnosticTestRequestReceivedDate",
        "received_date",
        "",
    ),
    ("nicip", "IMAGING_CODE_NICIP", _SHOULD, "Imaging code (NICIP)", _IMAGING + "ImagingCodeNICIP", "nicip", ""),
    (
        "snomed",
        "IMAGING_CODE_SNOMED",
        _SHOULD,
        "Imaging code (SNOMED CT)",
        _IMAGING + "ImagingCodeSNOMED",
        "snomed",
        "",
    ),
    ("test_date", "TEST_DATE", _MUST, "Date of test", _IMAGING + "DiagnosticTestDate", "test_date", ""),
    (
        "report_date",
        "REPORT_ISSUE_DATE",
        _MAY,
        "Date the report was issued",
        _IMAGING + "ServiceReportIssueDate",
        "report_date",
        "",
    ),
    ("site", "IMAGING_SITE", _MUST, "Imaging site", _IMAGING + "ImagingSite", "site", ""),
    # For finding duplicates on receipt; not kept in the table and never released.
    (
        "accession_number",
        "ACCESSION_NUMBER",
        _MUST,
        "Radiological accession number",
        _IMAGING + "AccessionNumber",
        "",
        "",
    ),
)
ITEMS = tuple(
    SourceItem(name, csv, need, label, xml, column, vault) for name, csv, need, label, xml, column, vault in _ROWS
)

COLUMNS = (
    ("record_key", "int64"),
    ("tuple_id", "int64"),
    ("provider", "str"),
    ("nhs_number_status", "str"),
    ("age_years", "int16"),
    ("gender", "str"),
    ("ethnic_category", "str"),
    ("lsoa", "str"),
    ("gp_practice", "str"),
    ("patient_source", "str"),
    ("referrer_type", "str"),
    ("referring_org", "str"),
    ("request_date", "date"),
    ("received_date", "date"),
    ("test_date", "date"),
    ("report_date", "date"),
    ("nicip", "str"),
    ("snomed", "str"),
    ("modality", "str"),
    ("sub_modality", "str"),
    ("body_region", "str"),
    ("system", "str"),
    ("site", "str"),
)
