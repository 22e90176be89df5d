"""The four questions on early and late lung cancer, answered from a linked extract of a national year.

A made-up England of EVENTS tests (a million unless said) in twelve months is collected month by month with its hospital
episodes and cancer registrations, people are linked, and the study's extract is written and checked as production does.
What it answers is held against plain Python over the collected records, and against the ground truth.

DATA=folder keeps what was done, so that the stages can be run one by one (`-k world`, `-k 2025-04`, `-k answers`): what
has been done is not done again. Each stage notes its seconds, those of the processors, and the most memory it held.
"""

import gc
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from dars.core import clock, secrets
from dars.core.secrets import SecretStore
from deploy.local import four_questions
from deploy.local.four_questions import Group
from extracts.catalogue.public import compile_spec
from extracts.collection import bulk
from extracts.collection.management.collecting import everything_under
from extracts.synthetic.public import make_world, truth_answers
from tests.integration.collection.conftest import NOON
from tests.integration.extracts import lung_study
from tests.unit.dars.applications.answers import answers

pytestmark = pytest.mark.django_db

EVENTS, SEED = int(os.environ.get("EVENTS") or 1_000_000), 2026
PEOPLE = round(EVENTS * 20 / 43)  # England: 43 million tests of 20 million people
PERIODS = (*(f"2025-{month:02}" for month in range(4, 13)), *(f"2026-{month:02}" for month in range(1, 4)))
MOST_GB = 4
COLLECTED = ("submissions", "hes", "cancer")


class Year:
    """What the stages leave behind: the world, the state folder, the rows of collection, and what each stage took."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.world, self.state = folder, folder / "world", folder / "state"
        self._notes, self._rows = folder / "stages.json", folder / "rows.json"
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def stages(self) -> dict[str, dict[str, float]]:
        return json.loads(self._notes.read_text()) if self._notes.exists() else {}

    def do(self, name: str, work: Callable[[], object]) -> None:
        """The stage, unless it was done before; then its rows of collection are kept for the stages after it."""
        if name in self.stages:
            return
        self.remember()
        with self.measured(name):
            work()
            call_command("dumpdata", "collection", output=str(self._rows), verbosity=0)

    def remember(self) -> None:
        """The rows of collection that the stages before left."""
        if self._rows.exists():
            call_command("loaddata", str(self._rows), verbosity=0)

    @contextmanager
    def measured(self, name: str) -> Iterator[None]:
        """Notes what the block took, if it ends well."""
        gc.collect()
        Path("/proc/self/clear_refs").write_text("5")  # the most memory held, from now on (proc(5))
        began, busy = time.perf_counter(), time.process_time()
        yield
        took = {"seconds": time.perf_counter() - began, "processor": time.process_time() - busy, "gb": _peak_gb()}
        noted = self.stages | {name: {key: round(value, 1) for key, value in took.items()}}
        self._notes.write_text(json.dumps(noted, indent=1))


def _peak_gb() -> float:
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024 / 1e9


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Year:
    return Year(Path(os.environ.get("DATA") or tmp_path_factory.mktemp("year")) / f"four-questions-{EVENTS}")


@pytest.fixture(autouse=True)
def at_work(year: Year, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the year's own folders, with secrets of its own, at a moment after its last month."""
    settings.STATE_ROOT = year.state
    for name in ("data", "vault", "staging", "uploads"):
        folder = {"uploads": "UPLOAD_ROOT"}.get(name, f"{name.upper()}_ROOT")
        setattr(settings, folder, year.state / name)
    year.state.mkdir(exist_ok=True)
    monkeypatch.setattr(secrets, "_store", lambda: SecretStore(year.state / "secrets", generate=True))
    monkeypatch.setattr(clock, "now", lambda: NOON)


def test_a_world_is_made_and_its_reference_data_loaded(year: Year) -> None:
    def make() -> None:
        if not year.world.exists():  # whole, since it gets its name last
            making, months = year.folder / "making", {"months": len(PERIODS), "first_month": PERIODS[0]}
            make_world(making, events=EVENTS, people=PEOPLE, seed=SEED, large_world=True, **months)
            lung_study.let_more_people_object(making)
            making.rename(year.world)
        call_command("load_reference", year.world / "reference", verbosity=0)

    year.do("world", make)


@pytest.mark.parametrize("period", PERIODS)
def test_a_month_is_collected_and_its_people_linked(year: Year, period: str) -> None:
    def collect() -> None:
        found = [source for name in COLLECTED for source in everything_under(year.world / name)]
        outcome = bulk.collect([source for source in found if source.period == period])
        assert outcome.refused == {} and len(outcome.intakes) > len(COLLECTED)

    assert year.stages.keys() >= {"world", *PERIODS[: PERIODS.index(period)]}, "the months before it first"
    year.do(period, collect)
    assert year.stages[period]["gb"] < MOST_GB


def test_opt_outs_are_loaded(year: Year) -> None:
    listed = year.world / "opt_outs" / "did_opt_outs.csv"
    year.do("opt-outs", lambda: call_command("load_opt_outs", str(listed), "--kind=did", verbosity=0))


def test_the_extract_answers_as_the_records_and_the_truth_do(
    year: Year, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert year.stages.keys() >= {*PERIODS, "opt-outs"}, "all months and the opt-outs first"
    year.remember()
    asked = answers()
    asked["data"] |= {"period_from": PERIODS[0], "period_to": PERIODS[-1]}
    with year.measured("extract"):
        made = lung_study.extract(compile_spec(asked, "DARS-NIC-000001-B7C9D", 1), tmp_path)
    with year.measured("answers"):
        found = four_questions.of_extract(made.folder)
    records = lung_study.records_of(year.world, PERIODS)
    with year.measured("records"):
        expected = records.four_answers()
    with year.measured("truth"):
        truth = truth_answers(year.world, opt_outs="did")
    with capsys.disabled():
        print(_report(made, found, truth, year.stages))
    assert found == expected
    assert made.failed == []
    assert four_questions.beyond_tolerance(found, truth) == []
    lung_study.holds_exactly_the_cohort(made, records)
    assert max(year.stages[name]["gb"] for name in ("extract", "answers")) < MOST_GB


def _report(
    made: lung_study.Made, found: dict[str, Group], truth: dict[str, dict], stages: dict[str, dict[str, float]]
) -> str:
    lines = [f"\n{EVENTS:,} tests of {PEOPLE:,} people in {len(PERIODS)} months"]
    lines += [
        f"  {name}: {table.rows:,} rows of {table.people:,} people" for name, table in made.measure.tables.items()
    ]
    lines += [f"  {line}" for line in four_questions.in_words(found)]
    for name, group in found.items():
        true = truth[name]
        lines.append(
            f"  {name}: {group.people} of {true['people']} people; referred {float(group.referred):.4f}"
            f" ({true['referred']:.4f}); wait {group.median_wait} ({true['median_wait_days']});"
            f" another illness {float(group.other_illness):.4f} ({true['complications']:.4f})"
        )
    shares = dict(found["late"].share_by_area)
    lines += [f"  late in {area}: {float(shares[area]):.4f} ({true:.4f})" for area, true in truth["late_share"].items()]
    lines += [
        f"  {name}: {took['seconds']} s, {took['processor']} s of processor, {took['gb']} GB"
        for name, took in stages.items()
    ]
    return "\n".join(lines)
