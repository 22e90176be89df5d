"""Enters what is published into the ledger, in the transaction that publishes it."""

from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction

from dars.audit.public import record
from dars.core import clock
from dars.core.errors import WrongState
from extracts.production.models import ReleasedCell, Run, TableRelease
from extracts.production.proposals import POPULATION, is_stale


@transaction.atomic
def release_tables(proposal: Mapping[str, Any], *, reference: str, data_version: str) -> None:
    """The tables of a proposal come out. Belongs into the transaction that gives them to whoever reads them.

    reference: what is published, once. Raises WrongState (`tables_released`) if tables that can be compared with them
    came out since they were protected: they have to be made again. One release is made at a time.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"tables:{POPULATION}"])
    if is_stale(proposal):
        raise WrongState("Other tables were published since these were protected.", rule="tables_released")
    tables = proposal.get("tables", [])
    for number, one in enumerate(tables, 1):
        release = TableRelease.objects.create(
            population=POPULATION,
            reference=reference if len(tables) == 1 else f"{reference} ({number})",
            data_version=data_version,
            scope=one["scope"],
            wholes=one["wholes"],
            rule=one["rule"],
            at=clock.now(),
        )
        ReleasedCell.objects.bulk_create((ReleasedCell(release=release, **cell) for cell in one["cells"]), 2000)
        record(
            "tables.released",
            by=None,
            subject=release,
            population=POPULATION,
            reference=release.reference,
            data_version=data_version,
            cells=one["shown"],
            suppressed=one["suppressed"],
            combined=one["combined"],
            fewest_values=one["fewest_values"],
        )


def release_of_run(run: Run) -> None:
    """The table of counts of a locked run comes out; of records nothing does. As `release_tables`."""
    if run.proposal:
        release_tables(run.proposal, reference=f"run {run.pk}", data_version=run.data_version)
        run.proposal = {"as_of": run.proposal["as_of"], "tables": []}  # by which it can be made again
