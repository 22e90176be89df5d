"""The closed list of event kinds and what each may carry. Values are labels, numbers and opaque ids: no free text."""

import re
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps

_LABEL = re.compile(r"[^\x00-\x1f]{0,200}")
_TEN_DIGITS = re.compile(r"(?<![0-9a-fA-F])\d{3}[ -]?\d{3}[ -]?\d{4}(?![0-9a-fA-F])")

_kinds: dict[str, tuple[str, ...]] = {}


def discover() -> None:
    """Collects `EVENTS` from every application's `events.py`. Raises ValueError when two declare one kind."""
    for config in apps.get_app_configs():
        name = f"{config.name}.events"
        if find_spec(name) is None:
            continue
        for kind, keys in import_module(name).EVENTS.items():
            if kind in _kinds and _kinds[kind] != keys:
                raise ValueError(f"the event kind {kind} is declared twice")
            _kinds[kind] = keys


def kinds() -> dict[str, tuple[str, ...]]:
    """Every kind with the keys of its payload."""
    return dict(_kinds)


def check(kind: str, payload: dict[str, Any]) -> None:
    """Raises ValueError unless the kind is declared and the payload has exactly its keys, with allowed values."""
    if kind not in _kinds:
        raise ValueError(f"no such event kind: {kind}")
    if set(payload) != set(_kinds[kind]):
        raise ValueError(f"{kind} carries {sorted(_kinds[kind])}, not {sorted(payload)}")
    for key, value in payload.items():
        for item in value if isinstance(value, list) else [value]:
            _check_value(f"{kind}: {key}", item)


def _check_value(where: str, value: Any) -> None:
    if value is None or isinstance(value, bool | int):
        if isinstance(value, int) and value >= 10**9:
            raise ValueError(f"{where}: a number this large could be a patient's")
        return
    if not isinstance(value, str) or not _LABEL.fullmatch(value):
        raise ValueError(f"{where}: only labels of up to 200 characters")
    if _TEN_DIGITS.search(value):
        raise ValueError(f"{where}: looks like an NHS number")
