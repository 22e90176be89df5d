"""A whole run by a real worker on a Spark cluster, from the queue to the released package; DuckDB makes the same."""

import hashlib
import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyrage
import pytest
from django.conf import settings

from dars.audit.models import AuditEvent
from dars.core.secrets import secret
from extracts.catalogue.public import ExtractSpec
from extracts.delivery.models import Package
from extracts.production import reproducing, services
from extracts.production.models import Run
from extracts.production.runners import SECRET
from extracts.production.staging import Room
from extracts.production.workbench import Workbench
from tests.faults.workers import beat_until, working
from tests.foreign.plans import SMALL
from tests.foreign.standalone import DRIVER, Standalone, standalone
from tests.integration.production import world

# For tables of a few rows, in two parts so that both workers have something to do.
SETTINGS = DRIVER | SMALL | {"spark.sql.shuffle.partitions": "2"}

PATIENCE = 600  # seconds: a slow machine starts Spark for a minute

pytestmark = [pytest.mark.needs("java"), pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cluster(tmp_path: Path):
    with standalone(tmp_path / "cluster", secret(SECRET).hex()) as found:
        yield found


@pytest.fixture
def worker(cluster: Standalone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A worker whose settings name the cluster, as a deployment's do."""
    own = tmp_path / "driver"
    own.mkdir()
    (own / "spark-defaults.conf").write_text("".join(f"{name} {value}\n" for name, value in SETTINGS.items()))
    named = {"EXTRACT_RUNNER": "spark", "SPARK_MASTER": cluster.master, "SPARK_CONF_DIR": str(own)}
    with working(monkeypatch, 1, **named) as (found,):
        yield found
    for root in (settings.STAGING_ROOT / "runs", settings.DELIVERY_ROOT):
        shutil.rmtree(root, ignore_errors=True)


def at(run: Run, state: str) -> Run:
    """Lets the system go on until the run is there or has failed."""
    beat_until(lambda: Run.objects.get(pk=run.pk).state in (state, "failed"), PATIENCE)
    run.refresh_from_db()
    assert (run.state, run.failure) == (state, "")
    return run


def by_duckdb(run: Run, folder: Path) -> tuple[dict[str, Any], dict[str, tuple]]:
    """The same run's counts and data files, made in this process."""
    room = Room(run.pk, 0, folder / "files", folder / "spill")
    for place in (folder, room.files, room.spill):
        place.mkdir()
    bench = Workbench.again(run, ExtractSpec.from_json(run.spec_json), room)
    written = bench.write()
    return asdict(bench.measure()), {file.name: (file.rows, file.sha256) for file in written.files}


def test_a_run_on_spark_is_released_as_duckdb_would_have_made_it(worker, cluster: Standalone, tmp_path: Path) -> None:
    world.collected()
    case = world.agreed()
    world.register_key(public_key=case.public_key, by=case.recipient)
    run = at(services.queue_run(agreement_id=case.agreement.pk), "prepared")
    counted = run.measure

    services.want(agreement_id=case.agreement.pk)
    run = at(run, "written")
    on_spark = {entry["name"]: (entry["rows"], entry["sha256"]) for entry in run.files if entry["table"]}
    measured, expected = by_duckdb(run, tmp_path / "by-duckdb")
    assert on_spark == expected
    assert min(rows for rows, _ in expected.values()) >= world.WITH_LUNG_CANCER
    assert counted == run.measure == json.loads(json.dumps(measured))
    assert all(check["passed"] for check in run.checks)
    assert reproducing.reproduce(run).differing == ()

    world.cleared(run.pk)
    run = at(run, "released")
    package = Package.objects.get(run=run)
    opened = {}
    for file in package.files.all():
        sealed = (settings.DELIVERY_ROOT / str(package.uuid) / package.folder / file.name).read_bytes()
        opened[file.name.removesuffix(".age")] = hashlib.sha256(pyrage.decrypt(sealed, [case.identity])).hexdigest()
    assert opened == {entry["name"]: entry["sha256"] for entry in run.files}
    assert AuditEvent.objects.filter(kind="file.released").count() == 1

    # It was the cluster that counted, wrote, and counted again.
    assert (cluster.folder / "0.log").read_text().count("Registering app extract") >= 3
    left = [path for path in cluster.folder.rglob("*") if path.is_file()]
    assert not [path for path in left if world.SENTINEL.encode() in path.read_bytes()]
