"""Links by probability: adds them to a map in the making where the service has them, keeps their model in the vault.

Only numbers come out: whom a record is linked to, and how often identifiers agree. What it does to a map and why is in
docs/adr/0032.
"""

import os
import secrets
from collections.abc import Sequence
from types import ModuleType

import duckdb
from django.conf import settings

from dars.core.errors import WrongState
from extracts.collection import vault
from extracts.engine import probable
from extracts.engine.probable import Found, Kind, Model, TooFew

MODEL = "probable-links.json"
# A model is learnt from at most so many records, and from this many of either side for what happens by chance.
RECORDS, SAMPLE, SEED = 100_000, 5_000, 1
THRESHOLDS = (0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999)


def add(con: duckdb.DuckDBPyConnection, datasets: Sequence[str]) -> dict[str, str]:
    """Adds to <dataset>_links what is at or above the threshold; returns what the map is to say of it.

    Nothing where PROBABLE_LINKS is off, or where there is neither a model nor enough to learn one from.
    """
    threshold = settings.PROBABLE_LINKS
    if threshold is None:
        return {}
    model = kept() or _learnt_if_possible(con, datasets)
    if model is None:
        return {}
    weigh(con, datasets, model)
    for statement in probable.linked_sql(datasets, threshold):
        con.execute(statement)
    return {"probable_links": f"{threshold} {model.digest}"}


def weigh(con: duckdb.DuckDBPyConnection, datasets: Sequence[str], model: Model) -> None:
    """Leaves the relation `probable`: the likeliest person of each tuple that the ranks left."""
    for statement in probable.compared_sql(datasets):
        con.execute(statement)
    _model().score(con, model)
    for statement in probable.chosen_sql():
        con.execute(statement)


def learn(con: duckdb.DuckDBPyConnection, datasets: Sequence[str]) -> Model:
    """A model of the present records. TooFew where too few have a number to learn from."""
    for statement in probable.learning_sql(datasets, SEED, RECORDS, SAMPLE):
        con.execute(statement)
    return _model().learn(con)


def kept() -> Model | None:
    """The model that links are made with. WrongState for a file that is none."""
    try:
        return Model.load((vault.root() / MODEL).read_text())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise WrongState(f"{MODEL} in the vault can't be used: {error}. Learn it anew.") from None


def keep(model: Model) -> None:
    """From the next map on links are made with this one."""
    temporary = vault.root() / f".{secrets.token_hex(4)}-{MODEL}"
    handle = os.open(temporary, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(model.dump())
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(vault.root() / MODEL)


def found(con: duckdb.DuckDBPyConnection, model: Model, threshold: float) -> Found:
    """What `weigh` has found, in numbers: kinds of pairs, and how much each threshold would link."""
    kinds = [
        Kind(tuple(levels), best, linked)
        for levels, best, linked in con.execute(
            "SELECT levels, count(*), count(*) FILTER (probability >= ?) FROM probable GROUP BY levels"
            " ORDER BY 3 DESC, 2 DESC, 1",
            [threshold],
        ).fetchall()
    ]
    of_threshold = [
        (least, *con.execute("SELECT count(*) FROM probable WHERE probability >= ?", [least]).fetchall()[0])
        for least in THRESHOLDS
    ]
    (people,), (left,) = (
        con.execute(query).fetchall()[0]
        for query in ("SELECT count(DISTINCT person_id) FROM persons", "SELECT count(*) FROM left_over")
    )
    return Found(model, people, left, threshold, tuple(kinds), tuple(of_threshold))


def _learnt_if_possible(con: duckdb.DuckDBPyConnection, datasets: Sequence[str]) -> Model | None:
    try:
        model = learn(con, datasets)
    except TooFew:
        return None
    keep(model)
    return model


def _model() -> ModuleType:
    from extracts.engine import splink_model  # noqa: PLC0415 - loading Splink takes a second: only who links so waits

    return splink_model
