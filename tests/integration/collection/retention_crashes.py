"""Run by test_killed_retention: kills a removal of what is past its period, and tells as JSON what readers saw."""

import json
import os
import signal
from collections.abc import Callable

from tests.integration.collection.crashing import FOLDER, after, before, child

# isort: split
import duckdb
from django.conf import settings

from dars.core import clock
from extracts.collection import bulk, erasing, retention, retention_services, tables, vault, versions
from extracts.collection.bulk import Source
from extracts.collection.intake.did import DID
from extracts.collection.models import DataVersion, Erasure, Submission
from extracts.collection.retention_rules import NOTICE
from extracts.collection.versions import Holder
from tests.integration.collection.erasing_crashes import both, dies_at, go_on
from tests.unit.extracts.collection.samples import csv_text, several

OLD, NEW = f"{clock.today().year - 2}-04", f"{clock.today().year - 1}-12"
DAYS = {"request_date": "01", "received_date": "02", "test_date": "09", "report_date": "12"}
ANN, BEN, DAN, EVE, FAY = "9990000018", "9990000026", "9990000034", "9990000042", "9990000050"
MOVED = {"nhs_number": BEN, "postcode": "QA9 9ZZ"}


def _dated(period: str, place: int, change: dict[str, str]) -> dict[str, str]:
    dates = {name: f"{period}-{day}" for name, day in DAYS.items()}
    return dates | {"accession_number": f"{period} {place}"} | change


def collected(**months: list[dict[str, str]]) -> int:
    """The data version that holds them."""
    sources = []
    for name, changes in months.items():
        period = {"old": OLD, "new": NEW}[name]
        path = FOLDER / f"{name}.csv"
        path.write_text(csv_text(several(*(_dated(period, *one) for one in enumerate(changes)))))
        sources.append(Source(DID, "XA1", period, path))
    bulk.collect(sources)
    return DataVersion.objects.latest().pk


STAGES: dict[str, Callable[[], None]] = {
    "a month taken out": lambda: after(tables, "replace"),
    "copied": dies_at("copied"),
    "lists shortened": lambda: before(erasing, "_clear"),
}


def announced() -> None:
    retention.announce()


def begun() -> None:
    Erasure.objects.update(due_at=clock.now() - NOTICE)
    retention_services.begin_due()


def left() -> dict[str, object]:
    """Whose numbers any file of the vault holds, the months that any file or log of the table names, and the rest."""
    names, months = set(), set()
    for file in (settings.VAULT_ROOT / "tuples").iterdir():
        names |= {row[0] for row in duckdb.execute("SELECT nhs_number FROM read_parquet(?)", [str(file)]).fetchall()}
    folder = tables.path("did")
    months = {tables.period_of(file) for file in folder.rglob("*.parquet") if "_delta_log" not in file.parts}
    adds = [line for log in folder.rglob("*.json") for line in log.read_text().splitlines() if '"add"' in line]
    erasure = Erasure.objects.get()
    version = DataVersion.objects.latest()
    used = {
        row[0]
        for row in duckdb.execute("SELECT tuple_id FROM read_parquet(?)", [vault.paths(version.tuple_files)]).fetchall()
    }
    return {
        "names": sorted(names),
        "tuples": len(used),
        "months": sorted(months),
        "log": any(OLD in line for line in adds),
        "state": erasure.state,
        "removed": erasure.removed,
        "identifiers": erasure.identifiers,
        "earliest": erasure.earliest,
        "submissions": sorted(Submission.objects.filter(keys="").values_list("period", "state").distinct()),
        "keys": len(list((settings.DATA_ROOT / "keys").iterdir())),
        "reports": [one.period for one in Submission.objects.all() if report(one.pk)],
    }


def report(pk: int) -> bool:
    return (settings.STATE_ROOT / "reports" / f"{pk}.csv").exists()


def main() -> dict[str, object]:
    told: dict[str, object] = {"old": OLD, "new": NEW}
    ann, ben, dan = {"nhs_number": ANN}, {"nhs_number": BEN}, {"nhs_number": DAN}
    first = child(lambda: collected(old=[ann, ann, ben], new=[MOVED, dan]))[1]
    child(lambda: collected(new=[MOVED, {"nhs_number": EVE}]))
    child(lambda: collected(new=[MOVED]))
    versions.register_holder(Holder(pinned=lambda: {first}, renew=lambda first_kept: 0))
    settings.RETENTION_YEARS = {"did": 1}
    child(announced)
    child(lambda: collected(new=[MOVED, {"nhs_number": FAY}]))
    child(lambda: collected(new=[MOVED]))
    child(begun)
    told["at first"] = child(lambda: both(first))[1]
    for name, stage in STAGES.items():
        status, _ = child(lambda stage=stage: go_on(stage))
        told[name] = {"killed": os.WTERMSIG(status) == signal.SIGKILL, **child(lambda: both(first))[1]}
    told["state"] = child(lambda: go_on(None))[1]
    told["after"] = child(lambda: both(first))[1]
    told["left"] = child(left)[1]
    return told


if __name__ == "__main__":
    print(json.dumps(main()))
