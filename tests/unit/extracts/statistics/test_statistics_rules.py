"""How often counts may be asked for, and when they are made anew."""

import datetime as dt

import pytest

from extracts.statistics.rules import (
    LOOKS_OF_A_PERSON,
    LOOKS_OF_AN_ORGANISATION,
    RENEW_AFTER,
    due,
    limit_reached,
)

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


def ago(**delta: int) -> dt.datetime:
    return NOW - dt.timedelta(**delta)


def test_a_person_looks_so_often_in_an_hour_and_is_told_when_again():
    looks = [ago(minutes=minute) for minute in range(1, LOOKS_OF_A_PERSON)]
    assert limit_reached(looks, looks, NOW) is None
    full = [*looks, ago(minutes=50)]
    limit = limit_reached(full, full, NOW)
    assert (limit.whose, limit.looks) == ("person", LOOKS_OF_A_PERSON)
    assert limit.again_at == NOW + dt.timedelta(minutes=10)
    assert limit_reached([*looks, ago(minutes=60)], [], NOW) is None


def test_an_organisation_looks_so_often_in_a_day_however_many_people_it_has():
    looks = [ago(hours=2)] * (LOOKS_OF_AN_ORGANISATION - 1)
    assert limit_reached([], looks, NOW) is None
    limit = limit_reached([], [*looks, ago(hours=23)], NOW)
    assert (limit.whose, limit.again_at) == ("organisation", NOW + dt.timedelta(hours=1))


def test_of_two_limits_the_later_one_counts():
    limit = limit_reached([ago(minutes=1)] * LOOKS_OF_A_PERSON, [ago(hours=1)] * LOOKS_OF_AN_ORGANISATION, NOW)
    assert limit.whose == "organisation"


@pytest.mark.parametrize(
    ("built_at", "built_to", "latest", "expected"),
    [
        (None, "", "2026-06", True),
        (ago(days=1), "2026-06", "2026-07", True),
        (ago(days=1), "2026-06", "2026-06", False),
        (NOW - RENEW_AFTER, "2026-06", "2026-06", True),
    ],
)
def test_counts_are_renewed_seldom(built_at, built_to, latest, expected):
    assert due(built_at=built_at, built_to=built_to, latest=latest, now=NOW) is expected
