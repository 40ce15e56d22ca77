"""What the flows need of the tree over the delivery log."""

from collections.abc import Callable, Sequence
from typing import Protocol

from gateway.core.evidence.tiles import Tile
from gateway.core.names import Micros
from gateway.flow.ports import EntryStore, Row

ANY = 2**63 - 1  # leaves: more than there will ever be
Sign = Callable[[int, bytes], bytes]  # size and root ► signed checkpoint


class TreeStore(Protocol):
    """Places, heads and hashes."""

    async def sequence(self, now: Micros, limit: int, sign: Sign) -> int:
        """How many pending entries now have their place in the tree, under a checkpoint that committed with them.

        The checkpoint is in the anchor, too, when this returns, and only then told by `newest_head`. For the one process
        that holds the database's lock.
        """

    async def grow(self, limit: int) -> int:
        """How many of the tree's nodes that were missing are there now: of a log from before there were any."""

    async def uncovered(self) -> int:
        """How many leaves there are behind the newest head; less than 0: it promises more than there are."""

    def anchor(self) -> bytes:
        """The checkpoint that was published last, as the file beside the database has it; empty where there is none."""

    async def head(self, size: int) -> Row | None:
        """The head of that size."""

    async def newest_head(self, most: int = ANY) -> Row | None:
        """The newest head, of at most that size, that has a checkpoint, and may be told to others."""

    async def tiles(self, wanted: Sequence[Tile]) -> dict[Tile, bytes]:
        """The hashes in each tile; fewer than its width where the tree does not have them."""

    async def leaf(self, position: int) -> Row | None:
        """The leaf at that index (position, hash) and its entry (body, kind, at, message_id)."""

    async def cosignatures(self, size: int) -> list[Row]:
        """Partners' signature lines under our checkpoint of that size (party, line, at)."""

    async def stamps_of(self, size: int) -> list[Row]:
        """Time stamps of our checkpoint of that size (size, at, response)."""


class SequencerStore(TreeStore, EntryStore, Protocol):
    """The tree, and where its own events are written down."""
