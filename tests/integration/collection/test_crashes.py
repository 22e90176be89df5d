"""A collection that is killed at any stage leaves the old month, whole; the next one goes on from there."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from dars.organisations.public import Organisation

OLD = [["XA1", "XCHES"]] * 3 + [["XB2", "XCHES"]]
NEW = [["XA1", "CHEAD"]] * 5 + [["XB2", "XCHES"]]


def told_by(script: str, tmp_path: Path) -> dict[str, Any]:
    """What a script beside this file told, run on the test's database with a state folder of its own."""
    database = connection.settings_dict
    address = f"{database['HOST']}:{database['PORT']}/{database['NAME']}"
    environment = {
        **os.environ,
        "DATABASE_URL": f"postgres://{database['USER']}:{database['PASSWORD']}@{address}",
        "STATE": str(tmp_path / "state"),
        "DEVELOPMENT": "1",
        "PYTHONPATH": str(settings.BASE_DIR),
    }
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    done = subprocess.run(
        [sys.executable, "-m", f"tests.integration.collection.{script}", str(tmp_path)],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.django_db(transaction=True)
def test_a_kill_at_any_stage_leaves_the_month_whole(tmp_path: Path, provider: Organisation, submitter: Any) -> None:
    told = told_by("crashing", tmp_path)
    again = told.pop("worker again")
    assert all(one["whole"] and one["months"] == OLD and one["accepted"] == 2 for one in told.values()), told
    deaths = [name for name, one in told.items() if one.get("killed")]
    assert len(deaths) == 9, told
    assert again["months"] == NEW
    assert again["whole"]
    assert again["accepted"] == 2
    assert again["left"] == []
