"""Hash tiles: the tree in files of 256 hashes, which never change once they are full (C2SP tlog-tiles).

Level 0 holds leaf hashes; a hash at level L is the root of 256^L leaves.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from gateway.core import tree
from gateway.core.evidence.note import Malformed

HEIGHT = 8
WIDTH = 1 << HEIGHT
DIGEST = 32
LEVELS = 8  # of the largest tree
GROUP = 1000  # a number is written in groups of three digits
PATH = re.compile(r"tile/(0|[1-9][0-9]?)/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """Where the hashes of one tile stand: at this level, from number * 256 on, `width` of them."""

    level: int
    number: int
    width: int = WIDTH

    @classmethod
    def of(cls, path: str) -> Self:
        """The tile at that path; Malformed where there can be none."""
        found = PATH.fullmatch(path)
        if found is None:
            raise Malformed("no path of a tile")
        number = int(found[2].replace("x", "").replace("/", ""))
        tile = cls(int(found[1]), number, int(found[3] or WIDTH))
        if tile.path != path or tile.start + tile.width > tree.MOST >> HEIGHT * tile.level:
            raise Malformed("no path of a tile")
        return tile

    @property
    def path(self) -> str:
        """Where it is served: tile/<level>/<number>, with .p/<width> while it is partial."""
        return f"tile/{self.level}/{grouped(self.number)}" + (f".p/{self.width}" if self.width < WIDTH else "")

    @property
    def start(self) -> int:
        """The number of its first hash at its level."""
        return self.number * WIDTH


def grouped(number: int) -> str:
    """1234067 as x001/x234/067."""
    found = f"{number % GROUP:03}"
    while number >= GROUP:
        number //= GROUP
        found = f"x{number % GROUP:03}/{found}"
    return found


def holding(level: int, number: int, size: int) -> Tile:
    """The tile of a tree of that size in which the hash with that number at that level stands."""
    whole = size >> (HEIGHT * level)
    tile = number // WIDTH
    return Tile(level, tile, min(WIDTH, whole - tile * WIDTH))


def tiles(size: int) -> Iterator[Tile]:
    """Every tile of a tree of that size, the partial ones at the right edge included."""
    level = 0
    while whole := size >> (HEIGHT * level):
        for number in range(-(-whole // WIDTH)):
            yield holding(level, number * WIDTH, size)
        level += 1


def hashes(content: bytes) -> list[bytes]:
    """A tile's hashes; Malformed where its length is no whole number of them."""
    if len(content) % DIGEST:
        raise Malformed("a tile whose length is no multiple of 32")
    return [content[at : at + DIGEST] for at in range(0, len(content), DIGEST)]


def folded(found: list[bytes]) -> bytes:
    """The root over equal subtrees; their number is a power of two."""
    while len(found) > 1:
        found = [tree.node_hash(found[at], found[at + 1]) for at in range(0, len(found), 2)]
    return found[0]
