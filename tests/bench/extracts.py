"""What an extract costs against DuckDB copying the same rows and columns into the same format, nothing else done."""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyrage

from extracts.catalogue.public import compile_spec
from extracts.engine.keys import AgreementKey
from extracts.engine.plan import Plan, compile_plan
from extracts.engine.runner import DuckDBRunner
from tests.bench import national
from tests.bench.measuring import Comparison, Timed, in_turns
from tests.bench.national import MONTHS, ROW_GROUP, National

KEY = AgreementKey(bytes(range(32)))
# Thirteen columns with the pseudonym and the record key.
FIELDS = {
    "age": "band_10",
    "did_gender_code": "code",
    "did_ethcat": "group",
    "ic_region": "code",
    "modality": "code",
    "did_snomedct_code": "code",
    "did_date3": "month",
    "days_request_to_test": "days",
    "did_patsource_code": "code",
    "body_region": "code",
    "ic_submit_orgcode": "code",
}
SOURCES = (
    "record_key, tuple_id, age_years, gender, ethnic_category, lsoa, modality, snomed, test_date, request_date,"
    " patient_source, body_region, provider"
)
LINKED = {"hes_apc": {"diag_01": "char3", "admidate": "month", "admimeth": "group", "stay_days": "days"}}
STAYS = "diag_01, admission_date, admission_method, discharge_date"
# Eight by which people are told apart, as fine as a request may have them, and what an event is matched by.
QUASI = {
    "age": "years",
    "child_flag": "flag",
    "did_gender_code": "code",
    "did_ethcat": "code",
    "ic_imd": "decile",
    "ic_lsoa": "code",
    "ic_commissioner_code": "code",
}
EVENT = {"did_date3": "day", "ic_sitecode": "code", "did_snomedct_code": "code", "modality": "code"}
RISK_SECONDS, RISK_EVENTS = 60, 43_000_000
KINDS = ("X", "U")  # nearly three quarters of the events
FORMATS = {
    "parquet": f"FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 3, ROW_GROUP_SIZE {ROW_GROUP}",
    "csv.zst": "FORMAT csv, HEADER, COMPRESSION zstd",
}


@dataclass(frozen=True)
class Bench:
    """The year, a folder to work in, and what a run may take. Each run writes into a folder that is emptied before."""

    year: National
    work: Path
    threads: int
    memory: str

    def warmed(self) -> None:
        """Has the engine load once what a worker loads once, so that the first thing measured does not pay for it."""
        with tempfile.TemporaryDirectory(dir=self.work) as folder:
            year = national.make(Path(folder) / "year", 12_000, self.threads, self.memory)
            small = replace(self, year=year, work=Path(folder))
            small.extract(small.plan("parquet"))()
            small.risk()()

    def plan(
        self,
        form: str,
        months: tuple[str, ...] = MONTHS,
        conditions: Sequence[dict] = (),
        fields: dict[str, str] = FIELDS,
        linked: dict[str, dict[str, str]] | None = None,
    ) -> Plan:
        every = {"did": fields} | (linked or {})
        answers = {
            "data": {
                "datasets": list(every),
                "linkage": list(linked or {}),
                "max_match_rank": 8,
                "period_from": months[0],
                "period_to": months[-1],
                "fields": every,
                "field_reasons": {f"{name}.{field}": "measured" for name in every for field in every[name]},
                "filters": [_modality(*KINDS)] if conditions == () else list(conditions),
                "cohort": [],
                "identifiability": "pseudonymised",
                "frequency": "once",
                "formats": [form],
            },
            "confidentiality": {"basis": "s251"},
            "legal": {"dissemination": "s261_2_b_ii"},
        }
        return compile_plan(compile_spec(answers, "DARS-NIC-000001-A1B2C-v1.0", 1))

    def extract(self, plan: Plan) -> Callable[[], object]:
        def run() -> object:
            spill = self._emptied("spill")
            runner = DuckDBRunner(threads=self.threads, memory_limit=self.memory, temp_dir=spill)
            return runner.write(plan, self.year.bindings, KEY, self._emptied("extract"))

        return run

    def sealed(self, plan: Plan) -> Callable[[], object]:
        """An extract, and its files encrypted to one recipient as delivery does it."""
        extract, recipient = self.extract(plan), pyrage.x25519.Identity.generate().to_public()

        def run() -> None:
            for file in extract().files:
                plain = self.work / "extract" / file.name
                with plain.open("rb") as source, plain.with_suffix(".age").open("wb") as target:
                    pyrage.encrypt_io(source, target, [recipient])

        return run

    def risk(self) -> Callable[[], object]:
        """Of all events of the year, nothing left out but opted-out people."""
        plan = self.plan("parquet", conditions=[], fields=QUASI | EVENT)

        def run() -> object:
            runner = DuckDBRunner(threads=self.threads, memory_limit=self.memory, temp_dir=self._emptied("spill"))
            return runner.assess(plan, self.year.bindings)

        return run

    def copy(self, form: str, months: tuple[str, ...] = MONTHS, *, where: str = "", by: str = "") -> Callable[[], None]:
        """The rows of those months into one file, in no order; or into one for each month, each in the order `by`."""
        chosen = where or "modality IN ({})".format(", ".join(f"'{kind}'" for kind in KINDS))

        def run() -> None:
            out = self._emptied("copy")
            with self._connection() as con:
                parts = [(month,) for month in months] if by else [months]
                for part in parts:
                    listed = ", ".join(f"'{self.year.month(month)}'" for month in part)
                    query = f"SELECT {SOURCES} FROM read_parquet([{listed}]) WHERE {chosen}"
                    query += f" ORDER BY {by}" if by else ""
                    con.execute(f"COPY ({query}) TO '{out / part[0]}.{form}' ({FORMATS[form]})")

        return run

    def linked_copy(self) -> Callable[[], None]:
        """The rows of a linked extract: events of the kinds, and the episodes of whoever has one, joined by person."""
        ours = ", ".join(f"'{kind}'" for kind in KINDS)
        did, stays = ([str(self.year.month(month, name)) for month in MONTHS] for name in ("did", "hes_apc"))
        known = f"SELECT * FROM read_parquet('{self.year.folder / 'person_map.parquet'}') WHERE dataset"
        chosen = f"SELECT {SOURCES} FROM read_parquet({did}) WHERE modality IN ({ours})"

        def run() -> None:
            out = self._emptied("copy")
            with self._connection() as con:
                con.execute(f"COPY ({chosen}) TO '{out / 'did.parquet'}' ({FORMATS['parquet']})")
                con.execute(
                    "CREATE TEMP TABLE chosen AS SELECT DISTINCT person_id FROM"
                    f" (SELECT tuple_id FROM read_parquet({did}) WHERE modality IN ({ours}))"
                    f" JOIN ({known} = 'did') USING (tuple_id)"
                )
                linked = (
                    f"SELECT record_key, match_rank, {STAYS} FROM read_parquet({stays})"
                    f" JOIN ({known} = 'hes_apc') USING (tuple_id) SEMI JOIN chosen USING (person_id)"
                )
                con.execute(f"COPY ({linked}) TO '{out / 'hes_apc.parquet'}' ({FORMATS['parquet']})")

        return run

    def _connection(self) -> duckdb.DuckDBPyConnection:
        spill = str(self._emptied("spill"))
        con = duckdb.connect(config={"threads": self.threads, "memory_limit": self.memory, "temp_directory": spill})
        con.execute("SET preserve_insertion_order = false")
        return con

    def _emptied(self, name: str) -> Path:
        folder = self.work / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder


