"""What shape the answers have: lists, texts and numbers where they belong. Judges no value; knows no dataset."""

from collections.abc import Iterator
from typing import Any

_CONDITIONS = [{"dataset": str, "field": str, "form": str, "values": [str]}]
# A dictionary names what is read; one whose only key is the type `str` may have any names.
ANSWERS = {
    "data": {
        "datasets": [str],
        "period_from": str,
        "period_to": str,
        "periods": {str: {"from": str, "to": str}},
        "fields": {str: {str: str}},
        "field_reasons": {str: str},
        "filters": _CONDITIONS,
        "cohort": _CONDITIONS,
        "linkage": [str],
        "max_match_rank": int,
        "frequency": str,
        "identifiability": str,
        "formats": [str],
        "k": int,
    },
    "confidentiality": {"basis": str},
    "legal": {"dissemination": str},
}
_MEANT = {dict: "names with answers", list: "a list", str: "text", int: "a whole number"}


def misshapen(answers: Any) -> list[tuple[str, str]]:
    """(question, message) for each part of the answers that has another shape; what is absent is not judged here."""
    return list(_misshapen(answers, ANSWERS, ""))


def _misshapen(part: Any, shape: Any, question: str) -> Iterator[tuple[str, str]]:
    wanted = shape if isinstance(shape, type) else type(shape)
    if part is None and question:
        return
    if not isinstance(part, wanted) or (wanted is int and isinstance(part, bool)):
        yield question or "data", f"This must be {_MEANT[wanted]}"
    elif wanted is list:
        for item in part:
            if item is None:
                yield question, f"This must be {_MEANT[shape[0] if isinstance(shape[0], type) else dict]}"
            yield from _misshapen(item, shape[0], question)
    elif wanted is dict:
        for name, inner in part.items():
            known = shape.get(str) or shape.get(name)
            if not isinstance(name, str):
                yield question or "data", "This must be names with answers"
            elif known is not None:
                yield from _misshapen(inner, known, f"{question}.{name}".lstrip("."))
