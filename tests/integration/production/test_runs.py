"""A run through the real engine: prepared on approval, written when the agreement is in force, once, or not at all."""

import datetime as dt
import hashlib
import json
import logging
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from django.conf import settings

from dars.audit.models import AuditEvent, AuditPayload
from dars.core import clock
from dars.core.errors import NotAllowed, WrongState
from dars.core.models import OutboxEvent
from dars.core.roles import Role
from extracts.collection import opt_out_lists, opt_outs
from extracts.engine import checks
from extracts.production import presenters, services, services_people, work
from extracts.production.models import Run
from extracts.production.public import mark_released, staged
from tests.integration.production import world

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("collected")]


@pytest.fixture
def case() -> world.Case:
    return world.agreed()


def prepared(case: world.Case) -> Run:
    run = services.queue_run(agreement_id=case.agreement.pk)
    work.work(run.pk)
    return Run.objects.get(pk=run.pk)


def written(case: world.Case) -> Run:
    run = prepared(case)
    services.want(agreement_id=case.agreement.pk)
    work.work(run.pk)
    return Run.objects.get(pk=run.pk)


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


def test_a_missing_list_of_opt_outs_fails_closed_and_so_does_one_that_is_too_old(tmp_path: Path) -> None:
    case = world.agreed(basis="s251")
    run = prepared(case)
    assert (run.state, run.failure_code) == ("failed", "opt_out_list")
    assert "national opt-out list" in run.failure
    (tmp_path / "list").write_text(world.SENTINEL)
    opt_out_lists.load_national(tmp_path / "list", as_of=clock.today() - dt.timedelta(days=22))
    services_people.retry(run_id=run.pk, by=world.person(Role.PRODUCTION_STAFF))
    work.work(run.pk)
    run.refresh_from_db()
    assert (run.state, run.failure_code) == ("failed", "opt_out_list") and "22 days old" in run.failure


def test_without_data_a_run_fails_with_the_reason(case: world.Case) -> None:
    run = services.queue_run(agreement_id=case.agreement.pk)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("extracts.collection.publishing.current", lambda: None)
        work.work(run.pk)
    run.refresh_from_db()
    assert (run.state, run.failure_code) == ("failed", "data_version")


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


def test_an_altered_specification_is_not_carried_out(case: world.Case) -> None:
    run = services.queue_run(agreement_id=case.agreement.pk)
    other = world.specification(run.application_reference, max_match_rank=1)
    Run.objects.filter(pk=run.pk).update(spec_json=other.to_json())
    work.work(run.pk)
    run.refresh_from_db()
    assert (run.state, run.failure_code) == ("failed", "spec_hash")


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


def test_a_run_that_was_purged_is_not_started_again_by_hand(case: world.Case) -> None:
    run = services.queue_run(agreement_id=case.agreement.pk)
    services.purge(agreement_id=case.agreement.pk)
    with pytest.raises(WrongState, match="only a failed run"):
        services_people.retry(run_id=run.pk, by=world.person(Role.PRODUCTION_STAFF))


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


def test_the_agreement_in_force_while_it_is_prepared(case: world.Case) -> None:
    run = services.queue_run(agreement_id=case.agreement.pk)
    services.want(agreement_id=case.agreement.pk)
    before = OutboxEvent.objects.filter(topic="task.queued").count()
    work.work(run.pk)
    assert OutboxEvent.objects.filter(topic="task.queued").count() == before + 1
    work.work(run.pk)
    assert Run.objects.get().state == "written"


def test_events_may_come_twice(case: world.Case) -> None:
    from dars.core.outbox import Event
    from extracts.production import consumers

    approved = Event(1, "case.approved", "k", {"application_id": case.agreement.application_id})
    news = Event(2, "agreement.in_force", "k", {"agreement_id": case.agreement.pk})
    for _ in range(2):
        consumers.prepare_run(approved)
        consumers.want_run(news)
    assert Run.objects.count() == 1
    assert AuditEvent.objects.filter(kind="run.queued").count() == 1
    for _ in range(2):
        consumers.purge_ended(news)
    assert AuditEvent.objects.filter(kind="run.purged").count() == 1


def test_no_identifier_leaves_the_vault(case: world.Case, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        run = written(case)
    row = json.dumps(Run.objects.filter(pk=run.pk).values().get(), default=str)
    payloads = json.dumps(list(AuditPayload.objects.values_list("payload", flat=True)))
    events = json.dumps(list(OutboxEvent.objects.values_list("ids", flat=True)))
    files = b"".join(file.path.read_bytes() for file in staged(run.pk).files).decode(errors="replace")
    for sentinel in (world.SENTINEL, world.SENTINEL_POSTCODE):
        for text in (row, payloads, events, caplog.text, files):
            assert sentinel not in text


def test_an_agreement_over_for_good_is_not_written(case: world.Case, monkeypatch: pytest.MonkeyPatch) -> None:
    run = prepared(case)
    services.want(agreement_id=case.agreement.pk)
    later = clock.now() + world.YEAR + dt.timedelta(days=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    work.work(run.pk)
    run.refresh_from_db()
    assert run.failure_code == "agreement_not_live" and "expired" in run.failure
