"""From posted fields to answers and back to what is drawn: nothing that was typed is lost."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dars.applications import posted
from dars.applications.controls import Offers, controls
from dars.applications.questions import merged, own
from dars.applications.sections import SECTIONS
from tests.unit.dars.applications.answers import answers, query


def read(section: str, *pairs: tuple[str, str]) -> dict[str, Any]:
    return posted.read(SECTIONS[section], query(list(pairs)), {"known@example.org": 7})


def test_the_data_of_the_lung_cancer_study_have_the_shape_that_the_catalogue_compiles() -> None:
    data = answers()["data"]
    assert data["datasets"] == ["did", "hes_apc", "cancer"]
    assert (data["period_from"], data["period_to"]) == ("2026-04", "2026-06")
    assert data["max_match_rank"] == 8
    assert data["linkage"] == ["hes_apc", "cancer"]
    assert data["fields"]["did"]["ic_reftype_desc"] == "code"
    assert data["field_reasons"]["did.did_date3"]
    assert data["cohort"] == [{"dataset": "cancer", "field": "site_icd10", "values": ["C33", "C34"]}]


@pytest.mark.parametrize(
    ("parts", "kept"),
    [
        (("1", "9", "2026"), "2026-09-01"),
        (("01", "09", "2026"), "2026-09-01"),
        (("31", "2", "2026"), {"day": "31", "month": "2", "year": "2026"}),
        (("", "9", "2026"), {"day": "", "month": "9", "year": "2026"}),
        (("one", "9", "26"), {"day": "one", "month": "9", "year": "26"}),
        (("٣", "9", "2026"), {"day": "٣", "month": "9", "year": "2026"}),
        (("", "", ""), None),
    ],
)
def test_a_date_is_kept_as_typed_until_it_is_one(parts: tuple[str, str, str], kept: Any) -> None:
    fields = zip(("starts_on-day", "starts_on-month", "starts_on-year"), parts, strict=True)
    given = read("term", *fields)
    assert given["starts_on"] == kept
    drawn = controls(SECTIONS["term"], given, [], Offers())[0].value
    assert [drawn.get(part, "").lstrip("0") for part in ("day", "month", "year")] == [p.lstrip("0") for p in parts]


def test_options_that_were_not_offered_are_not_kept() -> None:
    given = read("purpose", ("purposes", "health_care"), ("purposes", "espionage"), ("ethics", "maybe"))
    assert given["purposes"] == ["health_care"]
    assert given["ethics"] is None


def test_people_are_kept_by_number_and_strangers_as_typed() -> None:
    given = read("people", ("recipients", "Known@example.org"), ("recipients", "stranger@example.org"))
    assert given["recipients"] == [7, "stranger@example.org"]
    drawn = controls(SECTIONS["people"], given, [], Offers({"recipient": [], "signatory": []}))
    assert drawn[0].rows == ["stranger@example.org", ""]


def test_organisations_are_kept_in_capitals_once_each() -> None:
    given = read("controllers", ("organisations", " xnu "), ("organisations", ""), ("organisations", "XNU"))
    assert given["organisations"] == ["XNU"]


def test_conditions_are_kept_row_by_row_with_holes_closed() -> None:
    given = read(
        "records",
        ("cohort-0-field", "cancer.site_icd10"),
        ("cohort-0-values", "C33, C34;C39"),
        ("cohort-1-field", ""),
        ("cohort-1-values", ""),
        ("cohort-2-values", "lost codes"),
    )
    assert given["cohort"] == [
        {"dataset": "cancer", "field": "site_icd10", "values": ["C33", "C34", "C39"]},
        {"dataset": "", "field": "", "values": ["lost codes"]},
    ]


def test_the_fields_of_one_dataset_leave_those_of_others_alone() -> None:
    before = answers()
    section = SECTIONS["fields-did"]
    after = merged(before, section, {"fields": {"age": "years"}, "reasons": {"age": "Because."}})
    assert after["data"]["fields"] == {**before["data"]["fields"], "did": {"age": "years"}}
    assert after["data"]["field_reasons"]["did.age"] == "Because."
    assert "did.did_date3" not in after["data"]["field_reasons"]
    assert (
        after["data"]["field_reasons"]["cancer.diagnosis_date"]
        == before["data"]["field_reasons"]["cancer.diagnosis_date"]
    )
    assert after["data"]["cohort"] == before["data"]["cohort"]
    assert own(after, section) == {"fields": {"age": "years"}, "reasons": {"age": "Because."}}


@given(st.text(max_size=200))
def test_any_text_is_kept_but_for_control_characters(text: str) -> None:
    kept = read("purpose", ("aim", text))["aim"]
    assert "\x00" not in kept
    if text.isprintable():
        assert kept == text.strip()


def test_every_question_is_drawn_once_and_says_when_it_is_asked() -> None:
    for section in SECTIONS.values():
        offers = Offers({"recipient": [], "signatory": []})
        drawn = [control.question.key for control in controls(section, {}, [], offers)]
        assert drawn == [question.key for question in section.questions if question.key != "reasons"]
    ethics = controls(SECTIONS["purpose"], {"ethics_reference": "26/YH/0042"}, [], Offers())[-1]
    assert (ethics.value, ethics.hint) == ("26/YH/0042", "Only if a research ethics committee approved it.")
