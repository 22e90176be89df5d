"""Writes the diagram of an agreement's states into `docs/agreement-states.md`; changes nothing else."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

from dars.agreements.rules import TRANSITIONS, diagram

PAGE = "docs/agreement-states.md"
_HEAD = """# The states of an agreement

Made from the table in `dars/agreements/rules.py` by `python manage.py draw_agreement_states`; a test fails when they
differ. In brackets stands the right that a move takes, or that it comes by itself.

"""


def page() -> str:
    """The whole page: the diagram, and the same moves as a table."""
    rows = [
        f"| {before.label} | {after.label} | {move.does} | {f'`{move.who}`' if move.who else 'the service'} "
        f"| {'yes' if move.reason else 'no'} |"
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
