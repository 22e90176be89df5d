"""What keeps a draft from being submitted, and where each gap points."""

import copy
from dataclasses import replace
from typing import Any

import pytest

from dars.applications.gaps import Gap, Known, gaps_in
from dars.applications.questions import LONGEST_TEXT, Kind, answer, never
from dars.applications.sections import SECTIONS, applicable
from extracts.catalogue.public import compile_spec
from tests.unit.dars.applications.answers import KNOWN, answers

WHOLE = answers()
ASSURED = WHOLE["security"]["assurances"]["XNU"]
DATED = {"day": "31", "month": "2", "year": "2027"}


def gaps(known: Known = KNOWN, **changes: Any) -> list[Gap]:
    """Gaps of the lung cancer study with answers changed (section__question=value) or taken away (None)."""
    changed = copy.deepcopy(WHOLE)
    for place, value in changes.items():
        section, question = place.split("__")
        changed[section][question] = value
    return gaps_in(changed, known)


def places(found: list[Gap]) -> set[tuple[str, str]]:
    return {(gap.section, gap.anchor) for gap in found}


@pytest.mark.parametrize("kind", ["lung_cancer_study", "insurance_request"])
def test_the_examples_are_whole_and_compile(kind: str) -> None:
    assert gaps_in(answers(kind), KNOWN) == []
    assert compile_spec(answers(kind), "DARS-NIC-000001-BCDFG", 1).reference == "DARS-NIC-000001-BCDFG"


def test_an_empty_draft_has_a_gap_in_every_section_and_each_points_to_a_question() -> None:
    found = gaps_in({}, KNOWN)
    assert {gap.section for gap in found} == {section.key for section in applicable({})}
    for gap in found:
        question = SECTIONS[gap.section].question(gap.question)
        assert gap.message
        assert gap.anchor.startswith(question.key)


REQUIRED = [
    (section.key, question.key)
    for section in SECTIONS.values()
    for question in section.questions
    if section.home == section.key and question.needed(WHOLE) and answer(WHOLE, section.key, question.key)
    if question.kind is not Kind.EACH
]


@pytest.mark.parametrize(("section", "question"), REQUIRED)
def test_every_question_that_must_be_answered_is_missed_when_it_is_not(section: str, question: str) -> None:
    found = gaps(**{f"{section}__{question}": None})
    assert (section, SECTIONS[section].question(question).anchor) in places(found)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"legal__schedule_1": []}, ("legal", "schedule_1")),
        ({"confidentiality__basis": "s251"}, ("confidentiality", "cag_reference")),
        ({"confidentiality__basis": "consent"}, ("confidentiality", "consent")),
        ({"legal__dissemination": "s261_7"}, ("confidentiality", "cag_reference")),
        ({"commercial__involved": "yes"}, ("commercial", "details")),
        ({"processors__used": "yes"}, ("processors", "organisations-0")),
        ({"territory__where": "eea"}, ("territory", "safeguards")),
        ({"term__ends_on": "2026-01-01"}, ("term", "ends_on-day")),
        ({"term__starts_on": DATED}, ("term", "starts_on-day")),
        ({"data__period_from": {"month": "13", "year": "2026"}}, ("data", "period_from-month")),
        ({"data__period_to": "2026-01"}, ("data", "period_to-month")),
        ({"controllers__organisations": ["NOBODY"]}, ("controllers", "organisations-0")),
        ({"controllers__arrangement": "joint"}, ("controllers", "arrangement")),
        ({"people__recipients": [1, 99]}, ("people", "recipients")),
        ({"people__recipients": [1, "stranger@example.org"]}, ("people", "recipients")),
        ({"purpose__aim": "x" * (LONGEST_TEXT + 1)}, ("purpose", "aim")),
        ({"purpose__aim": "word " * 301}, ("purpose", "aim")),
        ({"purpose__ethics_reference": "x" * 201}, ("purpose", "ethics_reference")),
        ({"confidentiality__exception": "policy"}, ("confidentiality", "exemption")),
        ({"sublicensing__wanted": "yes"}, ("sublicensing", "template")),
        ({"processing__joined": "yes"}, ("processing", "joined_details")),
        ({"outputs__small_numbers": "no"}, ("outputs", "small_numbers_reason")),
        ({"data__linkage": ["hes_apc"]}, ("data", "linkage")),
        ({"data__formats": ["csv", "csv.gz"]}, ("data", "formats")),
        ({"data__identifiability": "identifiable"}, ("confidentiality", "basis")),
    ],
)
def test_answers_that_cannot_stand_are_pointed_at(changes: dict[str, Any], place: tuple[str, str]) -> None:
    assert place in places(gaps(**changes))


