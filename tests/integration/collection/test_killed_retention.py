"""A removal of months past their retention period is killed at each step: it goes on, and the months are gone."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from tests.integration.collection.conftest import NOON
from tests.integration.collection.test_crashes import told_by

ANN, BEN, DAN, FAY = "9990000018", "9990000026", "9990000034", "9990000050"
DATES = ("request_date", "received_date", "test_date", "report_date")
DUE = NOON + dt.timedelta(days=28)


@pytest.mark.django_db(transaction=True)
def test_killed_it_goes_on_and_the_months_are_gone(tmp_path: Path, provider: Any, submitter: Any) -> None:
    told = told_by("retention_crashes", tmp_path)
    old, new = told["old"], told["new"]
    assert [row[2] for row in told["at first"]["then"]["rows"]] == [ANN, ANN, BEN, BEN, DAN]
    assert [row[2] for row in told["at first"]["now"]["rows"]] == [ANN, ANN, BEN, BEN]
    deaths = [name for name, one in told.items() if isinstance(one, dict) and one.get("killed")]
    assert deaths == ["a month taken out", "copied", "lists shortened"]
    for place, name in enumerate(deaths):
        seen = told[name]
        assert [row[2] for row in seen["now"]["rows"]] == ([ANN, ANN, BEN, BEN] if place < 1 else [BEN]), name
        assert [row[2] for row in seen["then"]["rows"]] == ([ANN, ANN, BEN, BEN, DAN] if place < 1 else [BEN, DAN]), (
            name
        )
        assert seen["now"]["whole"] and seen["then"]["whole"], name
    assert told["after"]["now"]["whole"] and told["after"]["then"]["whole"]
    left = told["left"]
    # Ben's former home stays with him, Dan's identifiers with the version that a run names, Fay's for 28 days more.
    assert left["names"] == [BEN, DAN, FAY] and left["tuples"] == 4
    assert left["months"] == [new] and not left["log"] and left["earliest"] == {"did": new}
    assert (told["state"], left["state"]) == ("done", "done")
    assert left["removed"] == {"did": {old: 3}} and left["identifiers"] == 2
    assert left["submissions"] == [[old, "expired"]] and left["reports"] == [new] * 5 and left["keys"] == 5
