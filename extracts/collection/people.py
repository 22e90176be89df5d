"""People: works out from identifier tuples who is the same person, as a versioned map; it changes no event.

The map says for each DID tuple its person, and for each tuple of another dataset the DID person it links to and by
which match rank. It is made whole for each data version, from every tuple that occurs in it: what was held of people
before binds their numbers (docs/adr/0014) and nothing else. The rules are in `extracts.engine.link`; links by
probability, for services that want them, in `probable_links`.
"""

# ruff: noqa: S608 - queries are made of declared names, numbers and quoted literals, never of what people type

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from extracts.catalogue.public import DATASETS
from extracts.collection import probable_links, vault
from extracts.engine import link, scanning

LINKED = tuple(name for name, dataset in DATASETS.items() if not dataset.primary)
PAST = "past"  # stands in a map where a dataset would, for tuples that occur no more


def resolve(base_map: str | None, tuple_files: Sequence[str], in_use: Mapping[str, Sequence[str | Path]]) -> str:
    """Write the next map and return its vault name ('person_map/v000007.parquet'); call it inside `vault.session`.

    `base_map`: the current data version's map, None or "" at first; people it knows keep their number. `tuple_files`:
    what `Session.publish` returned. `in_use`: for each dataset the Parquet files (of the Delta version
    about to be named) whose column tuple_id says which tuples occur; a dataset may be absent or have no files.
    Columns: dataset str, tuple_id int64, person_id int64, match_rank int8 (null for 'did'); unlinked tuples are absent.
    Under the dataset `PAST` the map keeps whose the DID tuples were that occur no more, while the vault has them.
    """
    with vault.connection() as con:
        used = _highest_number_ever(con, base_map)
        work_out(con, base_map, tuple_files, in_use, used)
        model = probable_links.add(con, LINKED)
        parts = [
            "SELECT 'did' AS dataset, tuple_id, person_id, NULL::TINYINT AS match_rank FROM persons",
            f"SELECT '{PAST}', tuple_id, person_id, NULL FROM past",
            *(f"SELECT '{name}', * FROM {name}_links WHERE person_id IS NOT NULL" for name in LINKED),
        ]
        highest = con.execute(f"SELECT greatest({used}, coalesce(max(person_id), 0)) FROM persons").fetchall()[0][0]
        query = f"SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY dataset, tuple_id"
        return vault.write(con, query, _next_name(), metadata={**_about(highest), **model})


def work_out(
    con: duckdb.DuckDBPyConnection,
    base_map: str | None,
    tuple_files: Sequence[str],
    in_use: Mapping[str, Sequence[str | Path]],
    used: int,
) -> None:
    """People and links by rule, as the relations of `extracts.engine.link`: persons, past, <dataset>_links."""
    _read_base(con, base_map, tuple_files)
    _read_tuples(con, "did", tuple_files, in_use)
    statements = link.people_sql("did_tuples") + link.ids_sql("base", used)
    for dataset in LINKED:
        _read_tuples(con, dataset, tuple_files, in_use)
        statements += link.link_sql(f"{dataset}_tuples", f"{dataset}_links")
    for statement in statements:
        con.execute(statement)


def without(person_map: str, numbers: str, name: str = "") -> str:
    """Write a map again without the tuples of a file of numbers to erase, and without their people; its vault name.

    A person of an earlier map of whom only some DID tuples are erased goes whole: with that part gone, nothing would
    say that they are to be left out. `name`: for a map that is not to be the next.
    """
    with vault.connection() as con:
        con.execute(
            f"""CREATE TEMP TABLE gone AS
            SELECT number AS tuple_id FROM read_parquet('{vault.path(numbers)}') WHERE kind = 'tuple'"""
        )
        held = f"read_parquet('{vault.path(person_map)}')"
        query = f"""SELECT * FROM {held} WHERE tuple_id NOT IN (FROM gone) AND person_id NOT IN (
            SELECT person_id FROM {held} WHERE dataset IN ('did', '{PAST}') AND tuple_id IN (FROM gone))
            ORDER BY dataset, tuple_id"""
        return vault.write(con, query, name or _next_name(), metadata=_said(con, person_map))


def _read_base(con: duckdb.DuckDBPyConnection, base_map: str | None, tuple_files: Sequence[str]) -> None:
    con.execute("CREATE TEMP TABLE base (tuple_id BIGINT, person_id BIGINT)")
    if base_map and tuple_files:
        con.execute(
            f"""INSERT INTO base SELECT tuple_id, person_id FROM read_parquet($map)
            WHERE dataset IN ('did', '{PAST}') AND tuple_id IN (SELECT tuple_id FROM read_parquet($tuples))""",
            {"map": str(vault.path(base_map)), "tuples": vault.paths(tuple_files)},
        )


def _read_tuples(
    con: duckdb.DuckDBPyConnection, dataset: str, tuple_files: Sequence[str], in_use: Mapping[str, Sequence[str | Path]]
) -> None:
    """The tuples that occur in a dataset, as the temporary table <dataset>_tuples."""
    columns = ", ".join(f"{name} {kind}" for name, kind in vault.TUPLE.items())
    con.execute(f"CREATE TEMP TABLE {dataset}_tuples (tuple_id BIGINT, {columns})")
    files = [str(file) for file in in_use.get(dataset, ())]
    if files and tuple_files:
        con.execute(
            f"""INSERT INTO {dataset}_tuples
            SELECT tuple_id, {", ".join(vault.TUPLE)} FROM read_parquet(?)
            WHERE tuple_id IN (SELECT tuple_id FROM read_parquet(?))""",
            [vault.paths(tuple_files), files],
        )


def _highest_number_ever(con: duckdb.DuckDBPyConnection, base_map: str | None) -> int:
    return int(_said(con, base_map)["highest_person_id"]) if base_map else 0


def _said(con: duckdb.DuckDBPyConnection, person_map: str) -> dict[str, str]:
    """What a map says of itself; not what Arrow, if it wrote it, says of the columns."""
    query = "SELECT decode(key), decode(value) FROM parquet_kv_metadata(?) WHERE decode(key) <> 'ARROW:schema'"
    return dict(con.execute(query, [str(vault.path(person_map))]).fetchall())


def _about(highest: int) -> dict[str, str]:
    """What a map is to say of itself: the highest number ever given, and that its tuples stand in order, each once."""
    return {"highest_person_id": str(highest), scanning.IN_ORDER.decode(): "tuple_id"}


def _next_name() -> str:
    """One above every map there is, orphans included."""
    numbers = (int(file.stem[1:]) for file in (vault.root() / "person_map").glob("v*.parquet"))
    return f"person_map/v{max(numbers, default=0) + 1:06d}.parquet"
