"""What was released can be made again, byte for byte, whatever came since; and it is said why where it can't."""

import json
import os
import shutil
import time
from copy import deepcopy
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from dars.audit.models import AuditEvent, AuditPayload
from extracts.collection import tables
from extracts.collection.models import DataVersion, DirectOptOut
from extracts.engine import packaging
from extracts.engine.plan import PERSON
from extracts.production import digests, reproducing, services, staging, work
from extracts.production.keys import agreement_key
from extracts.production.models import RowDigests, Run
from extracts.production.public import staged
from tests.integration.production import world

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def once(module_rows: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, world.FilesOfRuns]:
    """A run that was written, which most of these tests begin with, and its files."""
    world.collected()
    return written(world.agreed()), world.FilesOfRuns(tmp_path_factory.mktemp("written"))


@pytest.fixture
def run(db: None, once: tuple[Run, world.FilesOfRuns]) -> Run:
    run, files = once
    files.put_back()
    return deepcopy(run)


@pytest.fixture
def own_files(run: Run, settings: Any, tmp_path: Path) -> None:
    """Tables and vault of the test's own, from which it may erase."""
    for name in ("DATA_ROOT", "VAULT_ROOT", "STAGING_ROOT"):
        shutil.copytree(getattr(settings, name), tmp_path / name)
        setattr(settings, name, tmp_path / name)
    settings.UPLOAD_ROOT = tmp_path / "uploads"


def written(case: world.Case) -> Run:
    run = services.queue_run(agreement_id=case.agreement.pk)
    work.work(run.pk)
    services.want(agreement_id=case.agreement.pk)
    work.work(run.pk)
    return Run.objects.get(pk=run.pk)


def reproduce(run: Run, *arguments: object) -> str:
    out = StringIO()
    call_command("reproduce", str(run.pk), *map(str, arguments), stdout=out)
    return out.getvalue()


def what_is_aside() -> list[str]:
    return [path.name for path in settings.STAGING_ROOT.iterdir() if path.name.startswith("reproduced")]


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_the_same_files_at_any_number_of_threads(run: Run, threads: int) -> None:
    said = reproduce(run, "--threads", threads)
    assert said.count("identical ") == len(run.files) and "differs" not in said
    assert f"Identical: run {run.pk}, {len(run.files)} files." in said
    assert what_is_aside() == []


def test_later_data_and_later_opt_outs_change_nothing_of_it(run: Run) -> None:
    world.opts_out()
    now = DataVersion.objects.get()
    now.pk, now.label, now.versions = None, "v000002", {}
    now.save(force_insert=True)
    assert reproducing.reproduce(run).identical


def test_the_package_s_own_manifest_is_known_and_another_refused(run: Run, tmp_path: Path) -> None:
    manifest = next(file.path for file in staged(run.pk).files if file.name == "manifest.json")
    assert "Identical" in reproduce(run, "--manifest", manifest)
    other = tmp_path / "manifest.json"
    other.write_bytes(manifest.read_bytes().replace(b'"rows":', b'"rows": '))
    with pytest.raises(CommandError, match="This manifest is not the run's"):
        reproduce(run, "--manifest", other)
    with pytest.raises(CommandError, match="can't be read"):
        reproduce(run, "--manifest", tmp_path / "absent")


def test_files_that_come_out_otherwise_are_named_with_what_may_explain_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = next(file.path for file in staged(run.pk).files if file.name == "manifest.json").read_bytes()
    run.files[0]["sha256"] = "0" * 64
    found = reproducing.reproduce(run, manifest=manifest)
    assert found.differing == (run.files[0]["name"],)
    assert found.reason == "The data are not what they were."
    monkeypatch.setattr(
        reproducing, "software_versions", lambda *more: packaging.software_versions() | {"duckdb": "0.1"}
    )
    then = json.loads(manifest)["software"]["duckdb"]
    assert f"duckdb {then}, now 0.1" in reproducing.reproduce(run, manifest=manifest).reason


