"""The log as files (C2SP tlog-tiles): names, contents, proofs read from them. Pure: no disk, no database."""

import re
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

from dars.audit.merkle import NodeAt, node_hash

HEIGHT = 8
WIDTH = 1 << HEIGHT  # hashes in a full tile, entries in a full bundle
HASH = 32
_NAME = re.compile(r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")

Fetch = Callable[[str], bytes]  # a tile by its name


def name(level: int | str, index: int, width: int = WIDTH) -> str:
    """`tile/0/x001/x234/067`, with `.p/W` for a partial tile. `level` "entries" names a bundle of entries."""
    digits = f"{index % 1000:03d}"
    while index := index // 1000:
        digits = f"x{index % 1000:03d}/{digits}"
    return f"tile/{level}/{digits}" + (f".p/{width}" if width < WIDTH else "")


def parsed(path: str) -> tuple[int | str, int, int] | None:
    """Level, index and width of a tile's name; None if it is none."""
    match = _NAME.fullmatch(path)
    if match is None:
        return None
    width = int(match[3]) if match[3] else WIDTH
    if match[3] and width >= WIDTH:
        return None
    level = match[1] if match[1] == "entries" else int(match[1])
    index = int("".join(re.findall(r"[0-9]{3}", match[2])))
    return (level, index, width) if name(level, index, width) == path else None


def of_tree(size: int) -> Iterator[tuple[int, int, int]]:
    """(level, index, width) of each tile of hashes in a tree of `size` leaves."""
    level, hashes = 0, size
    while hashes:
        full, rest = divmod(hashes, WIDTH)
        yield from ((level, index, WIDTH) for index in range(full))
        if rest:
            yield level, full, rest
        level, hashes = level + 1, full


def bundles_of(size: int) -> Iterator[tuple[int, int]]:
    """(index, width) of each bundle of entries in a tree of `size` leaves."""
    return ((index, width) for level, index, width in of_tree(size) if level == 0)


def bundle(entries: Iterable[bytes]) -> bytes:
    """Entries, each after its length in two bytes."""
    return b"".join(struct.pack(">H", len(entry)) + entry for entry in entries)


def unbundled(data: bytes) -> list[bytes]:
    """Raises ValueError for data that end within an entry."""
    entries, place = [], 0
    while place < len(data):
        if place + 2 > len(data) or place + 2 + (length := int.from_bytes(data[place : place + 2], "big")) > len(data):
            raise ValueError("the bundle ends within an entry")
        entries.append(data[place + 2 : place + 2 + length])
        place += 2 + length
    return entries


def hashes(tile: bytes) -> list[bytes]:
    """The hashes in a tile. Raises ValueError for a broken one."""
    if len(tile) % HASH:
        raise ValueError("the tile ends within a hash")
    return [tile[place : place + HASH] for place in range(0, len(tile), HASH)]


def folded(row: Sequence[bytes]) -> bytes:
    """The root over 2**n hashes."""
    while len(row) > 1:
        row = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=True)]
    return row[0]


def reader(fetch: Fetch, size: int) -> NodeAt:
    """`node_at` for the proofs of `merkle`, from the tiles of a tree of `size` leaves."""

    @lru_cache(maxsize=64)
    def tile(level: int, index: int) -> list[bytes]:
        width = min(WIDTH, (size >> (HEIGHT * level)) - index * WIDTH)
        row = hashes(fetch(name(level, index, width)))
        if len(row) != width:
            raise ValueError(f"{name(level, index, width)} holds {len(row)} hashes")
        return row

    def node_at(height: int, index: int) -> bytes:
        level, above = divmod(height, HEIGHT)
        start = index << above
        row = tile(level, start // WIDTH)
        return folded(row[start % WIDTH : start % WIDTH + (1 << above)])

    return node_at
