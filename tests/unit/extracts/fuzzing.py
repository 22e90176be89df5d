"""Spoils files and answers at random, from a seed: what is found is written down by its number."""

import copy
import gzip
import random
from typing import Any

_PIECES = (
    b"\x00",
    b"\xff\xfe",
    b'"',
    b"\n",
    b"\r",
    b",",
    b"<",
    b"&x;",
    b"<!DOCTYPE d [<!ENTITY x 'y'>]>",
    b"=cmd|'/C calc'!A0",
    b"+1",
    b"@SUM(A1)",
    b"9.99000001E9",
    b"9990000018.0",
    b"0001-01-01",
    b"9999-12-31",
    b"-0001-01-01",
    "\u202e".encode(),
    "\U0001f600".encode(),
    b"\xc3",
    b"A" * 70_000,
    b"," * 5_000,
    b"<a>" * 2_000,
)


def spoiled(content: bytes, number: int) -> bytes:
    """The content with one to four things wrong; packed, and then perhaps spoiled again, where the draw says so."""
    draw = random.Random(number)
    for _ in range(draw.randint(1, 4)):
        content = _changed(content, draw)
    if draw.random() < 0.2:
        content = gzip.compress(content, mtime=0)
        if draw.random() < 0.5:
            content = _changed(content, draw)
    return content


def _changed(content: bytes, draw: random.Random) -> bytes:
    if not content:
        return draw.choice(_PIECES)
    at, end = sorted(draw.randrange(len(content) + 1) for _ in range(2))
    match draw.randrange(6):
        case 0:
            return content[:at]
        case 1:
            return content[:at] + draw.choice(_PIECES) + content[at:]
        case 2:
            return content[:at] + content[end:]
        case 3:
            return content[:end] + content[at:end] * draw.randint(1, 3) + content[end:]
        case 4:
            return content[:at] + bytes([draw.randrange(256)]) + content[at + 1 :]
        case _:
            lines = content.split(b"\n")
            draw.shuffle(lines)
            return b"\n".join(lines)


_VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    10**30,
    1.5,
    float("nan"),
    "",
    "x",
    "x" * 10_000,
    "\x00",
    "'; DROP TABLE did; --",
    "=1+1",
    "0001-01",
    "9999-99",
    [],
    {},
    [[]],
    [{}],
    {"x": {}},
    ["did"] * 3,
)


def spoiled_json(whole: Any, number: int) -> Any:
    """A copy of the JSON with one to three of its parts replaced, removed, doubled, or put under another name."""
    draw = random.Random(number)
    whole = copy.deepcopy(whole)
    for _ in range(draw.randint(1, 3)):
        holder, key = draw.choice(list(_places(whole)) or [({"": whole}, "")])
        match draw.randrange(4):
            case 0:
                holder[key] = copy.deepcopy(draw.choice(_VALUES))
            case 1:
                del holder[key]
            case 2 if isinstance(holder, list):
                holder.append(copy.deepcopy(holder[key]))
            case 2:
                holder[draw.choice(("x", "did", "__class__", ""))] = holder[key]
            case _:
                holder[key] = [holder[key]] if draw.random() < 0.5 else {"did": holder[key]}
    return whole


def _places(part: Any):
    pairs = list(part.items()) if isinstance(part, dict) else list(enumerate(part)) if isinstance(part, list) else []
    for key, inner in pairs:
        yield part, key
        yield from _places(inner)
