"""Merges what two people wrote into one section at the same time, answer by answer; loses no word. Pure.

Each answer is merged three ways: what the page showed (`base`), what this person made of it (`mine`), and what is saved
by now (`theirs`). Who has not changed an answer does not contradict who has. Ticks, codes and names are merged one by
one, as are fields and the answers of each organisation. Of a text that both have changed, the one that was saved first
stays the answer and the other becomes its rival, until somebody chooses.
"""

from dataclasses import dataclass, field
from typing import Any

from dars.applications.questions import Kind, Section

_KEYED = frozenset({Kind.FIELDS, Kind.REASONS, Kind.EACH})  # merged key by key
_LISTED = frozenset({Kind.CHECKBOXES, Kind.ORGANISATIONS, Kind.PEOPLE})  # merged entry by entry


@dataclass(frozen=True)
class Merged:
    """`answers`: the questions to keep, with their values; `rivals`: by question, what contradicts them."""

    answers: dict[str, Any] = field(default_factory=dict)
    rivals: dict[str, Any] = field(default_factory=dict)


def merge(section: Section, base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any]) -> Merged:
    """The section after `mine` is saved over `theirs`. Questions that `mine` does not name are left alone."""
    answers, rivals = {}, {}
    for question in section.questions:
        key = question.key
        if key not in mine:
            continue
        value, rival = _answer(question.kind, base.get(key), mine[key], theirs.get(key))
        answers[key] = value
        if rival is not None:
            rivals[key] = rival
    return Merged(answers, rivals)


def same(one: Any, other: Any) -> bool:
    """Whether two answers say the same; no answer is no answer, however it is written."""
    return (one or None) == (other or None)


def chosen(kind: Kind, value: Any, rival: Any) -> Any:
    """The answer after the rival was chosen: it takes the place of what it contradicts, and of nothing else."""
    if kind in _KEYED and isinstance(rival, dict):
        return _laid_over(value or {}, rival)
    return rival


def _laid_over(value: dict[str, Any], rival: dict[str, Any]) -> dict[str, Any]:
    laid = dict(value)
    for key, mine in rival.items():
        inner = laid.get(key)
        laid[key] = _laid_over(inner, mine) if isinstance(inner, dict) and isinstance(mine, dict) else mine
    return {key: mine for key, mine in laid.items() if mine is not None}


def _answer(kind: Kind, base: Any, mine: Any, theirs: Any) -> tuple[Any, Any]:
    """The value to keep, and what contradicts it or None."""
    if same(mine, theirs) or same(mine, base):
        return theirs, None
    if same(theirs, base):
        return mine, None
    if kind in _KEYED:
        return _keyed(base or {}, mine or {}, theirs or {})
    if kind in _LISTED:
        return _listed(base or [], mine or [], theirs or []), None
    return (theirs, mine) if mine else (theirs, None)  # nothing typed is nothing lost


def _keyed(base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    kept, rivals = {}, {}
    for key in dict.fromkeys([*theirs, *mine]):
        before, here, there = base.get(key), mine.get(key), theirs.get(key)
        if _is_map(here) or _is_map(there):
            value, rival = _keyed(*(one if _is_map(one) else {} for one in (before, here, there)))
        elif isinstance(here, list) or isinstance(there, list):
            value, rival = _answer(Kind.CHECKBOXES, before, here, there)
        else:
            value, rival = _answer(Kind.TEXT, before, here, there)
        if value is not None:
            kept[key] = value
        if rival:
            rivals[key] = rival
    return kept, rivals or None


def _is_map(value: Any) -> bool:
    """Answers by key; not the parts of a date that is none yet, which are one answer."""
    return isinstance(value, dict) and "year" not in value


def _listed(base: list[Any], mine: list[Any], theirs: list[Any]) -> list[Any]:
    """Theirs, without what I took away, with what I added, in their order."""
    return [one for one in theirs if one in mine or one not in base] + [
        one for one in mine if one not in base and one not in theirs
    ]
