"""Answers compile to one canonical specification or to a list of what is missing; an invalid one cannot exist."""

import copy
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extracts.catalogue.opt_outs import CONFIDENTIALITY_BASES, DISSEMINATION_BASES
from extracts.catalogue.public import (
    DATASETS,
    OPT_OUT_REASONS,
    ExtractSpec,
    SpecError,
    canonical_json,
    compile_spec,
    describe,
    opt_out_policy,
    sha256_hex,
)
from tests.unit.extracts.engine.specs import answers, lung_cancer, lung_cancer_answers, specs

QUIET = settings(max_examples=50)


def problems(given: dict) -> dict[str, str]:
    with pytest.raises(SpecError) as caught:
        compile_spec(given, "DARS-NIC-1", 1)
    return dict(caught.value.problems)


def changed(**data) -> dict:
    given = lung_cancer_answers()
    given["data"] |= data
    return given


@QUIET
@given(specs())
def test_a_specification_survives_its_json_and_its_canonical_bytes(spec):
    again = ExtractSpec.from_json(spec.to_json())
    assert again == spec
    assert again.canonical() == spec.canonical() == canonical_json(spec.to_json())
    assert ExtractSpec.from_json(json.loads(spec.canonical())).sha256 == spec.sha256 == sha256_hex(spec.canonical())


@QUIET
@given(answers())
def test_no_field_leaves_in_another_form_than_the_answers_ask_for(given):
    spec = compile_spec(given, "DARS-NIC-1", 1)
    chosen = {f"{s.dataset}.{field.name}": form.name for s, field, form in spec.choices()}
    asked = {
        f"{name}.{field}": form for name, fields in given["data"]["fields"].items() for field, form in fields.items()
    }
    assert chosen == asked


@QUIET
@given(answers(), st.randoms(use_true_random=False))
def test_the_order_of_the_answers_does_not_change_the_specification(given, random):
    shuffled = copy.deepcopy(given)
    for name, fields in shuffled["data"]["fields"].items():
        shuffled["data"]["fields"][name] = dict(random.sample(list(fields.items()), len(fields)))
    for part in ("datasets", "linkage", "formats"):
        random.shuffle(shuffled["data"][part])
    for part in ("filters", "cohort"):
        for condition in shuffled["data"][part]:
            random.shuffle(condition["values"])
    assert compile_spec(shuffled, "DARS-NIC-1", 1).sha256 == compile_spec(given, "DARS-NIC-1", 1).sha256


WHOLE = lung_cancer().to_json()
FIELDS = lung_cancer_answers()["data"]["fields"]
CHANGES = (
    {"period_from": "2026-05"},
    {"period_to": "2026-05"},
    {"periods": {"cancer": {"to": "2026-12"}}},
    {"fields": {**FIELDS, "did": {**FIELDS["did"], "did_date3": "month"}}},
    {"fields": {**FIELDS, "cancer": {**FIELDS["cancer"], "route": "code"}}},
    {"fields": {**FIELDS, "cancer": {"site_icd10": "char3"}}},
    {"filters": []},
    {"filters": [{"dataset": "did", "field": "modality", "values": ["C"]}]},
    {"filters": [{"dataset": "did", "field": "modality", "values": ["C", "X"]}]},
    {"cohort": []},
    {"cohort": [{"dataset": "cancer", "field": "site_icd10", "values": ["C34"]}]},
    {"cohort": [{"dataset": "cancer", "field": "site_icd10", "form": "char4", "values": ["C349"]}]},
    {"max_match_rank": 7},
    {"max_match_rank": 9},
    {"formats": ["csv"]},
    {"formats": ["csv.gz", "parquet"]},
    {"k": 6},
    {"frequency": "monthly"},
)


def test_changing_any_one_part_changes_the_hash():
    spec = lung_cancer()
    others = [lung_cancer(**change) for change in CHANGES]
    others += [replace(spec, reference="DARS-NIC-2"), replace(spec, revision=2)]
    consent = lung_cancer_answers()
    consent["confidentiality"]["basis"] = "consent"
    others.append(compile_spec(consent, spec.reference, 1))
    assert len({spec.sha256, *(other.sha256 for other in others)}) == len(others) + 1


def leaves(document, path=()):
    """Every path to a number, text or truth of a JSON document."""
    if isinstance(document, dict | list):
        for key, inner in document.items() if isinstance(document, dict) else enumerate(document):
            yield from leaves(inner, (*path, key))
    else:
        yield path


