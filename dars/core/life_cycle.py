"""What a life cycle is: states with their words, and the one table of moves between them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from dars.core.rights import P


class Move(Protocol):
    """What a table of transitions says of one way from state to state. `who` None: the service itself."""

    does: str
    who: P | None
    audit: str


@dataclass(frozen=True)
class LifeCycle:
    """Of what, its moves, and each state with its words, the first one being where the life begins."""

    of: str
    moves: Mapping[tuple[str, str], Move]
    labels: Mapping[str, str]