def test_a_finer_form_without_a_reason_points_to_the_reason_of_that_field() -> None:
    reasons = {key: why for key, why in WHOLE["data"]["field_reasons"].items() if key != "did.did_date3"}
    assert places(gaps(data__field_reasons=reasons)) == {("fields-did", "reasons-did_date3")}


def test_two_geographies_point_to_the_fields_of_the_dataset() -> None:
    fields = {**WHOLE["data"]["fields"], "did": {**WHOLE["data"]["fields"]["did"], "ic_icb": "code"}}
    assert places(gaps(data__fields=fields)) == {("fields-did", "fields")}


def test_a_wrong_code_in_a_condition_points_to_the_conditions() -> None:
    cohort = [{"dataset": "cancer", "field": "site_icd10", "values": ["lung"]}]
    assert places(gaps(data__cohort=cohort)) == {("records", "cohort-0-field")}
    cohort = [{"dataset": "nowhere", "field": "x", "values": ["C34"]}]
    assert places(gaps(data__cohort=cohort)) == {("records", "cohort-0-field")}


def test_what_cannot_be_counted_points_to_the_field_and_the_condition() -> None:
    asked = {
        "data__identifiability": "aggregated",
        "data__datasets": ["did"],
        "data__linkage": [],
        "data__cohort": [],
        "data__formats": ["csv"],
        "data__fields": {"did": {"modality": "code", "ic_sitecode": "code"}},
        "data__filters": [{"dataset": "did", "field": "ic_sitecode", "values": ["XA101"]}],
    }
    assert places(gaps(**asked)) >= {("fields-did", "fields-ic_sitecode"), ("records", "filters-0-field")}


def test_each_controller_needs_a_signatory_of_its_own() -> None:
    theirs = {"XNU": frozenset({2}), "XSU": frozenset({3})}
    both = frozenset({"XNU", "XSU"})
    known = replace(KNOWN, organisations=both, signatories=frozenset({2, 3}), signatories_of=theirs)
    both = {"controllers__organisations": ["XNU", "XSU"], "controllers__arrangement": "joint"}
    found = [gap.message for gap in gaps(known, **both)]
    assert "Choose a signatory for the controller XSU" in found
    assert "Say what the joint controllers have arranged between them" in found
    mine = {"article_6": ["e"], "article_9": ["j"], "schedule_1": ["4"], "rationale": "A task of the university"}
    whole = {
        **both,
        "people__signatories": [2, 3],
        "controllers__joint_arrangement": "One protocol",
        "legal__bases": {"XNU": mine, "XSU": mine},
        "security__assurances": dict.fromkeys(("XNU", "XSU"), ASSURED),
    }
    assert gaps(known, **whole) == []
    theirs = {"article_6": ["f"], "article_9": ["h"], "schedule_1": [], "rationale": "word " * 301}
    found = gaps(known, **whole | {"legal__bases": {"XNU": mine, "XSU": theirs}})
    assert {gap.anchor for gap in found} == {"bases-XSU-schedule_1", "bases-XSU-rationale"}
    assert "“Why do these bases apply?” must be 300 words or fewer: it has 301 (XSU)" in [gap.message for gap in found]


def test_the_organisation_that_applies_is_a_party() -> None:
    known = replace(KNOWN, organisations=frozenset({"XNU", "XSU"}), applicant="XSU")
    assert places(gaps(known)) == {("controllers", "organisations-0")}
    named = {"processors__organisations": ["XSU"], "processors__role": "Keeps the data, under contract"}
    named["security__assurances"] = dict.fromkeys(("XNU", "XSU"), ASSURED)
    assert gaps(known, processors__used="yes", **named) == []
    assert gaps(known, processors__used="no", **named) != []


