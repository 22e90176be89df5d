"""What an amendment, an extension and a renewal may change, and which of them go without the panel."""

import copy
import datetime as dt
from typing import Any

import pytest

from dars.applications.amendment_rules import (
    AmendmentKind,
    changed_sections,
    faults,
    longer_by,
    may_change,
    overtaken,
    renewed,
    short_route,
)

AGREED: dict[str, Any] = {
    "purpose": {"aim": "To learn.", "purposes": ["health_care"]},
    "data": {"datasets": ["did"], "fields": {"did": {"age": "band_10"}}},
    "people": {"recipients": [1], "signatories": [2]},
    "term": {"starts_on": "2026-01-01", "ends_on": "2026-12-31", "reason": "A year."},
    "territory": {"where": "england_wales", "locations": "Here."},
}


def after(**changes: dict[str, Any]) -> dict[str, Any]:
    answers = copy.deepcopy(AGREED)
    for section, questions in changes.items():
        answers[section] = {**answers.get(section, {}), **questions}
    return answers


def test_only_sections_whose_answers_differ_have_changed() -> None:
    assert changed_sections(AGREED, after()) == []
    assert changed_sections(AGREED, after(territory={"safeguards": ""})) == []  # an empty answer says nothing
    assert changed_sections(AGREED, after(data={"fields": {"did": {"age": "band_5"}}})) == ["fields-did"]
    assert changed_sections(AGREED, after(people={"recipients": [1, 3]}, purpose={"aim": "Else."})) == [
        "purpose",
        "people",
    ]


def test_an_extension_may_change_the_term_alone() -> None:
    longer = after(term={"ends_on": "2027-06-30"})
    assert faults(AmendmentKind.EXTENSION, AGREED, longer) == []
    more = after(term={"ends_on": "2027-06-30"}, purpose={"aim": "Else."})
    assert "Purpose" in faults(AmendmentKind.EXTENSION, AGREED, more)[0]
    assert faults(AmendmentKind.EXTENSION, AGREED, after(term={"ends_on": "2026-06-30"}))
    assert not may_change(AmendmentKind.EXTENSION, "data") and may_change(AmendmentKind.EXTENSION, "term")


def test_nothing_changed_is_no_amendment() -> None:
    assert all(faults(kind, AGREED, after()) for kind in AmendmentKind)


def test_only_a_renewal_tells_of_benefits_achieved() -> None:
    achieved = after(renewal={"asked": "yes"}, achieved={"benefits": "Fewer waits."}, term={"ends_on": "2028-01-01"})
    assert faults(AmendmentKind.RENEWAL, AGREED, achieved) == []
    assert faults(AmendmentKind.AMENDMENT, AGREED, achieved)


@pytest.mark.parametrize(
    ("kind", "changes", "route"),
    [
        (AmendmentKind.EXTENSION, {"term": {"ends_on": "2027-12-31"}}, "extension"),
        (AmendmentKind.EXTENSION, {"term": {"ends_on": "2028-01-02"}}, None),  # 367 days
        (AmendmentKind.AMENDMENT, {"people": {"recipients": [1, 4]}}, "people"),
        (AmendmentKind.AMENDMENT, {"people": {"recipients": [4]}, "term": {"ends_on": "2027-01-31"}}, None),
        (AmendmentKind.AMENDMENT, {"purpose": {"aim": "Else."}}, None),
        (AmendmentKind.AMENDMENT, {"data": {"fields": {"did": {"age": "band_5"}}}}, None),
        (AmendmentKind.AMENDMENT, {"territory": {"locations": "There."}}, None),
        (AmendmentKind.RENEWAL, {"term": {"ends_on": "2027-01-31"}}, None),
    ],
)
def test_what_touches_neither_data_nor_purpose_may_go_without_the_panel(
    kind: AmendmentKind, changes: dict[str, Any], route: str | None
) -> None:
    found = short_route(kind, AGREED, after(**changes))
    assert (found.name if found else None) == route
    assert found is None or "unverified" in found.source


def test_longer_by_counts_days() -> None:
    assert longer_by(AGREED, after(term={"ends_on": "2027-01-01"})) == 1
    assert longer_by(AGREED, after(term={"ends_on": "2026-12-30"})) == -1


LAST, NEXT = dt.date(2026, 12, 31), dt.date(2027, 1, 1)


@pytest.mark.parametrize("kind", AmendmentKind)
def test_after_the_last_day_there_are_renewals_only(kind: AmendmentKind) -> None:
    assert overtaken(kind, AGREED, LAST) is None
    assert overtaken(kind, AGREED, NEXT) == (None if kind is AmendmentKind.RENEWAL else LAST)


def test_what_was_typed_for_an_extension_stays_in_the_renewal_that_it_becomes() -> None:
    typed = after(term={"ends_on": "2027-06-30", "reason": "Half a year more."}, people={"recipients": [1, 3]})
    made = renewed(AGREED, typed, NEXT)
    assert made["term"] == {"starts_on": "2027-01-01", "ends_on": "2027-06-30", "reason": "Half a year more."}
    assert made["people"] == typed["people"] and made["renewal"] == {"asked": "yes"}
    assert typed["term"]["starts_on"] == "2026-01-01"  # the draft itself is the caller's


@pytest.mark.parametrize("ends", ["2026-12-31", {"day": "3", "month": "", "year": ""}])
def test_a_last_day_that_a_renewal_cannot_have_is_asked_anew(ends: object) -> None:
    assert "ends_on" not in renewed(AGREED, after(term={"ends_on": ends}), NEXT)["term"]
