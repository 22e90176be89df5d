"""What a request is compared with, what a form shows, what the standards ask: the catalogue alone tells."""

from dataclasses import replace

import pytest

from extracts.catalogue.public import (
    CONDITION_KINDS,
    DATASETS,
    ExtractSpec,
    SpecError,
    asks_more,
    compare,
    compile_spec,
    condition_kind,
    example,
    question_of,
)
from extracts.catalogue.spec import _fits
from tests.unit.extracts.engine.specs import lung_cancer, lung_cancer_answers

FORMS = [(field, form) for dataset in DATASETS.values() for field in dataset.fields for form in field.forms]


def data(**changes) -> dict:
    return lung_cancer_answers()["data"] | changes


@pytest.mark.parametrize(("field", "form"), FORMS, ids=lambda part: part.name)
def test_every_form_shows_by_an_example_a_value_that_it_may_have(field, form):
    before, after = example(field, form)
    assert before
    assert _fits(form.operation.domain(field), after)


def test_a_request_is_compared_field_by_field_with_the_least_revealing_one():
    compared = compare(data())
    assert {row.field for row in compared.fields if row.beyond} == {"did_date3", "stage", "diagnosis_date"}
    assert compared.summary.startswith(f"3 of {len(compared.fields)} fields are")
    day = next(row for row in compared.fields if row.field == "did_date3")
    assert (day.chosen, day.least, day.chosen_shows, day.least_shows) == ("Full date", "Year", "2026-05-14", "2026")
    assert day.reason == "to order tests within a month"
    assert not compared.unjustified
    assert "to order tests" not in str(compare(data(field_reasons={})))
    assert {row.field for row in compare(data(field_reasons={})).unjustified} == {
        "did_date3",
        "stage",
        "diagnosis_date",
    }


def test_the_least_revealing_request_goes_beyond_nothing():
    compared = compare({"datasets": ["did"], "fields": {"did": {"age": "band_10", "modality": "code"}}})
    assert compared.summary.startswith("None of 2 fields")
    assert compared.stand_out == ()
    one = compare({"datasets": ["did"], "fields": {"did": {"age": "years"}}})
    assert one.summary == ("1 of 1 field is asked for in a more revealing form than the least revealing one.")
    assert any("birthday" in words for words in one.stand_out)


def test_what_else_goes_beyond_the_least_is_said():
    wide = compare(data(frequency="monthly", identifiability="identifiable", filters=[], cohort=[]))
    assert [words.split(" ")[0] for words in wide.wider] == ["Identifiable", "Data", "Imaging", "Everybody"]
    small = {"datasets": ["did"], "fields": {"did": {"ic_lsoa": "code", "age": "band_5", "did_gender_code": "code"}}}
    assert any("only ones of their age" in words for words in compare(small).stand_out)


@pytest.mark.parametrize("draft", [{}, {"datasets": ["did", "nothing"], "fields": {"did": {"age": "full", "x": "y"}}}])
def test_an_unfinished_request_is_compared_as_far_as_it_goes(draft):
    assert compare(draft).summary == "No field is asked for yet."


@pytest.mark.parametrize("part", ["filters", "cohort"])
def test_a_condition_names_no_place_finer_than_is_released(part):
    fields = {"age": "band_10", "modality": "code"}
    reasons = {f"did.{name}": "needed" for name in ("ic_lsoa", "ic_msoa", "ic_icb")}
    value = {"ic_region": "E12999999", "ic_msoa": "E02999999", "ic_lsoa": "E01999999"}

    def asked(released: str, named: str):
        chosen = fields | ({released: "code"} if released else {})
        condition = [{"dataset": "did", "field": named, "values": [value[named]]}]
        given = lung_cancer_answers()
        given["data"] |= {"datasets": ["did"], "fields": {"did": chosen}, "field_reasons": reasons, "linkage": []}
        given["data"] |= {"filters": [], "cohort": []} | {part: condition}
        return compile_spec(given, "DARS-NIC-1", 1)

    for released, named in (("ic_region", "ic_region"), ("ic_lsoa", "ic_msoa"), ("ic_icb", "ic_region")):
        assert asked(released, named)
    for released, named in (("", "ic_region"), ("ic_region", "ic_lsoa"), ("ic_icb", "ic_msoa")):
        with pytest.raises(SpecError) as refused:
            asked(released, named)
        assert [question for question, _ in refused.value.problems] == [f"data.{part}.did.{named}"]
        assert "Ask for" in refused.value.problems[0][1]


def test_such_a_condition_is_told_whatever_else_is_missing():
    given = lung_cancer_answers()
    given["data"] |= {"filters": [{"dataset": "did", "field": "ic_lsoa", "values": ["E01999999"]}]}
    given["confidentiality"], given["data"]["frequency"] = {}, ""
    with pytest.raises(SpecError) as refused:
        compile_spec(given, "DARS-NIC-1", 1)
    asked = [question for question, _ in refused.value.problems]
    assert "data.filters.did.ic_lsoa" in asked and "data.frequency" in asked
    given["data"]["fields"] = {}  # no field is chosen yet: nothing can be said of places
    with pytest.raises(SpecError) as refused:
        compile_spec(given, "DARS-NIC-1", 1)
    assert "data.filters.did.ic_lsoa" not in [question for question, _ in refused.value.problems]


def test_a_specification_signed_before_that_rule_can_still_be_read():
    spec = lung_cancer(fields={**data()["fields"], "did": {"modality": "code", "ic_region": "code"}})
    document = replace(spec, schema=1).to_json()
    document["filters"] = [{"dataset": "did", "field": "ic_lsoa", "values": ["E01999999"], "form": "code"}]
    assert ExtractSpec.from_json(document).filters
    with pytest.raises(SpecError):
        ExtractSpec.from_json(document | {"schema": 2, "frequency": "once"})


def test_each_field_makes_one_kind_of_condition():
    did, cancer = DATASETS["did"], DATASETS["cancer"]
    assert condition_kind(did.field("ic_lsoa")) == condition_kind(did.field("ic_sitecode")) == "geography"
    assert condition_kind(did.field("age")) == condition_kind(did.field("did_ethcat")) == "demography"
    assert condition_kind(did.field("modality")) == condition_kind(cancer.field("site_icd10")) == "clinical"
    assert condition_kind(did.field("did_date3")) not in CONDITION_KINDS


def test_the_standards_ask_more_of_revealing_fields():
    did = DATASETS["did"]
    assert asks_more(did, did.field("did_patsource_code")) == []
    assert "2a" in str(asks_more(did, did.field("nhs_number")))
    assert "under 16" in str(asks_more(did, did.field("child_flag")))
    assert "5b" in str(asks_more(DATASETS["hes_apc"], DATASETS["hes_apc"].field("procode")))


def test_what_can_be_counted_is_told_from_what_cannot():
    question = question_of(data())
    assert (question.period_from, question.period_to) == ("2026-04", "2026-06")
    assert question.conditions == (("modality", ("X",)),)
    assert question.uncounted == ("Cancer registrations: Site of the tumour",)
    assert question_of(data(period_to="")) is None
    assert question_of(data(period_from={"month": "13", "year": "2026"})) is None