def test_a_document_altered_anywhere_is_another_specification_or_none():
    spec = lung_cancer()
    for path in leaves(spec.to_json()):
        document = spec.to_json()
        inner = document
        for key in path[:-1]:
            inner = inner[key]
        value = inner[path[-1]]
        inner[path[-1]] = f"{value}1" if isinstance(value, str) else not value if isinstance(value, bool) else value - 1
        try:
            assert ExtractSpec.from_json(document).sha256 != spec.sha256, path
        except SpecError:
            continue


def test_the_hash_of_a_specification_does_not_drift():
    """A changed hash orphans every signed agreement: change the schema number when the document has to change."""
    assert lung_cancer().sha256 == "a52e9cf0573d9aad3e0a7a6186279ff4482b1ee518fd6505418a358b28d760b8"


def test_a_document_of_the_first_schema_keeps_its_hash_and_means_a_single_extract():
    old = replace(lung_cancer(), schema=1)
    assert old.sha256 == "c283110e3caccbad90f3e06124f888ccf3bdea9ddf548d4da2dbd88c2b60e860"
    assert "frequency" not in old.to_json()
    again = ExtractSpec.from_json(old.to_json())
    assert again == old and again.frequency == "once" and again.sha256 == old.sha256
    for wrong in (old.to_json() | {"frequency": "once"}, old.to_json() | {"schema": 2}):
        with pytest.raises(SpecError):
            ExtractSpec.from_json(wrong)
    with pytest.raises(SpecError):
        replace(lung_cancer(frequency="annual"), schema=1)


def test_how_often_is_asked_and_read_by_people():
    assert problems(changed(frequency="weekly")) == {"data.frequency": "Choose how often you need the data"}
    assert ("How often", "Every quarter") in describe(lung_cancer(frequency="quarterly"))[0][1]


@pytest.mark.parametrize("document", [{}, {"datasets": []}, [], WHOLE | {"extra": 1}, WHOLE | {"schema": 3}])
def test_a_document_that_is_not_a_whole_specification_is_refused(document):
    with pytest.raises(SpecError):
        ExtractSpec.from_json(document)


def test_a_more_revealing_form_needs_its_own_reason():
    gaps = problems(changed(field_reasons={}))
    assert set(gaps) == {
        "data.field_reasons.did.did_date3",
        "data.field_reasons.cancer.stage",
        "data.field_reasons.cancer.diagnosis_date",
    }
    assert "Date of test" in gaps["data.field_reasons.did.did_date3"]


def test_every_problem_is_listed_at_once():
    gaps = problems({"data": {"datasets": ["did", "gp"], "fields": {"did": {"age": "full"}}}})
    assert set(gaps) == {
        "data.identifiability",
        "data.frequency",
        "data.period_from",
        "data.datasets",
        "confidentiality.basis",
    }
    assert set(problems({})) == {
        "data.identifiability",
        "data.frequency",
        "data.datasets",
        "confidentiality.basis",
    }


def filtered(dataset, field, values):
    return {"filters": [{"dataset": dataset, "field": field, "values": values}]}


@pytest.mark.parametrize(
    ("data", "question"),
    [
        ({"fields": {"did": {"ic_region": "code", "ic_lsoa": "code"}}}, "data.fields.did"),
        ({"fields": {"did": {"shoe_size": "code"}}}, "data.fields.did.shoe_size"),
        ({"fields": {"did": {"age": "birth_date"}}}, "data.fields.did.age"),
        ({"fields": {"did": {}}}, "data.fields.did"),
        ({"fields": {"did": {"accession_number": "code"}}}, "data.fields.did.accession_number"),
        ({"fields": {"did": {"nhs_number": "full"}}}, "data.fields.did.nhs_number"),
        ({"fields": {"did": {"birth_date": "year"}}}, "data.fields.did.birth_date"),
        ({"fields": {"did": {"postcode": "full"}}}, "data.fields.did.postcode"),
        (
            {"filters": [{"dataset": "did", "field": "nhs_number", "values": ["9990000018"]}]},
            "data.filters.did.nhs_number",
        ),
        (filtered("did", "modality", ["Z"]), "data.filters.did.modality"),
        (filtered("did", "modality", []), "data.filters.did.modality"),
        (
            {"filters": [{"dataset": "did", "field": "modality", "values": ["X' OR 1=1 --"]}]},
            "data.filters.did.modality",
        ),
        (filtered("did", "absent", ["X"]), "data.filters"),
        (filtered("cancer", "stage", ["Early"]), "data.filters"),
        ({"period_from": "2026-13"}, "data.period_from"),
        ({"period_from": "2026-07", "period_to": "2026-06"}, "data.period_to"),
        ({"max_match_rank": 10}, "data.max_match_rank"),
        ({"max_match_rank": "8"}, "data.max_match_rank"),
        ({"linkage": ["did"]}, "data.linkage"),
        ({"linkage": ["hes_apc"]}, "data.linkage"),
        ({"formats": ["csv", "csv.gz"]}, "data.formats"),
        ({"formats": ["xlsx"]}, "data.formats"),
        ({"formats": []}, "data.formats"),
        ({"k": 1}, "data.k"),
        ({"datasets": ["cancer"], "linkage": ["cancer"], "fields": {"cancer": {"route": "code"}}}, "data.datasets"),
    ],
    ids=lambda part: part if isinstance(part, str) else None,
)
def test_what_cannot_be_asked_for_is_refused_at_its_question(data, question):
    given = changed(**data)
    if "fields" in data and "datasets" not in data:
        given["data"] |= {"datasets": ["did"], "linkage": [], "cohort": [], "filters": []}
        chosen = data["fields"]["did"]
        given["data"]["field_reasons"] = {f"did.{name}": "needed" for name in chosen}
    if question == "data.filters" and "cancer" in str(data):
        given["data"] |= {"datasets": ["did"], "fields": {"did": {"age": "band_10"}}, "cohort": [], "linkage": []}
    if data.get("linkage") == ["hes_apc"]:
        given["data"] |= {"datasets": ["did"], "fields": {"did": {"age": "band_10"}}}
    assert question in problems(given)


