"""What a request would reveal about people, in counts: the words for it, and the place where whoever measures it
registers. Measures nothing.

Those who judge a request ask here and know no data; the data side registers one reader when it starts. The counts are
exact, so they are for reviewers, panel and approver, and never for applicants, who could subtract them.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Instead:
    """One change of the request: the field, what would be released instead, and whom that would leave."""

    field: str
    change: str
    alone: int
    below: int


@dataclass(frozen=True)
class Together:
    """The fields that people were compared by, and no others."""

    fields: tuple[str, ...]
    alone: int
    below: int


@dataclass(frozen=True)
class Given:
    """A sensitive field. least: fewest different values in a group of people who are alike; given_away: people in
    groups that have one value in common."""

    field: str
    least: int
    given_away: int


@dataclass(frozen=True)
class EventsTold:
    """Rows of a dataset. fields: the dates, sites and codes that another file may hold as well."""

    dataset: str
    rows: int
    people: int
    unique_rows: int
    fields: tuple[str, ...]
    matchable_rows: int
    matchable_people: int


@dataclass(frozen=True)
class Assessed:
    """What was measured of a revision. `waiting`: not yet; `failure`: why it could not be, in words; else neither.

    at: when; data: the version of the data. identified: direct identifiers asked for; fields: who people are told
    apart by. people, alone (like nobody else), below (in groups of fewer than k), smallest group.
    """

    waiting: bool = False
    failure: str = ""
    at: dt.datetime | None = None
    data: str = ""
    k: int = 0
    identified: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    people: int = 0
    alone: int = 0
    below: int = 0
    smallest: int = 0
    changes: tuple[Instead, ...] = ()
    together: tuple[Together, ...] = ()
    given: tuple[Given, ...] = ()
    events: tuple[EventsTold, ...] = ()


# reader(reference of the application, number of the revision)
Reader = Callable[[str, int], Assessed | None]
_reader: list[Reader] = []


def register_assessments(reader: Reader) -> None:
    """From the `ready` of the one application that measures."""
    _reader[:] = [reader]


def assessed(reference: str, revision: int) -> Assessed | None:
    """What the revision would reveal; None where nobody measures, or it was never asked for."""
    return _reader[0](reference, revision) if _reader else None
