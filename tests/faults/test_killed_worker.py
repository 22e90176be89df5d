"""Workers killed or stopped in the middle of a run: another one finishes it, once, and nothing is left over."""

import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction

from dars.audit.models import AuditEvent
from dars.core import outbox
from extracts.production import services, work
from extracts.production.models import Run
from extracts.production.public import staged
from tests.faults.workers import BEAT_SECONDS, PATIENCE, Worker, beat, beat_until, working
from tests.integration.production import world

pytestmark = pytest.mark.django_db(transaction=True)

LEASE_SECONDS = 2


@pytest.fixture
def run(settings) -> Iterator[Run]:
    """A prepared run whose agreement is in force."""
    settings.JOB_LEASE_SECONDS = LEASE_SECONDS
    world.collected()
    prepared = services.queue_run(agreement_id=world.agreed().agreement.pk)
    work.work(prepared.pk)
    yield Run.objects.get(pk=prepared.pk)
    shutil.rmtree(settings.STAGING_ROOT / "runs", ignore_errors=True)


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Worker]]:
    """Three workers."""
    with working(monkeypatch, 3, JOB_LEASE_SECONDS=str(LEASE_SECONDS)) as serving:
        yield serving


@contextmanager
def caught_at(run: Run, moment: str) -> Iterator[None]:
    """Lets the system go on until the run is at `moment`; holds its row there, so that its worker cannot write more."""
    deadline = time.monotonic() + PATIENCE
    due = 0.0
    while time.monotonic() < deadline:
        with transaction.atomic():
            if Run.objects.select_for_update().filter(pk=run.pk, progress=moment).exists():
                yield
                return
        if time.monotonic() > due:  # looking is cheap and must be quick; beating is neither
            beat()
            due = time.monotonic() + BEAT_SECONDS
        time.sleep(0.01)
    raise AssertionError(f"the run was never at: {moment}")


def state_of(run: Run) -> str:
    return Run.objects.get(pk=run.pk).state


def folders(run: Run) -> list[str]:
    root = Path(settings.STAGING_ROOT) / "runs" / str(run.pk)
    return sorted(path.name for path in root.iterdir())


def test_a_run_outlives_its_workers(run: Run, workers: list[Worker]) -> None:
    """The first is killed and the second stopped, each with files half done; the third finishes, and the second, which
    then wakes up and goes on, changes nothing."""
    services.want(agreement_id=run.agreement_id)
    with caught_at(run, "Checking the files"):
        workers.pop(0).kill()
    assert state_of(run) == "writing" and len(folders(run)) == 1

    with caught_at(run, "Writing the files"):
        late = workers.pop(0)
        late.signal(signal.SIGSTOP)
    beat_until(lambda: state_of(run) == "written")
    finished = Run.objects.filter(pk=run.pk).values().get()
    late.signal(signal.SIGCONT)
    late.process.terminate()  # a warm shutdown: it finishes what it had begun
    late.process.wait(timeout=PATIENCE)

    assert Run.objects.filter(pk=run.pk).values().get() == finished
    run.refresh_from_db()
    assert (run.attempts, run.staged) == (3, str(run.lease_token))
    assert AuditEvent.objects.filter(kind="run.written").count() == 1
    assert outbox.OutboxEvent.objects.filter(topic="run.written").count() == 1
    work.sweep()
    assert folders(run) == [run.staged]
    paths = [file.path for file in staged(run.pk).files]
    assert sorted(paths) == sorted(paths[0].parent.iterdir()) and all(path.is_file() for path in paths)
