"""How well records are linked to people, against the truth of a made-up England; the real parser, the real rules."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyarrow as pa

from extracts.collection import probable_links, vault
from extracts.collection.intake.collection import Collection
from extracts.collection.intake.did import DID
from extracts.collection.intake.linked import LINKED
from extracts.collection.intake.rule import Setting
from extracts.collection.intake.run import take_in
from extracts.engine import link, probable
from extracts.engine.probable import Found
from extracts.synthetic.public import make_world

TUPLE = vault.TUPLE

TODAY = dt.date(2027, 1, 1)
WITHOUT_NUMBER = 4
# Dataset, where its files lie, what tells its records apart, and where the truth of each stands.
SOURCES = {
    "hes_apc": ("hes/hes_apc", "episode_key", "episodes", "epikey"),
    "cancer": ("cancer/cancer_registrations", "tumour_id", "tumours", "tumour_id"),
}


@dataclass(frozen=True)
class Share:
    """`good` of `of`; of nothing, all is good."""

    good: int
    of: int

    @property
    def percent(self) -> float:
        return 100 * self.good / self.of if self.of else 100.0


@dataclass(frozen=True)
class Group:
    """Records of one kind. precision: of those linked, to their own person; recall: of all, linked so."""

    name: str
    precision: Share
    recall: Share


@dataclass(frozen=True)
class Quality:
    """people: of the imaging records themselves (precision: in the person of their own, recall: in one person)."""

    people: Group
    whole: dict[str, Group]  # by dataset
    by: dict[str, list[Group]]  # hospital episodes by rank, dirt, ethnic group, deprivation


@dataclass(frozen=True)
class Probable:
    """What links by probability add. thresholds: (threshold, sets of identifiers linked, how many to their person)."""

    by_rule: Quality
    quality: Quality
    found: Found
    thresholds: list[tuple[float, int, int]]


def measure(folder: Path, *, events: int, people: int, seed: int, threshold: float) -> tuple[Probable, Probable]:
    """Makes an England, takes in its files, makes its people, links the rest, and compares with the truth: by rule
    alone, and with what the ranks leave linked by probability. Then the same where one record in `WITHOUT_NUMBER` of
    the linked datasets has lost its number, so that the ranks leave more of what can be told."""
    world = folder / "world"
    manifest = make_world(world, events=events, people=people, months=3, seed=seed)
    con = duckdb.connect()
    parts = folder / "parts"
    _take_in_imaging(con, world, parts)
    for dataset in SOURCES:
        _take_in_linked(con, world, parts, dataset, manifest.months)
    as_it_is = _linked(con, world, threshold)
    con.execute(f"UPDATE records SET nhs_number = NULL WHERE dataset <> 'did' AND hash(key) % {WITHOUT_NUMBER} = 0")
    return as_it_is, _linked(con, world, threshold)


def _linked(con: duckdb.DuckDBPyConnection, world: Path, threshold: float) -> Probable:
    _link(con)
    _truth(con, world)
    by_rule = _quality(con)
    found, thresholds = _link_by_probability(con, threshold)
    for dataset in SOURCES:
        _truth_of(con, world, dataset)
    return Probable(by_rule, _quality(con), found, thresholds)


def _keyed(collection: Collection, key: str) -> Collection:
    """The collection, that also keeps what tells its records apart: the truth is looked up by it."""
    dataset = replace(collection.dataset, columns=(*collection.dataset.columns, (key, "str")), _index={})
    return replace(collection, dataset=dataset)


def _take_in_imaging(con: duckdb.DuckDBPyConnection, world: Path, parts: Path) -> None:
    con.execute(
        "CREATE TABLE records (dataset VARCHAR, provider VARCHAR, key VARCHAR, nhs_number VARCHAR, birth_date DATE,"
        " sex VARCHAR, postcode VARCHAR)"
    )
    collection = _keyed(DID, "accession_number")
    for path in sorted((world / "submissions").rglob("*.*")):
        provider = path.name.partition(".")[0]
        _take_in(con, path, collection, "did", provider, path.parent.name, parts, "accession_number")


def _take_in_linked(con: duckdb.DuckDBPyConnection, world: Path, parts: Path, dataset: str, months: list[str]) -> None:
    name, key, _, _ = SOURCES[dataset]
    for month in months:
        path = world / f"{name}_{month}.csv.gz"
        _take_in(con, path, _keyed(LINKED[dataset], key), dataset, "", month, parts, key)


def _take_in(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    collection: Collection,
    dataset: str,
    provider: str,
    period: str,
    parts: Path,
    key: str,
) -> None:
    folder = parts / f"{dataset}-{provider}-{period}"
    folder.mkdir(parents=True)
    intake = take_in(path, collection, Setting(provider, period, TODAY), folder, secret=b"k" * 32)
    identifiers = ", ".join(f"id_{name}" for name in TUPLE)
    con.execute(
        f"INSERT INTO records SELECT '{dataset}', '{provider}', {key}, {identifiers} FROM read_parquet(?)",
        [[str(part) for part in intake.parts]],
    )


def _link(con: duckdb.DuckDBPyConnection) -> None:
    """The vault's own numbers for the tuples, then the rules."""
    con.execute("DROP TABLE IF EXISTS known")
    records = con.sql(f"SELECT {', '.join(TUPLE)} FROM records ORDER BY rowid").to_arrow_table()
    numbers = pa.table({"tuple_id": vault.Session(con, []).assign(records)})
    con.register("numbers", numbers)
    con.execute("CREATE OR REPLACE TABLE tuples AS SELECT * FROM known")
    con.execute("CREATE OR REPLACE TABLE assigned AS SELECT r.*, n.tuple_id FROM records r POSITIONAL JOIN numbers n")
    con.execute("CREATE OR REPLACE TABLE base (tuple_id BIGINT, person_id BIGINT)")
    for dataset in ("did", *SOURCES):
        con.execute(
            f"CREATE OR REPLACE TABLE {dataset}_tuples AS SELECT * FROM tuples WHERE tuple_id IN"
            f" (SELECT tuple_id FROM assigned WHERE dataset = '{dataset}')"
        )
    statements = link.people_sql("did_tuples") + link.ids_sql("base", 0)
    for dataset in SOURCES:
        statements += link.link_sql(f"{dataset}_tuples", f"{dataset}_links")
    for statement in statements:
        con.execute(statement)


