"""Loads a file of opt-outs from the console; prints counts and line numbers, never a value."""

import datetime as dt
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dars.core.errors import DomainError
from extracts.collection import opt_out_lists

LINES_SHOWN = 20


class Command(BaseCommand):
    help = "Loads national opt-outs (one NHS number a line) or direct DID opt-outs (NHS_NUMBER,RECEIVED_ON,CHANNEL)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--kind", choices=["national", "did"], required=True)
        parser.add_argument("--as-of", type=dt.date.fromisoformat, help="the day of a national list, CCYY-MM-DD")

    def handle(self, *args: Any, **options: Any) -> None:
        if (options["kind"] == "national") != (options["as_of"] is not None):
            raise CommandError("Give --as-of for a national list, and only then.")
        try:
            if options["kind"] == "national":
                loaded = opt_out_lists.load_national(options["file"], as_of=options["as_of"])
            else:
                loaded = opt_out_lists.load_direct(options["file"])
        except DomainError as refusal:
            raise CommandError(f"Nothing was loaded: {refusal.message}") from None
        except OSError as error:
            raise CommandError(f"The file can't be read: {error.strerror}") from None
        self.stdout.write(f"{loaded.accepted:,} opt-outs loaded, {loaded.already_there:,} were there before")
        if loaded.held:
            self.stdout.write(
                f"The list is held and not in force: {loaded.returning:,} people on the list in force are not on it. "
                "Two opt-out officers have to accept it."
            )
        if loaded.rejected_lines:
            shown = ", ".join(map(str, loaded.rejected_lines[:LINES_SHOWN]))
            more = "" if len(loaded.rejected_lines) <= LINES_SHOWN else " and others"
            self.stdout.write(f"{len(loaded.rejected_lines):,} lines left out: {shown}{more}")
