"""The audit trail from the command line: check it, hand it out, prove one event. Alters nothing."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dars.audit import checkpoints, exports, offline, selectors, services
from dars.audit.notes import NoteError, Verifier
from dars.core.errors import DomainError


class Command(BaseCommand):
    help = (
        "`audit verify`: recomputes every leaf and tree head in the database. `audit export DIR`: writes the log out. "
        "`audit verify DIR`: checks an export, without a database. `audit prove EVENT`: a proof file for one event. "
        "`audit key`: the log's public key."
    )
    requires_system_checks = ()  # an export is checked where there is no database

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["verify", "export", "prove", "key"])
        parser.add_argument("what", nargs="?", help="a folder, or the id of an event")
        parser.add_argument(
            "--checkpoint", type=Path, action="append", default=[], help="an earlier checkpoint you hold"
        )
        parser.add_argument("--key", help="the log's public key, from somewhere else than the export")
        parser.add_argument("--witness", action="append", default=[], help="key of a witness that must have co-signed")

    def handle(self, *args: Any, action: str, what: str | None, **options: Any) -> None:
        try:
            if action == "key":
                self.stdout.write(str(checkpoints.signer().verifier))
            elif action == "verify" and what is None:
                self._verify_database()
            elif action == "verify":
                self._verify_export(Path(what), **options)
            elif what is None:
                raise CommandError(f"audit {action} needs {'a folder' if action == 'export' else 'an event'}.")
            elif action == "export":
                self.stdout.write(f"{exports.export(Path(what), by=None)} events written to {what}")
            else:
                exports.bring_up_to_date()
                self.stdout.write(exports.proof(what), ending="")
        except (DomainError, NoteError, OSError) as error:
            raise CommandError(str(error)) from None

    def _verify_export(
        self, folder: Path, *, checkpoint: list[Path], key: str | None, witness: list[str], **options: Any
    ) -> None:
        report = offline.verify(
            folder,
            key=Verifier.parse(key) if key else None,
            earlier=[file.read_text() for file in checkpoint],
            witnesses=[Verifier.parse(each) for each in witness],
        )
        self.stdout.write("\n".join(offline.lines_of(report)))
        if report.faults:
            raise CommandError("The export does not verify.")

    def _verify_database(self) -> None:
        while services.sequence():
            pass
        verdict = selectors.verify()
        if verdict.faults:
            raise CommandError("The audit trail does not verify: " + "; ".join(verdict.faults))
        self.stdout.write(
            f"{verdict.leaves} events verify; root {verdict.root}; {verdict.erased} payloads erased; "
            f"{verdict.unsequenced} waiting for their place"
        )