def _modality(*kinds: str) -> dict:
    return {"dataset": "did", "field": "modality", "form": "code", "values": list(kinds)}


def parquet(bench: Bench, times: int) -> list[Comparison]:
    """A year against copies of the same rows and columns."""
    return _of_a_year(bench, "parquet", times)


def csv(bench: Bench, times: int) -> list[Comparison]:
    return _of_a_year(bench, "csv.zst", times)


def _of_a_year(bench: Bench, form: str, times: int) -> list[Comparison]:
    things = {
        "copy": bench.copy(form),
        "sorted": bench.copy(form, by="record_key"),
        "extract": bench.extract(bench.plan(form)),
    }
    timed = in_turns(things, times)
    return [
        Comparison(f"extract of a year, {form}", "unsorted copy", timed["extract"], timed["copy"], 1.5),
        Comparison(f"extract of a year, {form}", "copy sorted by month", timed["extract"], timed["sorted"], 1.0),
    ]


def month(bench: Bench, times: int) -> list[Comparison]:
    one = {"month": bench.extract(bench.plan("parquet", MONTHS[5:6])), "year": bench.extract(bench.plan("parquet"))}
    timed = in_turns(one, times)
    year = timed["year"]
    twelfth = Timed(*(tuple(seconds / len(MONTHS) for seconds in each) for each in (year.seconds, year.processor)))
    return [Comparison("extract of one month", "a twelfth of a year", timed["month"], twelfth, 1.3)]


def narrow(bench: Bench, times: int) -> list[Comparison]:
    provider = {"dataset": "did", "field": "ic_submit_orgcode", "form": "code", "values": ["X007"]}
    plan = bench.plan("parquet", conditions=(_modality("M"), provider))
    timed = in_turns({"narrow": bench.extract(plan), "copy": bench.copy("parquet", where="true")}, times)
    return [Comparison("one modality of one provider, a year", "full scan", timed["narrow"], timed["copy"], 0.02)]


def sealed(bench: Bench, times: int) -> list[Comparison]:
    plan = bench.plan("parquet")
    timed = in_turns({"sealed": bench.sealed(plan), "plain": bench.extract(plan)}, times)
    return [Comparison("extract and its encryption", "extract", timed["sealed"], timed["plain"], 1.1)]


def linked(bench: Bench, times: int) -> list[Comparison]:
    """Against a copy of the same rows that joins them. Neither links anybody: the map of people says who is who."""
    plan = bench.plan("parquet", linked=LINKED)
    timed = in_turns({"linked": bench.extract(plan), "copy": bench.linked_copy()}, times)
    return [Comparison("linked extract of a year", "unsorted copy, joined", timed["linked"], timed["copy"], 1.5)]


def risk(bench: Bench, times: int) -> list[Comparison]:
    """What the panel waits for before it meets."""
    timed = in_turns({"risk": bench.risk()}, times)
    share = Timed((RISK_SECONDS * bench.year.events / RISK_EVENTS,))
    return [Comparison("risk of a year, eight fields", "60 s for 43 million", timed["risk"], share, 1.0)]
