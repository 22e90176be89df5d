"""Checks the audit trail from the command line. Changes nothing."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dars.audit import selectors, services


class Command(BaseCommand):
    help = "`audit verify`: recomputes every leaf and tree head, and says what does not fit."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["verify"])

    def handle(self, *args: Any, **options: Any) -> None:
        while services.sequence():
            pass
        verdict = selectors.verify()
        if verdict.faults:
            raise CommandError("The audit trail does not verify: " + "; ".join(verdict.faults))
        self.stdout.write(
            f"{verdict.leaves} events verify; root {verdict.root}; {verdict.erased} payloads erased; "
            f"{verdict.unsequenced} waiting for their place"
        )
