"""Inclusion and consistency proofs: the published ones, RFC 6962's recursion, and nothing else verifies."""

from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gateway.core import tree
from gateway.core.evidence import proofs
from gateway.core.evidence.note import Malformed
from gateway.core.evidence.proofs import verify_consistency, verify_inclusion
from gateway.core.evidence.tiles import Tile
from tests.core.evidence import naive
from tests.core.test_tree import LEAVES, ROOTS

REFERENCE = tuple(map(tree.leaf_hash, LEAVES))
SMALL = 34  # every size up to here, every leaf, every older tree
LARGE = 70_000  # three levels of tiles

# The published hashes of the subtrees over the reference leaves: first and last leaf, counted from 0.
A = {
    "0": "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "1": "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "4": "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "0-1": "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "2-3": "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "4-5": "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    "6-7": "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "0-3": "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4-7": "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
}
INCLUSION = {
    (0, 1): "",
    (0, 8): "1 2-3 4-7",
    (5, 8): "4 6-7 0-3",
    (2, 3): "0-1",
    (1, 5): "0 2-3 4",
}
CONSISTENCY = {(1, 1): "", (1, 8): "1 2-3 4-7", (6, 8): "4-5 6-7 0-3", (2, 5): "2-3 4"}


def published(names: str) -> tuple[bytes, ...]:
    """The proof of those hashes."""
    return tuple(bytes.fromhex(A[name]) for name in names.split())


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_inclusion_proof_is_the_published_one(index: int, size: int) -> None:
    """Over the reference leaves, to the reference root."""
    proof = proofs.made(proofs.inclusion_spans(index, size), size, naive.served(REFERENCE[:size]))

    assert proof == published(INCLUSION[index, size])
    assert verify_inclusion(REFERENCE[index], index, size, proof, bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize(("old", "new"), CONSISTENCY)
def test_consistency_proof_is_the_published_one(old: int, new: int) -> None:
    """Between the reference roots."""
    proof = proofs.made(proofs.consistency_spans(old, new), new, naive.served(REFERENCE[:new]))

    assert proof == published(CONSISTENCY[old, new])
    older, newer = (bytes.fromhex(ROOTS[size - 1]) for size in (old, new))
    assert verify_consistency((old, older), (new, newer), proof)


@pytest.mark.parametrize("size", range(1, SMALL))
def test_every_proof_of_a_small_tree_is_the_one_of_the_definition(size: int) -> None:
    """Every leaf, every older tree: the same hashes as the RFC's recursion; they verify."""
    leaves = naive.many(size)
    held, root = naive.served(leaves), naive.root(leaves)
    for index in range(size):
        proof = proofs.made(proofs.inclusion_spans(index, size), size, held)
        assert proof == naive.inclusion(index, leaves)
        assert verify_inclusion(leaves[index], index, size, proof, root)
    for old in range(1, size + 1):
        proof = proofs.made(proofs.consistency_spans(old, size), size, held)
        assert proof == naive.consistency(old, leaves)
        assert verify_consistency((old, naive.root(leaves[:old])), (size, root), proof)


@pytest.mark.parametrize("size", range(1, 18))
def test_no_proof_of_a_small_tree_shows_anything_else(size: int) -> None:
    """Not another index, another size, another leaf, another root, nor with a hash more, less, changed or moved."""
    leaves = naive.many(size)
    root, stranger = naive.root(leaves), naive.leaf(-1)
    for index in range(size):
        proof = naive.inclusion(index, leaves)
        shown = {
            (at, of)
            for at in range(-1, size + 2)
            for of in range(-1, 2 * size + 2)
            if verify_inclusion(leaves[index], at, of, proof, root)
        }
        # The place of a leaf in a tree is the path; the size is vouched for by the signed checkpoint alone.
        assert {at for at, of in shown if of == size} == {index}
        assert not verify_inclusion(stranger, index, size, proof, root)
        assert not verify_inclusion(leaves[index], index, size, proof, stranger)
        for other in _spoiled(proof):
            assert not verify_inclusion(leaves[index], index, size, other, root)


@pytest.mark.parametrize("size", range(1, 18))
def test_no_consistency_proof_of_a_small_tree_shows_anything_else(size: int) -> None:
    """Not another older or newer root, nor with a hash more, less, changed or moved."""
    leaves = naive.many(size)
    new, stranger = naive.root(leaves), naive.leaf(-1)
    for old_size in range(1, size + 1):
        proof, old = naive.consistency(old_size, leaves), naive.root(leaves[:old_size])
        assert not verify_consistency((old_size, stranger), (size, new), proof)
        assert not verify_consistency((old_size, old), (size, stranger), proof)
        assert not verify_consistency((size + 1, old), (size, new), proof)
        for other in _spoiled(proof):
            assert not verify_consistency((old_size, old), (size, new), other)


def _spoiled(proof: tuple[bytes, ...]) -> list[tuple[bytes, ...]]:
    """The proof with one hash more, less, changed, or two exchanged."""
    stranger = naive.leaf(-1)
    places = range(len(proof))
    return [
        *((*proof[:at], stranger, *proof[at:]) for at in range(len(proof) + 1)),
        *((*proof[:at], *proof[at + 1 :]) for at in places),
        *((*proof[:at], stranger, *proof[at + 1 :]) for at in places),
        *((*proof[:at], proof[there], proof[at], *proof[there + 1 :]) for at, there in pairwise(places)),
    ]


@given(st.data())
@settings(max_examples=30, deadline=None)
def test_proofs_of_large_trees_come_from_few_tiles(data: st.DataObject) -> None:
    """In a tree too large to be at hand whole: the needed tiles are enough, at most two a level and edge, and it verifies."""
    size = data.draw(st.integers(1, LARGE))
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    leaves = naive.many(size)
    root = naive.root(leaves)
    spans = proofs.inclusion_spans(index, size)
    held = {tile: naive.content(tile, leaves) for tile in proofs.needed(spans, size)}

    assert verify_inclusion(leaves[index], index, size, proofs.made(spans, size, held), root)

    assert len(held) <= 2 * 3
    spans = proofs.consistency_spans(old, size)
    held = {tile: naive.content(tile, leaves) for tile in proofs.needed(spans, size)}
    proof = proofs.made(spans, size, held)
    assert proof == naive.consistency(old, leaves)
    assert verify_consistency((old, naive.root(leaves[:old])), (size, root), proof)
    assert len(held) <= 2 * 3


@given(st.integers(0, 600))
def test_root_comes_from_tiles(size: int) -> None:
    """The whole tree is one span, and none where there is nothing."""
    leaves = naive.many(size)
    spans = proofs.root_spans(size)

    assert proofs.made(spans, size, naive.served(leaves)) == ((naive.root(leaves),) if size else ())


@given(st.integers(0, 300), st.integers(0, 300), st.lists(st.binary(min_size=32, max_size=32), max_size=12))
def test_random_hashes_are_no_proof(first: int, second: int, proof: list[bytes]) -> None:
    """Whatever is said about the sizes."""
    stranger = naive.leaf(-1)
    assume(second > first > 0)

    assert not verify_inclusion(naive.leaf(0), first, second, proof, stranger)
    assert not verify_consistency((first, naive.leaf(1)), (second, stranger), proof)


def test_empty_tree_is_the_beginning_of_every_tree() -> None:
    """With its own root and an empty proof alone (RFC 6962 2.1.2 speaks of trees with leaves)."""
    empty, some = (0, sha256(b"").digest()), (3, naive.root(naive.many(3)))

    assert verify_consistency(empty, some, ())
    assert verify_consistency(empty, empty, ())
    assert not verify_consistency(empty, some, (naive.leaf(0),))
    assert not verify_consistency((0, naive.leaf(0)), some, ())
    assert not verify_consistency(empty, (0, naive.leaf(0)), ())
    assert proofs.consistency_spans(0, 3) == proofs.consistency_spans(3, 3) == []


def test_equal_trees_need_no_proof() -> None:
    """And no other root of that size is consistent."""
    root = naive.root(naive.many(3))

    assert verify_consistency((3, root), (3, root), ())
    assert not verify_consistency((3, root), (3, naive.leaf(0)), ())
    assert not verify_consistency((3, root), (3, root), (root,))


@pytest.mark.parametrize(("old", "new"), [(-1, 3), (4, 3), (1, 3), (3, -1)])
def test_smaller_tree_is_no_continuation(old: int, new: int) -> None:
    """Nor is a larger one without a proof."""
    assert not verify_consistency((old, naive.leaf(0)), (new, naive.leaf(0)), ())


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3), (4, 3)])
def test_leaf_outside_the_tree_has_no_proof(index: int, size: int) -> None:
    """It can neither be made nor believed."""
    with pytest.raises(ValueError, match=f"leaf {index} is not in a tree of {size}"):
        proofs.inclusion_spans(index, size)
    assert not verify_inclusion(naive.leaf(0), index, size, (), naive.leaf(0))


@pytest.mark.parametrize(("old", "new"), [(4, 3), (-1, 3)])
def test_larger_tree_is_no_beginning(old: int, new: int) -> None:
    """No proof of it can be asked for."""
    with pytest.raises(ValueError, match=f"a tree of {old} is no beginning of one of {new}"):
        proofs.consistency_spans(old, new)


def test_tile_of_the_wrong_length_makes_no_proof() -> None:
    """One hash too few, one too many, or half a hash."""
    leaves = naive.many(5)
    spans = proofs.inclusion_spans(0, 5)
    (tile,) = proofs.needed(spans, 5)
    whole = naive.content(tile, leaves)

    assert tile == Tile(0, 0, 5)
    for content in (b"", whole[:-32], whole[:-1], whole + whole[:32]):
        with pytest.raises(Malformed):
            proofs.made(spans, 5, {tile: content})
