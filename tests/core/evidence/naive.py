"""RFC 6962 word for word: roots, proofs and tiles by the recursions of its definitions, over all leaf hashes."""

from collections.abc import Sequence
from functools import cache
from hashlib import sha256

from gateway.core.evidence.tiles import Tile, tiles

Leaves = tuple[bytes, ...]


@cache
def leaf(number: int) -> bytes:
    """The hash of a leaf that says its number."""
    return sha256(b"\x00" + str(number).encode()).digest()


def many(count: int) -> Leaves:
    """So many leaf hashes."""
    return tuple(leaf(number) for number in range(count))


def root(leaves: Sequence[bytes]) -> bytes:
    """MTH of 2.1."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = _split(len(leaves))
    return sha256(b"\x01" + root(leaves[:split]) + root(leaves[split:])).digest()


def inclusion(index: int, leaves: Sequence[bytes]) -> Leaves:
    """PATH of 2.1.1."""
    if len(leaves) == 1:
        return ()
    split = _split(len(leaves))
    if index < split:
        return (*inclusion(index, leaves[:split]), root(leaves[split:]))
    return (*inclusion(index - split, leaves[split:]), root(leaves[:split]))


def consistency(old: int, leaves: Sequence[bytes], known: bool = True) -> Leaves:  # noqa: FBT001, FBT002 - SUBPROOF's b
    """PROOF of 2.1.2."""
    if old == len(leaves):
        return () if known else (root(leaves),)
    split = _split(len(leaves))
    if old <= split:
        return (*consistency(old, leaves[:split], known), root(leaves[split:]))
    return (*consistency(old - split, leaves[split:], known=False), root(leaves[:split]))


def served(leaves: Sequence[bytes]) -> dict[Tile, bytes]:
    """Every tile of the tree."""
    return {tile: content(tile, leaves) for tile in tiles(len(leaves))}


def content(tile: Tile, leaves: Sequence[bytes]) -> bytes:
    """A tile's bytes: the roots of 256^level leaves each."""
    below = 256**tile.level
    starts = range(tile.number * 256, tile.number * 256 + tile.width)
    return b"".join(root(leaves[number * below : (number + 1) * below]) for number in starts)


def _split(count: int) -> int:
    """The largest power of two smaller than the count."""
    split = 1
    while split * 2 < count:
        split *= 2
    return split
