"""A table of transitions as a page of the documentation: a diagram and the same moves as a table. Writes nothing."""

from collections.abc import Mapping
from typing import Protocol

from dars.core.rights import P


class Move(Protocol):
    """What a table of transitions says of one way from state to state. `who` None: the service itself."""

    does: str
    who: P | None
    guard: str


def page(*, title: str, made_by: str, moves: Mapping[tuple[str, str], Move], labels: Mapping[str, str]) -> str:
    """Markdown. `labels`: each state with its words, the first one being where the life begins."""
    first, *_ = labels
    lines = ["stateDiagram-v2", f"    [*] --> {first}", *(f"    {state}: {label}" for state, label in labels.items())]
    lines += [f"    {before} --> {after}: {move.does} ({_who(move)})" for (before, after), move in moves.items()]
    lines += [f"    {state} --> [*]" for state in labels if state not in {before for before, _ in moves}]
    rows = ["| from | to | by | right | when |", "|---|---|---|---|---|"]
    rows += [
        f"| {labels[before]} | {labels[after]} | {move.does} | {_who(move)} | {move.guard} |"
        for (before, after), move in moves.items()
    ]
    diagram, table = "\n".join(lines), "\n".join(rows)
    return f"# {title}\n\n{made_by}\n\n```mermaid\n{diagram}\n```\n\n{table}\n"


def _who(move: Move) -> str:
    return f"`{move.who}`" if move.who else "the service"
