"""An erasure is killed at any step: it goes on, and leaves nothing."""

from pathlib import Path
from typing import Any

import pytest

from tests.integration.collection.test_crashes import told_by

ANN, BEN = "9990000018", "9990000026"
HERS = ["XA1", "XCHES", ANN]
AT_HOME = ["XB2", "XCHES", None]
BENS = ["XA1", "XCHES", BEN]
BEN_AT_B = ["XB2", "XCHES", BEN]


@pytest.mark.django_db(transaction=True)
def test_killed_at_any_step_it_goes_on_and_leaves_nothing(tmp_path: Path, provider: Any, submitter: Any) -> None:
    told = told_by("erasing_crashes", tmp_path)
    before = told.pop("at first")
    bens = ["XA1", "CHEAD", BEN]
    assert before["then"]["rows"] == [HERS, HERS, BENS, BEN_AT_B, AT_HOME]
    assert before["now"]["rows"] == [bens, HERS, BEN_AT_B, AT_HOME]
    deaths = {name: one for name, one in told.items() if isinstance(one, dict) and "killed" in one}
    assert len(deaths) == 6 and all(one["killed"] for one in deaths.values()), told
    erased_then, erased_now = [BENS, BEN_AT_B], [bens, BEN_AT_B]
    for name, one in deaths.items():
        place = list(deaths).index(name)
        assert one["now"]["rows"] == (erased_now if place >= 1 else before["now"]["rows"]), name
        assert one["then"]["rows"] == (erased_then if place >= 2 else before["then"]["rows"]), name
        assert one["now"]["whole"] and one["then"]["whole"], name
    assert told["state"] == "done"
    after = told["after"]
    assert after["left"] == [] and after["middle is gone"] and after["highest"] and after["numbers"] == ""
    assert len(after["logs"]) == 1
    assert after["searched"]["tables"] >= 2 and after["searched"]["logs"] >= 2 and after["searched"]["vault"] >= 3
    again = told["her records come in again"]
    assert again["now"]["rows"] == again["then"]["rows"] == erased_then
    assert told["left then"] == []
    assert told["opted in"]["rows"] == [HERS, HERS, BENS, BEN_AT_B]
    assert told["new numbers"]
