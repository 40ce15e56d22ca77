"""Gives log entries their place in the tree, in batches, behind the commits that made them."""

import asyncio
import logging
from collections.abc import Callable

from gateway.core.agreement import Register
from gateway.flow.ports import Clock
from gateway.flow.ports_tree import TreeStore
from gateway.flow.watch import Watch

PAUSE = 0.5  # seconds between batches
BATCH = 2000
FLUSH_EVERY = 120  # pauses between two entries about unproven callers: a minute
logger = logging.getLogger(__name__)


async def sequence_forever(register: Callable[[], Register], store: TreeStore, watch: Watch, clock: Clock) -> None:
    """Sequences until cancelled; a fault of the store is waited out."""
    rounds = 0
    while True:
        try:
            while await store.sequence(clock.now(), BATCH, register().notary.checkpoint) == BATCH:
                pass
            rounds += 1
            if rounds % FLUSH_EVERY == 0:
                await watch.flush()
        except Exception:
            logger.exception("sequencing failed; tried again")
        await asyncio.sleep(PAUSE)
