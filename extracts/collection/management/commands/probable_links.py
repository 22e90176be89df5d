"""`manage.py probable_links`: learns the model of links by probability, shows what it would link; prints no value."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from dars.core.errors import DomainError
from extracts.collection import linkage
from extracts.engine.errors import EngineError


class Command(BaseCommand):
    help = "Show whether records are linked by probability; --learn their model anew; --report what it would link."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--learn", action="store_true", help="learn the model from the present records and keep it")
        parser.add_argument("--report", type=Path, metavar="FOLDER", help="write a page with its charts there")

    def handle(self, *args: Any, learn: bool, report: Path | None, **options: Any) -> None:
        try:
            if learn:
                self.stdout.write(f"Learnt, and used from the next submission on: model {linkage.learn_anew()}")
            if report:
                self.stdout.write(f"Written: {linkage.write_report(report)}")
        except (DomainError, EngineError) as refusal:
            raise CommandError(str(refusal)) from None
        except OSError as error:
            raise CommandError(f"The report can't be written: {error.strerror}") from None
        threshold = settings.PROBABLE_LINKS
        self.stdout.write(
            "Links by probability are off." if threshold is None else f"Links by probability from {threshold} on."
        )
