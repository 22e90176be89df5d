"""Every screening rule: when it passes, when it makes a finding, when it refuses."""

import copy
import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dars.applications.law import (
    BENEFITS,
    COMMERCIAL_BENEFIT_VALUES,
    COMMERCIAL_PURPOSE_VALUES,
    CONNECTED_PURPOSE_VALUES,
    SCHEDULE_1_OF_ARTICLE_9,
)
from dars.applications.screening import RULES, Outcome, Surroundings, screen
from tests.unit.dars.applications.answers import TODAY, answers

WHOLE = answers()
CLEAR = Surroundings(TODAY)


def verdict(rule: str, surroundings: Surroundings = CLEAR, **changes: Any) -> Outcome:
    """What one rule says of the lung cancer study with some answers changed, written section__question=value."""
    changed = copy.deepcopy(WHOLE)
    for place, value in changes.items():
        section, question = place.split("__")
        changed[section][question] = value
    said = {item.rule: item for item in screen(changed, surroundings)}[rule]
    assert said.explanation.endswith((".", ").")), said.explanation
    assert said.source
    return said.verdict


def test_the_lung_cancer_study_is_not_refused_and_its_finer_forms_are_shown_to_the_panel() -> None:
    said = {item.rule: item.verdict for item in screen(WHOLE, CLEAR)}
    assert said.pop("minimisation") is Outcome.FINDING
    assert set(said.values()) == {Outcome.PASS}
    assert [item.rule for item in screen(WHOLE, CLEAR)] == [rule.id for rule in RULES]


def test_the_insurance_request_is_refused_for_its_purpose_and_for_being_commercial() -> None:
    said = {item.rule: item.verdict for item in screen(answers("insurance_request"), CLEAR)}
    assert {rule for rule, outcome in said.items() if outcome is Outcome.REFUSE} == {"purpose", "commercial"}


@given(st.sets(st.sampled_from(sorted(COMMERCIAL_PURPOSE_VALUES)), min_size=1))
def test_purposes_that_are_all_commercial_are_refused(purposes: set[str]) -> None:
    assert verdict("commercial", purpose__purposes=sorted(purposes)) is Outcome.REFUSE
    assert verdict("purpose", purpose__purposes=sorted(purposes)) is Outcome.REFUSE


@given(
    st.sets(st.sampled_from(sorted(COMMERCIAL_PURPOSE_VALUES)), min_size=1),
    st.sets(st.sampled_from(sorted(CONNECTED_PURPOSE_VALUES)), min_size=1),
)
def test_mixed_purposes_go_to_the_panel_with_a_finding(commercial: set[str], connected: set[str]) -> None:
    mixed = sorted(commercial | connected)
    assert verdict("commercial", purpose__purposes=mixed) is Outcome.FINDING
    assert verdict("purpose", purpose__purposes=mixed) is Outcome.PASS


@given(st.sets(st.sampled_from(sorted(COMMERCIAL_BENEFIT_VALUES)), min_size=1))
def test_benefits_that_are_all_commercial_are_refused(benefits: set[str]) -> None:
    assert verdict("commercial", benefits__kinds=sorted(benefits)) is Outcome.REFUSE


@given(
    st.sets(st.sampled_from(sorted(COMMERCIAL_BENEFIT_VALUES)), min_size=1),
    st.sets(st.sampled_from([option.value for option in BENEFITS]), min_size=1),
)
def test_mixed_benefits_go_to_the_panel_with_a_finding(commercial: set[str], public: set[str]) -> None:
    assert verdict("commercial", benefits__kinds=sorted(commercial | public)) is Outcome.FINDING


def test_a_fee_alone_is_a_finding() -> None:
    assert verdict("commercial", commercial__involved="yes") is Outcome.FINDING


def test_no_purpose_at_all_is_refused() -> None:
    assert verdict("purpose", purpose__purposes=[]) is Outcome.REFUSE


def test_answers_about_commerce_must_agree() -> None:
    assert verdict("commercial_answers", benefits__kinds=["care", "income"]) is Outcome.FINDING
    changes = {"benefits__kinds": ["care", "income"], "commercial__involved": "yes"}
    assert verdict("commercial_answers", **changes) is Outcome.PASS


@pytest.mark.parametrize(
    ("rule", "surroundings"),
    [
        ("framework_contract", Surroundings(TODAY, without_contract=("University of the North",))),
        ("assurances", Surroundings(TODAY, lapsed=("The ICO registration of X expired on 1 May 2026.",))),
    ],
)
def test_what_an_organisation_lacks_is_a_finding(rule: str, surroundings: Surroundings) -> None:
    assert verdict(rule, surroundings) is Outcome.FINDING
    assert verdict(rule) is Outcome.PASS


