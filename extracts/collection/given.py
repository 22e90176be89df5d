"""Whose records an agreement has been given: kept for each run, so that its later files can say what became of them.

Numbers of records' identifiers and of people, no identifier itself; they lie in the vault because they tell who was
whom. Production decides which runs count and for how long.
"""

import secrets
from collections.abc import Collection
from pathlib import Path

from dars.core import clock
from extracts.collection import vault
from extracts.collection.models import GivenOut


def keep(*, run_id: int, source: Path) -> None:
    """Keeps what a run gives out, a Parquet file of (dataset, tuple_id, person_id); what it gave before is replaced."""
    name = f"given/{run_id}-{secrets.token_hex(8)}.parquet"
    with vault.connection() as con:
        con.read_parquet(str(source)).create_view("source")
        vault.write(con, "SELECT * FROM source ORDER BY dataset, tuple_id, person_id", name)
    GivenOut.objects.update_or_create(run=run_id, defaults={"file": name, "kept_at": clock.now()})


def of(run_ids: Collection[int]) -> dict[int, Path]:
    """The file of each of the runs that has one, by run, in their order."""
    kept = GivenOut.objects.filter(run__in=run_ids).order_by("run")
    return {row.run: vault.path(row.file) for row in kept}


def forget(run_ids: Collection[int]) -> None:
    """The rows go now, the files at the next sweep."""
    GivenOut.objects.filter(run__in=run_ids).delete()


def vault_files() -> set[str]:
    """For `vault.sweep` to spare."""
    return set(GivenOut.objects.values_list("file", flat=True))
