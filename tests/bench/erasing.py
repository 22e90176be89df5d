"""What an erasure costs, step by step, against a full copy of the table; and what taking out a month costs.

The steps are the service's own; what stands around them (leases, rows, waiting for readers) is not here.
"""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import django
import duckdb

from tests.bench.measuring import Comparison, Timed, in_turns
from tests.bench.national import MONTHS, ROW_GROUP, National

PEOPLE = 100  # whose opt-outs are carried out together
NO_MARK = 99.0


@dataclass(frozen=True)
class Erasing:
    year: National
    work: Path
    threads: int
    memory: str

    def comparisons(self, times: int) -> list[Comparison]:
        """PEOPLE people are erased from a table of the year, from an older version of it, from vault and map."""
        self.work.mkdir(parents=True, exist_ok=True)
        serve(self.work)
        return _Bench(self).comparisons(times)

    def connection(self) -> duckdb.DuckDBPyConnection:
        spill = str(self.work / "spill")
        return duckdb.connect(config={"threads": self.threads, "memory_limit": self.memory, "temp_directory": spill})


def serve(work: Path) -> None:
    """The service's settings with folders under `work`; no database is asked."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "dars.config.settings"
    os.environ |= {"DEVELOPMENT": "1", "STATE": str(work / "state"), "DATABASE_URL": "postgres://nobody@127.0.0.1/none"}
    django.setup()
    from django.conf import settings

    settings.DATA_ROOT, settings.VAULT_ROOT = work / "data", work / "vault"


class _Bench:
    """The table, the vault and who is to go; each timed step leaves everything as it found it."""

    def __init__(self, bench: Erasing) -> None:
        from extracts.collection import tables, vault
        from extracts.collection.intake.did import DID

        self._bench, self._work = bench, bench.work
        self._tables, self._vault = tables, vault
        months = [(str(bench.year.month(month)), month) for month in MONTHS]
        columns = [name for name in DID.table_schema.names if name != "period"]
        rows = {month: f"SELECT {', '.join(columns)} FROM read_parquet('{file}')" for file, month in months}
        with bench.connection() as con:
            self._whole = tables.replace("did", con, rows, base=None)
        self._files = tables.files("did", self._whole)
        self._names = count()
        self._write_vault(bench.year)

    def _write_vault(self, year: National) -> None:
        vault, held = self._vault, f"read_parquet('{year.folder / 'person_map.parquet'}')"
        with vault.connection() as con:
            last = con.execute(f"SELECT max(person_id) FROM {held}").fetchall()[0][0]
            self._map = vault.write(
                con,
                f"SELECT * FROM {held} ORDER BY ALL",
                "person_map/v000001.parquet",
                {"highest_person_id": str(last)},
            )
            identifiers = (
                "tuple_id, (9990000000 + tuple_id)::VARCHAR AS nhs_number,"
                " DATE '1930-01-01' + (tuple_id % 30000)::INTEGER AS birth_date, '1' AS sex,"
                " 'QA' || tuple_id % 90 || ' ' || tuple_id % 9 || 'BC' AS postcode"
            )
            own = f"SELECT DISTINCT {identifiers} FROM {held} WHERE dataset = 'did'"
            self._tuples = vault.write(con, f"{own} ORDER BY tuple_id", "tuples/1-1-bench.parquet")
            con.execute(
                "CREATE TEMP TABLE chosen AS FROM"
                f" (SELECT DISTINCT person_id FROM {held} WHERE dataset = 'did')"
                f" ORDER BY hash(person_id) LIMIT {PEOPLE}"
            )
            self._numbers = vault.write(
                con,
                f"SELECT 'tuple' AS kind, tuple_id AS number FROM {held} SEMI JOIN chosen USING (person_id)"
                " WHERE dataset = 'did' UNION ALL SELECT 'person', person_id FROM chosen ORDER BY ALL",
                "erasing/bench.parquet",
            )

    def comparisons(self, times: int) -> list[Comparison]:
        from extracts.collection import clearing, erasure_search, people, retention

        vault, files = self._vault, self._files
        self._tell()

        def published() -> None:
            clearing.rewrite("did", self._whole, self._numbers)

        def identified() -> None:
            with vault.session([self._tuples]) as held:
                held.forget(self._numbers)
                held.publish()
            people.without(self._map, self._numbers, f"person_map/b{next(self._names)}.parquet")

        def copied() -> None:
            for new in clearing.without(files, self._numbers).values():
                Path(new).unlink()

        def searched() -> None:
            with vault.connection() as con:
                con.execute(f"CREATE TEMP TABLE erased AS FROM read_parquet('{vault.path(self._numbers)}')")
                for file in files:
                    erasure_search._holds(con, Path(file), ("tuple_id",))
                for name, columns in ((self._map, ("tuple_id", "person_id")), (self._tuples, ("tuple_id",))):
                    erasure_search._holds(con, vault.path(name), columns)

        def unused() -> None:
            with vault.connection() as con:
                con.execute("CREATE TEMP TABLE used AS SELECT DISTINCT tuple_id FROM read_parquet(?)", [files[1:]])
                con.execute(
                    f"CREATE TEMP TABLE known AS SELECT tuple_id FROM read_parquet('{vault.path(self._tuples)}')"
                )
                retention._find_unused(con, [f"read_parquet('{vault.path(self._map)}')"])

        def month_out() -> None:
            with self._bench.connection() as con:
                self._tables.replace("did", con, {}, base=self._whole, where=self._tables.months(MONTHS[:1]))

        steps = {
            "out of the present data": published,
            "out of identifiers and map of people": identified,
            "out of an older version that runs name": copied,
            "search of table, identifiers and map": searched,
            "identifiers of whom a month less has none": unused,
            "one month past its period out": month_out,
        }
        timed = in_turns({**steps, "copy": self._copy(), "sorted": self._copy(ordered=True)}, times)
        whole = Timed(tuple(map(sum, zip(*(timed[name].seconds for name in list(steps)[:4]), strict=True))))
        rewritten, together = "out of the present data", f"{PEOPLE} people erased, the four together"
        return [
            *(Comparison(name, "full copy", timed[name], timed["copy"], NO_MARK) for name in steps),
            Comparison(rewritten, "full copy, sorted", timed[rewritten], timed["sorted"], NO_MARK),
            Comparison(together, "full copy", whole, timed["copy"], NO_MARK),
        ]

    def _tell(self) -> None:
        with self._bench.connection() as con:
            numbers = f"SELECT number FROM read_parquet('{self._vault.path(self._numbers)}') WHERE kind = 'tuple'"
            query = "SELECT count(*), count(DISTINCT filename) FROM read_parquet(?, filename = true)"
            rows, hit = con.execute(f"{query} WHERE tuple_id IN ({numbers})", [self._files]).fetchall()[0]
        print(f"{PEOPLE} people, {rows} records in {hit} of {len(self._files)} files of the table")

    def _copy(self, *, ordered: bool = False) -> Callable[[], None]:
        target = self._work / "copy"

        def run() -> None:
            shutil.rmtree(target, ignore_errors=True)
            target.mkdir()
            with self._bench.connection() as con:
                for place, file in enumerate(self._files):
                    order = "ORDER BY modality, provider, test_date, record_key" if ordered else ""
                    query = f"FROM read_parquet('{file}', hive_partitioning = false) {order}"
                    options = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP}"
                    con.execute(f"COPY ({query}) TO '{target / str(place)}' ({options})")

        return run
