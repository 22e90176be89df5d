"""What was collected, read row by row in plain Python: no SQL, no engine. For holding extracts against.

Everything is read in pieces, and only rows of people with lung cancer are kept, so that a national year can be asked.
"""

import csv
import datetime as dt
from collections.abc import Callable, Container, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable

from deploy.local.four_questions import LUNG, Group, Imaging, Registration, Stay, answer
from extracts.collection import tables, vault
from extracts.collection.models import DataVersion

Row = dict[str, Any]

GROUP_OF_STAGE = {"1": "early", "2": "early", "3": "late", "4": "late"}


class Collected:
    """The records of a data version with the people they belong to; `opted_out`: the numbers of those who objected."""

    def __init__(self, version: DataVersion, opted_out: set[str], periods: Sequence[str]) -> None:
        self._version, self._numbers, self._periods = version, opted_out, frozenset(periods)

    @property
    def objectors(self) -> set[int]:
        """Everybody any of whose identifier tuples holds the number of an objector."""
        return self._people[0]

    @property
    def ill(self) -> set[int]:
        """People with a registered lung cancer, whether they objected or not."""
        return self._people[1]

    @property
    def cohort(self) -> set[int]:
        """Those of them who did not object."""
        return self.ill - self.objectors

    def of(self, dataset: str, people: Container[int]) -> Iterator[tuple[int, Row]]:
        """The records of those of `people` who have lung cancer, with the person: for the cohort what an extract must
        hold of a dataset, no more and no less."""
        wanted = {number: person for (name, number), person in self._person_of.items() if name == dataset}
        for row in _rows(dataset, self._version.versions[dataset], wanted):
            person = wanted[row["tuple_id"]]
            if row["period"] in self._periods and person in people:
                yield person, row

    def four_answers(self) -> dict[str, Group]:
        """The four questions, from the records themselves."""
        people, geography = self.cohort, self._version.reference_version.tables["geography"]
        region = {row["lsoa"]: row["region"] for row in _rows("geography", geography)}
        return answer(
            (_imaging(person, row, lambda lsoa: region.get(lsoa) or "") for person, row in self.of("did", people)),
            (_stay(person, row) for person, row in self.of("hes_apc", people)),
            (_registration(person, row) for person, row in self.of("cancer", people)),
        )

    @cached_property
    def _people(self) -> tuple[set[int], set[int]]:
        """Objectors, and who is ill."""
        objected = {
            number
            for name in self._version.tuple_files
            for number, nhs_number in _columns(name, "tuple_id", "nhs_number")
            if nhs_number in self._numbers
        }
        tumours = {
            row["tuple_id"]
            for row in _rows("cancer", self._version.versions["cancer"])
            if row["period"] in self._periods and _letters(row["site_icd10"])[:3] in LUNG
        }
        objectors, ill = set(), set()
        for dataset, number, person in self._map():
            if number in objected:
                objectors.add(person)
            if dataset == "cancer" and number in tumours:
                ill.add(person)
        return objectors, ill

    @cached_property
    def _person_of(self) -> dict[tuple[str, int], int]:
        """Whose each tuple is, of people with lung cancer."""
        return {(dataset, number): person for dataset, number, person in self._map() if person in self.ill}

    def _map(self) -> Iterator[tuple[str, int, int]]:
        return _columns(self._version.person_map, "dataset", "tuple_id", "person_id")


def numbers_in(list_of_opt_outs: Path) -> set[str]:
    """The NHS numbers of the dataset's own list."""
    with list_of_opt_outs.open(newline="") as file:
        return {row["NHS_NUMBER"] for row in csv.DictReader(file)}


def _columns(vault_file: str, *names: str) -> Iterator[tuple]:
    for batch in pq.ParquetFile(vault.path(vault_file)).iter_batches(columns=list(names)):
        yield from zip(*(batch[name].to_pylist() for name in names), strict=True)


def _rows(name: str, version: int, tuples: Container[int] | None = None) -> Iterator[Row]:
    """The rows of a table; those of some tuples if they are given."""
    for batch in DeltaTable(tables.path(name), version=version).to_pyarrow_dataset().to_batches():
        if tuples is not None:
            numbers = enumerate(batch["tuple_id"].to_pylist())
            batch = batch.take(pa.array([place for place, number in numbers if number in tuples], pa.int64()))
        yield from batch.to_pylist()


def _imaging(person: int, row: Row, region: Callable[[str | None], str]) -> Imaging:
    asked: dt.date | None = row["request_date"]
    return Imaging(
        person=str(person),
        modality=row["modality"] or "",
        sub_modality=row["sub_modality"] or "",
        body_region=row["body_region"] or "",
        source=row["patient_source"] or "",
        tested=row["test_date"],
        days_waited=(row["test_date"] - asked).days if asked else None,
        area=region(row["lsoa"]),
    )


def _stay(person: int, row: Row) -> Stay:
    return Stay(str(person), tuple(_letters(row[f"diag_0{place}"])[:3] for place in range(1, 7)))


def _registration(person: int, row: Row) -> Registration:
    group = GROUP_OF_STAGE.get(row["stage"] or "", "")
    return Registration(str(person), _letters(row["site_icd10"])[:3], group, row["diagnosis_date"])


def _letters(code: str | None) -> str:
    return (code or "").upper().replace(".", "").replace("-", "")
