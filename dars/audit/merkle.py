"""RFC 6962 Merkle tree hashes, pure. Knows nothing of events or storage."""

import hashlib
from collections.abc import Iterable
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
