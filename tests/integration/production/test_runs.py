"""A run through the real engine: prepared on approval, written when the agreement is in force, once, or not at all."""

import datetime as dt
import hashlib
import json
from copy import deepcopy

import pyarrow.parquet as pq
import pytest
from django.conf import settings

from dars.audit.models import AuditEvent
from dars.core import clock
from dars.core.errors import NotAllowed, WrongState
from dars.core.models import OutboxEvent
from dars.core.roles import Role
from extracts.collection import opt_outs
from extracts.engine import checks
from extracts.production import presenters, services, services_people, work
from extracts.production.models import Run
from extracts.production.public import mark_released, staged
from tests.integration.production import world

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def once(module_rows: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[world.Case, world.FilesOfRuns]:
    """An agreement whose run is prepared, with which these tests begin."""
    world.collected()
    case = world.agreed()
    work.work(services.queue_run(agreement_id=case.agreement.pk).pk)
    return case, world.FilesOfRuns(tmp_path_factory.mktemp("prepared"))


@pytest.fixture
def case(db: None, once: tuple[world.Case, world.FilesOfRuns]) -> world.Case:
    case, files = once
    files.put_back()
    return deepcopy(case)


def prepared(case: world.Case) -> Run:
    return Run.objects.get(agreement=case.agreement)


def written(case: world.Case) -> Run:
    services.want(agreement_id=case.agreement.pk)
    work.work(prepared(case).pk)
    return prepared(case)


def plain_files() -> list[str]:
    root = settings.STAGING_ROOT / "runs"
    return sorted(path.name for path in root.rglob("*") if path.is_file()) if root.is_dir() else []


def kinds(run: Run) -> list[str]:
    return list(AuditEvent.objects.filter(subject=f"run:{run.pk}").order_by("at", "id").values_list("kind", flat=True))


def test_preparing_counts_and_leaves_no_file(case: world.Case) -> None:
    run = prepared(case)
    assert (run.state, run.percent, run.attempts, run.lease_until) == ("prepared", 100, 1, None)
    assert (run.data_version, run.opt_out_version) == ("v000001", "")
    assert run.measure["tables"]["did"]["people"] == world.WITH_LUNG_CANCER
    assert run.measure["k_anonymity"]["smallest"] >= 1
    assert plain_files() == []
    work.work(run.pk)
    assert Run.objects.get(pk=run.pk).state == "prepared"
    assert kinds(run) == ["run.queued", "run.started", "run.prepared"]


def test_writing_leaves_checked_files_of_exactly_the_approved_tables(case: world.Case) -> None:
    run = written(case)
    assert run.state == "written" and all(check["passed"] for check in run.checks) and len(run.checks) >= 10
    assert {check["name"] for check in run.checks} == set(presenters.CHECKS)
    left = staged(run.pk)
    data = [f"{table}.{form}" for table in ("did", "hes_apc", "cancer") for form in ("csv.zst", "parquet")]
    assert sorted(file.name for file in left.files) == sorted(
        [*data, "manifest.json", "data-dictionary.json", "README.txt"]
    )
    assert sorted(plain_files()) == sorted(file.name for file in left.files)
    for file in left.files:
        assert hashlib.sha256(file.path.read_bytes()).hexdigest() == file.sha256
        assert file.path.stat().st_mode & 0o777 == 0o600 and file.size == file.path.stat().st_size
    rows = pq.read_table(next(file.path for file in left.files if file.name == "did.parquet"))
    assert len(set(rows["person"].to_pylist())) == world.WITH_LUNG_CANCER
    manifest = json.loads(next(file.path for file in left.files if file.name == "manifest.json").read_bytes())
    assert (manifest["spec_sha256"], manifest["data_version"]) == (run.spec_sha256, "v000001")
    assert manifest["opt_out_version"] == run.opt_out_version != ""
    work.work(run.pk)
    assert Run.objects.get(pk=run.pk).attempts == 1


def test_an_opt_out_after_preparing_counts(case: world.Case) -> None:
    run = prepared(case)
    officer = world.person(Role.OPT_OUT_OFFICER)
    opt_outs.record(nhs_number=world.SENTINEL, received_on=clock.today(), channel="letter", by=officer)
    services.want(agreement_id=case.agreement.pk)
    work.work(run.pk)
    rows = pq.read_table(next(file.path for file in staged(run.pk).files if file.name == "did.parquet"))
    assert len(set(rows["person"].to_pylist())) == world.WITH_LUNG_CANCER - 1


def test_an_agreement_that_is_not_in_force_stops_the_writing_at_its_start(case: world.Case) -> None:
    run = prepared(case)
    services.want(agreement_id=case.agreement.pk)
    case.set(state="suspended", state_reason="breach")
    work.work(run.pk)
    run.refresh_from_db()
    assert (run.state, run.failure_code) == ("failed", "agreement_not_live")
    assert "suspended" in run.failure and plain_files() == []


def test_and_at_its_end(case: world.Case, monkeypatch: pytest.MonkeyPatch) -> None:
    run = prepared(case)
    services.want(agreement_id=case.agreement.pk)
    verify = checks.verify

    def suspend_meanwhile(*args):
        case.set(state="suspended", state_reason="breach")
        return verify(*args)

    monkeypatch.setattr(checks, "verify", suspend_meanwhile)
    work.work(run.pk)
    run.refresh_from_db()
    assert (run.state, run.failure_code, run.staged) == ("failed", "agreement_not_live", "")
    work.sweep()
    assert plain_files() == []


def test_a_check_that_fails_is_named_and_releases_nothing(case: world.Case, monkeypatch: pytest.MonkeyPatch) -> None:
    run = prepared(case)
    services.want(agreement_id=case.agreement.pk)
    faults = [checks.Check("readable", True, "passed"), checks.Check("opt-outs", False, "did: 3 rows")]
    monkeypatch.setattr(checks, "verify", lambda *args: faults)
    work.work(run.pk)
    run.refresh_from_db()
    assert (run.state, run.failure_code, run.failure) == ("failed", "opt-outs", "did: 3 rows")
    assert [check["passed"] for check in run.checks] == [True, False]
    work.sweep()
    assert plain_files() == []
    assert OutboxEvent.objects.filter(topic="run.failed").count() == 1
    assert not OutboxEvent.objects.filter(topic="run.written").exists()


def test_only_those_who_manage_runs_start_a_failed_one_again(case: world.Case) -> None:
    run = prepared(case)
    services.want(agreement_id=case.agreement.pk)
    case.set(state="suspended", state_reason="breach")
    work.work(run.pk)
    with pytest.raises(NotAllowed):
        services_people.retry(run_id=run.pk, by=case.recipient)
    with pytest.raises(NotAllowed):
        services_people.retry(run_id=run.pk, by=world.person(Role.AUDITOR))
    case.set(state="in_force", state_reason="")
    staff = world.person(Role.PRODUCTION_STAFF)
    assert services_people.retry(run_id=run.pk, by=staff).state == "prepared"
    with pytest.raises(WrongState):
        services_people.retry(run_id=run.pk, by=staff)
    work.work(run.pk)
    run.refresh_from_db()
    assert (run.state, run.failure_code) == ("written", "")


def test_more_reasons_than_the_row_has_room_for_still_fail_the_run(
    case: world.Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = prepared(case)
    services.want(agreement_id=case.agreement.pk)
    monkeypatch.setattr(checks, "verify", lambda *args: [checks.Check("values", False, "did: 3 values; " * 100)])
    work.work(run.pk)
    run.refresh_from_db()
    assert (run.state, run.failure_code, len(run.failure)) == ("failed", "values", 600)


def test_purging_leaves_nothing_and_lifting_the_suspension_makes_the_same_bytes_anew(
    case: world.Case, django_capture_on_commit_callbacks
) -> None:
    run = written(case)
    first = {file.name: file.sha256 for file in staged(run.pk).files}
    with django_capture_on_commit_callbacks(execute=True):
        services.purge(agreement_id=case.agreement.pk)
    run.refresh_from_db()
    assert (run.state, run.staged, run.files, plain_files()) == ("purged", "", [], [])
    with pytest.raises(WrongState):
        staged(run.pk)
    services.want(agreement_id=case.agreement.pk)
    work.work(run.pk)
    work.work(run.pk)
    run.refresh_from_db()
    assert Run.objects.count() == 1
    assert {file.name: file.sha256 for file in staged(run.pk).files} == first


def test_what_is_released_is_wiped_and_stays_released(case: world.Case, django_capture_on_commit_callbacks) -> None:
    run = written(case)
    with pytest.raises(WrongState):
        mark_released(run_id=run.pk)  # nobody has looked yet
    world.cleared(run.pk)
    with django_capture_on_commit_callbacks(execute=True):
        mark_released(run_id=run.pk)
    run.refresh_from_db()
    assert run.state == "released" and plain_files() == []
    services.purge(agreement_id=case.agreement.pk)
    services.want(agreement_id=case.agreement.pk)
    assert Run.objects.get().state == "released"


def test_an_agreement_over_for_good_is_not_written(case: world.Case, monkeypatch: pytest.MonkeyPatch) -> None:
    run = prepared(case)
    services.want(agreement_id=case.agreement.pk)
    later = clock.now() + world.YEAR + dt.timedelta(days=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    work.work(run.pk)
    run.refresh_from_db()
    assert run.failure_code == "agreement_not_live" and "expired" in run.failure
