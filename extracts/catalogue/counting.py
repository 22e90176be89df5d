"""Counts for a request: the question, the answer, and the place where whoever can count registers. Counts nothing.

The deciding side asks here and knows no data; the data side registers one counter when it starts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from extracts.catalogue.datasets import DATASETS


@dataclass(frozen=True)
class Question:
    """What is to be counted: months ('YYYY-MM', inclusive), and conditions as (field of the DID, its values)."""

    period_from: str
    period_to: str
    conditions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    uncounted: tuple[str, ...] = ()  # conditions on which nothing is counted, in words


@dataclass(frozen=True)
class Counted:
    """A coarse answer: `people` and `tests` in words ("about 1,200", "fewer than 100"); what it is of, and not of.

    wider: conditions that were counted more widely than asked; left_out: those that were not counted at all.
    as_of: the latest month of the data counted, "" while nothing has been.
    """

    people: str
    tests: str
    wider: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    as_of: str = ""
    months: str = ""  # of the months asked for, those that were counted, in words


# counter(question, by=account, organisation=code, case=reference, look=bool) -> Counted, or None: see `ask`.
Counter = Callable[..., Counted | None]
_counter: list[Counter] = []


def register_counter(counter: Counter) -> None:
    """From the `ready` of the one application that can count."""
    _counter[:] = [counter]


def ask(question: Question, *, by: Any, organisation: str, case: str, look: bool) -> Counted | None:
    """The answer; None if there is nothing to count from, or if this would be a new look and `look` is False.

    The counter audits each new look and limits how many there are; what it raises is the caller's to show.
    """
    return _counter[0](question, by=by, organisation=organisation, case=case, look=look) if _counter else None


def question_of(data: dict) -> Question | None:
    """The question that the answers about the data make; None while the months are missing.

    Only conditions on imaging records are countable. Whom the extract is about is not, so that counts are upper limits.
    """
    first, last = data.get("period_from"), data.get("period_to")
    if not (isinstance(first, str) and isinstance(last, str) and first <= last):
        return None
    conditions: dict[str, set[str]] = {}
    uncounted = []
    for part in ("cohort", "filters"):
        for item in data.get(part) or []:
            dataset = DATASETS.get(item.get("dataset"))
            values = {str(value) for value in item.get("values") or ()}
            if dataset is None or not values:
                continue
            try:
                fields = dataset.fields_named(item.get("field"))
            except KeyError:
                continue
            if part == "filters" and dataset.primary and len(fields) == 1 and not item.get("form"):
                name = fields[0].name
                conditions[name] = conditions.get(name, values) & values
            else:
                uncounted.append(f"{dataset.label}: {fields[0].label if len(fields) == 1 else 'any ' + item['field']}")
    told = tuple((name, tuple(sorted(values))) for name, values in sorted(conditions.items()))
    return Question(first, last, told, tuple(dict.fromkeys(uncounted)))
