"""Leases: one holder at a time, a token that shuts out the late, a heartbeat that keeps, a sweep that wakes."""

import datetime as dt
import threading
import time

import pytest
from django.db import connection, transaction

from dars.core import clock, leases
from dars.core.folders import Folders, accounted_for
from dars.core.leases import LeaseLost
from dars.core.models import OutboxEvent
from extracts.production import services
from extracts.production.models import Run
from extracts.production.rules import MAX_ATTEMPTS
from tests.integration.production import world

SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def run(request: pytest.FixtureRequest) -> Run:
    request.getfixturevalue("transactional_db" if "transactional_db" in request.fixturenames else "db")
    return services.queue_run(agreement_id=world.agreed().agreement.pk)


def lapse(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(lease_until=clock.now() - SECOND, woken_at=clock.now() - 60 * SECOND)


def test_two_workers_at_once(transactional_db: None, run: Run) -> None:
    found, ready = [], threading.Barrier(6)

    def work() -> None:
        ready.wait()
        found.append(services.begin(run_id=run.pk))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [lease.token for lease in found if lease] == [1]


def test_a_lease_is_exclusive_until_it_lapses(run: Run) -> None:
    assert services.begin(run_id=run.pk).token == 1
    assert services.begin(run_id=run.pk) is None
    lapse(run)
    assert services.begin(run_id=run.pk).token == 2


def test_whoever_comes_late_is_shut_out(run: Run) -> None:
    late = services.begin(run_id=run.pk)
    lapse(run)
    late.note(percent=5)  # nobody else has come: it may go on
    lapse(run)
    services.begin(run_id=run.pk)
    with pytest.raises(LeaseLost):
        late.note(percent=99)
    with pytest.raises(LeaseLost), transaction.atomic():
        late.hold()
    with pytest.raises(LeaseLost):
        services.pin(lease=late, data_version_id=1, label="v1")
    assert Run.objects.get().percent != 99


def test_a_purge_ends_the_lease(run: Run) -> None:
    lease = services.begin(run_id=run.pk)
    services.purge(agreement_id=run.agreement_id)
    with pytest.raises(LeaseLost):
        lease.note(percent=99)


def test_the_heartbeat_keeps_a_long_step(transactional_db: None, run: Run, settings) -> None:
    settings.JOB_LEASE_SECONDS = 1
    lease = services.begin(run_id=run.pk)
    with lease.kept():
        deadline = time.monotonic() + 20
        until = Run.objects.get().lease_until
        while Run.objects.get().lease_until == until:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert services.begin(run_id=run.pk) is None
    assert "lease-" not in "".join(thread.name for thread in threading.enumerate())


def test_the_sweep_wakes_what_is_due_and_only_once(run: Run) -> None:
    events = OutboxEvent.objects.filter(topic="task.queued")
    before = events.count()
    assert services.wake_due() == 0
    services.begin(run_id=run.pk)
    assert services.wake_due() == 0
    lapse(run)
    assert (services.wake_due(), services.wake_due(), events.count()) == (1, 0, before + 1)
    Run.objects.update(state="queued", lease_until=None, woken_at=clock.now() - leases.WAKE_AGAIN - SECOND)
    assert (services.wake_due(), services.wake_due()) == (1, 0)


def test_a_run_that_kills_its_workers_does_not_go_round_for_ever(run: Run) -> None:
    for _ in range(MAX_ATTEMPTS):
        assert services.begin(run_id=run.pk) is not None
        lapse(run)
    assert services.begin(run_id=run.pk) is None
    failed = Run.objects.get()
    assert (failed.state, failed.failure_code) == ("failed", "worker_lost")


class TestFolders:
    """Files that are whole or not there."""

    def test_what_is_not_kept_is_gone(self, tmp_path) -> None:
        folders = Folders(tmp_path / "runs", mode=0o700)
        with pytest.raises(ZeroDivisionError), folders.attempt("1", 1) as part:
            (part / "file").write_text("x")
            assert part.stat().st_mode & 0o777 == 0o700
            raise ZeroDivisionError
        assert not part.exists()
        with folders.attempt("1", 2) as part:
            (part / "file").write_text("y")
            name = folders.keep("1", 2, part)
        assert (folders.path("1", name) / "file").read_text() == "y"

    def test_tidying_removes_what_no_row_accounts_for(self, tmp_path) -> None:
        folders = Folders(tmp_path, mode=0o700)
        for name in ("1/1.part", "1/2", "1/3.part", "2/1", "other/1"):
            (tmp_path / name).mkdir(parents=True)
        accounted = {"1": accounted_for(3, "2", busy=True), "2": set(), "other": None}
        folders.tidy(accounted.get)
        left = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_dir())
        assert left == ["1", "1/2", "1/3.part", "other", "other/1"]
