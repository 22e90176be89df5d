"""Takes the erased out of what is kept as lists of numbers, for outputs that are made again or follow others."""

# ruff: noqa: S608 - queries are made of declared names, numbers and quoted literals, never of what people type

import secrets

import duckdb

from extracts.collection import vault, versions
from extracts.collection.models import DataVersion, Erasure, GivenOut, OptOutSnapshot


def shorten(erasure: Erasure, current: DataVersion) -> None:
    """Lists of numbers that were kept to make outputs again, without theirs."""
    OptOutSnapshot.objects.exclude(data_version__in={*versions.pinned(), current.pk}).delete()
    theirs = f"SELECT number FROM read_parquet('{vault.path(erasure.numbers)}') WHERE kind"
    with vault.connection() as con:
        for announced in Erasure.objects.filter(state=Erasure.State.ANNOUNCED):
            if name := _shortened(con, announced.numbers, f"number NOT IN ({theirs} = 'tuple')", "number"):
                Erasure.objects.filter(pk=announced.pk).update(numbers=name)
        for snapshot in OptOutSnapshot.objects.all():
            rest = f"person_id NOT IN ({theirs} = 'person')"
            if name := _shortened(con, snapshot.file, rest, "person_id"):
                OptOutSnapshot.objects.filter(pk=snapshot.pk).update(file=name)
        # Whoever was given as one with them goes, too: a change of that pseudonym would tell that there was more.
        files = [str(path) for kept in GivenOut.objects.all() if (path := vault.path(kept.file)).exists()]
        con.execute(f"CREATE TEMP TABLE given_as AS {theirs} = 'person'")
        if files:
            held = f"SELECT person_id FROM read_parquet({files}) WHERE dataset = 'did'"
            con.execute(f"INSERT INTO given_as {held} AND tuple_id IN ({theirs} = 'tuple')")
        for kept in GivenOut.objects.all():
            rest = f"person_id NOT IN (FROM given_as) AND tuple_id NOT IN ({theirs} = 'tuple')"
            if name := _shortened(con, kept.file, rest, "dataset, tuple_id, person_id"):
                GivenOut.objects.filter(pk=kept.pk).update(file=name)


def _shortened(con: duckdb.DuckDBPyConnection, name: str, rest: str, order: str) -> str:
    """The name of the file that has only the rows for which `rest` holds; "" if that is all of them."""
    source = f"read_parquet('{vault.path(name)}')"
    if not vault.path(name).exists():
        return ""
    if not con.execute(f"SELECT count(*) FROM {source} WHERE NOT ({rest})").fetchall()[0][0]:
        return ""
    folder, _, stem = name.removesuffix(".parquet").partition("/")
    fresh = f"{folder}/{stem.partition('_')[0]}_{secrets.token_hex(8)}.parquet"
    return vault.write(con, f"SELECT * FROM {source} WHERE {rest} ORDER BY {order}", fresh)
