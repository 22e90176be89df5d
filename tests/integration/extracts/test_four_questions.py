"""The four questions on early and late lung cancer: the extract alone answers them as the collected records do.

A made-up England is collected by the commands, the study's answers are compiled as its posted forms were, and
production's workbench binds, writes and checks. Plain Python answers from the records; the ground truth stands behind.
A campaign asks the same of a national year (tests/campaigns/test_national_year.py).
"""

from pathlib import Path

import pytest
from django.core.management import call_command

from deploy.local import examples, four_questions
from extracts.catalogue.public import compile_spec
from extracts.synthetic.public import make_world, truth_answers
from tests.integration.extracts import lung_study
from tests.unit.dars.applications.answers import answers

pytestmark = pytest.mark.django_db

EVENTS, PEOPLE, SEED = 120_000, 54_000, 2026  # gives about 50 people found early and 70 found late
PERIODS = ("2026-04", "2026-05", "2026-06")


@pytest.fixture
def world(state: Path, tmp_path: Path) -> Path:
    """A quarter of a small England, collected."""
    world = tmp_path / "world"
    make_world(world, events=EVENTS, people=PEOPLE, months=len(PERIODS), seed=SEED)
    lung_study.let_more_people_object(world)
    call_command("load_reference", world / "reference", verbosity=0)
    call_command("collect", world / "submissions", everything=True, verbosity=0)
    for dataset, folder in (("hes_apc", "hes"), ("cancer", "cancer")):
        call_command("load_dataset", dataset, *sorted((world / folder).iterdir()), verbosity=0)
    call_command("load_opt_outs", str(world / "opt_outs" / "did_opt_outs.csv"), "--kind=did", verbosity=0)
    return world


def test_the_extract_answers_as_the_records_do_and_holds_nobody_who_objected(world: Path, tmp_path: Path) -> None:
    assert (PERIODS[0], PERIODS[-1]) == (examples.PERIOD_FROM, examples.PERIOD_TO)
    made = lung_study.extract(compile_spec(answers(), "DARS-NIC-000001-B7C9D", 1), tmp_path)
    records = lung_study.records_of(world, PERIODS)
    found = four_questions.of_extract(made.folder)
    assert found == records.four_answers()
    assert made.failed == []
    lung_study.holds_exactly_the_cohort(made, records)
    assert all(of_group.people > 30 for of_group in found.values())
    truth = truth_answers(world, opt_outs="did")
    assert four_questions.beyond_tolerance(found, truth) == []
    _is_told_where_it_differs(found, truth)


def _is_told_where_it_differs(found: dict[str, four_questions.Group], truth: dict[str, dict]) -> None:
    area, share = max(truth["late_share"].items(), key=lambda pair: pair[1])
    elsewhere = {**truth, "late_share": {**truth["late_share"], area: share - 0.5}}
    assert [words.partition(":")[0] for words in four_questions.beyond_tolerance(found, elsewhere)] == [
        f"found late in {area}"
    ]
    fewer = {**truth, "early": {**truth["early"], "people": truth["early"]["people"] // 2}}
    assert [words.partition(":")[0] for words in four_questions.beyond_tolerance(found, fewer)] == ["people, early"]
