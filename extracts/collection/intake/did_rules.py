"""The rules of the Diagnostic Imaging Dataset as one table, in the order they are applied.

What a failure does follows from the item's need in the standard. A mandatory item, or a check that the standard
states for the test date, rejects the record. A required or optional item is left empty with a warning, and the record
is kept. Where one of two dates must be wrong, the one for which the standard states the check is left empty. The order
matters in three places: formats come before checks that read the value, other dates before the birth date, and the two
imaging codes before the rule that one of them must be there.
"""

from collections.abc import Callable

import numpy as np

from extracts.catalogue.public import DATASETS
from extracts.collection.intake import digits, imaging
from extracts.collection.intake.batch import Batch
from extracts.collection.intake.identity_rules import IDENTITY_RULES, ISB_1577, NOT_A_DATE, THIS_SERVICE
from extracts.collection.intake.rule import (
    Fails,
    Rule,
    Setting,
    Severity,
    blank,
    earlier,
    empties,
    failing,
    in_future,
    more_than_months,
    no_date,
    not_among,
    not_matching,
    outside_month,
    rejects,
    warns,
)

# 3 to 12 capital letters and digits, but not ten digits: those could be an NHS number, and these codes are kept.
_TEN_WITH_A_LETTER = "|".join(f"[0-9]{{{place}}}[A-Z][A-Z0-9]{{{9 - place}}}" for place in range(10))
ODS_CODE = f"[A-Z0-9]{{3,9}}|[A-Z0-9]{{11,12}}|{_TEN_WITH_A_LETTER}"
GP_PRACTICE = "[A-Z][0-9]{5}"
PRINTABLE = r"[^\x00-\x1f\x7f]"


def _codes(field: str) -> tuple[str, ...]:
    return tuple(code for code, _ in DATASETS["did"].field(field).codes)


def ethnic_category() -> str:
    """The national code, and a second character for local use."""
    letters = "".join(code for code in _codes("did_ethcat") if len(code) == 1)
    return f"[{letters}][A-Za-z0-9]?|99"


def _site(wanted: Callable[[Setting, str], bool]) -> Fails:
    def fails(batch: Batch, setting: Setting) -> np.ndarray:
        return batch["site"].each(lambda values: np.array([wanted(setting, site) for site in values.to_pylist()], bool))

    return fails


def _anothers(setting: Setting, site: str) -> bool:
    return site != setting.provider and setting.sites.get(site, setting.provider) != setting.provider


def _unknown(setting: Setting, site: str) -> bool:
    return site != setting.provider and site not in setting.sites


def _unknown_and_unlike(setting: Setting, site: str) -> bool:
    return _unknown(setting, site) and not site.startswith(setting.provider)


def _unknown_but_like(setting: Setting, site: str) -> bool:
    return _unknown(setting, site) and site.startswith(setting.provider)


_REFERRAL = (
    empties("request_date.format", "request_date", NOT_A_DATE, no_date("request_date"), ISB_1577),
    empties("received_date.format", "received_date", NOT_A_DATE, no_date("received_date"), ISB_1577),
    rejects("test_date.missing", "test_date", "The test date is missing.", blank("test_date"), ISB_1577),
    rejects("test_date.format", "test_date", NOT_A_DATE, no_date("test_date"), ISB_1577),
    empties("report_date.format", "report_date", NOT_A_DATE, no_date("report_date"), ISB_1577),
    rejects("test_date.future", "test_date", "The test date is in the future.", in_future("test_date"), THIS_SERVICE),
    rejects(
        "test_date.before_request",
        "test_date",
        "The test date is before the request date.",
        earlier("test_date", than="request_date"),
        ISB_1577,
        also=("request_date",),
    ),
    rejects(
        "test_date.before_received",
        "test_date",
        "The test date is before the date the request was received.",
        earlier("test_date", than="received_date"),
        ISB_1577,
        also=("received_date",),
    ),
    rejects(
        "test_date.after_report",
        "test_date",
        "The test date is after the report issue date.",
        earlier("report_date", than="test_date"),
        ISB_1577,
        also=("report_date",),
    ),
    warns(
        "test_date.other_month",
        "test_date",
        "The test date is not in the month submitted.",
        outside_month("test_date"),
        THIS_SERVICE,
    ),
    empties(
        "request_date.after_received",
        "request_date",
        "The request date is after the date the request was received.",
        earlier("received_date", than="request_date"),
        ISB_1577,
        also=("received_date",),
    ),
    warns(
        "request_date.over_a_year",
        "request_date",
        "The request date is more than a year before the test date.",
        more_than_months("request_date", "test_date", 12),
        ISB_1577,
        also=("test_date",),
    ),
    warns(
        "report_date.over_a_month",
        "report_date",
        "The report issue date is more than a month after the test date.",
        more_than_months("test_date", "report_date", 1),
        ISB_1577,
        also=("test_date",),
    ),
    rejects(
        "patient_source.missing",
        "patient_source",
        "The patient source setting is missing.",
        blank("patient_source"),
        ISB_1577,
    ),
    rejects(
        "patient_source.code",
        "patient_source",
        "The patient source setting must be 01 to 07.",
        not_among("patient_source", _codes("did_patsource_code")),
        ISB_1577,
    ),
    empties(
        "referrer_code.format",
        "referrer_code",
        "A referrer code has up to 8 characters.",
        not_matching("referrer_code", f"{PRINTABLE}{{1,8}}"),
        ISB_1577,
    ),
    empties(
        "referring_org.format",
        "referring_org",
        "An organisation code has 3 to 12 capital letters and digits.",
        not_matching("referring_org", ODS_CODE),
        ISB_1577,
    ),
)

