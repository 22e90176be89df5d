"""`manage.py build_counts`: makes the rounded counts for applicants, unless those there are of the current data."""

from typing import Any

from django.core.management.base import BaseCommand

from extracts.statistics.services import build_if_due


class Command(BaseCommand):
    help = "Make the rounded counts that applicants may see from the current version of the data."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        built = build_if_due(anew=True)
        self.stdout.write(f"{built} built" if built else "nothing to count anew")
