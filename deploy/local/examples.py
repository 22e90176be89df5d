"""Two whole applications for the demonstration and for tests, as an applicant would type them. No account, no data.

Answers are keyed section -> question. `form_data` turns those of one section into the fields of its form: a list
repeats the question's name; the parts of a dictionary are joined to it with "-", and so are the place and the parts of
each row of a list.
The e-mail addresses of recipients and signatories, and the code of the organisation, are the caller's.
"""

import datetime as dt
from typing import Any

Section = dict[str, Any]
Example = dict[str, Section]

# Every dataset of the lung cancer study covers these months; the demonstration's data must too.
PERIOD_FROM, PERIOD_TO = "2026-04", "2026-06"
LUNG_CANCER_TITLE = "Chest X-rays before early and late diagnosis of lung cancer"
INSURANCE_TITLE = "Imaging history in the pricing of life insurance"

# The answers of both, as (section, question), that are nothing without their document.
EVIDENCE = (("purpose", "ethics"),)

_DID_FIELDS = {
    "age": "band_10",
    "did_gender_code": "code",
    "ic_region": "code",
    "did_patsource_code": "code",
    "ic_reftype_desc": "code",
    "did_date3": "day",
    "days_request_to_test": "days",
    "days_test_to_report": "days",
    "modality": "code",
    "sub_modality": "code",
    "body_region": "code",
    "ic_sitecode": "code",
    "ic_provname": "name",
}
_HES_FIELDS = {"admidate": "month", "procode": "code", **{f"diag_0{place}": "char3" for place in range(1, 7)}}
_CANCER_FIELDS = {
    "diagnosis_date": "day",
    "site_icd10": "char3",
    "stage": "group",
    "route": "code",
    "trust_code": "code",
}


def letter() -> bytes:
    """A letter of one empty page, for the answers in `EVIDENCE`."""
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
    ]
    made, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 4\n0000000000 65535 f \n%strailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return made + end % (table, len(made))


def form_data(section: str, answers: Example) -> list[tuple[str, str]]:
    """The fields of a section's form as (name, value) pairs, in the order of its questions."""
    return [pair for question, value in answers[section].items() for pair in _pairs(question, value)]


