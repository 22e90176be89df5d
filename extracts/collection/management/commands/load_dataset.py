"""`manage.py load_dataset`: collects months of a dataset that is linked, such as hospital episodes."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from extracts.collection.management import collecting


class Command(BaseCommand):
    help = "Load months of a dataset from CSV files; the month is in each file's name or given by --period."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("dataset", choices=sorted(collecting.LINKED))
        parser.add_argument("files", nargs="+", type=Path)
        parser.add_argument("--period", default="")

    def handle(self, *args: Any, dataset: str, files: list[Path], period: str, **options: Any) -> None:
        collecting.run(self, [collecting.dataset_file(dataset, path, period) for path in files])
