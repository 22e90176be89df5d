"""Real worker processes on the test's database, and what beat and relay do for them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from celery import current_app
from django.conf import settings
from django.db import connection

from dars.core import outbox, tasks
from extracts.production import work

BEAT_SECONDS = 0.3
PATIENCE = 180  # seconds after which something is wrong


class Worker:
    """A real worker process on this test's database, with a queue of its own; signals go to its children too.

    `environment` changes its settings.
    """

    def __init__(self, **environment: str) -> None:
        self.queue = f"test-{uuid4()}"
        database = connection.settings_dict
        address = f"{database['HOST']}:{database['PORT']}/{database['NAME']}"
        own = {
            "DJANGO_SETTINGS_MODULE": "dars.config.settings",
            "DATABASE_URL": f"postgres://{database['USER']}:{database['PASSWORD']}@{address}",
        }
        command = [sys.executable, "-m", "celery", "-A", "dars.config.celery", "worker", "-Q", self.queue, "-c", "1"]
        self.process = subprocess.Popen(
            [*command, "--without-gossip", "--without-mingle"],
            env=os.environ | own | environment,
            cwd=settings.BASE_DIR,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def signal(self, number: signal.Signals) -> None:
        os.killpg(self.process.pid, number)

    def kill(self) -> None:
        if self.process.poll() is None:
            self.signal(signal.SIGKILL)
            self.process.wait()


@contextmanager
def working(monkeypatch: pytest.MonkeyPatch, count: int, **environment: str) -> Iterator[list[Worker]]:
    """So many workers, of which the first in the list that is left gets the work; all are gone afterwards."""
    started = [Worker(**environment) for _ in range(count)]
    serving, send = list(started), current_app.send_task
    monkeypatch.setattr(tasks.current_app, "send_task", lambda job, args: send(job, args=args, queue=serving[0].queue))
    yield serving
    with current_app.connection_for_write() as broker:
        for worker in started:
            worker.kill()
            broker.default_channel.queue_delete(worker.queue)


def beat() -> None:
    """What beat and relay do: sweep, let consumers act, send jobs to the workers."""
    work.sweep()
    while outbox.send_due(outbox.deliver):
        pass


def beat_until(over: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Lets the system go on until it is over; `patience` in seconds."""
    deadline = time.monotonic() + patience
    while not over():
        assert time.monotonic() < deadline, "it was never over"
        beat()
        time.sleep(BEAT_SECONDS)
