"""Counts of the publication's tables, by DuckDB in one scan of the collected data. Sees no identifier; keeps none."""

# ruff: noqa: S608 - queries are made of declared names, numbers and quoted literals, never of what people type

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from extracts.catalogue.public import DATASETS, imaging_codes
from extracts.statistics.counting import CountFailed, connection

UNKNOWN = "unknown"
GP = "04"  # patient source setting: GP direct access
OLDEST = 90
WAITS = {
    "request_to_test": ("request_date", "test_date"),
    "test_to_report": ("test_date", "report_date"),
}


@dataclass(frozen=True)
class Counts:
    """True counts of tests, of months "2026-04"; codes are the dataset's, `UNKNOWN` where there is none.

    activity: by month, provider, modality and source. early: by month and group of early-cancer tests: all, and those
    that came from a GP. waits: for each of `WAITS`, by month and modality, how many tests waited so many days.
    people: by month, age group and gender.
    """

    activity: Mapping[tuple[str, str, str, str], int] = field(default_factory=dict)
    early: Mapping[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    waits: Mapping[str, Mapping[tuple[str, str], Mapping[int, int]]] = field(default_factory=dict)
    people: Mapping[tuple[str, str, str], int] = field(default_factory=dict)


def count(files: Mapping[str, Sequence[str]], opted_out: str, months: Collection[str]) -> Counts:
    """Counts the tests of those months. `files`: as `collection.public.bindings` gives them; `opted_out`: Parquet of
    the people to leave out. Raises CountFailed."""
    wanted = {f"period={month}" for month in months}
    did = [file for file in files["did"] if wanted & set(file.split("/"))]
    if not did:
        return Counts()
    try:
        with connection() as con:
            _codes(con)
            given = {"did": did, "people": list(files["person_map"]), "opted_out": [opted_out]}
            return _sorted(con.execute(_query(), given).fetchall())
    except duckdb.Error as error:
        raise CountFailed(type(error).__name__) from None


def months_held(files: Mapping[str, Sequence[str]]) -> list[str]:
    """The months of which there are data, in order."""
    parts = {part for file in files["did"] for part in file.split("/") if part.startswith("period=")}
    return sorted(part.removeprefix("period=") for part in parts)


def provider_names(files: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Names of organisations by code, from the reference data; none where none were loaded."""
    if not files.get("organisations"):
        return {}
    with duckdb.connect() as con:
        query = "SELECT code, coalesce(name, '') FROM read_parquet(?)"
        return dict(con.execute(query, [list(files["organisations"])]).fetchall())


def _codes(con: duckdb.DuckDBPyConnection) -> None:
    """Which codes are in which group of early-cancer tests: NICIP first, as the collection derives everything."""
    for system in ("nicip", "snomed"):
        groups: dict[str, str] = {}
        for code in imaging_codes():
            if getattr(code, system):
                groups.setdefault(getattr(code, system), code.early_cancer)
        con.register(f"of_{system}", pa.table({"code": list(groups), "early": list(groups.values())}))


def _query() -> str:
    (first, second), (third, fourth) = WAITS.values()
    return f"""
        SELECT grouping(provider, early, first_wait, second_wait, age), month, provider, modality, source, early,
            first_wait, second_wait, age, gender, count(*)
        FROM (
            SELECT d.period AS month, d.provider AS provider,
                CASE WHEN d.modality IN ({_quoted("modality")}) THEN d.modality ELSE '{UNKNOWN}' END AS modality,
                CASE WHEN d.patient_source IN ({_quoted("did_patsource_code")}) THEN d.patient_source
                    ELSE '{UNKNOWN}' END AS source,
                coalesce(n.early, s.early, '') AS early,
                CAST(d.{second} - d.{first} AS INTEGER) AS first_wait,
                CAST(d.{fourth} - d.{third} AS INTEGER) AS second_wait,
                CASE WHEN d.age_years >= {OLDEST} THEN '{OLDEST}+' WHEN d.age_years >= 0
                    THEN (d.age_years // 10 * 10) || '-' || (d.age_years // 10 * 10 + 9) ELSE '{UNKNOWN}' END AS age,
                CASE WHEN d.gender IN ({_quoted("did_gender_code")}) THEN d.gender ELSE '0' END AS gender
            FROM read_parquet($did, hive_partitioning = true, hive_types_autocast = false) d
            JOIN read_parquet($people) m ON m.dataset = 'did' AND m.tuple_id = d.tuple_id
            ANTI JOIN read_parquet($opted_out) o ON o.person_id = m.person_id
            LEFT JOIN of_nicip n ON n.code = d.nicip
            LEFT JOIN of_snomed s ON s.code = d.snomed
        ) GROUP BY GROUPING SETS (
            (month, provider, modality, source), (month, early, source), (month, modality, first_wait),
            (month, modality, second_wait), (month, age, gender)
        )"""


def _quoted(name: str) -> str:
    return ", ".join(f"'{code}'" for code, _ in DATASETS["did"].field(name).codes)


def _sorted(rows: Sequence[tuple]) -> Counts:
    """Each row to its table; `grouping` has a bit for each column that a set leaves out."""
    activity: dict[tuple[str, str, str, str], int] = {}
    early: dict[tuple[str, str], tuple[int, int]] = {}
    waits: dict[str, dict[tuple[str, str], dict[int, int]]] = {name: defaultdict(dict) for name in WAITS}
    people: dict[tuple[str, str, str], int] = {}
    for left_out, month, provider, modality, source, group, first, second, age, gender, number in rows:
        match left_out:
            case 0b01111:
                activity[month, provider, modality, source] = number
            case 0b10111:
                if group:
                    all_tests, of_gp = early.get((month, group), (0, 0))
                    early[month, group] = all_tests + number, of_gp + number * (source == GP)
            case 0b11011:
                if first is not None:
                    waits["request_to_test"][month, modality][first] = number
            case 0b11101:
                if second is not None:
                    waits["test_to_report"][month, modality][second] = number
            case 0b11110:
                people[month, age, gender] = number
    return Counts(activity, early, {name: dict(found) for name, found in waits.items()}, people)
