"""The RFC 6962 Merkle tree: leaf and node hashes, and roots that grow without the old leaves."""

from collections.abc import Iterable
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()
MOST = 2**63 - 1  # leaves: what databases and other programs count in one number


def leaf_hash(leaf: bytes) -> bytes:
    """RFC 6962 2.1: SHA-256(0x00 || leaf)."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 6962 2.1: SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


Frontier = tuple[tuple[int, bytes], ...]  # (leaves below, hash) of the perfect subtrees, largest first


def append(frontier: Frontier, leaf: bytes) -> Frontier:
    """The frontier with one more leaf hash: equal neighbours merge, like carrying in addition."""
    stack = [*frontier, (1, leaf)]
    while len(stack) > 1 and stack[-1][0] == stack[-2][0]:
        (size, right), (_, left) = stack.pop(), stack.pop()
        stack.append((2 * size, node_hash(left, right)))
    return tuple(stack)


def extend(frontier: Frontier, leaves: Iterable[bytes]) -> Frontier:
    """The frontier with more leaf hashes."""
    for leaf in leaves:
        frontier = append(frontier, leaf)
    return frontier


def size(frontier: Frontier) -> int:
    """How many leaves the tree has."""
    return sum(below for below, _ in frontier)


def root(frontier: Frontier) -> bytes:
    """The tree's root hash; SHA-256 of nothing for the empty tree."""
    if not frontier:
        return EMPTY_ROOT
    *lefts, (_, right) = frontier
    for _, left in reversed(lefts):
        right = node_hash(left, right)
    return right


def encode(frontier: Frontier) -> bytes:
    """The frontier as bytes: 8 bytes of size and 32 of hash for each subtree."""
    return b"".join(below.to_bytes(8, "big") + digest for below, digest in frontier)


def decode(text: bytes) -> Frontier:
    """The frontier that `encode` wrote."""
    rows = (text[at : at + 40] for at in range(0, len(text), 40))
    return tuple((int.from_bytes(row[:8], "big"), row[8:]) for row in rows)
