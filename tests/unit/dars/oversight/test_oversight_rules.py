"""When something is chased, what falls under a notice, and what must not be kept."""

import datetime as dt

import pytest

from dars.core.rights import P
from dars.core.roles import ROLES
from dars.oversight import rules

DUE = dt.date(2026, 7, 31)


@pytest.mark.parametrize(
    ("left", "mark"),
    [(31, ""), (30, "30"), (29, "30"), (15, "30"), (14, "14"), (8, "14"), (7, "7"), (0, "7"), (-1, "overdue")],
)
def test_a_reminder_fits_the_day(left: int, mark: str) -> None:
    assert rules.reminder_due(DUE, DUE - dt.timedelta(days=left)) == mark


def test_assurances_are_told_ninety_and_thirty_days_ahead() -> None:
    told = [rules.reminder_due(DUE, DUE - dt.timedelta(days=left), (90, 30)) for left in (91, 90, 31, 30, 1)]
    assert told == ["", "90", "90", "30", "30"]


@pytest.mark.parametrize(
    ("gone", "mark"),
    [(0, 0), (2, 0), (3, 3), (6, 3), (7, 7), (13, 7), (14, 14), (20, 14), (21, 21), (36, 35), (365, 364)],
)
def test_a_notice_is_chased_each_week_once_it_is_late(gone: int, mark: int) -> None:
    assert rules.waiting_reminder(DUE, DUE + dt.timedelta(days=gone)) == mark


def test_anniversaries_lie_within_the_term() -> None:
    start, end = dt.date(2024, 2, 29), dt.date(2026, 12, 31)
    assert rules.anniversaries(start, end, dt.date(2028, 1, 1)) == [(1, dt.date(2025, 3, 1)), (2, dt.date(2026, 3, 1))]
    assert rules.anniversaries(start, end, dt.date(2025, 2, 28)) == []


@pytest.mark.parametrize("text", ["9990000018", "was 999 000 0018.", "(999-000-0018)", "n:999 0000018;"])
def test_what_looks_like_an_nhs_number_is_seen(text: str) -> None:
    assert rules.looks_like_nhs_number(text)


@pytest.mark.parametrize("text", ["", "07700 900123", "99900000181", "on 22 11 2026", "DARS-NIC-012345-A1B2C, v000012"])
def test_other_numbers_are_not(text: str) -> None:
    assert not rules.looks_like_nhs_number(text)


TAKEN = {
    "data_version": "v3",
    "period_from": "2026-04",
    "period_to": "2026-06",
    "agreement": "A-v1.0",
    "file": "did.csv.age",
}


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        ({}, False),
        ({"data_version": "v3"}, True),
        ({"data_version": "v4"}, False),
        ({"month": "2026-04"}, True),
        ({"month": "2026-07"}, False),
        ({"file": "did.csv"}, True),
        ({"file": "hes.csv"}, False),
        ({"data_version": "v3", "agreement": "B-v1.0"}, False),
        ({"data_version": "v3", "month": "2026-05", "agreement": "A-v1.0", "file": "did.csv.age"}, True),
    ],
)
def test_everything_that_a_notice_names_has_to_fit(wanted: dict[str, str], fits: bool) -> None:
    assert rules.affected(wanted=wanted, **TAKEN) is fits


def test_rights_that_come_with_a_part_come_with_no_role() -> None:
    of_parts = frozenset().union(*rules.OF_PARTS.values())
    assert of_parts & frozenset().union(*ROLES.values()) == frozenset()
    assert P.ACCOUNT_GIVE in rules.OF_PARTS["signatory"]
    assert [part for part, rights in rules.OF_PARTS.items() if P.ACCOUNT_GIVE in rights] == ["signatory"]
