"""`manage.py reproduce RUN`: makes a run's files again and says whether they are the same, byte for byte."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dars.core.errors import DomainError
from extracts.production.models import Run
from extracts.production.reproducing import reproduce


class Command(BaseCommand):
    help = "Make the files of a run again, before encryption, and compare them with what was released. Keeps no file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", type=int, help="the number of the run")
        parser.add_argument("--manifest", type=Path, help="manifest.json of the package: is it the run's?")
        parser.add_argument("--threads", type=int, default=0, help="how many threads; the files do not depend on it")

    def handle(self, *args: Any, run: int, manifest: Path | None, threads: int, **options: Any) -> None:
        found = Run.objects.filter(pk=run).first()
        if found is None:
            raise CommandError(f"There is no run {run}.")
        try:
            result = reproduce(found, manifest=manifest.read_bytes() if manifest else None, threads=threads)
        except DomainError as refusal:
            raise CommandError(refusal.message) from None
        except OSError:
            raise CommandError(f"{manifest} can't be read.") from None
        for file in result.files:
            word = "differs" if file["name"] in result.differing else "identical"
            self.stdout.write(f"{word:<9}  {file['sha256']}  {file['name']}")
        if result.erased:
            others = f"the other {result.rows:,} rows of run {run} are the same"
            self.stdout.write(f"Identical except {result.erased:,} erased rows: {others}.")
            return
        if not result.identical:
            raise CommandError(f"Not the same: {len(result.differing)} of {len(result.files)} files. {result.reason}")
        self.stdout.write(f"Identical: run {run}, {len(result.files)} files.")
