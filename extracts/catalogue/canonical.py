"""Canonical JSON and its SHA-256, so that one specification has one hash; must never accept a float."""

import hashlib
import json


def canonical_json(value) -> bytes:
    """UTF-8 JSON with sorted keys and no spaces. Raises TypeError for floats and for keys that are not text."""
    _refuse_ambiguous(value)
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")


def sha256_hex(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _refuse_ambiguous(value) -> None:
    """Floats print differently from one library to the next; non-text keys collapse ({1: a} and {"1": a})."""
    if isinstance(value, float):
        raise TypeError("canonical JSON holds no floats")
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise TypeError("canonical JSON has text keys only")
            _refuse_ambiguous(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_ambiguous(inner)
