"""Go's sumdb/tlog agrees on proofs: it makes the same ones, and believes exactly those that we believe."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.core.evidence import proofs
from gateway.core.evidence.note import Malformed
from gateway.core.evidence.tiles import Tile, holding, tiles
from gateway.core.tree import MOST
from tests.asking import Asked, octets
from tests.core.evidence import naive
from tests.core.evidence.test_tiles import PATHS, WRONG

MANY = 700  # leaves: several tiles, one level above them
LARGE = 66_000  # a third level
HUGE = 2**62  # leaves: Go's proofs never end for a larger tree
SETTINGS = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def files(size: int) -> dict[str, bytes]:
    """The tiles of a tree as they are published."""
    leaves = naive.many(size)
    return {tile.path: naive.content(tile, leaves) for tile in tiles(size)}


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 255, 256, 257, 511, 512, 513, MANY])
def test_go_makes_the_same_proofs_from_our_tiles(size: int, outsider: Asked) -> None:
    """Of first, middle and last leaves, and of older trees; it reads the tiles under our paths."""
    leaves = naive.many(size)
    held, said = naive.served(leaves), {"size": size, "root": naive.root(leaves), "leaf": files(size)}
    for at in {0, size // 3, size - 2, size - 1} & set(range(size)):
        found = outsider.ask("prove", old=-1, index=at, **said)
        ours = proofs.made(proofs.inclusion_spans(at, size), size, held)
        assert (found["fault"], tuple(map(octets, found.get("proof", [])))) == ("", ours)
        found = outsider.ask("prove", old=at + 1, **said)
        ours = proofs.made(proofs.consistency_spans(at + 1, size), size, held)
        assert (found["fault"], tuple(map(octets, found.get("proof", [])))) == ("", ours)


def test_go_makes_the_same_proofs_of_a_large_tree(outsider: Asked) -> None:
    """Three levels of tiles, and no tile but those that we need for it."""
    leaves = naive.many(LARGE)
    root = naive.root(leaves)
    for spans, asked in (
        (proofs.inclusion_spans(65_535, LARGE), {"old": -1, "index": 65_535}),
        (proofs.consistency_spans(65_536 - 1, LARGE), {"old": 65_536 - 1}),
    ):
        wanted = proofs.needed([*spans, *proofs.root_spans(LARGE)], LARGE)
        held = {tile: naive.content(tile, leaves) for tile in wanted}
        shown = {tile.path: content for tile, content in held.items()}
        found = outsider.ask("prove", size=LARGE, root=root, leaf=shown, **asked)
        assert found["fault"] == ""
        assert tuple(map(octets, found["proof"])) == proofs.made(spans, LARGE, held)


def spoiled(draw: st.DrawFn, proof: tuple[bytes, ...]) -> list[bytes]:
    """The proof, or one that is not quite it."""
    rows = list(proof)
    at = draw(st.integers(0, len(rows)))
    match draw(st.sampled_from(["keep", "drop", "insert", "change", "turn"])):
        case "drop":
            del rows[at : at + 1]
        case "insert":
            rows.insert(at, draw(st.sampled_from([naive.leaf(-1), *rows])))
        case "change":
            rows[at : at + 1] = [naive.leaf(-1)] * len(rows[at : at + 1])
        case "turn":
            rows.reverse()
    return rows


@given(st.data())
@SETTINGS
def test_go_believes_the_same_inclusion_proofs(outsider: Asked, data: st.DataObject) -> None:
    """Of any leaf, whole or spoiled, said to be at that place or another, in a tree of that size or another."""
    size = data.draw(st.integers(1, MANY))
    index = data.draw(st.integers(0, size - 1))
    leaves = naive.many(size)
    proof = data.draw(st.composite(spoiled)(naive.inclusion(index, leaves)))
    said_size = data.draw(st.sampled_from([size, size, size - 1, size + 1, 2 * size, HUGE - 1]))
    said_index = data.draw(st.sampled_from([index, index, index ^ 1, index + 1, -1, said_size, said_size - 1]))
    root = naive.root(leaves)

    found = outsider.ask("record", size=said_size, root=root, index=said_index, hash=leaves[index], proof=proof)

    assert proofs.verify_inclusion(leaves[index], said_index, said_size, proof, root) == (found["fault"] == ""), found


@given(st.data())
@SETTINGS
def test_go_believes_the_same_consistency_proofs(outsider: Asked, data: st.DataObject) -> None:
    """Of any older tree, whole or spoiled, with the sizes or others."""
    size = data.draw(st.integers(1, MANY))
    old = data.draw(st.integers(1, size))
    leaves = naive.many(size)
    proof = data.draw(st.composite(spoiled)(naive.consistency(old, leaves)))
    said = data.draw(st.sampled_from([size, size, size - 1, size + 1, 2 * size, HUGE - 1]))
    said_old = data.draw(st.sampled_from([old, old, old - 1, old + 1, said, said + 1]))
    root, older = naive.root(leaves), naive.root(leaves[:old])
    if said_old == 0:
        return  # Go has no empty tree; ours begins every log

    found = outsider.ask("tree", size=said, root=root, old=said_old, hash=older, proof=proof)

    assert proofs.verify_consistency((said_old, older), (said, root), proof) == (found["fault"] == ""), found


@pytest.mark.parametrize("path", [*PATHS, *WRONG])
def test_go_reads_the_same_paths(path: str, outsider: Asked) -> None:
    """Of the published ones, and of those that are none; Go alone has levels beyond the largest tree."""
    found = outsider.ask("path", path=path)

    assert (found["fault"] == "" and int(path.split("/")[1]) < 8 and len(path) < 60) == (path in PATHS), found


@given(st.data())
@SETTINGS
def test_go_writes_the_same_paths(outsider: Asked, data: st.DataObject) -> None:
    """Of any tile of the largest tree."""
    level = data.draw(st.integers(0, 7))
    tile = holding(level, data.draw(st.integers(0, (MOST >> 8 * level) - 1)), MOST)

    assert outsider.ask("path", path=tile.path).get("text") == tile.path


@given(st.text("tile/0123456789x.p", max_size=20).map(lambda tail: f"tile/{tail}"))
@SETTINGS
def test_path_that_we_read_go_reads(outsider: Asked, path: str) -> None:
    """Whatever it is made of."""
    try:
        tile = Tile.of(path)
    except Malformed:
        return
    assert outsider.ask("path", path=path)["text"] == tile.path
