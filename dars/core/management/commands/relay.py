"""Hands outbox events to Celery as they appear; holds no state of its own, any number may run."""

import signal
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from dars.core import outbox, pulse
from dars.core.tasks import deliver_event

_WAIT_SECONDS = 1.0


class Command(BaseCommand):
    help = "Relays outbox events to Celery until told to stop."

    def handle(self, *args: Any, **options: Any) -> None:
        self.running = True
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {outbox.CHANNEL}")
        while self.running:
            pulse.leave("relay")
            while outbox.send_due(deliver_event.delay):
                pass
            for _ in connection.connection.notifies(timeout=_WAIT_SECONDS, stop_after=1):
                pass

    def _stop(self, *_: Any) -> None:
        self.running = False
