"""Loads reference data: writes the tables, and the data version that names them."""

from pathlib import Path

import duckdb
import pyarrow as pa

from dars.accounts.public import User
from dars.audit.public import record
from dars.core import clock
from extracts.collection import reference, tables
from extracts.collection.models import DataVersion, ReferenceVersion
from extracts.collection.publishing import publishing


def load(*, folder: Path, by: User | None = None) -> DataVersion:
    """Makes the reference files of a folder the ones in use. Raises Invalid when one is missing or misshapen.

    Records collected before keep the area their postcode was given then; they get the new one when they are submitted
    again.
    """
    made, sources = reference.read(folder)
    with publishing() as publisher:
        named = publisher.draft.reference.tables if publisher.draft.reference else {}
        versions = {name: _write(name, table, named.get(name)) for name, table in made.items()}
        last = ReferenceVersion.objects.order_by("-pk").first()
        version = ReferenceVersion.objects.create(
            label=f"reference-{(last.pk if last else 0) + 1:04}",
            tables=versions,
            sources=sources,
            created_at=clock.now(),
        )
        publisher.reference(version)
        published = publisher.publish()
        record("reference.loaded", by=by, subject=version, label=version.label, data_version=published.label)
    return published


def _write(name: str, table: pa.Table, base: int | None) -> int:
    with duckdb.connect() as con:
        con.register("made", table)
        return tables.replace(name, con, {"": "FROM made"}, base=base)
