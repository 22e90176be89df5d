"""Writes the diagram of a package's states into `docs/package-states.md`; changes nothing else."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

from dars.core import diagrams
from extracts.delivery.models import Package
from extracts.delivery.rules import TRANSITIONS

PAGE = "docs/package-states.md"
_MADE_BY = (
    "Made from the table in `extracts/delivery/rules.py` by `python manage.py draw_package_states`; a test fails\n"
    "when they differ."
)


def page() -> str:
    """The whole page."""
    labels = dict(Package.State.choices)
    return diagrams.page(title="The states of a package", made_by=_MADE_BY, moves=TRANSITIONS, labels=labels)


class Command(BaseCommand):
    help = f"Writes {PAGE} from the table of transitions."

    def handle(self, *args: object, **options: object) -> None:
        path = Path(settings.BASE_DIR) / PAGE
        path.parent.mkdir(exist_ok=True)
        path.write_text(page(), encoding="utf-8")
        self.stdout.write(f"{PAGE} written")