def test_data_that_are_gone_are_a_reason_without_any_value(run: Run, tmp_path: Path) -> None:
    table = tables.path("cancer")
    shutil.move(table, tmp_path / "cancer")
    try:
        with pytest.raises(CommandError, match=f"Not the same: {len(run.files)} of {len(run.files)} files") as refused:
            reproduce(run)
    finally:
        shutil.move(tmp_path / "cancer", table)
    assert world.SENTINEL not in str(refused.value) and str(tmp_path) not in str(refused.value)
    assert what_is_aside() == []


def opt_out_and_erase(run: Run | None) -> None:
    """Person 1 opts out and is erased; a run that was released before stays what it is."""
    if run is not None:
        Run.objects.filter(pk=run.pk).update(state="released", staged="")
        staging.tidy(run.pk)
    if not DirectOptOut.objects.exists():
        world.opts_out()
    call_command("erase", stdout=StringIO())


def test_rows_of_the_erased_are_missing_and_the_others_the_same(own_files: None, run: Run) -> None:
    code = agreement_key(run.keyed_as).person_codes(np.array([1]))[0].as_py()
    plain = [pq.read_table(file.path)[PERSON].to_pylist() for file in staged(run.pk).files if "parquet" in file.name]
    theirs = sum(people.count(code) for people in plain)
    rows = sum({file["table"]: file["rows"] for file in run.files}.values())
    assert theirs > 1
    opt_out_and_erase(run)
    said = reproduce(run)
    assert (
        f"Identical except {theirs} erased rows: the other {rows - theirs} rows of run {run.pk} are the same." in said
    )
    payload = AuditPayload.objects.get(event__kind="run.reproduced").payload
    assert payload["erased"] == theirs and payload["differ"] > 0
    file = digests.of(run)[1]
    RowDigests.objects.update(key=bytes(32))
    with pytest.raises(CommandError, match=f"{rows} rows are missing, and {rows - theirs} were not there before"):
        reproduce(run)
    digests.destroy(agreement_id=run.agreement_id)
    assert not RowDigests.objects.exists()
    digests.sweep()
    assert file.exists(), "it could be that of a run that is being written"
    an_age_ago = time.time() - 24 * 60 * 60
    os.utime(file, (an_age_ago, an_age_ago))
    digests.sweep()
    assert not file.exists()
    with pytest.raises(CommandError, match="what the rows could be compared by is destroyed"):
        reproduce(run)


def test_who_was_left_out_before_the_release_is_erased_without_a_trace(own_files: None, run: Run) -> None:
    services.purge(agreement_id=run.agreement_id)  # as if it had never been written
    staging.tidy()
    world.opts_out()
    run = written(world.agreed("U02"))
    opt_out_and_erase(run)
    assert f"Identical: run {run.pk}, {len(run.files)} files." in reproduce(run)


def test_a_run_without_files_has_nothing_to_show() -> None:
    case = world.agreed("U02")
    run = services.queue_run(agreement_id=case.agreement.pk)
    with pytest.raises(CommandError, match="has written no files"):
        reproduce(run)
    with pytest.raises(CommandError, match="There is no run 0"):
        call_command("reproduce", "0")


def test_it_is_in_the_audit_trail_with_the_opening_of_the_vault(run: Run) -> None:
    reproducing.reproduce(run)
    event = AuditEvent.objects.get(kind="run.reproduced")
    assert (event.subject, event.case) == (f"run:{run.pk}", run.application_reference)
    assert AuditPayload.objects.get(event=event).payload == {"identical": len(run.files), "differ": 0, "erased": 0}
    opened = AuditPayload.objects.filter(event__kind="vault.opened", payload__purpose="reproduction")
    assert [one.payload["what"] for one in opened] == ["opt_outs"]


def test_what_a_crash_left_is_swept_and_what_is_in_use_is_not() -> None:
    left = settings.STAGING_ROOT / "reproduced-0123456789abcdef"
    left.mkdir(parents=True)
    with staging.aside() as busy:
        staging.tidy()
        assert busy.is_dir() and not left.exists()
    assert not busy.exists()
