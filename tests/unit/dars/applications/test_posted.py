"""From posted fields to answers and back to what is drawn: nothing that was typed is lost."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dars.applications import posted
from dars.applications.controls import Offers, controls, names
from dars.applications.questions import merged, own, stands
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


OFFERS = Offers({"recipient": [], "signatory": []}, [("XNU", "University of the North"), ("XSU", "South")])


def test_every_question_that_can_be_asked_on_a_page_is_drawn_on_it_once() -> None:
    everything = {"controllers": {"organisations": ["XNU", "XSU"]}, "confidentiality": {"basis": "s251"}}
    for section in SECTIONS.values():
        asked = {question.key for question in section.questions if stands(question.asked, section, everything)[0]}
        drawn = names(controls(section, {}, [], OFFERS, everything))
        assert sorted(drawn) == sorted(asked | ({"reasons"} if "fields" in asked else set())), section.key


def test_a_question_that_hangs_on_an_answer_of_its_page_is_drawn_under_it_and_says_when_it_is_asked() -> None:
    drawn = controls(SECTIONS["purpose"], {"ethics_reference": "26/YH/0042"}, [], OFFERS)
    (under,) = next(control for control in drawn if control.question.key == "ethics").reveals["rec"]
    assert (under.value, under.hint) == ("26/YH/0042", "Only if a research ethics committee approved it.")
    schedule = next(c for c in controls(SECTIONS["legal"], {}, [], OFFERS) if c.question.key == "schedule_1")
    assert schedule.shown_if == ("article_9", "b g h i j")


def test_a_question_that_hangs_on_another_page_is_drawn_only_when_it_is_asked() -> None:
    keys = [c.question.key for c in controls(SECTIONS["legal"], {}, [], OFFERS)]
    joint = {"controllers": {"organisations": ["XNU", "XSU"]}}
    keys_of_several = [c.question.key for c in controls(SECTIONS["legal"], {}, [], OFFERS, joint)]
    assert ("article_6" in keys, "bases" in keys) == (True, False)
    assert ("article_6" in keys_of_several, "bases" in keys_of_several) == (False, True)


def test_each_controller_is_asked_for_bases_of_its_own_and_what_is_posted_comes_back() -> None:
    joint = {"controllers": {"organisations": ["XNU", "XSU"]}}
    given = read(
        "legal",
        ("asked", "bases"),
        ("bases-XNU-article_6", "e"),
        ("bases-XNU-rationale", "A task"),
        ("bases-XSU-article_6", "f"),
        ("bases-XSU-rationale", ""),
        ("bases-nothing-rationale", "Stray"),
    )
    assert given.keys() == {"bases"}
    assert {code: mine["article_6"] for code, mine in given["bases"].items()} == {"XNU": ["e"], "XSU": ["f"]}
    (drawn,) = [c for c in controls(SECTIONS["legal"], given, [], OFFERS, joint) if c.question.key == "bases"]
    chosen = {code: [item.value for item in parts[0].items if item.chosen] for code, _, parts in drawn.of_each}
    assert chosen == {"XNU": ["e"], "XSU": ["f"]}


def test_what_is_on_record_begins_the_answers_of_an_organisation() -> None:
    offers = replace(OFFERS, records={"XNU": {"ico": "ZZ1", "expires_on": "2027-01-31"}})
    known = {"controllers": {"organisations": ["XNU"]}}
    (drawn,) = controls(SECTIONS["security"], {}, [], offers, known)
    values = {part.question.key: part.value for part in drawn.of_each[0][2]}
    assert values["assurances-XNU-ico"] == "ZZ1"
    assert values["assurances-XNU-expires_on"]["year"] == "2027"


def test_answers_that_the_page_did_not_draw_are_left_as_they_are() -> None:
    before = {"purpose": {"aim": "Kept", "ethics_reference": "26/YH/0042"}}
    given = read("purpose", ("asked", "aim"), ("aim", "New"))
    assert merged(before, SECTIONS["purpose"], given)["purpose"] == {"aim": "New", "ethics_reference": "26/YH/0042"}
