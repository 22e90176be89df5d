"""What taking a file in costs: read, checked by every rule, people made of its identifiers, sorted, written to a table;
against DuckDB copying the same CSV to Parquet. And what a month in pieces costs until the night puts it in order.
"""

import datetime as dt
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from extracts.catalogue.public import DATASETS
from extracts.collection import tables
from extracts.collection.intake.did import DID
from extracts.collection.intake.rule import Setting
from extracts.collection.intake.run import take_in
from extracts.engine import link
from tests.bench.erasing import serve
from tests.bench.measuring import Comparison, Timed, in_turns
from tests.bench.national import MONTHS, ROW_GROUP, National
from tests.unit.extracts.collection.samples import GOOD

MONTH, PROVIDER, SITE = "2026-04", "XA1", "XA101"
COLUMNS = [name for name in DID.table_schema.names if name != "period"]
VISIBLE_SECONDS = 5.0
RESUBMITTED = 6  # providers of a month, one after the other


@dataclass(frozen=True)
class Collecting:
    year: National
    work: Path
    threads: int
    memory: str

    def comparisons(self, times: int) -> list[Comparison]:
        self.work.mkdir(parents=True, exist_ok=True)
        serve(self.work)
        source = self.work / "month.csv"
        _write_csv(source, self.year.events // len(MONTHS) // 6)
        timed = in_turns({"collect": self._collect(source), "copy": self._copy(source)}, times)
        found = [Comparison("collection of a file", "DuckDB, CSV to Parquet", timed["collect"], timed["copy"], 3.0)]
        return found + self._compaction(times)

    def _collect(self, source: Path) -> Callable[[], None]:
        def run() -> None:
            room = self._emptied("room")
            setting = Setting(PROVIDER, MONTH, dt.date(2026, 11, 22), {SITE: PROVIDER})
            intake = take_in(source, DID, setting, room, secret=b"k" * 32, threads=self.threads)
            with self._connection() as con:
                con.read_parquet([str(part) for part in intake.parts]).create_view("checked")
                con.execute(
                    "CREATE TEMP TABLE tuples AS SELECT row_number() OVER () AS tuple_id, * FROM (SELECT DISTINCT"
                    " id_nhs_number AS nhs_number, id_birth_date AS birth_date, id_sex AS sex,"
                    " id_postcode AS postcode FROM checked)"
                )
                con.execute("CREATE TEMP TABLE base (tuple_id BIGINT, person_id BIGINT)")
                for statement in link.people_sql("tuples") + link.ids_sql("base", 0):
                    con.execute(statement)
                own = {"record_key": "row", "tuple_id": "t.tuple_id", "lsoa": "NULL::VARCHAR"}
                columns = ", ".join(f"{own.get(name, f'checked.{name}')} AS {name}" for name in COLUMNS)
                same = " AND ".join(
                    f"t.{name} IS NOT DISTINCT FROM checked.id_{name}"
                    for name in ("nhs_number", "birth_date", "sex", "postcode")
                )
                order = ", ".join(DATASETS["did"].sorted_by)
                ordered = f"SELECT {columns} FROM checked JOIN tuples t ON {same} ORDER BY {order}, row"
                query = f"SELECT * REPLACE (row_number() OVER () AS record_key) FROM ({ordered})"
                self._emptied("data/tables")
                tables.replace("did", con, {MONTH: query}, base=None)

        return run

    def _copy(self, source: Path) -> Callable[[], None]:
        def run() -> None:
            with self._unordered() as con:
                con.execute(
                    f"COPY (FROM read_csv('{source}', all_varchar = true)) TO '{self.work / 'copy.parquet'}'"
                    f" (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
                )

        return run

    def _compaction(self, times: int) -> list[Comparison]:
        """A month of England's: written in order, then providers sent anew one by one, then put in order again."""
        source, period = self.year.month(MONTHS[5]), MONTHS[5]
        if self.year.events // len(MONTHS) < 2 * ROW_GROUP:
            print("a month of so few events is one row group: nothing to be put in order")
            return []
        month = f"SELECT {', '.join(COLUMNS)} FROM read_parquet('{source}')"
        order = ", ".join((*DATASETS["did"].sorted_by, "record_key"))
        self._emptied("data/tables")
        with self._connection() as con:
            fresh = tables.replace("did", con, {period: f"{month} ORDER BY {order}"}, base=None)
            assert tables.is_compact("did", tables.by_month("did", fresh)[period])
            version, seconds = fresh, []
            for place in range(RESUBMITTED):
                provider = f"X{place:03}"
                one = f"{month} WHERE provider = '{provider}' ORDER BY {order}"
                where = tables.months_of(provider, [period])
                before = version

                def anew(one=one, where=where, before=before) -> None:
                    tables.replace("did", con, {period: one}, base=before, where=where)

                seconds += in_turns({"anew": anew}, 1)["anew"].seconds
                version += 1
            pieces = version
            assert not tables.is_compact("did", tables.by_month("did", pieces)[period])
            held = tables.by_month("did", pieces)[period]
            again = f"SELECT {', '.join(COLUMNS)} FROM read_parquet({held}) ORDER BY {order}"

            def compact() -> None:
                tables.replace("did", con, {period: again}, base=pieces, where=tables.months([period]))

            compacting = in_turns({"compact": compact}, 1)["compact"]
            assert tables.is_compact("did", tables.by_month("did", pieces + 1)[period])
        versions = {"sorted anew": fresh, "in pieces": pieces, "compacted": pieces + 1}
        scans = in_turns({name: self._scan(version) for name, version in versions.items()}, max(times, 5))
        print(f"a month compacted in {compacting.median:.1f} s")
        visible = Timed(tuple(seconds))
        return [
            Comparison("provider-month written anew", "5 s", visible, Timed((VISIBLE_SECONDS,)), 1.0),
            Comparison("full scan after compaction", "sorted anew", scans["compacted"], scans["sorted anew"], 1.1),
            Comparison("full scan before compaction", "sorted anew", scans["in pieces"], scans["sorted anew"], 9.0),
        ]

    def _scan(self, version: int) -> Callable[[], None]:
        files = tables.files("did", version)

        def run() -> None:
            with self._unordered() as con:
                con.execute(
                    f"COPY (SELECT * FROM read_parquet({files})) TO '{self.work / 'scan.parquet'}' (FORMAT parquet,"
                    " COMPRESSION zstd)"
                )

        return run

    def _connection(self) -> duckdb.DuckDBPyConnection:
        spill = str(self.work / "spill")
        return duckdb.connect(config={"threads": self.threads, "memory_limit": self.memory, "temp_directory": spill})

    def _unordered(self) -> duckdb.DuckDBPyConnection:
        """As a plain copy runs fastest."""
        con = self._connection()
        con.execute("SET preserve_insertion_order = false")
        return con

    def _emptied(self, name: str) -> Path:
        folder = self.work / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder


def _write_csv(path: Path, rows: int) -> None:
    """Good records of a month of one provider, each with an accession number of its own, of people who come twice."""
    last = " + ".join(f"{11 - place} * (base // {10 ** (9 - place)} % 10)" for place in range(1, 10))
    changed = {
        "nhs_number": "people.nhs_number",
        "birth_date": "(DATE '1930-01-01' + (hash(people.nhs_number) % 30000)::INTEGER)::VARCHAR",
        "gender": "(1 + hash(people.nhs_number, 'gender') % 2)::VARCHAR",
        "postcode": "'QA' || hash(events.place) % 90 || ' ' || hash(events.place, 1) % 9 || 'BC'",
        "test_date": f"'{MONTH}-' || lpad((1 + hash(events.place, 'day') % 12)::VARCHAR, 2, '0')",
        "request_date": f"'{MONTH}-01'",
        "received_date": f"'{MONTH}-01'",
        "report_date": f"'{MONTH}-20'",
        "accession_number": "'RIS ' || events.place",
    }
    values = ", ".join(
        f'{changed.get(name, repr(GOOD[name]))} AS "{column}"'
        for name, column in zip(DID.layout.names, DID.layout.columns, strict=True)
    )
    with duckdb.connect() as con:
        con.execute(
            f"CREATE TABLE people AS SELECT row_number() OVER () - 1 AS place, base::VARCHAR || last AS nhs_number"
            f" FROM (SELECT base, (11 - ({last}) % 11) % 11 AS last"
            " FROM (SELECT 999000000 + range AS base FROM range(900000)))"
            " WHERE last < 10"
        )
        con.execute(
            f"COPY (SELECT {values} FROM (SELECT range AS place FROM range({rows})) events"
            f" JOIN people ON people.place = (hash(events.place) % {min(rows // 2, 800_000)})::BIGINT)"
            f" TO '{path}' (FORMAT csv, HEADER)"
        )
