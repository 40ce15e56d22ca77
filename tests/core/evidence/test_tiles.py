"""Hash tiles (C2SP tlog-tiles): one path for each, and together they are the tree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.evidence.note import Malformed
from gateway.core.evidence.tiles import WIDTH, Tile, folded, hashes, holding, tiles
from gateway.core.tree import MOST
from tests.core.evidence import naive

PATHS = {
    "tile/0/000": Tile(0, 0),
    "tile/0/000.p/1": Tile(0, 0, 1),
    "tile/0/000.p/255": Tile(0, 0, 255),
    "tile/1/999": Tile(1, 999),
    "tile/4/x001/x234/067": Tile(4, 1_234_067),
    "tile/5/x001/000.p/8": Tile(5, 1000, 8),
}
WRONG = (
    "",
    "tile",
    "/tile/0/000",
    "tile/0/000/",
    "tile/0/000\n",
    "tile//000",
    "tile/0/",
    "tile/0/0",
    "tile/0/00",
    "tile/0/0000",
    "tile/00/000",
    "tile/-1/000",
    "tile/8/000",
    "tile/63/000",
    "tile/100/000",
    "tile/0/x000/000",
    "tile/0/x000/001",
    "tile/0/001/000",
    "tile/0/x001",
    "tile/0/x001/x000",
    "tile/0/X001/000",
    "tile/0/000.p",
    "tile/0/000.p/",
    "tile/0/000.p/0",
    "tile/0/000.p/01",
    "tile/0/000.p/256",
    "tile/0/000.p/1000",
    "tile/0/000.p/1/2",
    "tile/0/x001.p/1/000",
    "tile/0/٠٠٠",
    "tile/entries/000",
    "tile/data/000",
    "tile/8/0/000",
    "tile/0/../0/000",
    "tile/0/x" + "/x".join(["001"] * 30) + "/000",
)


@pytest.mark.parametrize(("path", "tile"), PATHS.items())
def test_path_is_the_specified_one(path: str, tile: Tile) -> None:
    """Written and read."""
    assert tile.path == path
    assert Tile.of(path) == tile


@pytest.mark.parametrize("path", WRONG)
def test_other_path_is_refused(path: str) -> None:
    """Other forms, other levels, entry bundles, a height as Go has it."""
    with pytest.raises(Malformed):
        Tile.of(path)


@given(st.data())
def test_every_tile_has_one_path(data: st.DataObject) -> None:
    """And comes back from it: any hash of the largest tree there can be."""
    level = data.draw(st.integers(0, 7))
    tile = holding(level, data.draw(st.integers(0, (MOST >> 8 * level) - 1)), MOST)

    assert Tile.of(tile.path) == tile


@given(st.text("tile/0123x.p", max_size=24))
def test_text_is_a_path_or_malformed(text: str) -> None:
    """Nothing else is raised; what is read is written again."""
    for each in (text, f"tile/0/{text}", f"tile/0/000{text}"):
        try:
            tile = Tile.of(each)
        except Malformed:
            continue
        assert tile.path == each


@given(st.integers(0, 300_000))
def test_tiles_of_a_tree_hold_every_hash_once(size: int) -> None:
    """At each level one hash for each complete subtree; all but the last are full."""
    found = list(tiles(size))

    for level in range(3):
        mine = [tile for tile in found if tile.level == level]
        assert sum(tile.width for tile in mine) == size >> 8 * level
        assert [tile.number for tile in mine] == list(range(len(mine)))
        assert all(tile.width == WIDTH for tile in mine[:-1])
    assert len(set(found)) == len(found)


@pytest.mark.parametrize(
    ("size", "paths"),
    [
        (0, []),
        (1, ["tile/0/000.p/1"]),
        (256, ["tile/0/000", "tile/1/000.p/1"]),
        (257, ["tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1"]),
        (65_536 + 256, [*(f"tile/0/{n:03}" for n in range(257)), "tile/1/000", "tile/1/001.p/1", "tile/2/000.p/1"]),
    ],
)
def test_tiles_of_a_size_are_the_specified_ones(size: int, paths: list[str]) -> None:
    """The largest tree in 256 leaves, one more, and a third level."""
    assert [tile.path for tile in tiles(size)] == paths


def test_largest_tree_has_eight_levels() -> None:
    """As many leaves as 63 bits count; nothing stands beyond its edge."""
    top = holding(7, 0, MOST)

    assert (top.width, Tile.of(top.path)) == (127, top)
    for beyond in (Tile(7, 0, 128), Tile(7, 0), Tile(7, 1, 1), Tile(0, 2**55, 1)):
        with pytest.raises(Malformed):
            Tile.of(beyond.path)


def test_hash_of_a_tile_is_the_fold_of_the_tile_below() -> None:
    """256 hashes fold into one, which stands a level higher."""
    leaves = naive.many(512)
    upper = hashes(naive.content(Tile(1, 0, 2), leaves))

    assert upper == [folded(hashes(naive.content(Tile(0, number), leaves))) for number in (0, 1)]
    assert folded(upper) == naive.root(leaves)
    assert folded(upper[:1]) == upper[0]


@pytest.mark.parametrize("length", [1, 31, 33, 8191])
def test_tile_of_broken_length_is_refused(length: int) -> None:
    """Half a hash is no hash."""
    with pytest.raises(Malformed):
        hashes(bytes(length))
