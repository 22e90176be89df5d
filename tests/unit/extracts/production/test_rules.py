"""The life of a run and of a package as tables: what must be reachable is, and what must not be is not."""

import pytest

from extracts.delivery import events as delivery_events
from extracts.delivery import rules as delivery
from extracts.delivery.models import Package
from extracts.production import events, rules
from extracts.production.models import Run


@pytest.mark.parametrize(
    ("table", "states", "kinds", "first"),
    [
        (rules.TRANSITIONS, Run.State, events.EVENTS, "queued"),
        (delivery.TRANSITIONS, Package.State, delivery_events.EVENTS, "waiting"),
    ],
)
def test_every_state_is_reached_and_every_step_is_audited(table, states, kinds, first) -> None:
    assert {state for step in table for state in step} == set(states.values)
    reached = {first}
    for _ in states:
        reached |= {after for before, after in table if before in reached}
    assert reached == set(states.values)
    assert {step.audit for step in table.values()} <= set(kinds)


def test_what_is_released_stays_released() -> None:
    assert not [after for before, after in rules.TRANSITIONS if before == "released"]


def test_nothing_is_released_that_was_not_written_and_checked() -> None:
    assert [before for before, after in rules.TRANSITIONS if after == "released"] == ["written"]
    assert [before for before, after in rules.TRANSITIONS if after == "written"] == ["writing"]


def test_whatever_is_not_over_can_be_purged() -> None:
    purged = {before for before, after in rules.TRANSITIONS if after == "purged"}
    assert purged == set(Run.State.values) - set(rules.OVER)


def test_an_expired_or_withdrawn_package_is_gone_for_good() -> None:
    assert not [after for before, after in delivery.TRANSITIONS if before in ("expired", "withdrawn")]