def test_fields_are_asked_only_for_the_datasets_chosen() -> None:
    asked = {section.key for section in applicable(answers("insurance_request"))}
    assert {"fields-did"} == {key for key in asked if key.startswith("fields-")}


def test_every_question_has_what_a_page_needs() -> None:
    for section in SECTIONS.values():
        assert section.source, section.key
        for question in section.questions:
            assert question.label
            assert question.missing or not question.needed(WHOLE), question.key
            if question.kind in (Kind.RADIOS, Kind.CHECKBOXES):
                assert question.options


def test_the_limit_and_the_number_of_words_are_named() -> None:
    (gap,) = gaps(purpose__aim="word " * 342)
    assert gap.message == "“What is the aim of the work?” must be 300 words or fewer: it has 342"


def test_what_is_not_asked_is_neither_missed_nor_looked_at() -> None:
    assert gaps(purpose__ethics="not_needed", purpose__ethics_reference="x" * 999) == []
    assert gaps(processors__organisations=["NOBODY"], processors__role="word " * 999) == []


def test_two_texts_and_documents_that_wait_keep_a_draft_from_being_submitted() -> None:
    ethics = frozenset({("purpose", "ethics")})
    known = replace(KNOWN, rivals=frozenset({("purpose", "aim")}), scanning=ethics)
    assert places(gaps(known)) == {("purpose", "aim"), ("purpose", "ethics")}
    (gap,) = gaps(replace(KNOWN, unchecked=ethics))
    assert (gap.question, "check it again" in gap.message) == ("ethics", True)


PROMISES = {
    ("purpose", "ethics"): {"purpose__ethics": "not_needed"},
    ("confidentiality", "consent"): {"confidentiality__basis": "consent", "confidentiality__consent": "In 2024."},
    ("confidentiality", "cag_reference"): {
        "confidentiality__basis": "s251",
        "confidentiality__cag_reference": "24/CAG/0001",
        "legal__dissemination": "s261_7",
    },
    ("confidentiality", "exemption"): {
        "confidentiality__exception": "policy",
        "confidentiality__exemption": "Of the minister.",
    },
    ("sublicensing", "template"): {
        "sublicensing__wanted": "yes",
        "sublicensing__added_value": "Maps.",
        "sublicensing__template": "Ours.",
        "sublicensing__approval_group": "A board.",
    },
    ("security", "assurances"): {"security__assurances": {"XNU": {**ASSURED, "security": "iso27001"}}},
}


@pytest.mark.parametrize("place", PROMISES, ids=lambda place: ".".join(place))
def test_an_answer_that_promises_a_document_has_a_gap_until_it_is_there(place: tuple[str, str]) -> None:
    """DARS standards 2a, 3c, 7a, 7b and 10: the letter, certificate or decision itself, not only its mention."""
    known, documents = replace(KNOWN, documents=frozenset()), frozenset({("purpose", "ethics")})
    found = [gap for gap in gaps(known, **PROMISES[place]) if gap.message.startswith("Attach ")]
    assert (*place, "document") in {(gap.section, gap.question, gap.anchor) for gap in found}
    there = gaps(replace(known, documents=documents | {place}), **PROMISES[place])
    assert [gap for gap in there if gap.message.startswith("Attach ")] == []


def test_a_plan_is_attached_and_the_toolkit_by_itself_is_on_record() -> None:
    assert gaps(KNOWN) == []
    planned = {"XNU": {**ASSURED, "security": "dspt", "plan": "Approved in May; done by June."}}
    assert places(gaps(KNOWN, security__assurances=planned)) == {("security", "document")}


def test_what_is_not_answered_yet_promises_no_document() -> None:
    assert not [gap for gap in gaps_in({}, Known()) if gap.message.startswith("Attach ")]


def test_whatever_has_to_be_attached_says_what_it_is() -> None:
    for section in SECTIONS.values():
        assert all(question.attach for question in section.questions if question.evidence is not never), section.key
