"""Walks over cases by many people: whatever they try, in whatever order, the rules that nobody may break hold.

A walk begins at a drawn stage and mixes the next step of a case with attempts by anybody at anything. Attempts may be
refused (a DomainError) and must then change nothing; they may never break. What is drawn is the same in every run:
`make campaign` draws anew (tests/campaigns/test_long_walks.py).
"""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.integration.walks import stages
from tests.integration.walks.deeds import DEEDS, EXEMPT
from tests.integration.walks.machine import Walk
from tests.integration.walks.world import plain_papers

WALKS, STEPS = 5, 8
BASES = set(stages.BASES) - {"conditions", "conditional"}  # which no late deed needs, and cost a second to make
ROOT = Path(__file__).parents[3]


@pytest.fixture
def walks(db: None) -> Iterator[type[Walk]]:
    with plain_papers():
        Walk.world = stages.build(BASES)
        with Walk.world.clock.shown():
            Walk.tally, Walk.reached, Walk.moves, Walk.walks = Counter(), Counter(), 0, 0
            yield Walk


def test_whatever_people_try_the_rules_hold(walks: type[Walk]) -> None:
    walks.verified_each = 6
    for name in stages.LATE:
        walk = walks()
        try:
            walk.do_and_be_refused(DEEDS[name])
        finally:
            walk.teardown()
        assert walks.tally[name, "done"] and walks.tally[name, "refused"], name
    run_state_machine_as_test(
        walks,
        settings=settings(
            max_examples=WALKS,
            stateful_step_count=STEPS,
            derandomize=True,
            database=None,
            phases=[Phase.generate],  # a failing walk is told as it was: making it short takes minutes
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )


def services() -> set[str]:
    """Every public function that changes state: one that takes the actor, or is a transaction of its own."""
    found = set()
    for folder in ("dars", "extracts/delivery", "extracts/production"):
        for path in (ROOT / folder).rglob("*.py"):
            if "migrations" in path.parts:
                continue
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            for function in ast.parse(path.read_text()).body:
                if isinstance(function, ast.FunctionDef) and not function.name.startswith("_"):
                    atomic = any("atomic" in ast.unparse(each) for each in function.decorator_list)
                    if atomic or "by" in [each.arg for each in function.args.kwonlyargs]:
                        found.add(f"{module}.{function.name}")
    return found


def test_each_service_is_a_deed_or_is_left_out_for_a_reason() -> None:
    done = {f"{call.__module__}.{call.__name__}" for deed in DEEDS.values() for call in deed.services}
    assert set(DEEDS) == set(stages.DOABLE)
    assert not done & set(EXEMPT)
    assert all(EXEMPT.values())
    missing = services() - done - set(EXEMPT)
    assert not missing, f"make a deed of it, or say in EXEMPT why not: {sorted(missing)}"
    assert set(EXEMPT) <= services(), "no such services any more"
