"""Standard 3: years and each kind of condition are considered, and to have none of a kind needs its reason."""

import pytest

from dars.applications.gaps import gaps_in
from tests.unit.dars.applications.answers import KNOWN, answers

PLACE = {"dataset": "did", "field": "ic_region", "values": ["E12999999"]}
PEOPLE = {"dataset": "did", "field": "age", "values": ["60-69"]}
TEST = {"dataset": "did", "field": "modality", "values": ["X"]}


def gaps(**changes: object) -> set[str]:
    given = answers()
    given["data"] |= {"no_place_reason": "", "no_people_reason": "", "no_clinical_reason": ""} | changes
    return {gap.question for gap in gaps_in(given, KNOWN) if gap.section in ("data", "records")}


@pytest.mark.parametrize(
    ("filters", "missed"),
    [
        ([], {"no_place_reason", "no_people_reason", "no_clinical_reason"}),
        ([TEST], {"no_place_reason", "no_people_reason"}),
        ([PEOPLE, TEST], {"no_place_reason"}),
        ([PEOPLE], {"no_place_reason", "no_clinical_reason"}),
        ([PLACE, PEOPLE, TEST], set()),
    ],
)
def test_no_condition_of_a_kind_needs_a_reason(filters, missed):
    fields = {**answers()["data"]["fields"]}
    fields["did"] = {name: form for name, form in fields["did"].items() if not name.startswith("ic_")}
    fields["did"]["ic_region"] = "code"
    assert gaps(cohort=[], filters=filters, fields=fields) == missed


def test_whom_the_extract_is_about_counts_as_a_condition_too():
    assert gaps() == {"no_place_reason", "no_people_reason"}  # people with lung cancer
    assert gaps(no_place_reason="All areas.", no_people_reason="All people.") == set()


def test_a_reason_that_is_no_longer_asked_for_is_not_missed():
    assert "no_clinical_reason" not in gaps(no_clinical_reason="")


def test_data_again_and_again_need_a_reason():
    reasons = {"no_place_reason": "All.", "no_people_reason": "All."}
    assert gaps(frequency="monthly", **reasons) == {"frequency_reason"}
    assert gaps(frequency="monthly", frequency_reason="Each month is looked at.", **reasons) == set()
    assert gaps(frequency=None, **reasons) == {"frequency"}
