"""`manage.py load_reference DIR`: puts reference files (ONSPD, ODS, IMD) into use."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dars.core.errors import DomainError
from extracts.collection import reference_services


class Command(BaseCommand):
    help = "Load the reference files of a folder: onspd, imd, etr, ets, ephp, ephpsite and epraccur (.csv)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        try:
            version = reference_services.load(folder=folder)
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{version.reference_version} is in use (data version {version}).")
