"""Inclusion and consistency proofs: made from tiles, checked with nothing but hashes (RFC 6962 2.1.1, 2.1.2; RFC 9162 2.1.3, 2.1.4)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gateway.core import tree
from gateway.core.evidence.note import Malformed
from gateway.core.evidence.tiles import HEIGHT, Tile, folded, hashes, holding

Proof = tuple[bytes, ...]
Held = Mapping[Tile, bytes]


@dataclass(frozen=True, slots=True)
class Span:
    """The leaves from start on and before end, whose root is one hash of a proof."""

    start: int
    end: int


def inclusion_spans(index: int, size: int) -> list[Span]:
    """What an inclusion proof of the leaf in the tree of that size consists of, lowest first (RFC 6962 2.1.1)."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    return [*reversed(list(_path(index, 0, size)))]


def consistency_spans(old: int, new: int) -> list[Span]:
    """What a consistency proof between trees of those sizes consists of (RFC 6962 2.1.2); nothing for equal or empty ones."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {old} is no beginning of one of {new}")
    return [] if old in {0, new} else [*reversed(list(_growth(old, 0, new)))]


def needed(spans: Sequence[Span], size: int) -> set[Tile]:
    """The tiles of a tree of that size from which the proof is made."""
    return {_tile(start, width, size)[0] for span in spans for start, width in _perfect(span)}


def made(spans: Sequence[Span], size: int, held: Held) -> Proof:
    """The proof from the tiles it needs; Malformed where one is not as long as its path says."""
    return tuple(_root(span, size, held) for span in spans)


def root_spans(size: int) -> list[Span]:
    """The whole tree: its root is `made` from this."""
    return [Span(0, size)] if size else []


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the leaf hash stands at that index in the tree of that size and root (RFC 9162 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    node, last, found = index, size - 1, leaf
    for each in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            found = tree.node_hash(each, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = tree.node_hash(found, each)
        node, last = node >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(old: tuple[int, bytes], new: tuple[int, bytes], proof: Sequence[bytes]) -> bool:
    """Whether the first tree, as (size, root), is the beginning of the second (RFC 9162 2.1.4.2)."""
    (old_size, old_root), (new_size, new_root) = old, new
    if old_size in {0, new_size}:
        expected = tree.EMPTY_ROOT if old_size == 0 else new_root
        return not proof and old_root == expected and (old_size < new_size or old_root == new_root)
    if not 0 < old_size < new_size or not proof:
        return False
    path = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    return _grown(old_size - 1, new_size - 1, path) == (old_root, new_root)


def beginning(old: int, new: tuple[int, bytes], proof: Sequence[bytes]) -> bytes | None:
    """The root that the proof shows the first `old` leaves of the new tree to have; None where it shows none.

    Of a power of two it shows none: there the proof is made for a root that is known.
    """
    size, root = new
    if not 0 < old < size or not old & (old - 1) or not proof:
        return None
    found = _grown(old - 1, size - 1, list(proof))
    return found[0] if found and found[1] == root else None


def _grown(node: int, last: int, path: list[bytes]) -> tuple[bytes, bytes] | None:
    """The two roots that the path leads to; None where it is too long or too short."""
    while node & 1:
        node, last = node >> 1, last >> 1
    before = after = path[0]
    for each in path[1:]:
        if last == 0:
            return None
        if node & 1 or node == last:
            before, after = tree.node_hash(each, before), tree.node_hash(each, after)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            after = tree.node_hash(after, each)
        node, last = node >> 1, last >> 1
    return (before, after) if last == 0 else None


def _path(index: int, start: int, end: int) -> Iterator[Span]:
    """The siblings on the way down to the leaf, the highest first."""
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            yield Span(middle, end)
            end = middle
        else:
            yield Span(start, middle)
            start = middle


def _growth(old: int, start: int, end: int) -> Iterator[Span]:
    """The subtrees that join the old tree to the new one, the highest first; the old root is left out where it is one."""
    whole = True
    while old < end:
        middle = start + _split(end - start)
        if old <= middle:
            yield Span(middle, end)
            end = middle
        else:
            yield Span(start, middle)
            start, whole = middle, False
    if not whole:
        yield Span(start, end)


def _split(size: int) -> int:
    """The largest power of two smaller than the size."""
    return 1 << (size - 1).bit_length() - 1


def _perfect(span: Span) -> Iterator[tuple[int, int]]:
    """The perfect subtrees of a span that begins where a tree of its size can, as (first leaf, number of leaves)."""
    start = span.start
    while start < span.end:
        width = 1 << (span.end - start).bit_length() - 1
        yield start, width
        start += width


def _tile(start: int, width: int, size: int) -> tuple[Tile, int, int]:
    """The tile that has a perfect subtree's hashes, the first one's place in it, and how many they are."""
    level, rest = divmod(width.bit_length() - 1, HEIGHT)
    number = start >> (HEIGHT * level)
    tile = holding(level, number, size)
    return tile, number - tile.start, 1 << rest


def _root(span: Span, size: int, held: Held) -> bytes:
    found: list[bytes] = []
    for start, width in _perfect(span):
        tile, first, count = _tile(start, width, size)
        row = hashes(held[tile])
        if len(row) != tile.width:
            raise Malformed(f"{tile.path} has {len(row)} hashes")
        found.append(folded(row[first : first + count]))
    root = found.pop()
    while found:
        root = tree.node_hash(found.pop(), root)
    return root