def _pairs(name: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [pair for part, inner in value.items() for pair in _pairs(f"{name}-{part}", inner)]
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [pair for place, row in enumerate(value) for pair in _pairs(f"{name}-{place}", row)]
    if isinstance(value, list):
        return [(name, str(item)) for item in value]
    return [(name, str(value))]


def lung_cancer_study(*, organisation: str, recipients: list[str], signatories: list[str], starts: dt.date) -> Example:
    """A university's study of who was X-rayed before a diagnosis of lung cancer, early or late."""
    return {
        **_parties(organisation, starts),
        "purpose": {
            "aim": "We compare people whose lung cancer was found early with people whose cancer was found late: "
            "whether their GP sent them for a chest X-ray, how long they waited for it, which other "
            "illnesses they had, and where in England they were treated.",
            "purposes": ["health_care", "health_promotion"],
            "public_interest": "Lung cancer that is found early can often be cured. Knowing where people are X-rayed "
            "late tells the NHS where to act first.",
            "harm": "A small group in one area could be recognised in a table. We publish only tables in which small "
            "numbers are suppressed, and nobody tries to find out who anyone is.",
            "funding": "A public research council.",
            "programme": "no",
            "ethics": "rec",
            "ethics_reference": "26/YH/0042",
        },
        "processing": {
            "flows": "The pseudonymised extract is downloaded once to the university's secure research environment and "
            "stays there. It is joined with nothing else. Only suppressed tables leave.",
            "joined": "no",
            "onward": "no",
            "reidentification": "no",
            "staff": "yes",
        },
        "outputs": {
            "outputs": "A paper in an open journal, a report for cancer alliances, and a summary for patients.",
            "audiences": "Clinicians through the journal, cancer alliances through their network, and patients through "
            "a summary that a patient group writes with us.",
            "expected_on": _date(starts + dt.timedelta(days=300)),
            "small_numbers": "yes",
        },
        "benefits": {
            "kinds": ["care", "prevention", "knowledge"],
            "description": "Cancer alliances learn where chest X-rays come late. If the slowest quarter of areas "
            "reached today's average, several hundred people a year would be diagnosed at an earlier stage.",
            "expected_on": _date(starts + dt.timedelta(days=600)),
        },
        "commercial": {"involved": "no"},
        "sublicensing": {"wanted": "no"},
        "legal": {
            "article_6": ["e"],
            "article_9": ["j"],
            "schedule_1": ["4"],
            "rationale": "Research in the public interest is a task of the university under its charter, and the "
            "safeguards of article 89 are met: pseudonymised data, suppressed outputs, no decisions about anyone.",
            "dissemination": "s261_2_b_ii",
        },
        "confidentiality": {
            "basis": "not_confidential",
            "objections": "The data are pseudonymised before we receive them, and people who objected to the "
            "Diagnostic Imaging Dataset are not in them. We publish how to object.",
            "exception": "not_identifying",
        },
        "data": {
            "datasets": ["did", "hes_apc", "cancer"],
            "datasets_reason": "Imaging tells who was X-rayed and when, registrations tell the stage at diagnosis, and "
            "hospital episodes tell which other illnesses people had.",
            "period_from": _month(PERIOD_FROM),
            "period_to": _month(PERIOD_TO),
            "period_reason": "One quarter holds enough diagnoses to compare early and late ones by area.",
            "linkage": ["hes_apc", "cancer"],
            "max_match_rank": "8",
            "identifiability": "pseudonymised",
            "frequency": "once",
            "formats": ["csv", "parquet"],
        },
        "fields-did": {
            "fields": _DID_FIELDS,
            "reasons": {
                "did_date3": "We count the days from the chest X-ray to the diagnosis.",
            },
        },
        "fields-hes_apc": {
            "fields": _HES_FIELDS,
            "reasons": {"admidate": "We count only illnesses that were recorded up to the month of diagnosis."},
        },
        "fields-cancer": {
            "fields": _CANCER_FIELDS,
            "reasons": {
                "diagnosis_date": "We count the days from the chest X-ray to the diagnosis.",
            },
        },
        "records": {
            "cohort": [{"field": "cancer.site_icd10", "values": "C33, C34"}],
            "records_reason": "Only people with cancer of the trachea, bronchus or lung are included, and all their "
            "imaging in the quarter, since other scans often lead to the diagnosis.",
            "no_place_reason": "The study compares all areas of England with each other.",
            "no_people_reason": "Lung cancer is missed in people of every age and group, so none is left out.",
        },
        "people": {"recipients": recipients, "signatories": signatories},
        "term": {
            "starts_on": _date(starts),
            "ends_on": _date(starts + dt.timedelta(days=729)),
            "reason": "A year for the analysis and a year in which reviewers may ask for more.",
        },
        "territory": {
            "where": "england_wales",
            "locations": "The secure research environment in the university's own data centre.",
        },
        "conditions": {"accepted": "yes"},
    }


def insurance_request(*, organisation: str, recipients: list[str], signatories: list[str], starts: dt.date) -> Example:
    """A company's request that is commercial and nothing else: complete, and refused at screening."""
    return {
        **_parties(organisation, starts),
        "purpose": {
            "aim": "We price life insurance by how often people have been scanned.",
            "purposes": ["insurance", "marketing"],
            "public_interest": "Premiums would follow the risk more closely.",
            "harm": "Some people would pay more. We would explain the price on request.",
            "funding": "The company.",
            "programme": "no",
            "ethics": "not_needed",
        },
        "processing": {
            "flows": "The extract is downloaded to the company's servers and used to fit a pricing model.",
            "joined": "no",
            "onward": "no",
            "reidentification": "no",
            "staff": "yes",
        },
        "outputs": {
            "outputs": "A pricing model.",
            "audiences": "The company's underwriters.",
            "expected_on": _date(starts + dt.timedelta(days=90)),
            "small_numbers": "yes",
        },
        "benefits": {
            "kinds": ["income", "market_position"],
            "description": "The company's premiums fit the risk, and its market share grows.",
            "expected_on": _date(starts + dt.timedelta(days=180)),
        },
        "commercial": {"involved": "yes", "details": "The company gains from better prices."},
        "sublicensing": {"wanted": "no"},
        "legal": {
            "article_6": ["f"],
            "article_9": ["j"],
            "schedule_1": ["4"],
            "rationale": "The company has a legitimate interest in fitting prices to risk.",
            "dissemination": "s261_2_b_ii",
        },
        "confidentiality": {
            "basis": "not_confidential",
            "objections": "People who objected are not in the data that we receive.",
            "exception": "none",
        },
        "data": {
            "datasets": ["did"],
            "datasets_reason": "Imaging shows how often people are scanned.",
            "period_from": _month(PERIOD_FROM),
            "period_to": _month(PERIOD_TO),
            "period_reason": "A quarter shows the usual frequency of scans.",
            "identifiability": "pseudonymised",
            "frequency": "once",
            "formats": ["csv"],
        },
        "fields-did": {"fields": {"age": "band_10", "did_gender_code": "code", "modality": "code"}},
        "records": {
            "records_reason": "Everyone is included, since everyone may buy insurance.",
            "no_place_reason": "Insurance is sold everywhere.",
            "no_people_reason": "Insurance is sold to everyone.",
            "no_clinical_reason": "Any scan may matter to the price.",
        },
        "people": {"recipients": recipients, "signatories": signatories},
        "term": {
            "starts_on": _date(starts),
            "ends_on": _date(starts + dt.timedelta(days=364)),
            "reason": "Prices are set once a year.",
        },
        "territory": {"where": "uk", "locations": "The company's own servers."},
        "conditions": {"accepted": "yes"},
    }


def _parties(organisation: str, starts: dt.date) -> Example:
    good_until = _date(starts + dt.timedelta(days=300))
    assurances = {
        "security": "dspt",
        "reference": f"{organisation}, version 8, Standards Met",
        "expires_on": good_until,
        "ico": "ZZ999999",
        "ico_expires_on": good_until,
    }
    return {
        "controllers": {"organisations": [organisation], "arrangement": "sole"},
        "processors": {"used": "no"},
        "security": {"assurances": {organisation: assurances}},
    }


def _date(day: dt.date) -> dict[str, str]:
    return {"day": str(day.day), "month": str(day.month), "year": str(day.year)}


def _month(month: str) -> dict[str, str]:
    year, _, number = month.partition("-")
    return {"month": str(int(number)), "year": year}
