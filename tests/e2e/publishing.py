"""A process that writes entries and tells every checkpoint as it is published: each line of its output is a promise.

Controls: `early` tells what it signs before the commit, `careless` does not wait for the disk.
"""

import asyncio
import base64
import random
import sys
import time
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core.entry import entry
from gateway.core.evidence.notary import Notary
from gateway.core.evidence.note import CosignSigner, NoteSigner
from gateway.flow import sequencer
from gateway.flow.bell import Bell
from gateway.flow.sequencer import WRITTEN, Sequencer
from gateway.machine import SystemClock
from gateway.store.sqlite import SqliteStore

PAUSE, MOMENT, LATE = 0.001, 0.005, 0.2  # seconds
CLOCK = SystemClock("test")


def notary(secret: bytes) -> Notary:
    """The keys, which outlive the process."""
    keys = (Ed25519PrivateKey.from_private_bytes(bytes([number]) + secret[1:]) for number in (1, 2))
    return Notary(NoteSigner("test/log", next(keys)), CosignSigner("test/witness", next(keys)))


def tell(note: bytes) -> None:
    """The checkpoint is out in the world."""
    sys.stdout.write(base64.b64encode(note).decode() + "\n")
    sys.stdout.flush()


class Signing(Notary):
    """Signs, and waits a moment before the commit: what a busy disk does."""

    def checkpoint(self, size: int, root: bytes) -> bytes:
        """Signed."""
        note = super().checkpoint(size, root)
        time.sleep(MOMENT)
        return note


class Telling(Notary):
    """Tells what it signs at once, before the commit, which comes late: the protection is gone."""

    def checkpoint(self, size: int, root: bytes) -> bytes:
        """Signed and told."""
        note = super().checkpoint(size, root)
        tell(note)
        time.sleep(LATE)
        return note


async def write(store: SqliteStore) -> None:
    """Some entries."""
    count = random.randint(1, 40)  # noqa: S311 - how many come together
    await store.append(*(entry("ping", CLOCK.now(), CLOCK.nonce()) for _ in range(count)))


async def publish(store: SqliteStore, keys: Notary) -> None:
    """Entries and checkpoints until it is killed, as a gateway makes them."""
    bell, last = Bell(), 0
    store.on_commit(partial(bell.ring, WRITTEN))
    made = Sequencer(store, Signing(keys.signer, keys.witness), CLOCK, bell)
    await made.begin()
    work = asyncio.create_task(made.run())
    while not work.done():
        await write(store)
        head = await store.newest_head()
        if head is not None and head["size"] > last:
            last = head["size"]
            tell(head["note"])


async def publish_early(store: SqliteStore, keys: Notary) -> None:
    """The same, told before the commit; other entries share that commit, as they do in a gateway under load."""
    made = Sequencer(store, Telling(keys.signer, keys.witness), CLOCK, Bell())
    while True:
        await write(store)
        await asyncio.gather(write(store), made.round())


async def main(database: Path, secret: bytes, mode: str) -> None:
    """Publish in that way."""
    store = SqliteStore(database)
    if mode == "careless":
        store._engine._writer.execute("PRAGMA synchronous = OFF")
    await store.start()
    await (publish_early if mode == "early" else publish)(store, notary(secret))


if __name__ == "__main__":
    sequencer.PAUSE = PAUSE
    asyncio.run(main(Path(sys.argv[1]), bytes.fromhex(sys.argv[2]), sys.argv[3]))
