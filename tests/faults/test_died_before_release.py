"""A process dies between the output check and the release, at each point there is: afterwards one release, never two.

And what is withdrawn or purged goes, while the record of it stays.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from dars.accounts.public import User
from dars.audit.models import AuditEvent
from dars.core import clock, outbox
from dars.core.models import OutboxEvent
from dars.core.roles import Role
from extracts.delivery import consumers, packing
from extracts.delivery import services as delivery
from extracts.delivery.models import Package
from extracts.production import services, work
from extracts.production.models import OutputCheck, Run
from tests.integration.production import world

pytestmark = pytest.mark.django_db(transaction=True)
LEASE_SECONDS = 1


@pytest.fixture
def case() -> world.Case:
    return world.agreed(formats=["parquet"])


@pytest.fixture
def run(case: world.Case, settings) -> Iterator[Run]:
    """Written, and waiting for its checker."""
    settings.JOB_LEASE_SECONDS = LEASE_SECONDS
    world.collected()
    world.register_key(public_key=case.public_key, by=case.recipient)
    made = services.want(agreement_id=case.agreement.pk)
    work.work(made.pk)
    work.work(made.pk)
    yield Run.objects.get(pk=made.pk)
    shutil.rmtree(settings.STAGING_ROOT / "runs", ignore_errors=True)
    shutil.rmtree(settings.DELIVERY_ROOT, ignore_errors=True)


Killed = Callable[[str, Run, User], None]


@pytest.fixture
def killed() -> Iterator[Killed]:
    """A function: a process does the step, and is killed there."""
    database = connection.settings_dict
    address = f"{database['HOST']}:{database['PORT']}/{database['NAME']}"
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "dars.config.settings",
        "DATABASE_URL": f"postgres://{database['USER']}:{database['PASSWORD']}@{address}",
        "JOB_LEASE_SECONDS": str(LEASE_SECONDS),
    }
    command = [sys.executable, "-m", "tests.faults.dies"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=environment, cwd=settings.BASE_DIR, **pipes) as parent:

        def kill(where: str, run: Run, checker: User) -> None:
            print(where, run.pk, checker.pk, file=parent.stdin, flush=True)
            assert parent.stdout.readline() == f"{-signal.SIGKILL}\n", "it was not killed: see what it wrote"

        yield kill


def restart() -> None:
    """What beat, relay and the workers do once they are back: sweeps, consumers, and the job of the package."""
    package = Package.objects.first()
    while package and package.lease_until and package.lease_until > clock.now():
        time.sleep(0.1)
    work.sweep()
    packing.sweep()
    world.deliver_events_of("run.cleared")


def released() -> tuple[int, int, int]:
    """Releases by the trail, by the announcements, and by the packages that have files."""
    return (
        AuditEvent.objects.filter(kind="file.released").count(),
        OutboxEvent.objects.filter(topic="file.released").count(),
        Package.objects.exclude(folder="").count(),
    )


def files_under(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()] if root.is_dir() else []


def test_wherever_it_dies_there_is_one_release(run: Run, killed: Killed) -> None:
    checker = world.person(Role.PRODUCTION_STAFF)
    killed("cleared", run, checker)
    assert OutputCheck.objects.count() == 1 and not Package.objects.exists()
    restart()
    for where in ("encrypted", "releasing"):
        killed(where, run, checker)
        assert Package.objects.get().state == "packing" and released() == (0, 0, 0)
        restart()
    killed("released", run, checker)
    assert released() == (1, 1, 1)
    given_out = Package.objects.values().get()
    for _ in range(2):
        restart()
        packing.pack(given_out["id"])
        consumers.pack_run(OutboxEvent.objects.get(topic="run.cleared"))  # an event that comes again
    run.refresh_from_db()
    assert run.state == "released" and released() == (1, 1, 1)
    assert Package.objects.values().get() == given_out
    assert AuditEvent.objects.filter(kind="run.cleared").count() == 1
    assert files_under(settings.STAGING_ROOT / "runs") == []
    folder = settings.DELIVERY_ROOT / str(given_out["uuid"])
    assert [each.name for each in folder.iterdir()] == [given_out["folder"]]


def test_what_is_withdrawn_and_purged_goes_and_its_record_stays(run: Run, case: world.Case) -> None:
    world.cleared(run.pk)
    while outbox.OutboxEvent.objects.filter(topic="run.cleared", done_at=None).exists():
        world.deliver_events_of("run.cleared")
    packing.pack(Package.objects.get().pk)
    before = list(AuditEvent.objects.values_list("id", flat=True))
    assert released() == (1, 1, 1)
    delivery.withdraw(agreement_id=case.agreement.pk)
    services.purge(agreement_id=case.agreement.pk)
    assert files_under(settings.DELIVERY_ROOT) == [] and files_under(settings.STAGING_ROOT / "runs") == []
    package = Package.objects.get()
    assert package.state == "withdrawn" and all(file.sha256 and file.plain_sha256 for file in package.files.all())
    assert OutputCheck.objects.get().verdict == "cleared"
    run.refresh_from_db()
    assert run.state == "released" and run.files and run.found  # what was in it, without a value of it
    kinds = AuditEvent.objects.exclude(id__in=before).values_list("kind", flat=True)
    assert "package.withdrawn" in kinds
    assert set(before) <= set(AuditEvent.objects.values_list("id", flat=True))
