"""Gives log entries their place in the tree, in batches, behind the commits that made them, each batch under a checkpoint."""

import asyncio
import logging

from gateway.core.evidence.notary import Notary
from gateway.flow.anchor import compared, told, whole
from gateway.flow.bell import Bell, heard
from gateway.flow.ports import Clock
from gateway.flow.ports_tree import SequencerStore

WRITTEN, PUBLISHED = "written", "checkpoint"  # rung by the store after each commit; rung here after each checkpoint
PAUSE = 0.5  # seconds between two checkpoints, and between two looks for what another process wrote
BATCH = 1000  # a few milliseconds, in which nothing else is done
GROW = 64  # nodes made in one transaction: 16,384 leaves
logger = logging.getLogger(__name__)


class Sequencer:
    """The one sequencer of a log: the process that holds the database's lock."""

    def __init__(self, store: SequencerStore, notary: Notary, clock: Clock, bell: Bell) -> None:
        """The keys of the start stay: a log never changes its key under one name."""
        self._store, self._notary, self._clock, self._bell = store, notary, clock, bell

    async def begin(self) -> None:
        """The log goes on where it was, and its tree is whole.

        Contradicted, and nothing written, where the database does not hold what was published, or no whole tree.
        """
        await whole(self._store)
        found = await compared(self._store, self._notary.signer.verifier)
        if entries := list(told(found, self._clock)):
            await self._store.append(*entries)
        while made := await self._store.grow(GROW):
            logger.info("%s nodes of the tree made for a log from before there were any", made)

    async def run(self) -> None:
        """Sequences until cancelled; a fault of the store is waited out."""
        while True:
            written = self._bell.listen(WRITTEN)
            try:
                sequenced = await self.round()
            except Exception:
                logger.exception("sequencing failed; tried again")
                sequenced = 1
            if sequenced:
                await asyncio.sleep(PAUSE)  # what comes meanwhile shares the next checkpoint
            else:
                await heard(written, PAUSE)

    async def round(self) -> int:
        """How many entries got their places; the checkpoint over them is durable, anchored, and may be told to anybody."""
        count, done = 0, BATCH
        while done == BATCH:  # what came meanwhile is for the next round
            done = await self._store.sequence(self._clock.now(), BATCH, self._notary.checkpoint)
            count += done
        if count:
            self._bell.ring(PUBLISHED)
        return count
