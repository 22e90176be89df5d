"""Proofs of inclusion and consistency against the definitions of RFC 6962, and tiles that carry them."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dars.audit import merkle, tiles
from dars.audit.merkle import Frontier, Inconsistent, leaf_hash

LEAVES = [leaf_hash(str(number).encode()) for number in range(700)]


def mth(leaves: list[bytes]) -> bytes:
    """MTH as section 2.1 defines it, on leaf hashes."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return merkle.node_hash(mth(leaves[:k]), mth(leaves[k:]))


def tile_files(size: int) -> dict[str, bytes]:
    files, row, level = {}, LEAVES[:size], 0
    while row:
        for place in range(0, len(row), 256):
            part = row[place : place + 256]
            files[tiles.name(level, place // 256, len(part))] = b"".join(part)
        row = [mth(row[place : place + 256]) for place in range(0, len(row) // 256 * 256, 256)]
        level += 1
    return files


def node_at(size: int) -> merkle.NodeAt:
    return tiles.reader(tile_files(size).__getitem__, size)


sizes = st.integers(1, 700)


@given(size=sizes)
def test_the_root_is_that_of_the_definition(size: int) -> None:
    assert merkle.root_of(node_at(size), size) == mth(LEAVES[:size]) == Frontier().extended(LEAVES[:size]).root()
    assert {tiles.name(*tile) for tile in tiles.of_tree(size)} == set(tile_files(size))


@given(st.data())
def test_inclusion_holds_for_the_leaf_at_its_place_and_for_nothing_else(data: st.DataObject) -> None:
    size = data.draw(sizes)
    index = data.draw(st.integers(0, size - 1))
    path, root = merkle.inclusion_path(node_at(size), index, size), mth(LEAVES[:size])
    assert merkle.root_from_inclusion(LEAVES[index], index, size, path) == root
    assert merkle.root_from_inclusion(leaf_hash(b"another"), index, size, path) != root
    for broken in ([*path, root], path[:-1]):
        if broken == path:
            continue
        with pytest.raises(Inconsistent):
            merkle.root_from_inclusion(LEAVES[index], index, size, broken)


@given(st.data())
def test_consistency_holds_for_a_tree_that_grew_and_for_no_other(data: st.DataObject) -> None:
    new = data.draw(sizes)
    old = data.draw(st.integers(0, new))
    path = merkle.consistency_path(node_at(new), old, new)
    old_root, new_root = mth(LEAVES[:old]), mth(LEAVES[:new])
    merkle.check_consistency(old, old_root, new, new_root, path)
    if old:
        for a, b in ((leaf_hash(b"x"), new_root), (old_root, leaf_hash(b"x"))):
            with pytest.raises(Inconsistent):
                merkle.check_consistency(old, a, new, b, path)
    with pytest.raises(Inconsistent):
        merkle.check_consistency(old, old_root, new, new_root, [*path, new_root])
    if path:
        with pytest.raises(Inconsistent):
            merkle.check_consistency(old, old_root, new, new_root, path[:-1])


def test_a_smaller_tree_is_never_consistent() -> None:
    with pytest.raises(Inconsistent):
        merkle.check_consistency(5, mth(LEAVES[:5]), 4, mth(LEAVES[:4]), [LEAVES[0]])


@pytest.mark.parametrize(
    ("level", "index", "width", "path"),
    [
        (0, 1234067, 256, "tile/0/x001/x234/067"),
        (2, 0, 1, "tile/2/000.p/1"),
        ("entries", 273, 112, "tile/entries/273.p/112"),
        (1, 1000, 256, "tile/1/x001/000"),
    ],
)
def test_names_are_those_of_the_specification(level: int | str, index: int, width: int, path: str) -> None:
    assert tiles.name(level, index, width) == path
    assert tiles.parsed(path) == (level, index, width)


@pytest.mark.parametrize(
    "path",
    ["tile/00/000", "tile/0/0", "tile/0/x000/001", "tile/0/000.p/256", "tile/0/../000", "tile/x/000", "tile/0/000.p/0"],
)
def test_other_names_are_none(path: str) -> None:
    assert tiles.parsed(path) is None


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_a_bundle_gives_back_its_entries(entries: list[bytes]) -> None:
    assert tiles.unbundled(tiles.bundle(entries)) == entries


def test_a_bundle_that_is_cut_is_refused() -> None:
    with pytest.raises(ValueError, match="within an entry"):
        tiles.unbundled(tiles.bundle([b"abc"])[:-1])
