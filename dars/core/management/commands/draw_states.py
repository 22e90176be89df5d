"""Writes the page of life cycles; changes nothing else."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from dars.core import diagrams


class Command(BaseCommand):
    help = f"Writes {diagrams.PAGE} from the tables of transitions."

    def handle(self, *args: Any, **options: Any) -> None:
        (settings.BASE_DIR / diagrams.PAGE).write_text(diagrams.page(diagrams.life_cycles()))
        self.stdout.write(f"{diagrams.PAGE} written")
