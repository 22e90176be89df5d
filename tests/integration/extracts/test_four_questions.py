"""The four questions on early and late lung cancer: the extract alone answers them as the collected records do.

A made-up England is collected by the commands, the study's answers are compiled as its posted forms were, and
production's workbench binds, writes and checks. Plain Python answers from the records; the ground truth stands behind.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from django.core.management import call_command

from deploy.local import examples, four_questions
from extracts.catalogue.public import compile_spec
from extracts.collection.models import DataVersion
from extracts.engine.keys import AgreementKey
from extracts.engine.measure import Measure
from extracts.production.keys import agreement_key
from extracts.production.models import Run
from extracts.production.staging import Room
from extracts.production.workbench import Workbench
from extracts.synthetic.public import make_world, truth_answers
from tests.integration.extracts.collected import Collected, numbers_in
from tests.unit.dars.applications.answers import answers

pytestmark = pytest.mark.django_db

EVENTS, PEOPLE, SEED = 120_000, 54_000, 2026  # gives about 50 people found early and 70 found late
PERIODS = ("2026-04", "2026-05", "2026-06")
OBJECTING = 6  # of the people with lung cancer every sixth objects, so that it matters
AGREEMENT = 1
TABLES = ("did", "hes_apc", "cancer")


@dataclass
class Made:
    """An extract on the disk, what was counted before it was written, and the records it was made from."""

    folder: Path
    measure: Measure
    failed: list[str]
    records: Collected
    world: Path

    def people(self, table: str) -> set[int]:
        """Who is in a file, by the key that the recipient does not have."""
        codes = pq.read_table(self.folder / f"{table}.parquet", columns=["person"])["person"]
        return set(self._key.person_ids(pc.unique(codes)).tolist())

    @property
    def _key(self) -> AgreementKey:
        return agreement_key(AGREEMENT)


@pytest.fixture
def made(state: Path, tmp_path: Path) -> Made:
    world = tmp_path / "world"
    make_world(world, events=EVENTS, people=PEOPLE, months=len(PERIODS), seed=SEED)
    _let_more_people_object(world)
    _collect(world)
    spec = compile_spec(answers(), "DARS-NIC-000001-B7C9D", 1)
    assert (PERIODS[0], PERIODS[-1]) == (examples.PERIOD_FROM, examples.PERIOD_TO)
    room = Room(1, 1, tmp_path / "files", tmp_path / "spill")
    room.files.mkdir()
    room.spill.mkdir()
    run = Run(agreement_id=AGREEMENT, keyed_as=AGREEMENT, application_reference=spec.reference)
    bench = Workbench.of(run, spec, room)
    measure = bench.measure()
    verdicts = bench.checks(bench.write())
    failed = [verdict.name for verdict in verdicts if not verdict.passed]
    records = Collected(DataVersion.objects.latest("pk"), numbers_in(world / "opt_outs" / "did_opt_outs.csv"), PERIODS)
    return Made(room.files, measure, failed, records, world)


def _let_more_people_object(world: Path) -> None:
    """On the dataset's own list and in the ground truth alike: in a small world nobody with cancer is on it."""
    truth = world / "truth" / "people.parquet"
    people = pq.read_table(truth)
    objecting = people["did_opt_out"].to_pylist()
    ill = [place for place, group in enumerate(people["lung_group"].to_pylist()) if group in four_questions.GROUPS]
    with (world / "opt_outs" / "did_opt_outs.csv").open("a", newline="") as file:
        for place in ill[::OBJECTING]:
            if not objecting[place]:
                csv.writer(file).writerow([people["nhs_number"][place].as_py(), "2026-03-02", "letter"])
            objecting[place] = True
    place = people.column_names.index("did_opt_out")
    pq.write_table(people.set_column(place, "did_opt_out", [objecting]), truth)


def _collect(world: Path) -> None:
    call_command("load_reference", world / "reference", verbosity=0)
    call_command("collect", world / "submissions", everything=True, verbosity=0)
    for dataset, folder in (("hes_apc", "hes"), ("cancer", "cancer")):
        call_command("load_dataset", dataset, *sorted((world / folder).iterdir()), verbosity=0)
    call_command("load_opt_outs", str(world / "opt_outs" / "did_opt_outs.csv"), "--kind=did", verbosity=0)


def test_the_extract_answers_as_the_records_do_and_holds_nobody_who_objected(made: Made) -> None:
    found = four_questions.of_extract(made.folder)
    assert found == made.records.four_answers()
    assert made.failed == []
    _holds_exactly_the_cohort(made)
    assert all(of_group.people > 30 for of_group in found.values())
    truth = truth_answers(made.world, opt_outs="did")
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


def _holds_exactly_the_cohort(made: Made) -> None:
    objected = {
        person for person, row in made.records.linked("cancer", objectors=True) if row["site_icd10"][:3] == "C34"
    }
    assert len(objected) > 10
    assert objected <= {person for person, _ in made.records.linked("did", objectors=True)}
    for table in TABLES:
        rows = made.records.of_cohort(table)
        people = {person for person, _ in rows}
        assert made.people(table) == people
        assert not people & made.records.objectors
        counted = made.measure.tables[table]
        assert (counted.rows, counted.people) == (len(rows), len(people))
        assert pq.read_metadata(made.folder / f"{table}.parquet").num_rows == len(rows)
