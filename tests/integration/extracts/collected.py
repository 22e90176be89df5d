"""What was collected, read row by row in plain Python: no SQL, no engine. For holding extracts against."""

import csv
import datetime as dt
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from deltalake import DeltaTable

from deploy.local.four_questions import Group, Imaging, Registration, Stay, answer
from extracts.collection import tables, vault
from extracts.collection.models import DataVersion

Row = dict[str, Any]

GROUP_OF_STAGE = {"1": "early", "2": "early", "3": "late", "4": "late"}
LUNG = ("C33", "C34")


class Collected:
    """The records of a data version with the people they belong to; `opted_out`: the numbers of those who objected."""

    def __init__(self, version: DataVersion, opted_out: set[str], periods: tuple[str, ...]) -> None:
        self._version, self._numbers, self._periods = version, opted_out, periods

    @cached_property
    def objectors(self) -> set[int]:
        """Everybody any of whose identifier tuples holds the number of an objector."""
        held = [row for name in self._version.tuple_files for row in pq.read_table(vault.path(name)).to_pylist()]
        tuples = {row["tuple_id"] for row in held if row["nhs_number"] in self._numbers}
        return {person for (_, number), person in self._person_of.items() if number in tuples}

    @cached_property
    def cohort(self) -> set[int]:
        """People with a registered lung cancer who did not object."""
        return {person for person, row in self.linked("cancer") if _letters(row["site_icd10"])[:3] in LUNG}

    def linked(self, dataset: str, *, objectors: bool = False) -> list[tuple[int, Row]]:
        """The records of people, with the person; of those who objected only if asked for."""
        found = []
        for row in self._rows(dataset, self._table_versions[dataset]):
            person = self._person_of.get((dataset, row["tuple_id"]))
            if row["period"] in self._periods and person is not None and (person in self.objectors) == objectors:
                found.append((person, row))
        return found

    def of_cohort(self, dataset: str) -> list[tuple[int, Row]]:
        """What an extract for the cohort must hold of a dataset, no more and no less."""
        return [(person, row) for person, row in self.linked(dataset) if person in self.cohort]

    def four_answers(self) -> dict[str, Group]:
        """The four questions, from the records themselves."""
        region = {row["lsoa"]: row["region"] for row in self._rows("geography", self._reference["geography"])}
        return answer(
            [_imaging(person, row, lambda lsoa: region.get(lsoa) or "") for person, row in self.of_cohort("did")],
            [_stay(person, row) for person, row in self.of_cohort("hes_apc")],
            [_registration(person, row) for person, row in self.of_cohort("cancer")],
        )

    @cached_property
    def _person_of(self) -> dict[tuple[str, int], int]:
        links = pq.read_table(vault.path(self._version.person_map)).to_pylist()
        return {(row["dataset"], row["tuple_id"]): row["person_id"] for row in links}

    @property
    def _table_versions(self) -> dict[str, int]:
        return self._version.versions

    @property
    def _reference(self) -> dict[str, int]:
        return self._version.reference_version.tables

    @staticmethod
    def _rows(name: str, version: int) -> list[Row]:
        return DeltaTable(tables.path(name), version=version).to_pyarrow_table().to_pylist()


def numbers_in(list_of_opt_outs: Path) -> set[str]:
    """The NHS numbers of the dataset's own list."""
    with list_of_opt_outs.open(newline="") as file:
        return {row["NHS_NUMBER"] for row in csv.DictReader(file)}


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
