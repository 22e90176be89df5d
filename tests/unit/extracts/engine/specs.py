"""Specifications for tests: random valid ones over the catalogue, and one by hand about lung cancer."""

from hypothesis import strategies as st

from extracts.catalogue.public import DATASETS, FREQUENCIES, compile_spec

FILTER_VALUES = {
    ("did", "modality", "code"): ("X", "C"),
    ("did", "age", "band_10"): ("60-69", "90+", "0-9"),
    ("did", "age", "years"): ("0", "64"),
    ("did", "ic_region", "code"): ("E12990000", "E12990001"),
    ("did", "ic_test_month", "month"): ("2026-04", "2026-05"),
    ("did", "did_ethcat", "group"): ("White", "Not stated"),
    ("hes_apc", "diagnosis", "char3"): ("C34", "I10"),
    ("hes_apc", "admimeth", "group"): ("Emergency",),
    ("hes_apc", "stay_days", "days"): ("0", "3"),
    ("cancer", "site_icd10", "char3"): ("C33", "C34"),
    ("cancer", "stage", "group"): ("Early",),
}
FORMATS = (["csv"], ["parquet"], ["csv.gz", "parquet"], ["csv", "parquet"])


def _condition(key) -> dict:
    dataset, field, form = key
    return {"dataset": dataset, "field": field, "form": form, "values": list(FILTER_VALUES[key])}


@st.composite
def answers(draw, formats=FORMATS) -> dict:
    """Answers that compile: any fields in any forms, one geography at most, filters, a cohort, links, periods."""
    linked = draw(st.sets(st.sampled_from(["hes_apc", "cancer"])))
    asked = ["did", *sorted(linked)]
    fields: dict[str, dict] = {}
    for name in asked:
        places = [f for f in DATASETS[name].fields if f.geography and not f.direct]
        others = [f for f in DATASETS[name].fields if not f.geography and not f.direct]
        chosen = draw(st.lists(st.sampled_from(others), min_size=1, max_size=7, unique_by=lambda f: f.name))
        chosen += draw(st.lists(st.sampled_from(places), max_size=1)) if places else []
        fields[name] = {f.name: draw(st.sampled_from(f.forms)).name for f in chosen}
    placed = any(DATASETS["did"].field(name).geography for name in fields["did"])
    able = [key for key in sorted(FILTER_VALUES) if placed or key[1] != "ic_region"]  # no finer than is released
    cohort = draw(st.lists(st.sampled_from(able), max_size=2, unique=True))
    filters = [key for key in able if key[0] in asked]
    first, last = sorted(draw(st.lists(st.sampled_from(["2026-03", "2026-04", "2026-05"]), min_size=2, max_size=2)))
    linkage = sorted({*linked, *(key[0] for key in cohort)} - {"did"})
    return {
        "data": {
            "datasets": asked,
            "period_from": first,
            "period_to": last,
            "periods": draw(st.sampled_from([{}, {"cancer": {"from": "2026-03", "to": "2026-06"}}])),
            "fields": fields,
            "field_reasons": {f"{name}.{field}": "needed" for name, found in fields.items() for field in found},
            "filters": [_condition(key) for key in draw(st.lists(st.sampled_from(filters), max_size=2, unique=True))],
            "cohort": [_condition(key) for key in cohort],
            "linkage": linkage,
            "max_match_rank": draw(st.integers(1, 9)),
            "identifiability": "pseudonymised",
            "frequency": draw(st.sampled_from(sorted(FREQUENCIES))),
            "formats": draw(st.sampled_from(formats)),
        },
        "confidentiality": {"basis": draw(st.sampled_from(["consent", "s251", "not_confidential"]))},
        "legal": {"dissemination": "s261_2_b_ii"},
    }


def specs(formats=FORMATS):
    return answers(formats).map(lambda given: compile_spec(given, "DARS-NIC-000001-A1B2C-v1.0", 1))


def lung_cancer_answers() -> dict:
    """People with lung cancer: their chest X-rays, stays and tumours."""
    return {
        "data": {
            "datasets": ["did", "hes_apc", "cancer"],
            "period_from": "2026-04",
            "period_to": "2026-06",
            "fields": {
                "did": {
                    "age": "band_10",
                    "did_gender_code": "code",
                    "ic_region": "code",
                    "modality": "code",
                    "did_snomedct_code": "code",
                    "days_request_to_test": "days",
                    "did_date3": "day",
                    "ic_provname": "name",
                },
                "hes_apc": {"diag_01": "char3", "admidate": "year", "admimeth": "group"},
                "cancer": {"site_icd10": "char3", "stage": "code", "diagnosis_date": "month"},
            },
            "field_reasons": {
                "did.did_date3": "to order tests within a month",
                "cancer.stage": "to tell the groups apart",
                "cancer.diagnosis_date": "to place tests before diagnosis",
            },
            "filters": [{"dataset": "did", "field": "modality", "values": ["X"]}],
            "cohort": [{"dataset": "cancer", "field": "site_icd10", "values": ["C33", "C34"]}],
            "linkage": ["hes_apc", "cancer"],
            "max_match_rank": 8,
            "identifiability": "pseudonymised",
            "frequency": "once",
            "formats": ["csv", "parquet"],
        },
        "confidentiality": {"basis": "s251"},
        "legal": {"dissemination": "s261_2_b_ii"},
    }


def lung_cancer(**changes):
    """The specification by hand; `changes` replace entries of its data answers."""
    given = lung_cancer_answers()
    given["data"] |= changes
    return compile_spec(given, "DARS-NIC-000001-A1B2C-v1.0", 1)