def test_a_dataset_may_have_a_period_of_its_own():
    spec = lung_cancer(periods={"cancer": {"from": "2026-01", "to": "2026-12"}})
    assert (spec.selection("cancer").period_from, spec.selection("cancer").period_to) == ("2026-01", "2026-12")
    assert (spec.primary.period_from, spec.primary.period_to) == ("2026-04", "2026-06")
    assert spec.selection("absent") is None


@pytest.mark.parametrize(
    ("basis", "dissemination", "kind", "national", "reason"),
    [
        ("consent", "s261_2_c", "identifiable", False, "No - consent provided by participants"),
        ("s251", "s261_7", "identifiable", True, "Yes - Section 251"),
        ("consent", "s261_7", "pseudonymised", True, "Yes - Section 251"),
        ("not_confidential", "s261_7", "pseudonymised", True, "Yes - Section 251"),
        ("s251", "s261_2_b_ii", "pseudonymised", True, "Yes - Section 251"),
        ("s251", "s261_2_b_ii", "pseudonymised", True, "Yes - Section 251"),
        ("not_confidential", "s261_2_b_ii", "pseudonymised", False, "No - data flow is not identifiable"),
        (
            "not_confidential",
            "copi_3",
            "identifiable",
            False,
            "No - statutory exemption to flow confidential data without consent",
        ),
    ],
)
def test_opt_outs_follow_from_the_bases(basis, dissemination, kind, national, reason):
    policy = opt_out_policy(basis, dissemination, kind)
    assert (policy.national, policy.reason, policy.direct) == (national, reason, True)


@pytest.mark.parametrize("basis", [*CONFIDENTIALITY_BASES, "", "public_interest"])
@pytest.mark.parametrize("dissemination", [*DISSEMINATION_BASES, ""])
@pytest.mark.parametrize("kind", ["pseudonymised", "identifiable"])
def test_direct_opt_outs_always_apply_and_every_policy_has_the_registers_words(basis, dissemination, kind):
    try:
        policy = opt_out_policy(basis, dissemination, kind)
    except SpecError:
        return
    assert policy.direct and OPT_OUT_REASONS[policy.reason] is policy.national


def test_identifiable_data_without_consent_section_251_or_a_statute_are_refused():
    given = changed(identifiability="identifiable")
    given["confidentiality"]["basis"] = "not_confidential"
    assert "confidentiality.basis" in problems(given)
    document = lung_cancer().to_json()
    document["identifiability"] = "identifiable"
    document["opt_out"] = {"national": False, "reason": "No - data flow is not identifiable", "direct": True}
    with pytest.raises(SpecError):
        ExtractSpec.from_json(document)


@pytest.mark.parametrize(
    "policy",
    [
        {"national": False, "reason": "Yes - Section 251", "direct": True},
        {"national": True, "reason": "Yes - Section 251", "direct": False},
        {"national": True, "reason": "because", "direct": True},
    ],
)
def test_an_opt_out_policy_that_contradicts_itself_is_refused(policy):
    with pytest.raises(SpecError):
        ExtractSpec.from_json({**lung_cancer().to_json(), "opt_out": policy})


