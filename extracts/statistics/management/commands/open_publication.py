"""`manage.py open_publication`: begins the publication that is due, as beat would; a worker makes the draft."""

from typing import Any

from django.core.management.base import BaseCommand

from extracts.statistics.making import open_due


class Command(BaseCommand):
    help = "Begin the publication of the newest month that is due, unless it was begun."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        opened = open_due()
        self.stdout.write(f"{opened} is being made" if opened else "no month is due")
