"""Writes the diagram of an application's states into `docs/case-states.md`; changes nothing else."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

from dars.applications.rules import TRANSITIONS, diagram

PAGE = "docs/case-states.md"
_HEAD = """# The states of an application

Made from the table in `dars/applications/rules.py` by `python manage.py draw_states`; a test fails when they differ.
In brackets stands the right that a move takes.

"""


def page() -> str:
    """The whole page: the diagram, and the same moves as a table."""
    rows = [
        f"| {before.label} | {after.label} | {move.does} | `{move.who}` | {'yes' if move.reason else 'no'} |"
        for (before, after), move in TRANSITIONS.items()
    ]
    table = "| from | to | by | right | reason given |\n|---|---|---|---|---|\n" + "\n".join(rows)
    return f"{_HEAD}```mermaid\n{diagram()}```\n\n{table}\n"


class Command(BaseCommand):
    help = f"Writes {PAGE} from the table of transitions."

    def handle(self, *args: object, **options: object) -> None:
        path = Path(settings.BASE_DIR) / PAGE
        path.parent.mkdir(exist_ok=True)
        path.write_text(page(), encoding="utf-8")
        self.stdout.write(f"{PAGE} written")