_PERSON = (
    *IDENTITY_RULES,
    empties(
        "birth_date.after_test",
        "birth_date",
        "The birth date is after the test date.",
        earlier("test_date", than="birth_date"),
        ISB_1577,
        also=("test_date",),
    ),
    empties(
        "birth_date.after_report",
        "birth_date",
        "The birth date is after the report issue date.",
        earlier("report_date", than="birth_date"),
        ISB_1577,
        also=("report_date",),
    ),
    empties(
        "nhs_number_status.code",
        "nhs_number_status",
        "The NHS number status must be 01 to 08, with its leading zero.",
        not_among("nhs_number_status", _codes("did_nhsnum_stat")),
        ISB_1577,
    ),
    warns(
        "ethnic_category.missing",
        "ethnic_category",
        "The ethnic category is missing; it counts as 99, not known.",
        blank("ethnic_category"),
        ISB_1577,
    ),
    empties(
        "ethnic_category.code",
        "ethnic_category",
        "The ethnic category is not a national code, with or without a local second character; it counts as 99.",
        not_matching("ethnic_category", ethnic_category()),
        ISB_1577,
    ),
    warns("gender.missing", "gender", "The gender is missing; it counts as 0, not known.", blank("gender"), ISB_1577),
    empties(
        "gender.code",
        "gender",
        "The gender must be 0, 1, 2 or 9; it counts as 0, not known.",
        not_among("gender", _codes("did_gender_code")),
        ISB_1577,
    ),
    warns("gp_practice.missing", "gp_practice", "The GP practice is missing.", blank("gp_practice"), ISB_1577),
    empties(
        "gp_practice.format",
        "gp_practice",
        "A GP practice code is a capital letter and 5 digits.",
        not_matching("gp_practice", GP_PRACTICE),
        ISB_1577,
    ),
)

_IMAGING = (
    empties(
        "nicip.format",
        "nicip",
        "A NICIP code has up to 6 capital letters.",
        not_matching("nicip", "[A-Z]{1,6}"),
        ISB_1577,
    ),
    empties(
        "snomed.format",
        "snomed",
        "A SNOMED CT code has 6 to 18 digits.",
        failing("snomed", digits.snomed_shaped),
        ISB_1577,
    ),
    empties(
        "snomed.check_digit",
        "snomed",
        "The SNOMED CT code fails its check digit (Verhoeff).",
        failing("snomed", digits.snomed_checked),
        ISB_1577,
    ),
    rejects(
        "imaging_code.missing",
        "nicip",
        "A record needs a NICIP or a SNOMED CT imaging code that passes its checks.",
        imaging.neither,
        ISB_1577,
        also=("snomed",),
    ),
    warns("imaging_code.retired", "nicip", "The imaging code is retired.", imaging.retired, ISB_1577, also=("snomed",)),
    warns(
        "imaging_code.unlisted",
        "nicip",
        "The imaging code is not in the table of examinations; what follows from it is not known.",
        imaging.unlisted,
        THIS_SERVICE,
        also=("snomed",),
    ),
    rejects("site.missing", "site", "The imaging site is missing.", blank("site"), ISB_1577),
    rejects(
        "site.format",
        "site",
        "An imaging site code has 3 to 12 capital letters and digits.",
        not_matching("site", ODS_CODE),
        ISB_1577,
    ),
    Rule(
        "site.another_provider",
        Severity.REFUSE,
        ("site",),
        "The imaging site belongs to another provider.",
        THIS_SERVICE,
        _site(_anothers),
        refusal="file.another_provider",
    ),
    rejects(
        "site.unknown",
        "site",
        "The imaging site is in no reference data and is not a site code of this provider.",
        _site(_unknown_and_unlike),
        THIS_SERVICE,
    ),
    warns(
        "site.unlisted",
        "site",
        "The imaging site is not in the reference data.",
        _site(_unknown_but_like),
        THIS_SERVICE,
    ),
    rejects(
        "accession_number.missing",
        "accession_number",
        "The accession number is missing.",
        blank("accession_number"),
        ISB_1577,
    ),
    rejects(
        "accession_number.format",
        "accession_number",
        "An accession number has up to 20 characters.",
        not_matching("accession_number", f"{PRINTABLE}{{1,20}}"),
        ISB_1577,
    ),
)

DID_RULES: tuple[Rule, ...] = (*_REFERRAL, *_PERSON, *_IMAGING)
