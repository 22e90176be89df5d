"""RFC 6962 Merkle tree hashes, pure. Knows nothing of events or storage."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(leaf: bytes) -> bytes:
    """SHA-256(0x00 || leaf), RFC 6962 section 2.1."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right), RFC 6962 section 2.1."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True)
class Frontier:
    """The complete subtrees of a tree, largest first: all that is needed to append and to know the root."""

    subtrees: tuple[tuple[int, bytes], ...] = ()  # (height, hash)

    @property
    def size(self) -> int:
        """Number of leaves."""
        return sum(1 << height for height, _ in self.subtrees)

    def extended(self, leaf_hashes: Iterable[bytes]) -> "Frontier":
        """The frontier after appending the leaves with these hashes."""
        stack = list(self.subtrees)
        for leaf in leaf_hashes:
            stack.append((0, leaf))
            while len(stack) > 1 and stack[-1][0] == stack[-2][0]:
                (_, right), (height, left) = stack.pop(), stack.pop()
                stack.append((height + 1, node_hash(left, right)))
        return Frontier(tuple(stack))

    def root(self) -> bytes:
        """The Merkle tree hash, 32 bytes."""
        if not self.subtrees:
            return EMPTY_ROOT
        *rest, (_, root) = self.subtrees
        for _, left in reversed(rest):
            root = node_hash(left, root)
        return root


class Inconsistent(ValueError):
    """A proof does not show what it claims."""


# The hash of the complete subtree of 2**height leaves that begins at leaf index * 2**height.
NodeAt = Callable[[int, int], bytes]


def _largest_below(size: int) -> int:
    """The largest power of two smaller than `size` (at least 2)."""
    return 1 << ((size - 1).bit_length() - 1)


def subtree_root(node_at: NodeAt, start: int, end: int) -> bytes:
    """MTH(D[start:end]) of a subtree: `start` is a multiple of a power of two that is not less than its size."""
    size = end - start
    if size & (size - 1) == 0:
        height = size.bit_length() - 1
        return node_at(height, start >> height)
    middle = start + _largest_below(size)
    return node_hash(subtree_root(node_at, start, middle), subtree_root(node_at, middle, end))


def root_of(node_at: NodeAt, size: int) -> bytes:
    """The Merkle tree hash of the first `size` leaves."""
    return subtree_root(node_at, 0, size) if size else EMPTY_ROOT


def inclusion_path(node_at: NodeAt, index: int, size: int) -> list[bytes]:
    """PATH(index, D[size]), RFC 6962 section 2.1.1, the leaf's sibling first. Raises IndexError outside the tree."""
    if not 0 <= index < size:
        raise IndexError(f"leaf {index} is not in a tree of {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _largest_below(end - start)
        if index < middle:
            path.append(subtree_root(node_at, middle, end))
            end = middle
        else:
            path.append(subtree_root(node_at, start, middle))
            start = middle
    return path[::-1]


def root_from_inclusion(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root that the path leads to from a leaf's hash. Raises Inconsistent for a path of the wrong length."""
    if not 0 <= index < size:
        raise Inconsistent("the leaf's place lies outside the tree")
    node, last, digest = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise Inconsistent("the proof is too long")
        if node & 1 or node == last:
            digest = node_hash(sibling, digest)
            while node & 1 == 0 and node:
                node, last = node >> 1, last >> 1
        else:
            digest = node_hash(digest, sibling)
        node, last = node >> 1, last >> 1
    if last:
        raise Inconsistent("the proof is too short")
    return digest


def consistency_path(node_at: NodeAt, old: int, new: int) -> list[bytes]:
    """PROOF(old, D[new]), RFC 6962 section 2.1.2. Empty when `old` is 0 or equals `new`."""
    if not 0 <= old <= new:
        raise IndexError(f"no tree of {old} before one of {new}")
    if old in {0, new}:
        return []

    def sub(size: int, start: int, end: int, whole: bool) -> list[bytes]:
        if size == end - start:
            return [] if whole else [subtree_root(node_at, start, end)]
        split = _largest_below(end - start)
        if size <= split:
            return [*sub(size, start, start + split, whole), subtree_root(node_at, start + split, end)]
        return [*sub(size - split, start + split, end, False), subtree_root(node_at, start, start + split)]

    return sub(old, 0, new, True)


def check_consistency(old: int, old_root: bytes, new: int, new_root: bytes, path: list[bytes]) -> None:
    """Raises Inconsistent unless the path shows that the tree of `new` leaves begins with that of `old` leaves."""
    if old == new or old == 0:
        if path or (old == new and old_root != new_root):
            raise Inconsistent("two trees of one size differ, or a proof was given where none belongs")
        return
    if old > new or not path:
        raise Inconsistent("the newer tree is smaller, or the proof is missing")
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    rest = list(path)
    first = second = rest.pop(0) if node else old_root
    for sibling in rest:
        if last == 0:
            raise Inconsistent("the proof is too long")
        if node & 1 or node == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while node & 1 == 0 and node:
                node, last = node >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        node, last = node >> 1, last >> 1
    if last or first != old_root or second != new_root:
        raise Inconsistent("the newer tree does not begin with the older one")