def _link_by_probability(
    con: duckdb.DuckDBPyConnection, threshold: float
) -> tuple[Found, list[tuple[float, int, int]]]:
    """Adds to the links; what was found, and for each threshold how many sets of identifiers it links, and rightly."""
    names = tuple(SOURCES)
    model = probable_links.learn(con, names)
    probable_links.weigh(con, names, model)
    truths = " UNION ".join(f"SELECT tuple_id, own FROM truth_{name}" for name in names)
    con.execute(
        f"""CREATE OR REPLACE TABLE judged AS SELECT tuple_id, probability, bool_or(s.own = t.own) AS good
        FROM probable p JOIN ({truths}) t USING (tuple_id) JOIN stands_for s ON s.given = p.person_id GROUP BY ALL"""
    )
    thresholds = [
        con.execute(
            "SELECT ?, count(*), count(*) FILTER (good) FROM judged WHERE probability >= ?", [least, least]
        ).fetchall()[0]
        for least in (0.5, *probable_links.THRESHOLDS)
    ]
    found = probable_links.found(con, model, threshold)
    for statement in probable.linked_sql(names, threshold):
        con.execute(statement)
    return found, thresholds


def _truth(con: duckdb.DuckDBPyConnection, world: Path) -> None:
    """truth_did and truth_<dataset>: the person that was given, the person it is, what was wrong with the record."""
    truth = world / "truth"
    con.execute(
        f"""CREATE OR REPLACE TABLE truth_did AS
        SELECT p.person_id AS given, e.person_id AS own, e.identity_dirt AS dirt
        FROM assigned k JOIN read_parquet('{truth}/events.parquet') e ON e.provider = k.provider AND e.accession = k.key
        JOIN persons p USING (tuple_id) WHERE k.dataset = 'did'"""
    )
    # Whom a person that was made stands for: the true one with most of its records.
    con.execute(
        """CREATE OR REPLACE TABLE stands_for AS SELECT given, arg_max(own, n) AS own FROM
        (SELECT given, own, count(*) AS n FROM truth_did GROUP BY given, own ORDER BY own) GROUP BY given"""
    )
    con.execute(
        f"""CREATE OR REPLACE TABLE about AS
        SELECT p.person_id AS own, p.ethnic_category, i.imd_decile
        FROM read_parquet('{truth}/people.parquet') p
        JOIN read_csv('{world}/reference/imd.csv', all_varchar = true) i ON i.lsoa21 = p.lsoa"""
    )
    for dataset in SOURCES:
        _truth_of(con, world, dataset)


def _truth_of(con: duckdb.DuckDBPyConnection, world: Path, dataset: str) -> None:
    """tested: the person has a record of imaging, so that there is somebody to link to."""
    _, _, table, key = SOURCES[dataset]
    con.execute(
        f"""CREATE OR REPLACE TABLE truth_{dataset} AS
        SELECT k.tuple_id, s.own AS given, t.person_id AS own, l.match_rank, t.identity_dirt AS dirt,
            t.person_id IN (SELECT own FROM truth_did) AS tested
        FROM assigned k JOIN read_parquet('{world}/truth/{table}.parquet') t ON CAST(t.{key} AS VARCHAR) = k.key
        LEFT JOIN {dataset}_links l USING (tuple_id) LEFT JOIN stands_for s ON s.given = l.person_id
        WHERE k.dataset = '{dataset}'"""
    )


def _quality(con: duckdb.DuckDBPyConnection) -> Quality:
    right, all_records = con.execute(
        "SELECT count(*) FILTER (t.own = s.own), count(*) FROM truth_did t JOIN stands_for s USING (given)"
    ).fetchall()[0]
    (together,) = con.execute(
        """SELECT sum(most) FROM (SELECT max(n) AS most FROM (
            SELECT own, given, count(*) AS n FROM truth_did GROUP BY own, given) GROUP BY own)"""
    ).fetchall()[0]
    people = Group("imaging records", Share(right, all_records), Share(int(together), all_records))
    whole = {dataset: next(_groups(con, dataset, "'all'")) for dataset in SOURCES}
    by = {
        "match rank": list(_groups(con, "hes_apc", "coalesce(match_rank::VARCHAR, 'none')")),
        "what is wrong with the episode": list(_groups(con, "hes_apc", "if(dirt = '', 'nothing', dirt)")),
        "ethnic group": list(_groups(con, "hes_apc", "coalesce(ethnic_category, 'none')")),
        "deprivation of area (1: most deprived)": list(_groups(con, "hes_apc", "lpad(imd_decile, 2, ' ')")),
    }
    return Quality(people, whole, by)


def _groups(con: duckdb.DuckDBPyConnection, dataset: str, by: str) -> Iterator[Group]:
    query = f"""SELECT {by} AS name, count(*) FILTER (given = own), count(*) FILTER (given IS NOT NULL),
            count(*) FILTER (tested)
        FROM truth_{dataset} LEFT JOIN about USING (own) GROUP BY ALL ORDER BY name"""
    for name, right, linked, records in con.execute(query).fetchall():
        yield Group(name.strip(), Share(right, linked), Share(right, records))
