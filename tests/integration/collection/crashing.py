"""Run by test_crashes: kills a collection at each stage, and tells as JSON what readers saw after each death.

Every act runs in a child of its own. This process itself touches no Delta table, since its runtime survives no fork.
"""

# ruff: noqa: E402 — Django has to be set up first

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "dars.config.settings"

import django

django.setup()

import numpy.ma  # noqa: F401 - this and the next: else every child would load them for itself
import pyarrow.dataset  # noqa: F401
from django.db import connection

from dars.accounts.public import User
from dars.organisations.public import Organisation
from extracts.collection import bulk, folders, people, services, tables, vault, work, writing
from extracts.collection.bulk import Source
from extracts.collection.intake.did import DID
from extracts.collection.models import DataVersion, Submission
from tests.integration.collection.conftest import rows
from tests.unit.extracts.collection.samples import csv_text, several

FOLDER = Path(sys.argv[1])
OLD = several({}, {}, {})
NEW = several(*({"nicip": "CHEAD", "snomed": "", "nhs_number": "9990000026"} for _ in range(5)))
ELSEWHERE = several({"site": "XB201"})


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def before(owner: object, name: str) -> None:
    setattr(owner, name, lambda *args, **kwargs: die())


def after(owner: object, name: str) -> None:
    act = getattr(owner, name)

    def dying(*args, **kwargs):
        act(*args, **kwargs)
        die()

    setattr(owner, name, dying)


STAGES: dict[str, Callable[[], None]] = {
    "checked": lambda: before(bulk, "_accept"),
    "tuples assigned": lambda: after(vault.Session, "assign"),
    "writing": lambda: after(writing.Writer, "write"),  # the first of two files is there
    "table written": lambda: after(tables, "replace"),
    "tuples written": lambda: after(vault.Session, "publish"),
    "people resolved": lambda: after(people, "resolve"),
    "version made": lambda: before(services, "mark_accepted"),
    "submissions marked": lambda: after(services, "mark_accepted"),
}


def child(act: Callable[[], object]) -> tuple[int, object]:
    """Runs the act in a forked process; its exit status, and what it returned."""
    reading, telling = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        connection.connection = None  # the parent's; closing it here would end the parent's session
        result = act()
        os.write(telling, json.dumps(result).encode())
        os._exit(0)
    os.close(telling)
    with os.fdopen(reading, "rb") as pipe:
        content = pipe.read()
    _, status = os.waitpid(pid, 0)
    return status, json.loads(content) if content else None


def collect(*months: tuple[str, list[dict[str, str]]]) -> None:
    sources = []
    for provider, records in months:
        path = FOLDER / f"{provider}.csv"
        path.write_text(csv_text(records))
        sources.append(Source(DID, provider, "2026-04", path))
    bulk.collect(sources)


def killed(stage: Callable[[], None]) -> None:
    stage()
    collect(("XA1", NEW))


def seen() -> dict[str, object]:
    """What a reader finds, and whether all of it hangs together."""
    version = DataVersion.objects.latest()
    known = {row[0] for row in rows_of_tuples(version)}
    used = {row[0] for row in rows("did", "tuple_id")}
    mapped = {row[0] for row in rows("person_map", "tuple_id")}
    accepted = Submission.objects.filter(state="accepted")
    return {
        "months": [list(row) for row in rows("did", "provider, nicip")],
        "whole": used <= known and used <= mapped,
        "accepted": accepted.count(),
        "states": sorted(Submission.objects.values_list("state", flat=True)),
    }


def rows_of_tuples(version: DataVersion) -> list[tuple]:
    import duckdb

    return duckdb.execute("SELECT tuple_id FROM read_parquet(?)", [vault.paths(version.tuple_files)]).fetchall()


def receive() -> int:
    submission = services.receive(
        provider=Organisation.objects.get(code="XA1"),
        period="2026-04",
        chunks=[csv_text(NEW).encode()],
        by=User.objects.get(),
    )
    return submission.pk


def work_killed(submission_id: int) -> None:
    after(tables, "replace")
    work.process(submission_id)


def work_again(submission_id: int) -> list[str]:
    Submission.objects.filter(pk=submission_id).update(lease_until="2026-01-01T00:00Z")  # as if its time had passed
    work.process(submission_id)
    work.process(submission_id)
    work.sweep()
    return [path.name for root in ("UPLOAD_ROOT", "STAGING_ROOT") for path in getattr(folders.settings, root).iterdir()]


def main() -> dict[str, object]:
    told: dict[str, object] = {}
    child(lambda: collect(("XA1", OLD), ("XB2", ELSEWHERE)))
    told["at first"] = child(seen)[1]
    for name, stage in STAGES.items():
        status, _ = child(lambda stage=stage: killed(stage))
        told[name] = {"killed": os.WTERMSIG(status) == signal.SIGKILL, **child(seen)[1]}
    child(lambda: collect(("XB2", ELSEWHERE)))
    told["another's month collected"] = child(seen)[1]
    _, submission_id = child(receive)
    status, _ = child(lambda: work_killed(submission_id))
    told["worker killed"] = {"killed": os.WTERMSIG(status) == signal.SIGKILL, **child(seen)[1]}
    _, left = child(lambda: work_again(submission_id))
    told["worker again"] = {"left": left, **child(seen)[1]}
    return told


if __name__ == "__main__":
    print(json.dumps(main()))
