"""Walks over cases for as long as `MINUTES` says: each deed done and refused, then drawn walks, every one anew, from
the stages where fewest have begun."""

import json
import os
import random
import time
import traceback
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.integration.walks import stages
from tests.integration.walks.deeds import DEEDS
from tests.integration.walks.machine import Walk
from tests.integration.walks.world import plain_papers

MINUTES = float(os.environ.get("MINUTES") or 20)
AT_ONCE, STEPS = 12, 40


@pytest.mark.django_db
def test_long_walks() -> None:
    """Prints what was walked; the seed of a failing round is in the message. `OUT`: a folder for the whole tally."""
    until, first = time.monotonic() + 60 * MINUTES, random.randrange(2**32)
    with plain_papers():
        Walk.world = stages.build()
        with Walk.world.clock.shown():
            Walk.verified_each, Walk.tally, Walk.reached, Walk.moves, Walk.walks = 1, Counter(), Counter(), 0, 0
            rounds, faults, told_of = 0, Counter(), {}
            for deed in DEEDS.values():
                walk = Walk()
                try:
                    walk.do_and_be_refused(deed)
                except Exception as fault:
                    faults[_told(fault)] += 1
                    told_of[_told(fault)] = (deed.name,)
                    print(_told(fault), flush=True)
                finally:
                    walk.teardown()
            while time.monotonic() < until:
                rounds += 1
                starts = tuple(sorted(stages.STAGES, key=lambda stage: Walk.reached[f"begun {stage}"])[:AT_ONCE])
                drawn = settings(
                    max_examples=AT_ONCE,
                    stateful_step_count=STEPS,
                    database=None,
                    phases=[Phase.generate],
                    suppress_health_check=list(HealthCheck),
                    print_blob=True,
                )
                try:
                    run_state_machine_as_test(
                        seed(first + rounds)(type("Walks", (Walk,), {"starts": starts})), settings=drawn
                    )
                except Exception as fault:
                    faults[_told(fault)] += 1
                    print(_told(fault), *getattr(fault, "__notes__", []), sep="\n", flush=True)
                    told_of[_told(fault)] = f"{starts}, seed {first + rounds}", *getattr(fault, "__notes__", [])
    told = {
        "walks": Walk.walks,
        "moves": Walk.moves,
        **{
            end: sum(count for (_, how), count in Walk.tally.items() if how == end)
            for end in ("done", "refused", "absent")
        },
        "deeds": {name: {end: Walk.tally[name, end] for end in ("done", "refused")} for name in DEEDS},
        "faults": [[fault, count, told_of[fault]] for fault, count in faults.items()],
        "reached": dict(sorted(Walk.reached.items())),
    }
    print(json.dumps(told, indent=1))
    if out := os.environ.get("OUT"):
        (Path(out) / "walks.json").write_text(json.dumps(told, indent=1))
    assert not faults


def _told(fault: Exception) -> str:
    """What was found, and where."""
    last = traceback.extract_tb(fault.__traceback__)[-1]
    return f"{type(fault).__name__} at {Path(last.filename).name}:{last.lineno}: {str(fault)[:300]}"
