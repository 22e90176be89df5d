"""Estimates the model of links by probability, and weighs pairs with it, by Splink; loaded only where it is used.

Splink works on the connection it is given and keeps what it makes there. It is told to log nothing, and what it raises
is dropped, since it quotes queries and values.
"""

# ruff: noqa: S608 - queries are made of declared names and numbers, never of what people type

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
from splink import DuckDBAPI, Linker
from splink.internals.exceptions import SplinkException

from extracts.engine.errors import EngineError
from extracts.engine.probable import BLOCKS, COMPARISONS, NUMBERS, SHARE, Comparison, Model, TooFew

logging.getLogger("splink").setLevel(logging.CRITICAL)
_ID, _COLUMNS = "tuple_id", "tuple_id, nhs_number, birth_date, sex, postcode, sector, district"
_LEAST_WEIGHT = -10  # binary; of pairs below, a thousand together change nobody's odds by one
_FEW = 10  # pairs: what fewer of them say in favour of a match is not believed
_LEAST_MATCHES, _LEAST_PAIRS = 100, 10_000  # from fewer nothing is learnt
_DIGITS = 6  # of an estimate: the order in which threads add up must not change a model


def learn(con: duckdb.DuckDBPyConnection) -> Model:
    """A model from the relations of `probable.learning_sql`. TooFew where there is nothing to learn from.

    How often two people agree is counted over all pairs of the two samples that are apart. How often records of one
    person agree is estimated by expectation maximisation over pairs with one NHS number, a few of which are of two.
    """
    (share, matches, left, right) = con.execute(
        f"SELECT ({SHARE}), (SELECT count(*) FROM alike_l JOIN alike_r USING (nhs_number)),"
        " (SELECT count(*) FROM apart_l), (SELECT count(*) FROM apart_r)"
    ).fetchall()[0]
    pairs = left * right
    if matches < _LEAST_MATCHES or pairs < _LEAST_PAIRS:
        raise TooFew("links by probability", "there are too few records with a number to learn from")
    with _quietly("learning how identifiers agree"):
        apart = _linker(con, "apart_l", "apart_r", _settings())
        apart.training.estimate_u_using_random_sampling(pairs, seed=1, min_count_per_level=None, num_chunks=1)
        u = {c.name: tuple(max(chance, _FEW / pairs) for chance in _chances(apart, c, "u")) for c in COMPARISONS}
        alike = _linker(con, "alike_l", "alike_r", _settings(u=u, prior=0.9))
        alike.training.estimate_parameters_using_expectation_maximisation("l.nhs_number = r.nhs_number")
        m = {c.name: _supported(_chances(alike, c, "m"), u[c.name], matches) for c in COMPARISONS}
    rounded = ({name: tuple(map(_rounded, chances)) for name, chances in kind.items()} for kind in (m, u))
    return Model(_rounded(share), *rounded, matches, pairs)


def score(con: duckdb.DuckDBPyConnection, model: Model) -> None:
    """Leaves the relation `scored` (tuple_id, person_id, weight, levels): pairs of `left_over` and `could_be`."""
    (people, left) = con.execute(
        "SELECT (SELECT count(DISTINCT person_id) FROM persons), (SELECT count(*) FROM left_over)"
    ).fetchall()[0]
    levels = ", ".join(f"gamma_{comparison.name}" for comparison in COMPARISONS)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE scored (tuple_id BIGINT, person_id BIGINT, weight DOUBLE, levels INTEGER[])"
    )
    if people and left:
        with _quietly("weighing pairs"):
            linker = _linker(con, "left_over", "could_be", _settings(model.m, model.u, model.prior(people)))
            pairs = linker.inference.predict(threshold_match_weight=_LEAST_WEIGHT, warning_mode="never")
        con.execute(
            f"""INSERT INTO scored
            SELECT p.{_ID}_l, d.person_id, p.match_weight, [{levels}]
            FROM {pairs.physical_name} p JOIN could_be d ON d.tuple_id = p.{_ID}_r"""
        )


def _linker(con: duckdb.DuckDBPyConnection, left: str, right: str, settings: dict[str, Any]) -> Linker:
    """left sorts before right: Splink calls the tables of a pair l and r in the order of their names."""
    api = DuckDBAPI(connection=con)
    tables = []
    for name, relation in (("a", left), ("b", right)):
        con.execute(f"CREATE OR REPLACE TEMP VIEW pair_{name}_{relation} AS SELECT {_COLUMNS} FROM {relation}")
        tables.append(api.register(f"pair_{name}_{relation}", dataset_display_name=name))
    return Linker(tables, settings, log_level=None)


def _settings(
    m: dict[str, tuple[float, ...]] | None = None, u: dict[str, tuple[float, ...]] | None = None, prior: float = 1e-4
) -> dict[str, Any]:
    return {
        "link_type": "link_only",
        "unique_id_column_name": _ID,
        "comparisons": [_comparison(c, m and m[c.name], u and u[c.name]) for c in COMPARISONS],
        "blocking_rules_to_generate_predictions": [
            " AND ".join([*(f"l.{name} = r.{name}" for name in block), numbers])
            for block in BLOCKS
            for numbers in NUMBERS
        ],
        "probability_two_random_records_match": prior,
        "retain_matching_columns": True,  # only then are the levels of a pair kept, too
    }


def _comparison(comparison: Comparison, m: tuple[float, ...] | None, u: tuple[float, ...] | None) -> dict[str, Any]:
    name = comparison.name
    missing = {
        "sql_condition": f"{name}_l IS NULL OR {name}_r IS NULL",
        "label_for_charts": "not known",
        "is_null_level": True,
    }
    levels = [missing]
    for place, level in enumerate(comparison.levels):
        levels.append({"sql_condition": level.condition, "label_for_charts": level.label})
        for kind, chances in (("m", m), ("u", u)):
            if chances:
                levels[-1][f"{kind}_probability"] = chances[place]
    return {"output_column_name": name, "comparison_levels": levels}


def _chances(linker: Linker, comparison: Comparison, kind: str) -> tuple[float, ...]:
    """What was estimated for each level; 0 where it was never seen."""
    found = next(
        c["comparison_levels"][1:]
        for c in linker.misc.save_model_to_json()["comparisons"]
        if c["output_column_name"] == comparison.name
    )
    given = (level.get(f"{kind}_probability") for level in found)
    return tuple(chance if isinstance(chance, float) else 0.0 for chance in given)


def _supported(m: tuple[float, ...], u: tuple[float, ...], matches: int) -> tuple[float, ...]:
    """m, where a level that few pairs of one person have speaks for nothing, and against no more than once in all."""
    return tuple(
        chance if chance * matches >= _FEW else min(max(chance, 1 / matches), by_chance)
        for chance, by_chance in zip(m, u, strict=True)
    )


def _rounded(figure: float) -> float:
    return float(f"{figure:.{_DIGITS}g}")


@contextmanager
def _quietly(step: str) -> Iterator[None]:
    try:
        yield
    except (SplinkException, duckdb.Error) as error:
        raise EngineError(step, f"Splink failed ({type(error).__name__})") from None
