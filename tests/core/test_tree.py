"""RFC 6962 Merkle trees: the published roots, and growth without the old leaves."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core import tree

# The reference leaves and roots of the Certificate Transparency implementations (merkletree tests, RFC 6962 2.1).
LEAVES = tuple(
    map(
        bytes.fromhex,
        ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"),
    )
)
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
HASHES = st.lists(st.binary(min_size=32, max_size=32), max_size=70)


@pytest.mark.parametrize(("count", "root"), [(0, sha256(b"").hexdigest()), *enumerate(ROOTS, 1)])
def test_root_is_the_published_one(count: int, root: str) -> None:
    """For each prefix of the reference leaves, the empty one included."""
    frontier = tree.extend((), map(tree.leaf_hash, LEAVES[:count]))

    assert tree.root(frontier).hex() == root


@given(HASHES)
def test_root_is_the_one_of_the_definition(leaves: list[bytes]) -> None:
    """The frontier's root equals the recursion of RFC 6962 2.1 over all leaves."""
    frontier = tree.extend((), leaves)

    assert tree.root(frontier) == _naive(leaves)
    assert tree.size(frontier) == len(leaves)


@given(HASHES, HASHES)
def test_growing_in_steps_gives_the_same_tree(first: list[bytes], second: list[bytes]) -> None:
    """Leaves appended later need nothing of the earlier ones but the frontier."""
    assert tree.extend(tree.extend((), first), second) == tree.extend((), [*first, *second])


@given(HASHES)
def test_frontier_is_the_binary_form_of_the_size(leaves: list[bytes]) -> None:
    """Its subtrees are powers of two, each smaller than the one before."""
    sizes = [below for below, _ in tree.extend((), leaves)]

    assert sizes == [1 << bit for bit in reversed(range(8)) if len(leaves) >> bit & 1]


@given(HASHES)
def test_frontier_survives_its_bytes(leaves: list[bytes]) -> None:
    """What is stored is what is read back."""
    frontier = tree.extend((), leaves)

    assert tree.decode(tree.encode(frontier)) == frontier


def test_leaf_and_node_hashes_never_meet() -> None:
    """A node's preimage is no leaf's: the prefixes differ (second preimages, RFC 6962 2.1)."""
    left, right = tree.leaf_hash(b"a"), tree.leaf_hash(b"b")

    assert tree.node_hash(left, right) != tree.leaf_hash(left + right)
    assert tree.node_hash(left, right) != tree.node_hash(right, left)


def _naive(leaves: list[bytes]) -> bytes:
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\x01" + _naive(leaves[:split]) + _naive(leaves[split:])).digest()
