"""`manage.py synthesise`: makes a synthetic England in a folder; touches no database."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from extracts.synthetic.public import FIRST_MONTH, WorldError, make_world


class Command(BaseCommand):
    help = "Make a synthetic England: submissions, episodes, registrations, opt-outs, reference files, ground truth."
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("--out", type=Path, required=True, help="a new or empty folder")
        parser.add_argument("--events", type=int, default=300_000, help="imaging tests over all months")
        parser.add_argument("--people", type=int, default=135_000)
        parser.add_argument("--months", type=int, default=3)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--providers", type=int, help="default: by the number of events, at least 20")
        parser.add_argument("--first-month", default=FIRST_MONTH, help=f"YYYY-MM, default {FIRST_MONTH}")
        parser.add_argument(
            "--large-world",
            action="store_true",
            help="let NHS numbers leave the test range 999 where there are too many people",
        )

    def handle(self, *, out, events, people, months, seed, providers, first_month, large_world, **_):
        try:
            manifest = make_world(
                out,
                events=events,
                people=people,
                months=months,
                seed=seed,
                providers=providers,
                first_month=first_month,
                large_world=large_world,
            )
        except WorldError as error:
            raise CommandError(str(error)) from None
        for folder in ("submissions", "hes", "cancer"):
            files = sum(name.startswith(folder + "/") for name in manifest.files)
            self.stdout.write(f"{folder}: {manifest.rows(folder + '/'):,} rows in {files} files")
        self.stdout.write(
            f"{len(manifest.providers)} providers, {manifest.people:,} people, NHS numbers {manifest.nhs_numbers}"
        )
