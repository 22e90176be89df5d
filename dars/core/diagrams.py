"""Life cycles as a page of the documentation: a diagram and the same moves as a table. Writes nothing."""

from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps

from dars.core.life_cycle import LifeCycle, Move

PAGE = "docs/states.md"
_HEAD = """# Life cycles

Drawn from each application's table `TRANSITIONS` by `python manage.py draw_states`; a test fails when they differ.
In brackets stands the right that a move takes, or that the service makes it by itself.
"""


def life_cycles() -> Iterator[LifeCycle]:
    """Every `LIFE_CYCLE`, and each of `LIFE_CYCLES`, that an application declares in `rules.py` or `models.py`."""
    for config in apps.get_app_configs():
        for module in (f"{config.name}.rules", f"{config.name}.models"):
            if config.name.startswith(("dars.", "extracts.")) and find_spec(module):
                declared = getattr(import_module(module), "LIFE_CYCLE", None)
                if declared is not None:
                    yield declared
                yield from getattr(import_module(module), "LIFE_CYCLES", ())


def page(cycles: Iterable[LifeCycle]) -> str:
    """The whole page as Markdown."""
    return _HEAD + "".join(_section(cycle) for cycle in cycles)


def _section(cycle: LifeCycle) -> str:
    first, *_ = cycle.labels
    left = {before for before, _ in cycle.moves}
    lines = ["stateDiagram-v2", f"    [*] --> {first}"]
    lines += [f"    {state}: {words}" for state, words in cycle.labels.items()]
    lines += [f"    {before} --> {after}: {move.does} ({_who(move)})" for (before, after), move in cycle.moves.items()]
    lines += [f"    {state} --> [*]" for state in cycle.labels if state not in left]
    rows = ["| from | to | by | right | event |", "|---|---|---|---|---|"]
    rows += [
        f"| {cycle.labels[before]} | {cycle.labels[after]} | {move.does} | {_who(move)} | `{move.audit}` |"
        for (before, after), move in cycle.moves.items()
    ]
    diagram, table = "\n".join(lines), "\n".join(rows)
    return f"\n## {cycle.of}\n\n```mermaid\n{diagram}\n```\n\n{table}\n"


def _who(move: Move) -> str:
    return move.who.value if move.who else "by itself"
