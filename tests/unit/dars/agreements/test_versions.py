"""Versions of an agreement: their numbers, when one covers the files of another, when people are told of an end."""

import copy
import datetime as dt
from typing import Any

import pytest

from dars.agreements.rules import Kind, State, covers, next_version, warning_due, why_not_live

SPEC: dict[str, Any] = {
    "datasets": [
        {
            "dataset": "did",
            "period_from": "2026-01",
            "period_to": "2026-06",
            "fields": [{"field": "age", "form": "band_10"}, {"field": "modality", "form": "code"}],
        }
    ],
    "filters": [],
    "cohort": {"conditions": []},
    "linkage": {"datasets": [], "max_match_rank": 4},
    "opt_out": {"national": False, "reason": "…", "direct": True},
    "identifiability": "pseudonymised",
}


def changed(*path: Any, to: Any) -> dict[str, Any]:
    spec = copy.deepcopy(SPEC)
    place = spec
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return spec


def test_a_renewal_begins_a_main_version_and_others_count_on() -> None:
    assert next_version(Kind.AMENDMENT, (1, 0)) == (1, 1)
    assert next_version(Kind.EXTENSION, (1, 9)) == (1, 10)
    assert next_version(Kind.RENEWAL, (1, 10)) == (2, 0)


@pytest.mark.parametrize(
    "newer",
    [
        SPEC,
        changed("datasets", 0, "period_to", to="2027-06"),
        changed("datasets", 0, "fields", to=[*SPEC["datasets"][0]["fields"], {"field": "site", "form": "code"}]),
        changed("datasets", to=[*SPEC["datasets"], {**SPEC["datasets"][0], "dataset": "hes"}]),
        changed("linkage", "max_match_rank", to=8),
    ],
    ids=["same", "more months", "more fields", "more datasets", "looser match"],
)
def test_more_covers_less(newer: dict[str, Any]) -> None:
    assert covers(newer, SPEC)


@pytest.mark.parametrize(
    "newer",
    [
        changed("datasets", 0, "period_from", to="2026-02"),
        changed("datasets", 0, "fields", to=SPEC["datasets"][0]["fields"][:1]),
        changed("datasets", 0, "fields", 0, "form", to="band_5"),
        changed("datasets", 0, "dataset", to="hes"),
        changed("filters", to=[{"dataset": "did"}]),
        changed("cohort", "conditions", to=[{"dataset": "did"}]),
        changed("linkage", "max_match_rank", to=3),
        changed("opt_out", "national", to=True),
        changed("identifiability", to="identifiable"),
    ],
    ids=["months", "field", "form", "dataset", "filters", "cohort", "match", "opt-outs", "identifiability"],
)
def test_less_or_other_does_not_cover(newer: dict[str, Any]) -> None:
    assert not covers(newer, SPEC)


@pytest.mark.parametrize(
    ("days", "told", "due"),
    [(91, None, None), (90, None, 90), (90, 90, None), (31, 90, None), (30, 90, 30), (12, None, 30), (0, 30, None)],
)
def test_an_end_is_told_at_90_and_at_30_days(days: int, told: int | None, due: int | None) -> None:
    assert warning_due(days, told) == due


def test_a_superseded_version_says_so_and_lets_nothing_flow() -> None:
    first, last = dt.date(2026, 1, 1), dt.date(2026, 12, 31)
    for day in (first, last, last + dt.timedelta(days=1)):
        assert why_not_live("X-v1.0", State.SUPERSEDED, "", first, last, day) == [
            "The agreement X-v1.0 was superseded by a new version."
        ]
