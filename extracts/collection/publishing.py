"""Makes the next data version: tables, identifiers and people move together, and one row makes them visible.

The order: rows into a new Delta version, new identifiers into the vault, the map of people, and last the row of
DataVersion. Nobody reads what no DataVersion names, so a crash anywhere leaves the old version whole.
One publisher at a time: the vault's lock, and an advisory lock for publishers on other machines.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from django.db import connection, transaction

from dars.core import clock, outbox
from extracts.catalogue.public import DATASETS
from extracts.collection import barred, clearing, people, tables, vault
from extracts.collection.intake.collection import IDENTIFIERS, Collection
from extracts.collection.intake.run import Intake
from extracts.collection.models import DataVersion, KeyBlock, ReferenceVersion
from extracts.engine.sql import TYPES

_PUBLISHER_LOCK = 1577  # advisory


@dataclass(frozen=True)
class Draft:
    """The data version in the making: what the next row will say."""

    base: DataVersion | None
    versions: dict[str, int | None]
    reference: ReferenceVersion | None
    person_map: str


class Publisher:
    """The one who may make the next data version, inside `publishing()`."""

    def __init__(self, base: DataVersion | None, held: vault.Session) -> None:
        self._held = held
        self.draft = Draft(
            base,
            {name: base.versions.get(name) if base else None for name in DATASETS},
            base and base.reference_version,
            base.person_map if base else "",
        )
        self._arrived = False

    def rows(self, intakes: Sequence[Intake], *, where: str) -> None:
        """Puts the rows of several files of one dataset in the place of those that match `where`."""
        collection = intakes[0].collection
        name = collection.dataset.name
        with vault.connection() as con:
            _arrive(con, intakes, self._held)
            _postcodes(con, self.draft.reference)
            key = _take_keys(name, sum(intake.rows_kept for intake in intakes))
            rows = {}
            for period, of_month in sorted(_by_month(intakes).items()):
                rows[period] = _ordered(collection, of_month, key)
                key += sum(intake.rows_kept for intake in of_month)
            self._write(name, con, rows, where)
        self._arrived = True

    def compact(self, name: str, period: str) -> bool:
        """Writes the same rows of a month anew in the table's order; False if they lie so already."""
        version = self.draft.versions[name]
        parts = tables.by_month(name, version).get(period, [])
        if not parts or tables.is_compact(name, parts):
            return False
        columns = ", ".join(column for column in tables.fields(name, version) if column != "period")
        order = ", ".join((*DATASETS[name].sorted_by, "record_key"))
        with vault.connection() as con:
            con.read_parquet(parts, hive_partitioning=False).create_view("month")
            query = f"SELECT {columns} FROM month ORDER BY {order}"  # noqa: S608 — names of ours, a month of the table's
            self._write(name, con, {period: query}, tables.months([period]))
        return True

    def remove_months(self, name: str, before: str) -> dict[str, int]:
        """Takes the months before `before` out of a dataset; how many rows each of them had."""
        version = self.draft.versions[name]
        past = tables.sizes(name, version, before=before)
        if past:
            with vault.connection() as con:
                self._write(name, con, {}, tables.months(past))
        return past

    def _write(self, name: str, con: duckdb.DuckDBPyConnection, rows: Mapping[str, str], where: str) -> None:
        version = tables.replace(name, con, rows, base=self.draft.versions[name], where=where)
        self.draft = replace(self.draft, versions={**self.draft.versions, name: version})

    def erase(self, numbers: str) -> None:
        """Takes the tuples and people of a file of numbers to erase out of tables, identifiers and map."""
        draft = self.draft
        versions = {name: v if v is None else clearing.rewrite(name, v, numbers) for name, v in draft.versions.items()}
        self.draft = replace(draft, versions=versions)
        self.forget(numbers)

    def forget(self, numbers: str) -> None:
        """Takes the tuples and people of a file of numbers out of identifiers and map: no record may be theirs."""
        self._held.forget(numbers)
        if self.draft.person_map:
            self.draft = replace(self.draft, person_map=people.without(self.draft.person_map, numbers))

    def reference(self, version: ReferenceVersion) -> None:
        self.draft = replace(self.draft, reference=version)

    def publish(self) -> DataVersion:
        """Resolves the people and writes the row that makes the draft visible when the transaction commits."""
        draft = self.draft
        in_use = {name: tables.files(name, version) for name, version in draft.versions.items()}
        tuple_files = self._held.publish()
        KeyBlock.objects.update_or_create(table=KeyBlock.TUPLES, defaults={"next_key": self._held.last + 1})
        person_map = draft.person_map
        if self._arrived:
            person_map = people.resolve(draft.person_map or None, tuple_files, in_use)
        version = DataVersion.objects.create(
            label=f"v{(draft.base.pk if draft.base else 0) + 1:06}",
            versions={name: number for name, number in draft.versions.items() if number is not None},
            did_latest_period=_latest_period(in_use["did"]),
            tuple_files=tuple_files,
            person_map=person_map,
            reference_version=draft.reference,
            created_at=clock.now(),
        )
        outbox.emit("data.published", "data", data_version_id=version.pk)
        return version


