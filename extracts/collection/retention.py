"""Finds what is past its retention period, and takes it out of the present data: months, and identifiers of nobody.

Somebody's identifiers stay for as long as a record of theirs is in the present data or in a version that a run names:
opt-outs are recognised by them. Those of people of whom no record is left go, a while after the last one.
What is older than the present data is then removed as after opt-outs (`erasing`).
"""

# ruff: noqa: S608 - queries are made of declared names, numbers and quoted literals, never of what people type

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from extracts.catalogue.public import DATASETS
from extracts.collection import (
    folders,
    people,
    publishing,
    retention_services,
    retention_terms,
    tables,
    vault,
    versions,
)
from extracts.collection.models import DataVersion, Erasure, Submission
from extracts.collection.publishing import Publisher

_OWN = f"dataset IN ('did', '{people.PAST}')"


def announce() -> Erasure | None:
    """Announces what is past its period, unless something is announced or being removed, or nothing is past it."""
    base = publishing.current()
    if base is None or retention_services.under_way():
        return None
    months = {name: retention_terms.first_kept(name) for name in DATASETS}
    past = {name: tables.sizes(name, base.versions.get(name), before=first) for name, first in months.items()}
    past = {name: sizes for name, sizes in past.items() if sizes}
    with versions.reading():
        numbers, identifiers = _write_unused(base, months)
    if not past and not identifiers:
        vault.path(numbers).unlink()
        return None
    return retention_services.announce(months=months, past=past, numbers=numbers)


def take_out(erasure: Erasure, publisher: Publisher) -> dict[str, Any]:
    """Takes months and identifiers out of the version in the making. Returns what to note of it."""
    numbers, identifiers = _write_unused(publisher.draft.base, erasure.months, erasure.numbers)
    removed = {name: publisher.remove_months(name, first) for name, first in erasure.months.items()}
    publisher.forget(numbers)
    first = erasure.months["did"]
    Submission.objects.filter(period__lt=first, state=Submission.State.ACCEPTED).update(state=Submission.State.EXPIRED)
    Submission.objects.filter(period__lt=first).update(keys="")
    removed = {name: sizes for name, sizes in removed.items() if sizes}
    return {"numbers": numbers, "removed": removed, "identifiers": identifiers}


def clear(erasure: Erasure) -> int:
    """Removes reports and hashes of accession numbers of the months' submissions. Nobody may publish meanwhile."""
    gone = Submission.objects.filter(period__lt=erasure.months["did"])
    reports = [folders.report(key) for key in gone.values_list("pk", flat=True)]
    there = [report for report in reports if report.exists()]
    for report in there:
        report.unlink()
    named = set(Submission.objects.exclude(keys="").values_list("keys", flat=True))
    return len(there) + folders.remove_keys_but(named)


def _write_unused(base: DataVersion, months: Mapping[str, str], among: str = "") -> tuple[str, int]:
    """Writes the numbers of identifiers and people of whom no record is left when the months have gone; how many
    identifiers. `among`: a file of the numbers that may be in it (none named: all)."""
    pinned = DataVersion.objects.filter(pk__in=versions.pinned() - {base.pk}).order_by("-pk")
    needed = [base, *(version for version in pinned if not versions.is_gone(version))]
    records = sorted(
        {
            file
            for version in needed
            for name, found in versions.files(version).items()
            for file in found
            if tables.period_of(file) >= months.get(name, "")
        }
    )
    names = [versions.vault_names(version) for version in needed]
    tuple_files = sorted({name for found, _ in names for name in found})
    maps = [f"read_parquet('{vault.path(name)}')" for name in dict.fromkeys(name for _, name in names) if name]
    with vault.connection() as con:
        con.execute("CREATE TEMP TABLE known (tuple_id BIGINT)")
        con.execute("CREATE TEMP TABLE used (tuple_id BIGINT)")
        if tuple_files:
            con.execute("INSERT INTO known SELECT DISTINCT tuple_id FROM read_parquet(?)", [vault.paths(tuple_files)])
        if records:
            query = "INSERT INTO used SELECT DISTINCT tuple_id FROM read_parquet(?, hive_partitioning = false)"
            con.execute(query, [records])
        if among:
            may = f"SELECT number FROM read_parquet('{vault.path(among)}') WHERE kind = 'tuple'"
            con.execute(f"INSERT INTO used SELECT tuple_id FROM known WHERE tuple_id NOT IN ({may})")
        _find_unused(con, maps)
        (identifiers,) = con.execute("SELECT count(*) FROM gone").fetchall()[0]
        query = """SELECT 'tuple' AS kind, tuple_id AS number FROM gone
            UNION ALL SELECT 'person', person_id FROM nobody ORDER BY kind, number"""
        return vault.write(con, query, f"erasing/retention_{secrets.token_hex(8)}.parquet"), identifiers


def _find_unused(con: duckdb.DuckDBPyConnection, maps: Sequence[str]) -> None:
    """Tables `gone` (tuple_id) and `nobody` (person_id): whoever has one tuple in use by any map keeps all."""
    con.execute("CREATE TEMP TABLE spared AS FROM used")
    for held in maps:
        whose = f"SELECT person_id FROM {held} SEMI JOIN used USING (tuple_id) WHERE {_OWN}"
        con.execute(f"INSERT INTO spared SELECT tuple_id FROM {held} WHERE {_OWN} AND person_id IN ({whose})")
    con.execute("CREATE TEMP TABLE gone AS FROM known ANTI JOIN spared USING (tuple_id)")
    con.execute("CREATE TEMP TABLE nobody (person_id BIGINT)")
    if maps:
        everybody = " UNION ALL ".join(f"SELECT tuple_id, person_id FROM {held} WHERE {_OWN}" for held in maps)
        con.execute(
            f"""INSERT INTO nobody SELECT person_id FROM ({everybody}) LEFT JOIN gone USING (tuple_id)
            GROUP BY person_id HAVING bool_and(gone.tuple_id IS NOT NULL)"""
        )
