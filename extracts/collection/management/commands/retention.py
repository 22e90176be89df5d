"""`manage.py retention`: for how long each dataset is kept, and what is past it. Opens no table's rows."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from extracts.catalogue.public import DATASETS
from extracts.collection import erasure_presenters, publishing, retention, retention_terms, tables


class Command(BaseCommand):
    help = "Show the retention period of each dataset and the months that are past it; --announce their removal now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--announce", action="store_true", help="do what beat does each Sunday: announce it")

    def handle(self, *args: Any, announce: bool, **options: Any) -> None:
        version = publishing.current()
        for name, dataset in DATASETS.items():
            held = tables.by_month(name, version.versions.get(name) if version else None)
            years, first = retention_terms.kept_years(name), retention_terms.first_kept(name)
            past = [period for period in held if period < first]
            self.stdout.write(
                f"{dataset.label}: {years} year{'' if years == 1 else 's'}; kept from {first}; "
                f"held from {min(held, default='none')}; past its period: {', '.join(past) or 'none'}"
            )
        if announce:
            erasure = retention.announce()
            if erasure is None:
                self.stdout.write("There is nothing to announce.")
                return
            for what, words in erasure_presenters.rows(erasure):
                self.stdout.write(f"  {what}: {words}")