@QUIET
@given(specs())
def test_the_description_names_every_dataset_field_form_and_filter(spec):
    sections = dict(describe(spec))
    for selection in spec.datasets:
        rows = sections[DATASETS[selection.dataset].label]
        for field, form in selection.declared():
            assert any(label == field.label and form.label in text for label, text in rows)
        assert len(rows) == 1 + len(selection.fields) + sum(f.dataset == selection.dataset for f in spec.filters)
    people = dict(sections["People"])
    assert people["National data opt-out"].startswith("Applied" if spec.opt_out.national else "Not applied")
    assert any(spec.sha256 in text for _, text in sections["The extract"])


def test_the_description_is_in_plain_words():
    sections = dict(describe(lung_cancer()))
    assert ("Only records where", "Modality is X (Plain X-ray)") in sections["Diagnostic Imaging Dataset"]
    assert ("Period", "April 2026 to June 2026, by month of submission") in sections["Diagnostic Imaging Dataset"]
    assert dict(sections["People"])["Who is in it"] == (
        "People with a record in Cancer registrations where Site of the tumour is C33 or C34"
    )


def test_canonical_json_is_sorted_tight_utf8_and_takes_no_floats():
    assert canonical_json({"b": [1, None, True], "a": "é"}) == '{"a":"é","b":[1,null,true]}'.encode()
    for value in (1.5, {"a": [float("nan")]}, {1: "a"}, {"a": {None: 1}}):
        with pytest.raises(TypeError):
            canonical_json(value)


def counted(**data) -> dict:
    """Answers for a table of counts by modality and region."""
    answers = copy.deepcopy(ANSWERS_OF_COUNTS)
    answers["data"] |= data
    return answers


ANSWERS_OF_COUNTS = {
    "data": {
        "datasets": ["did"],
        "period_from": "2026-04",
        "period_to": "2026-06",
        "fields": {"did": {"modality": "code", "ic_region": "code"}},
        "identifiability": "aggregated",
        "frequency": "once",
        "formats": ["csv"],
    },
    "confidentiality": {"basis": "not_confidential"},
    "legal": {"dissemination": "s261_2_b_ii"},
}


def test_a_table_of_counts_is_a_specification_like_any_other() -> None:
    spec = compile_spec(counted(), "R", 1)
    assert spec.aggregated and ExtractSpec.from_json(spec.to_json()) == spec
    assert "1 to 7 are not shown" in dict(dict(describe(spec))["People"])["Small numbers"]


@pytest.mark.parametrize(
    ("changes", "question", "message"),
    [
        ({"fields": {"did": {"did_nicip_code": "code"}}}, "data.fields.did.did_nicip_code", "cannot be counted by"),
        ({"fields": {"did": {"age": "band_10", "child_flag": "flag"}}}, "data.fields.did.child_flag", "two views of"),
        (
            {"filters": [{"dataset": "did", "field": "ic_sitecode", "values": ["XA101"]}]},
            "data.filters.did.ic_sitecode",
            "cannot be narrowed by Imaging site",
        ),
        ({"formats": ["csv", "parquet"]}, "data.formats", "is a CSV file"),
        (
            {"cohort": [{"dataset": "cancer", "field": "site_icd10", "values": ["C34"]}], "linkage": ["cancer"]},
            "data.linkage",
            "imaging tests alone",
        ),
        (
            {
                "fields": {"did": {"modality": "code", "ic_submit_orgcode": "code", "age": "band_10"}},
            },
            "data.fields.did",
            "about 24,024 cells with its totals, and 3,000 can be protected",
        ),
        (
            {
                "fields": {
                    "did": {
                        "modality": "code",
                        "did_gender_code": "code",
                        "did_patsource_code": "code",
                        "child_flag": "flag",
                        "ic_reftype_desc": "code",
                    }
                }
            },
            "data.fields.did",
            "Count by 4 fields at the most",
        ),
    ],
)
def test_what_cannot_be_counted_is_refused_with_the_question_and_the_rule(
    changes: dict, question: str, message: str
) -> None:
    with pytest.raises(SpecError) as refused:
        compile_spec(counted(**changes), "R", 1)
    assert any(asked == question and message in said for asked, said in refused.value.problems), refused.value.problems


def test_links_by_probability_are_for_those_who_ask_for_them():
    assert lung_cancer(max_match_rank=None).linkage.max_match_rank == 8
    said = {
        rank: dict(dict(describe(lung_cancer(max_match_rank=rank)))["People"])["Linked to the DID"] for rank in (8, 9)
    }
    assert said[8].endswith("match rank 8 or stricter")
    assert said[9].endswith("match rank 9 or stricter, so links by probability too")
