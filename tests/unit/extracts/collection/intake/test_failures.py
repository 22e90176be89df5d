"""The report of what failed: one line a record and rule, and where the list was cut."""

import csv
from pathlib import Path

import numpy as np

from extracts.collection.intake import failures
from extracts.collection.intake.did import DID
from extracts.collection.intake.failures import Failures


def test_the_report_says_where_it_was_cut(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(failures, "MOST_LISTED", 3)
    many, few = DID.rules[0], DID.rules[1]
    found = Failures()
    found.add(many, np.array([2, 5]))
    found.add(few, np.array([4, 6, 8]))
    found.add(many, np.array([9, 11]))
    found.write(tmp_path / "report.csv", DID.layout.field_names("csv"))
    with (tmp_path / "report.csv").open(newline="") as report:
        lines = list(csv.DictReader(report))
    assert [line["row"] for line in lines] == ["2", "4", "5", "6", "8", "9", ""]
    assert (lines[-1]["rule"], lines[-1]["message"]) == (many.id, "4 records fail this rule; the first 3 are listed.")
