"""Counts the collected data into the cells of a cube, in DuckDB; true counts live in this module's hands only."""

# ruff: noqa: S608 - queries are made of declared names, numbers and quoted literals, never of what people type

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
from django.conf import settings

from extracts.statistics.cube import (
    AGES,
    MODALITIES,
    MOST_TESTS,
    SOURCES,
    Coordinates,
    Counts,
    Cube,
    Draw,
    Month,
    protect,
    small,
)

# Lengths, in months, for which the share of people with repeated tests is worked out; and how many people that takes.
WINDOWS = (1, 2, 3, 6, 12, 24, 36, 60, 120)
FACTOR_PEOPLE = 1000
_SPILL = "counts-"


class CountFailed(RuntimeError):
    """The data could not be counted. DuckDB's own message may quote a row, so only its kind is passed on."""


def build(files: dict[str, Sequence[str]], opted_out: str, draw: Draw) -> Cube:
    """A cube of every month of the DID. `files`: as `collection.public.bindings` gives them; `opted_out`: left out.

    Raises CountFailed.
    """
    try:
        with connection() as con:
            _gather(con, files, opted_out)
            regions = tuple(sorted({"", *(row[0] for row in con.execute(_REGIONS).fetchall())}))
            months = {}
            for (month,) in con.execute("SELECT DISTINCT month FROM once ORDER BY month").fetchall():
                counts = _counts(con, month)
                months[month] = _protected(con, month, counts, draw)
            return Cube(months, regions, _factors(con, sorted(months)))
    except duckdb.Error as error:
        raise CountFailed(type(error).__name__) from None


_REGIONS = "SELECT DISTINCT region FROM geography WHERE region IS NOT NULL"


def _gather(con: duckdb.DuckDBPyConnection, files: dict[str, Sequence[str]], opted_out: str) -> None:
    """The table `once`: one row for each person and cell, with how many tests, capped, they had in it."""
    geography = list(files.get("geography") or [])
    if geography:
        con.execute(
            "CREATE TEMP TABLE geography AS SELECT lsoa, min(region) AS region FROM read_parquet(?) GROUP BY lsoa",
            [geography],
        )
    else:
        con.execute("CREATE TEMP TABLE geography (lsoa VARCHAR, region VARCHAR)")
    query = f"""
        CREATE TEMP TABLE once AS
        SELECT d.period AS month, m.person_id,
            CASE WHEN d.modality IN ({_quoted(MODALITIES)}) THEN d.modality ELSE '' END AS modality,
            coalesce(g.region, '') AS region, {_ages()} AS age, {_sources()} AS source,
            least(count(*), {MOST_TESTS}) AS tests
        FROM read_parquet($did, hive_partitioning = true, hive_types_autocast = false) d
        JOIN read_parquet($people) m ON m.dataset = 'did' AND m.tuple_id = d.tuple_id
        ANTI JOIN read_parquet($opted_out) o ON o.person_id = m.person_id
        LEFT JOIN geography g ON g.lsoa = d.lsoa
        GROUP BY ALL"""
    con.execute(query, {"did": list(files["did"]), "people": list(files["person_map"]), "opted_out": [opted_out]})


def _ages() -> str:
    arms = " ".join(
        f"WHEN d.age_years >= {low} THEN '{group}'"
        for group, members in reversed(AGES.items())
        if members and (low := members[0].partition("-")[0])
    )
    return f"CASE {arms} ELSE '' END"


def _sources() -> str:
    single = ((group, members) for group, members in SOURCES.items() if group != "other")
    arms = " ".join(f"WHEN d.patient_source IN ({_quoted(members)}) THEN '{group}'" for group, members in single)
    return f"CASE {arms} ELSE 'other' END"


def _quoted(values: Sequence[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)


def _counts(con: duckdb.DuckDBPyConnection, month: str) -> dict[Coordinates, Counts]:
    rows = con.execute(
        """SELECT modality, region, age, source, count(*), CAST(sum(tests) AS BIGINT) FROM once
        WHERE month = ? GROUP BY modality, region, age, source""",
        [month],
    ).fetchall()
    return {row[:4]: row[4:] for row in rows}


def _protected(con: duckdb.DuckDBPyConnection, month: str, counts: dict[Coordinates, Counts], draw: Draw) -> Month:
    few = sorted(small(counts))
    columns = ("modality", "region", "age", "source")
    con.register("few", pa.table({name: pa.array([c[i] for c in few], pa.string()) for i, name in enumerate(columns)}))
    pools = con.execute(
        """SELECT modality, count(DISTINCT person_id), CAST(sum(tests) AS BIGINT)
        FROM once SEMI JOIN few USING (modality, region, age, source) WHERE month = ? GROUP BY modality""",
        [month],
    ).fetchall()
    con.unregister("few")
    return protect(counts, {modality: (people, tests) for modality, people, tests in pools}, draw)


def _factors(con: duckdb.DuckDBPyConnection, months: Sequence[str]) -> dict[int, dict[str, int]]:
    """How many of 100 people counted once in each cell are different people, over the latest months of each length."""
    found: dict[int, dict[str, int]] = {}
    for length in (size for size in WINDOWS if size <= len(months)):
        rows = con.execute(
            """SELECT coalesce(modality, 'all'), count(DISTINCT person_id), count(*) FROM once
            WHERE month >= ? GROUP BY GROUPING SETS ((modality), ())""",
            [months[-length]],
        ).fetchall()
        found[length] = {
            name: round(100 * people / counted) for name, people, counted in rows if people >= FACTOR_PEOPLE
        }
    return found


@contextmanager
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """Limits as everywhere; the spill is plain patient data, so it goes to a private folder that is wiped."""
    settings.STAGING_ROOT.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sweep()
    spill = Path(tempfile.mkdtemp(prefix=_SPILL, dir=settings.STAGING_ROOT))
    held = os.open(spill, os.O_RDONLY)
    con = None
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        con = duckdb.connect(
            config={
                "threads": settings.ENGINE_THREADS,
                "memory_limit": settings.ENGINE_MEMORY_LIMIT,
                "temp_directory": str(spill),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )
        yield con
    finally:
        if con is not None:
            con.close()
        shutil.rmtree(spill, ignore_errors=True)
        os.close(held)


def _sweep() -> None:
    """Removes the spill of counts that a crash cut off: folders that nobody holds."""
    for folder in settings.STAGING_ROOT.glob(f"{_SPILL}*"):
        held = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            continue  # a count is under way
        finally:
            os.close(held)
