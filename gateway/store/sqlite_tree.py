"""The tree's port on SQLite."""

from collections.abc import Sequence
from functools import partial

from gateway.core.evidence.tiles import Tile
from gateway.core.names import Micros
from gateway.flow.ports import Row
from gateway.flow.ports_tree import Sign
from gateway.store import tree
from gateway.store.engine import Engine


class TreeRows:
    """See TreeStore."""

    _engine: Engine

    async def sequence(self, now: Micros, limit: int, sign: Sign) -> int:
        """See TreeStore."""
        if not self._engine.read(tree.pending):
            return 0
        return await self._engine.write(partial(tree.sequence, now=now, limit=limit, sign=sign))

    async def heads(self) -> list[Row]:
        """See TreeStore."""
        return await self._engine.read_aside(tree.heads)

    async def head(self, size: int) -> Row | None:
        """See TreeStore."""
        return self._engine.read(partial(tree.head, size=size))

    async def newest_head(self) -> Row | None:
        """See TreeStore."""
        return self._engine.read(tree.newest_head)

    async def tiles(self, wanted: Sequence[Tile]) -> dict[Tile, bytes]:
        """See TreeStore."""
        return await self._engine.read_aside(partial(tree.tiles, wanted=wanted))

    async def leaf(self, position: int) -> Row | None:
        """See TreeStore."""
        return self._engine.read(partial(tree.leaf, position=position))

    async def cosignatures(self, size: int) -> list[Row]:
        """See TreeStore."""
        return self._engine.read(partial(tree.cosignatures, size=size))

    async def stamps_of(self, size: int) -> list[Row]:
        """See TreeStore."""
        return self._engine.read(partial(tree.stamps_of, size=size))
