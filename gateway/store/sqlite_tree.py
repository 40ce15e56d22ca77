"""The tree's port on SQLite, and the file beside the database that says what was published."""

from collections.abc import Callable, Sequence
from functools import partial

from gateway.core.evidence.tiles import Tile
from gateway.core.names import Micros
from gateway.flow.ports import Row
from gateway.flow.ports_tree import ANY, Sign
from gateway.store import tree
from gateway.store.anchor import AnchorFile
from gateway.store.engine import Engine


class TreeRows:
    """See TreeStore."""

    _engine: Engine
    _anchor: AnchorFile
    _published: int | None = None  # the size up to which heads are told; None: this process does not sequence

    def on_commit(self, told: Callable[[], None]) -> None:
        """From now on, called after each commit."""
        self._engine.committed = told

    async def sequence(self, now: Micros, limit: int, sign: Sign) -> int:
        """See TreeStore.

        The commit point is in `write`. A crash before it leaves nothing, and nobody has seen what was signed; after it the
        head is durable, and the next start writes the anchor. Heads are told once the anchor is written, not before.
        """
        count, self._published = 0, self._published or 0
        if self._engine.read(tree.pending):
            count = await self._engine.write(partial(tree.sequence, now=now, limit=limit, sign=sign))
        await self._publish()
        return count

    async def _publish(self) -> None:
        """The newest head is in the anchor, and told from now on; also one that a crash kept from it."""
        newest = self._engine.read(partial(tree.newest_head, most=ANY))
        if newest is not None and newest["size"] != self._published:
            await self._anchor.write(bytes(newest["note"]))
            self._published = newest["size"]

    def anchor(self) -> bytes:
        """See TreeStore."""
        return self._anchor.read()

    async def grow(self, limit: int) -> int:
        """See TreeStore."""
        return await self._engine.write(partial(tree.grow, limit=limit))

    async def head(self, size: int) -> Row | None:
        """See TreeStore."""
        return self._engine.read(partial(tree.head, size=size))

    async def newest_head(self, most: int = ANY) -> Row | None:
        """See TreeStore."""
        told = most if self._published is None else min(most, self._published)
        return self._engine.read(partial(tree.newest_head, most=told))

    async def tiles(self, wanted: Sequence[Tile]) -> dict[Tile, bytes]:
        """See TreeStore."""
        return await self._engine.read_aside(partial(tree.tiles, wanted=wanted))

    async def uncovered(self) -> int:
        """See SequencerStore."""
        return self._engine.read(tree.uncovered)

    async def leaf(self, position: int) -> Row | None:
        """See TreeStore."""
        return self._engine.read(partial(tree.leaf, position=position))

    async def cosignatures(self, size: int) -> list[Row]:
        """See TreeStore."""
        return self._engine.read(partial(tree.cosignatures, size=size))

    async def stamps_of(self, size: int) -> list[Row]:
        """See TreeStore."""
        return self._engine.read(partial(tree.stamps_of, size=size))