@contextmanager
def publishing() -> Iterator[Publisher]:
    """One transaction in which the block makes the next data version. What the block raises undoes all of it."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_PUBLISHER_LOCK])
        base = current()
        used = (KeyBlock.objects.filter(table=KeyBlock.TUPLES).values_list("next_key", flat=True).first() or 1) - 1
        with vault.session(base.tuple_files if base else [], used) as held:
            yield Publisher(base, held)


@contextmanager
def nobody_publishing() -> Iterator[None]:
    """No data version is made while the block runs, over as many transactions as it needs."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_PUBLISHER_LOCK])
    try:
        with vault.alone():
            yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_PUBLISHER_LOCK])


def current() -> DataVersion | None:
    """The data version that readers use now."""
    return DataVersion.objects.order_by("-pk").first()


def _by_month(intakes: Sequence[Intake]) -> dict[str, list[Intake]]:
    months: dict[str, list[Intake]] = {}
    for intake in intakes:
        months.setdefault(intake.setting.period, []).append(intake)
    return months


def _arrive(con: duckdb.DuckDBPyConnection, intakes: Sequence[Intake], held: vault.Session) -> None:
    """The checked rows as the table `arrived`: each one's file and row, and the number that stands for its identifiers.

    Those of people who opted out get no number, and go no further.
    """
    parts = [str(part) for intake in intakes for part in intake.parts]
    columns = ["row", *(f"id_{name}" for name in IDENTIFIERS.names)]
    tables_of_parts = [pq.read_table(part, columns=columns) for part in parts]
    rows = pa.concat_tables(tables_of_parts)
    rows = rows.append_column("part", pa.array(np.repeat(np.arange(len(parts)), [len(t) for t in tables_of_parts])))
    rows = rows.filter(barred.may_come_in(rows.select(columns[1:]).rename_columns(IDENTIFIERS.names)))
    identifiers = rows.select(columns[1:]).rename_columns(IDENTIFIERS.names)
    arrived = pa.table({"part": rows["part"], "row": rows["row"], "tuple_id": held.assign(identifiers)})
    con.register("arrived", arrived)
    con.register("files", pa.table({"filename": parts, "part": np.arange(len(parts))}))


def _postcodes(con: duckdb.DuckDBPyConnection, reference: ReferenceVersion | None) -> None:
    found = tables.files("postcodes", reference.tables["postcodes"]) if reference else []
    if found:
        con.read_parquet(found).create_view("postcodes")
    else:
        con.execute("CREATE TABLE postcodes (postcode VARCHAR, lsoa VARCHAR)")


def _ordered(collection: Collection, intakes: Sequence[Intake], first_key: int) -> str:
    """The rows of a month as the table will hold them, keys counting up; the file and row make the order whole."""
    own = {"record_key": f"{first_key - 1} + row_number() OVER ()"}
    given = {"tuple_id": "arrived.tuple_id", "lsoa": "postcodes.lsoa"}
    kinds = {name: TYPES[kind] for name, kind in collection.dataset.columns}
    columns = ", ".join(f"CAST({own.get(name, name)} AS {kind}) AS {name}" for name, kind in kinds.items())
    sources = ", ".join(f"{given.get(name, f'kept.{name}')} AS {name}" for name in kinds if name not in own)
    parts = [str(part) for intake in intakes for part in intake.parts]
    return f"""
        SELECT {columns} FROM (
            SELECT {sources}
            FROM read_parquet({parts}, filename = true) AS kept
            JOIN files USING (filename)
            JOIN arrived ON arrived.part = files.part AND arrived.row = kept.row
            LEFT JOIN postcodes ON postcodes.postcode = kept.id_postcode
            ORDER BY {", ".join(collection.dataset.sorted_by)}, arrived.part, arrived.row)"""  # noqa: S608 — names of ours only


def _take_keys(name: str, count: int) -> int:
    """The first of `count` record keys that nobody has had."""
    block, _ = KeyBlock.objects.select_for_update().get_or_create(table=name)
    first = block.next_key
    block.next_key += count
    block.save(update_fields=["next_key"])
    return first


def _latest_period(files: Sequence[str]) -> str:
    return max(map(tables.period_of, files), default="")
