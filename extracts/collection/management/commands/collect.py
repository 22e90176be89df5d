"""`manage.py collect`: collects submissions, one provider-month or a folder of them, into one data version."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from extracts.collection.management import collecting


class Command(BaseCommand):
    help = (
        "Collect a provider's file for a month (FILE --provider CODE --period YYYY-MM), or with --all every "
        "YYYY-MM/PROVIDER.csv or .xml and every month of a dataset to link (hes_apc_YYYY-MM.csv, "
        "cancer_..._YYYY-MM.csv), plain or .gz, under the folders given."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path)
        parser.add_argument("--provider", default="")
        parser.add_argument("--period", default="")
        parser.add_argument("--all", action="store_true", dest="everything")

    def handle(
        self, *args: Any, paths: list[Path], provider: str, period: str, everything: bool, **options: Any
    ) -> None:
        if everything:
            sources = [source for folder in paths for source in collecting.everything_under(folder)]
        elif len(paths) == 1 and provider and period:
            sources = [collecting.submission(paths[0], provider, period)]
        elif not provider and not period:
            sources = [collecting.submission(path, path.name.partition(".")[0], path.parent.name) for path in paths]
        else:
            raise CommandError("Name one file with --provider and --period, or files as YYYY-MM/PROVIDER.csv without.")
        collecting.run(self, sources)