def test_a_table_of_counts_needs_no_framework_contract() -> None:
    lacking = Surroundings(TODAY, without_contract=("University of the North",))
    assert verdict("framework_contract", lacking, data__identifiability="aggregated") is Outcome.PASS
    assert verdict("identifiability", data__identifiability="aggregated") is Outcome.PASS


@pytest.mark.parametrize(("condition", "matching"), SCHEDULE_1_OF_ARTICLE_9.items())
def test_a_condition_of_article_9_needs_its_condition_of_schedule_1(condition: str, matching: str) -> None:
    both = {"legal__article_9": [condition], "legal__schedule_1": [matching]}
    assert verdict("legal_bases", **both) is Outcome.PASS
    assert verdict("legal_bases", **{**both, "legal__schedule_1": []}) is Outcome.FINDING
    other = "4" if matching != "4" else "2"
    assert verdict("legal_bases", **{**both, "legal__schedule_1": [other]}) is Outcome.FINDING


@pytest.mark.parametrize(
    ("basis", "power", "reference", "expected"),
    [
        ("s251", "s261_7", "24/CAG/0123", Outcome.PASS),
        ("s251", "s261_7", "", Outcome.FINDING),
        ("s251", "s261_2_b_ii", "24/CAG/0123", Outcome.FINDING),
        ("not_confidential", "s261_7", "24/CAG/0123", Outcome.FINDING),
        ("consent", "s261_2_c", "", Outcome.PASS),
        ("consent", "s261_2_b_ii", "", Outcome.FINDING),
        ("not_confidential", "s261_2_c", "", Outcome.FINDING),
        ("not_confidential", "s261_2_b_ii", "", Outcome.PASS),
    ],
)
def test_confidentiality_and_power_go_together(basis: str, power: str, reference: str, expected: Outcome) -> None:
    changes = {"confidentiality__basis": basis, "confidentiality__cag_reference": reference}
    assert verdict("section_251", legal__dissemination=power, **changes) is expected


def test_how_opt_outs_are_handled_is_said() -> None:
    said = {item.rule: item.explanation for item in screen(WHOLE, CLEAR)}["opt_outs"]
    assert "national data opt-out does not apply (No - data flow is not identifiable)" in said
    confidential = copy.deepcopy(WHOLE)
    confidential["confidentiality"]["basis"] = "s251"
    confidential["legal"]["dissemination"] = "s261_7"
    said = {item.rule: item.explanation for item in screen(confidential, CLEAR)}["opt_outs"]
    assert "national data opt-out will be applied (Yes - Section 251)" in said


def test_identifiable_data_without_a_basis_are_findings() -> None:
    assert verdict("opt_outs", data__identifiability="identifiable") is Outcome.FINDING
    assert verdict("identifiability", data__identifiability="identifiable") is Outcome.FINDING


def test_the_least_revealing_forms_pass() -> None:
    fields = {"did": {"age": "band_10"}, "hes_apc": {"admidate": "year"}, "cancer": {"stage": "group"}}
    assert verdict("minimisation", data__fields=fields) is Outcome.PASS


@pytest.mark.parametrize(
    ("place", "value"),
    [("processing__reidentification", "yes"), ("processing__staff", "no"), ("outputs__small_numbers", "no")],
)
def test_handling_against_the_standards_is_a_finding(place: str, value: str) -> None:
    assert verdict("handling", **{place: value}) is Outcome.FINDING


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("england_wales", Outcome.PASS),
        ("uk", Outcome.PASS),
        ("eea", Outcome.FINDING),
        ("worldwide", Outcome.FINDING),
    ],
)
def test_data_that_leave_the_country_are_a_finding(where: str, expected: Outcome) -> None:
    assert verdict("territory", territory__where=where) is expected


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, 700, Outcome.PASS),
        (366, 900, Outcome.PASS),
        (-1, 700, Outcome.FINDING),
        (367, 900, Outcome.FINDING),
        (10, 10 + 5 * 366, Outcome.PASS),
        (10, 11 + 5 * 366, Outcome.FINDING),
    ],
)
def test_the_term_starts_within_a_year_and_is_bounded(start: int, end: int, expected: Outcome) -> None:
    dates = {
        "term__starts_on": (TODAY + dt.timedelta(days=start)).isoformat(),
        "term__ends_on": (TODAY + dt.timedelta(days=end)).isoformat(),
    }
    assert verdict("term", **dates) is expected
