"""What the commands that collect share: files by their place in a folder, and the words for what came of them."""

import re
from collections.abc import Sequence
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from extracts.collection import bulk
from extracts.collection.bulk import Source
from extracts.collection.intake.did import DID
from extracts.collection.intake.linked import LINKED

PERIOD = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
PROVIDER = re.compile(r"[A-Z0-9]{3,12}")


def submission(path: Path, provider: str, period: str) -> Source:
    """A provider's file for a month; CommandError for a code or month that can't be one."""
    if not PROVIDER.fullmatch(provider):
        raise CommandError(f"{path}: {provider!r} is not an ODS code of a provider.")
    return Source(DID, provider, _month(period, path), path)


def everything_under(folder: Path) -> list[Source]:
    """Every submission at YYYY-MM/PROVIDER.csv or .xml and every month of another dataset, named like
    hes_apc_2026-04.csv; plain or .gz, anywhere under a folder."""
    sources = []
    for path in sorted(folder.rglob("*")):
        if not re.search(r"\.(csv|xml)(\.gz)?$", path.name):
            continue
        stem = path.name.partition(".")[0]
        if PERIOD.fullmatch(path.parent.name):
            sources.append(submission(path, stem, path.parent.name))
        elif named := [dataset for dataset in LINKED if stem.startswith(f"{dataset}_")]:
            sources.append(dataset_file(named[0], path))
    return sources


def dataset_file(dataset: str, path: Path, period: str = "") -> Source:
    """A month of another dataset; its month is the last YYYY-MM in the file's name unless it is given."""
    named = re.findall(r"[0-9]{4}-[0-9]{2}", path.name)
    return Source(LINKED[dataset], "", _month(period or (named[-1] if named else ""), path), path)


def run(command: BaseCommand, sources: Sequence[Source]) -> None:
    """Collects the files and says what came of each; CommandError if any was refused."""
    if not sources:
        raise CommandError("There is no file to collect.")
    for source in sources:
        if not source.path.is_file():
            raise CommandError(f"{source.path} is not a file.")
    months = [(source.dataset, source.provider, source.period) for source in sources]
    if len(set(months)) < len(months):
        raise CommandError("Two files are for the same month.")
    outcome = bulk.collect(sources)
    for source, intake in outcome.intakes.items():
        command.stdout.write(
            f"{_name(source)}: {intake.rows_read:,} records read, {intake.rows_kept:,} accepted, "
            f"{intake.rows_rejected:,} rejected"
        )
        for rule, count in sorted(intake.failures.counts.items()):
            command.stdout.write(f"    {rule}: {count:,}")
    for source, refused in outcome.refused.items():
        command.stderr.write(f"{_name(source)}: refused ({refused.rule}). {refused.message}")
    if outcome.version:
        command.stdout.write(f"Data version {outcome.version} is in use.")
    if outcome.refused:
        raise CommandError(f"Refused: {len(outcome.refused)} of {len(sources)} files.")


def _name(source: Source) -> str:
    return " ".join(part for part in (source.dataset, source.provider, source.period) if part)


def _month(period: str, path: Path) -> str:
    if not PERIOD.fullmatch(period):
        raise CommandError(f"{path}: the month must be given as YYYY-MM.")
    return period
