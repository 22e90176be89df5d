"""The proof of an erasure: looks through every file and log that is left. Shows no number."""

# ruff: noqa: S608 - queries are made of declared names, numbers and quoted literals, never of what people type

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings

from extracts.catalogue.public import DATASETS
from extracts.collection import barred, tables, vault
from extracts.collection.models import DirectOptOut, Erasure

# Tables are written by month, or by month and provider; a condition on anything else would tell of a person.
_MAY_STAND_IN_A_CONDITION = {"period", "provider", "and", "or", "in"}
_COLUMNS = {
    "tuples": ("tuple_id",),
    "person_map": ("tuple_id", "person_id"),
    "opted_out": ("person_id",),
    "given": ("tuple_id", "person_id"),
}


@dataclass
class Found:
    """`searched`: how many files of each kind; `remains`: files that hold one of them; `passing`: not yet gone;
    `earliest`: the first month that each dataset has files of."""

    searched: dict[str, int] = field(default_factory=dict)
    remains: int = 0
    passing: int = 0
    earliest: dict[str, str] = field(default_factory=dict)

    def count(self, kind: str, bad: bool) -> None:
        self.searched[kind] = self.searched.get(kind, 0) + 1
        self.remains += bad


def search(erasure: Erasure) -> Found:
    """Whether a number of the erased stands in any table file, log, or file of the vault, or in anything half done; or
    a file of a month that was to go in any table or log."""
    found = Found()
    objects = dict(barred.numbers())
    own = DirectOptOut.objects.filter(erasure=erasure, withdrawn_at=None).values_list("pk", flat=True)
    with vault.connection() as con:
        con.execute(f"CREATE TEMP TABLE erased AS FROM read_parquet('{vault.path(erasure.numbers)}')")
        numbers = [objects[key] for key in own if key in objects]
        con.register("direct", pa.table({"nhs_number": pa.array(numbers, pa.string())}))
        for name in DATASETS:
            for file in sorted(tables.path(name).rglob("*")):
                if not file.is_file():
                    continue
                first = erasure.months.get(name, "")
                if "_delta_log" in file.parts:
                    found.count("logs", not _log_is_silent(name, file, first))
                    continue
                period = tables.period_of(file)
                found.earliest[name] = min(period, found.earliest.get(name, period))
                strange = file.suffix != ".parquet" or period < first
                found.count("tables", strange or _holds(con, file, ("tuple_id",)))
        for folder, columns in _COLUMNS.items():
            for file in sorted((vault.root() / folder).iterdir()):
                found.count("vault", _holds(con, file, columns) or (folder == "tuples" and _names(con, file)))
        for file in sorted((vault.root() / "erasing").iterdir()):
            if file != vault.path(erasure.numbers):
                found.count("vault", _lists(con, file))
    begun = erasure.begun_at.timestamp()
    found.passing = sum(file.stat().st_mtime < begun for file in _half_done())
    return found


def _holds(con: duckdb.DuckDBPyConnection, file: Path, columns: tuple[str, ...]) -> bool:
    kinds = " OR ".join(
        f"{name} IN (SELECT number FROM erased WHERE kind = '{name.removesuffix('_id')}')" for name in columns
    )
    query = f"SELECT count(*) FROM read_parquet('{file}', hive_partitioning = false) WHERE {kinds}"
    return con.execute(query).fetchall()[0][0] > 0


def _lists(con: duckdb.DuckDBPyConnection, file: Path) -> bool:
    query = f"SELECT count(*) FROM read_parquet('{file}') SEMI JOIN erased USING (kind, number)"
    return con.execute(query).fetchall()[0][0] > 0


def _names(con: duckdb.DuckDBPyConnection, file: Path) -> bool:
    query = f"SELECT count(*) FROM read_parquet('{file}') SEMI JOIN direct USING (nhs_number)"
    return con.execute(query).fetchall()[0][0] > 0


def _log_is_silent(name: str, file: Path, first: str = "") -> bool:
    """True if a log tells of no column but those that readers prune by, of no condition but months, and has no file of
    a month before the first."""
    allowed = tables.statistics_of(name)
    for action in _actions(file):
        added = action.get("add") or {}
        stats = json.loads(added.get("stats") or "{}")
        told = {column for kind in ("minValues", "maxValues") for column in stats.get(kind, {})}
        parameters = (action.get("commitInfo") or {}).get("operationParameters") or {}
        condition = dict(parameters).get("predicate")
        words = set(re.findall(r"\w+", re.sub(r"'[^']*'", "", condition or "").lower()))
        if added and tables.period_of(added.get("path") or "") < first:
            return False
        if told - allowed or words - _MAY_STAND_IN_A_CONDITION:
            return False
    return True


def _actions(file: Path) -> Iterator[dict[str, Any]]:
    if file.suffix == ".parquet":
        yield from pq.read_table(file).to_pylist()
    else:
        yield from (json.loads(line) for line in file.read_text().splitlines() if line.strip())


def _half_done() -> Iterator[Path]:
    """Files of work under way: received submissions, checked rows, plain files of runs, what was spilled."""
    for root in (settings.UPLOAD_ROOT, settings.STAGING_ROOT, *vault.root().glob(".spill-*")):
        yield from (file for file in Path(root).rglob("*") if file.is_file())
