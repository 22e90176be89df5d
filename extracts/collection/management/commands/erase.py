"""`manage.py erase`: carries out the direct opt-outs that wait, or tells what came of an erasure. Shows no number."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dars.core.errors import DomainError
from extracts.collection import erasing, erasure_presenters, erasure_services, selectors
from extracts.collection.models import UNDER_WAY, Erasure


class Command(BaseCommand):
    help = "Erase those who opted out, now rather than a day after the first asked; or print the report of an erasure."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--report", type=int, metavar="N", help="only print the report of erasure N")

    def handle(self, *args: Any, report: int | None, **options: Any) -> None:
        try:
            erasure = selectors.erasure(report) if report else self._erased()
        except DomainError as refusal:
            raise CommandError(refusal.message) from None
        self.stdout.write(f"{erasure}: {erasure.get_state_display()}")
        for what, words in erasure_presenters.rows(erasure):
            self.stdout.write(f"  {what}: {words}")
        if not report and erasure.state != Erasure.State.DONE:
            raise CommandError("It is not done yet: the service goes on with it by itself.")

    def _erased(self) -> Erasure:
        under_way = Erasure.objects.filter(state__in=UNDER_WAY).first()
        erasure = under_way or erasure_services.begin_due(now=True)
        if erasure is None:
            raise CommandError("No opt-out waits to be carried out.")
        erasing.work(erasure.pk)
        return selectors.erasure(erasure.pk)
