"""Spoiled files: refused with a reason, or taken in with every record counted; nothing else, and no value shown."""

import os
from pathlib import Path

import pytest

from extracts.collection.intake.refused import REFUSALS, Refused
from tests.unit.extracts.collection.samples import csv_text, several, taken_in, xml_text
from tests.unit.extracts.fuzzing import spoiled

COUNT = int(os.environ.get("FUZZ") or 150)
FIRST = int(os.environ.get("FUZZ_FIRST") or 0)
RECORDS = several(*({"postcode": f"QA{place} 2BC"} for place in range(12)))
SOUND = {"csv": csv_text(RECORDS).encode(), "xml": xml_text(RECORDS).encode()}
SENTINEL = "9990000018"


@pytest.mark.parametrize("form", SOUND)
def test_spoiled_files_are_refused_or_counted(form: str, tmp_path: Path) -> None:
    taken = 0
    for number in range(FIRST, FIRST + COUNT):
        folder = tmp_path / str(number)
        folder.mkdir()
        try:
            intake = taken_in(folder, spoiled(SOUND[form], number))
        except Refused as refused:
            assert refused.rule in REFUSALS, number
            assert SENTINEL not in refused.message, number
        else:
            taken += 1
            assert 0 < intake.rows_kept <= intake.rows_read, number
    assert 0 < taken < COUNT
