"""A made-up year of the national dataset in the layout of the store: events, map of people, opt-outs; of nobody.

Values are drawn by hash, evenly or by published shares where a share decides how much work there is (modalities). What
stands here is for measuring speed; the synthetic England of `extracts.synthetic` is what answers questions.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from extracts.engine.bindings import Bindings

MONTHS = tuple(f"2025-{month:02}" for month in range(1, 13))
PROVIDERS = 155  # of NHS imaging in England (Diagnostic Imaging Dataset, annual statistical release)
EVENTS_A_PERSON = 2.15  # 43 million events of 20 million people
EPISODES = 20 / 43  # of hospital for each event, each with identifiers of its own
OPTED_OUT_PERCENT = 5
# How the vault writes, where the map of people and the opt-outs come from, and what a map says of itself.
VAULT, IN_ORDER = "PARQUET_VERSION V2", "KV_METADATA {in_order: 'tuple_id'}"
ROW_GROUP = 122_880
# Plain film, ultrasound, CT, MRI, fluoroscopy, nuclear medicine, PET-CT and the rest: shares in percent, rounded.
MODALITIES = "X" * 52 + "U" * 22 + "C" * 14 + "M" * 8 + "F" * 2 + "N" + "P"


@dataclass(frozen=True)
class National:
    """Where the year lies, how many events it has, and what the engine is given to read."""

    folder: Path
    events: int

    @property
    def bindings(self) -> Bindings:
        tables = {name: [(self.month(month, name), month) for month in MONTHS] for name in ("did", "hes_apc")}
        for name in ("person_map", "geography", "practices", "organisations"):
            tables[name] = [(self.folder / f"{name}.parquet", None)]
        return Bindings.of(tables, self.folder / "opted_out.parquet")

    def month(self, month: str, dataset: str = "did") -> Path:
        return self.folder / f"{dataset}-{month}.parquet"


def kept(base: Path, events: int, threads: int, memory: str) -> National:
    """The year of so many events in a folder of its own there, made unless it was there already."""
    folder = base / f"year-{events}"
    if not folder.exists():
        make(base / f"making-{events}", events, threads, memory)
        (base / f"making-{events}").rename(folder)
    return National(folder, events // len(MONTHS) * len(MONTHS))


def make(folder: Path, events: int, threads: int, memory: str) -> National:
    """Writes the year; 43 million events take some minutes and 1.5 GB."""
    folder.mkdir(parents=True)
    people = max(1, round(events / EVENTS_A_PERSON))
    tuples = people * 21 // 20  # one person in twenty is known by two sets of identifiers
    spill = folder / "spill"
    con = duckdb.connect(config={"threads": threads, "memory_limit": memory, "temp_directory": str(spill)})
    monthly = events // len(MONTHS)
    for place, month in enumerate(MONTHS):
        _write(con, _events(place * monthly, monthly, tuples, month), folder / f"did-{month}.parquet")
        stays = round(monthly * EPISODES)
        _write(con, _episodes(place * stays, stays, month), folder / f"hes_apc-{month}.parquet")
    _write(con, _people(tuples, people, stays * len(MONTHS)), folder / "person_map.parquet", VAULT, IN_ORDER)
    gone = f"SELECT range AS person_id FROM range({people}) WHERE hash(range, 'out') % 100 < {OPTED_OUT_PERCENT}"
    _write(con, gone, folder / "opted_out.parquet", VAULT)
    for name, query in _reference().items():
        _write(con, query, folder / f"{name}.parquet")
    con.close()
    return National(folder, monthly * len(MONTHS))


def _write(con: duckdb.DuckDBPyConnection, query: str, path: Path, *options: str) -> None:
    every = ", ".join(("FORMAT parquet, COMPRESSION zstd", f"ROW_GROUP_SIZE {ROW_GROUP}", *options))
    con.execute(f"COPY ({query}) TO '{path}' ({every})")


def _pick(name: str, *values: str) -> str:
    listed = ", ".join(f"'{value}'" if value else "NULL" for value in values)
    return f"[{listed}][1 + (hash(range, '{name}') % {len(values)})::INTEGER]"


def _events(first: int, count: int, tuples: int, month: str) -> str:
    day = f"DATE '{month}-01' + (hash(range, 'day') % 28)::INTEGER"
    provider = f"(hash(range, 'provider') % {PROVIDERS})::INTEGER"
    return f"""
    SELECT range AS record_key, (hash(range, 'tuple') % {tuples})::BIGINT AS tuple_id,
      printf('X%03d', {provider}) AS provider, {_pick("status", "01", "01", "01", "02")} AS nhs_number_status,
      (hash(range, 'age') % 100)::SMALLINT AS age_years, {_pick("gender", "1", "2")} AS gender,
      {_pick("ethnic", *"ABCDEFGHJKLMNPRSZ", "")} AS ethnic_category,
      printf('E01%06d', (hash(range, 'lsoa') % 33755)::INTEGER) AS lsoa,
      printf('Q%05d', (hash(range, 'practice') % 6500)::INTEGER) AS gp_practice,
      {_pick("source", "01", "02", "03", "04")} AS patient_source,
      {_pick("referrer", "gp", "consultant", "other")} AS referrer_type,
      printf('Q%05d', (hash(range, 'practice') % 6500)::INTEGER) AS referring_org,
      {day} - (hash(range, 'wait') % 40)::INTEGER AS request_date,
      {day} - (hash(range, 'wait') % 40)::INTEGER AS received_date, {day} AS test_date,
      {day} + (hash(range, 'report') % 9)::INTEGER AS report_date,
      printf('N%04d', (hash(range, 'nicip') % 900)::INTEGER) AS nicip,
      printf('1%08d', (hash(range, 'nicip') % 900)::INTEGER) AS snomed,
      {_pick("modality", *MODALITIES)} AS modality, {_pick("sub", "plain", "contrast")} AS sub_modality,
      {_pick("region", "thorax", "head", "abdomen", "limb", "unknown")} AS body_region,
      {_pick("system", "respiratory", "skeletal", "unknown")} AS system,
      printf('X%03d01', {provider}) AS site
    FROM range({first}, {first + count}) ORDER BY modality, provider, test_date, record_key"""


def _episodes(first: int, count: int, month: str) -> str:
    day = f"DATE '{month}-01' + (hash(range, 'day') % 28)::INTEGER"
    diagnoses = ", ".join(
        f"if(hash(range, 'has{place}') % {place} = 0, chr(65 + (hash(range, 'chapter{place}') % 20)::INTEGER)"
        f" || printf('%02d', (hash(range, 'd{place}') % 90)::INTEGER), NULL) AS diag_{place:02}"
        for place in range(1, 7)
    )
    operations = ", ".join(f"NULL::VARCHAR AS operation_{place:02}" for place in range(1, 4))
    return f"""
    SELECT range AS record_key, range AS tuple_id, {day} AS admission_date,
      {day} + (hash(range, 'stay') % 9)::INTEGER AS discharge_date,
      {_pick("method", "11", "12", "21", "2A")} AS admission_method, {day} AS episode_start,
      {day} + (hash(range, 'stay') % 9)::INTEGER AS episode_end, 1::SMALLINT AS episode_order,
      printf('X%03d', (hash(range, 'provider') % {PROVIDERS})::INTEGER) AS provider,
      printf('X%03d01', (hash(range, 'provider') % {PROVIDERS})::INTEGER) AS site, {diagnoses}, {operations},
      {_pick("ethnic", *"ABCDEFGHJKLMNPRSZ", "")} AS ethnic_category, {_pick("sex", "1", "2")} AS sex,
      printf('Q%05d', (hash(range, 'practice') % 6500)::INTEGER) AS gp_practice
    FROM range({first}, {first + count}) ORDER BY admission_date, record_key"""


def _people(tuples: int, people: int, episodes: int) -> str:
    """Nine episodes in ten are of people who were imaged."""
    return (
        f"SELECT 'did' AS dataset, range AS tuple_id, range % {people} AS person_id, NULL::TINYINT AS match_rank"
        f" FROM range({tuples}) UNION ALL SELECT 'hes_apc', range, (hash(range, 'who') % {people})::BIGINT,"
        f" (1 + hash(range, 'rank') % 8)::TINYINT FROM range({episodes}) WHERE hash(range, 'linked') % 10 > 0"
        " ORDER BY dataset, tuple_id"
    )


def _reference() -> dict[str, str]:
    return {
        "geography": "SELECT printf('E01%06d', range::INTEGER) AS lsoa,"
        " printf('E02%06d', (range // 5)::INTEGER) AS msoa,"
        " printf('E07%06d', (range // 110)::INTEGER) AS district, printf('E54%06d', (range // 800)::INTEGER) AS icb,"
        " printf('E12%06d', (range // 4000)::INTEGER) AS region, (1 + range % 10)::SMALLINT AS imd_decile"
        " FROM range(33755)",
        "practices": "SELECT printf('Q%05d', range::INTEGER) AS code, 'PRACTICE' AS name, 'Q1C' AS commissioner"
        " FROM range(6500)",
        "organisations": f"SELECT printf('X%03d', range::INTEGER) AS code, 'TRUST' AS name, 'trust' AS kind,"
        f" NULL::VARCHAR AS parent FROM range({PROVIDERS})",
    }
