"""The study of early and late lung cancer: its world, its extract, and what the extract must hold of the records."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from deploy.local import four_questions
from extracts.catalogue.public import ExtractSpec
from extracts.collection.models import DataVersion
from extracts.engine.keys import AgreementKey
from extracts.engine.measure import Measure
from extracts.production.keys import agreement_key
from extracts.production.models import Run
from extracts.production.staging import Room
from extracts.production.workbench import Workbench
from tests.integration.extracts.collected import Collected, numbers_in

OBJECTING = 6  # of the people with lung cancer every sixth objects, so that it matters
AGREEMENT = 1
TABLES = ("did", "hes_apc", "cancer")


@dataclass
class Made:
    """An extract on the disk, what was counted before it was written, and which checks it failed."""

    folder: Path
    measure: Measure
    failed: list[str]

    def people(self, table: str) -> set[int]:
        """Who is in a file, by the key that the recipient does not have."""
        codes = pq.read_table(self.folder / f"{table}.parquet", columns=["person"])["person"]
        return set(self._key.person_ids(pc.unique(codes)).tolist())

    @property
    def _key(self) -> AgreementKey:
        return agreement_key(AGREEMENT)


def let_more_people_object(world: Path) -> None:
    """On the dataset's own list and in the ground truth alike: in a small world nobody with cancer is on it."""
    truth = world / "truth" / "people.parquet"
    people = pq.read_table(truth)
    ill = pc.indices_nonzero(pc.is_in(people["lung_group"].cast(pa.string()), pa.array(four_questions.GROUPS)))
    chosen = np.zeros(len(people), bool)
    chosen[ill.to_numpy()[::OBJECTING]] = True
    place = people.column_names.index("did_opt_out")
    objecting = people["did_opt_out"].to_numpy()
    with (world / "opt_outs" / "did_opt_outs.csv").open("a", newline="") as file:
        for number in people["nhs_number"].filter(pa.array(chosen & ~objecting)).to_pylist():
            csv.writer(file).writerow([number, "2026-03-02", "letter"])
    pq.write_table(people.set_column(place, "did_opt_out", pa.array(objecting | chosen)), truth)


def records_of(world: Path, periods: tuple[str, ...]) -> Collected:
    """The records of the current data version, of those who did not object."""
    return Collected(DataVersion.objects.latest("pk"), numbers_in(world / "opt_outs" / "did_opt_outs.csv"), periods)


def extract(spec: ExtractSpec, folder: Path) -> Made:
    """What production's workbench binds, counts, writes and checks for the study, in a folder of its own."""
    room = Room(1, 1, folder / "files", folder / "spill")
    room.files.mkdir()
    room.spill.mkdir()
    run = Run(agreement_id=AGREEMENT, keyed_as=AGREEMENT, application_reference=spec.reference)
    bench = Workbench.of(run, spec, room)
    measure = bench.measure()
    verdicts = bench.checks(bench.write())
    return Made(room.files, measure, [verdict.name for verdict in verdicts if not verdict.passed])


def holds_exactly_the_cohort(made: Made, records: Collected) -> None:
    """People with lung cancer who did not object, each record of theirs and no other."""
    objected = records.ill & records.objectors
    assert len(objected) > 10
    assert objected == {person for person, _ in records.of("did", objected)}
    for table in TABLES:
        rows, people = 0, set()
        for person, _ in records.of(table, records.cohort):
            rows += 1
            people.add(person)
        assert made.people(table) == people
        assert not people & records.objectors
        counted = made.measure.tables[table]
        assert (counted.rows, counted.people) == (rows, len(people))
        assert pq.read_metadata(made.folder / f"{table}.parquet").num_rows == rows
