"""Conditions on places: none may tell where people live more closely than what is released; pure, decides no access.

A file of people chosen by a neighbourhood says of each of them that they live there, whatever fields it holds. So a
condition names a place only as far as a released field names it too, and what the panel reads among the fields is all
that the file tells about places.
"""

from collections.abc import Iterable

from extracts.catalogue.datasets import DATASETS
from extracts.catalogue.model import GEOGRAPHY_HOLDS, Field


def finer_than_released(conditions: Iterable[tuple[str, str, str]], chosen: Iterable[Field]) -> list[tuple[str, str]]:
    """The problems, as (question, message), of conditions given as (part of the answers, dataset, field)."""
    levels = {field.geography for field in chosen if field.geography}
    told = levels.union(*(GEOGRAPHY_HOLDS[level] for level in levels))
    labels = [field.label for field in chosen if field.geography]
    problems = []
    for part, dataset, name in conditions:
        for field in DATASETS[dataset].fields_named(name):
            if field.geography and field.geography not in told:
                problems.append((f"data.{part}.{dataset}.{name}", _message(field, labels)))
    return problems


def _message(field: Field, released: list[str]) -> str:
    asked = f"you ask for {' and '.join(released)}" if released else "you ask for no field that names a place"
    return (
        f"A condition on {field.label} tells where everybody in the file lives, and {asked}. "
        f"Ask for {field.label} among the fields as well, or take the condition away"
    )
