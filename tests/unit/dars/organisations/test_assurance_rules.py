"""What is needed, which assurance gives it, and whose lapse stops what."""

import datetime as dt
from dataclasses import dataclass

import pytest

from dars.organisations import rules
from dars.organisations.rules import Need, Part

TODAY = dt.date(2026, 6, 15)
DAY = dt.timedelta(days=1)


@dataclass
class Held:
    kind: str
    expires_on: dt.date = TODAY
    status: str = ""
    reviewed_on: dt.date | None = None

    def get_kind_display(self) -> str:
        return self.kind.upper()


@pytest.mark.parametrize("status", rules.DSPT_ACCEPTED)
def test_an_accepted_toolkit_status_is_enough_to_its_last_day(status: str) -> None:
    held = [Held("dspt", TODAY, status)]
    assert rules.covers(Need.SECURITY, held, TODAY)
    assert not rules.covers(Need.SECURITY, held, TODAY + DAY)


@pytest.mark.parametrize("kind", ["slsp", "iso27001"])
def test_another_security_assurance_does_instead(kind: str) -> None:
    held = [Held("dspt", TODAY - DAY, "Standards Met"), Held(kind)]
    assert rules.covers(Need.SECURITY, held, TODAY)
    assert rules.lapse("X", Need.SECURITY, held, TODAY) is None


@pytest.mark.parametrize(
    ("held", "words"),
    [
        ([], "X has no security assurance on record (DARS standard 2a)."),
        (
            [Held("dspt", TODAY, "Approaching Standards")],
            "The DSPT status of X is not Met or Exceeded (DARS standard 2a).",
        ),
        ([Held("dspt", TODAY - DAY, "Standards Met")], "The DSPT of X expired on 14 June 2026 (DARS standard 2a)."),
        ([Held("ico")], "X has no security assurance on record (DARS standard 2a)."),
    ],
)
def test_why_it_is_not_there_is_said(held: list[Held], words: str) -> None:
    assert rules.lapse("X", Need.SECURITY, held, TODAY) == words


def test_until_when_counts_the_longest_that_is_accepted() -> None:
    held = [Held("dspt", TODAY + DAY, "Standards Not Met"), Held("iso27001", TODAY - DAY), Held("slsp", TODAY)]
    assert rules.covered_until(Need.SECURITY, held) == TODAY
    assert rules.covered_until(Need.CONTRACT, held) is None


def test_a_processor_needs_no_framework_contract_of_its_own_and_every_effect_has_a_source() -> None:
    assert set(rules.WHOSE_LAPSE) == set(Part)
    assert Need.CONTRACT in rules.WHOSE_LAPSE[Part.CONTROLLER].needs
    assert Need.CONTRACT not in rules.WHOSE_LAPSE[Part.PROCESSOR].needs
    assert all("DARS standard" in effect.source for effect in rules.WHOSE_LAPSE.values())


MET = "Standards Met"


@pytest.mark.parametrize(
    ("held", "words"),
    [
        ([Held("dspt", TODAY, MET, TODAY - DAY)], None),
        ([Held("dspt", TODAY, rules.IMPROVEMENT_PLAN, TODAY)], None),
        ([Held("dspt", TODAY, MET)], "that of X has not been reviewed."),
        ([Held("dspt", TODAY - DAY, MET, TODAY - DAY)], "that of X expired on 14 June 2026."),
        ([Held("dspt", TODAY, "Standards Not Met", TODAY)], "the status of X is not Met or Exceeded."),
        ([Held("iso27001"), Held("slsp")], "X has none on record."),
    ],
)
def test_identifiable_data_need_a_reviewed_toolkit_assessment(held: list[Held], words: str | None) -> None:
    said = rules.lapse("X", Need.REVIEW, held, TODAY)
    assert rules.covers(Need.REVIEW, held, TODAY) is (words is None)
    assert said == (
        words
        and "Identifiable data need a reviewed Data Security and Protection Toolkit assessment (DARS standard 2a): "
        + words
    )


def test_a_review_is_asked_for_identifiable_data_alone_and_of_both_parts() -> None:
    for part in Part:
        assert Need.REVIEW in rules.needs_of(part, identifiable=True)
        assert Need.REVIEW not in rules.needs_of(part, identifiable=False)


@pytest.mark.parametrize(
    ("roles", "from_inside", "two"),
    [
        (["recipient", "applicant"], True, False),
        (["recipient", "signatory"], True, True),
        (["recipient"], False, True),
    ],
)
def test_what_binds_an_organisation_and_what_comes_from_outside_takes_two(roles, from_inside: bool, two: bool) -> None:
    assert rules.takes_two(roles, from_inside=from_inside) is two
