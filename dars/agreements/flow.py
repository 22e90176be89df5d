"""How far the data of an agreement are: production and delivery say it, this app asks. Imports none of them."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from dars.agreements.models import Agreement


class Step(Enum):
    """The latest that has become of the data."""

    PREPARING = auto()
    CHECKING = auto()  # written, and looked at by a person who did not write them
    DELAYED = auto()  # staff have to see to it
    RELEASED = auto()


@dataclass(frozen=True)
class Flow:
    """How far the latest delivery is. `period`: in words, "" for an only one; `again`: whether more follow it.

    released_on: London's day, once it is.
    """

    step: Step
    period: str = ""
    again: bool = False
    released_on: dt.date | None = None


Says = Callable[[Agreement], Flow | None]
_registered: list[Says] = []


def register_flow(says: Says) -> None:
    """From an app's `ready`: how far the latest delivery under the agreement is, in a fixed number of queries."""
    _registered.append(says)


def flow_of(agreement: Agreement) -> Flow | None:
    """How far the data are; None while nothing has begun."""
    said = [flow for says in _registered if (flow := says(agreement)) is not None]
    return said[-1] if said else None
