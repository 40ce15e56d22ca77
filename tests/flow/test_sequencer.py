"""The sequencer: woken by what happens, one checkpoint for what comes together, none told before it is durable and anchored."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from functools import partial

import pytest

from gateway.core.entry import entry
from gateway.core.evidence.checkpoint import Checkpoint, opened
from gateway.core.names import Micros
from gateway.flow.bell import Bell
from gateway.flow.ports_tree import Sign
from gateway.flow.sequencer import PAUSE, PUBLISHED, WRITTEN, Sequencer
from tests.house import eventually
from tests.town import Node, Town


@pytest.fixture
def kz(town: Town) -> Node:
    """An empty log."""
    return town["KZ.KGD"]


def sequencer(node: Node, bell: Bell) -> Sequencer:
    """The node's, woken by its store."""
    node.real.on_commit(partial(bell.ring, WRITTEN))
    return Sequencer(node.real, node.settings.register.notary, node.clock, bell)


@contextlib.asynccontextmanager
async def running(made: Sequencer) -> AsyncIterator[None]:
    """It sequences while the block runs."""
    task = asyncio.create_task(made.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def happen(node: Node, count: int = 1) -> None:
    """As many entries, together."""
    await node.real.append(*(entry("ping", node.clock.now(), node.clock.nonce()) for _ in range(count)))


async def size(node: Node) -> int:
    """Of the newest checkpoint that is told, which our key signed."""
    head = await node.real.newest_head()
    if head is None:
        return 0
    found, _ = opened(head["note"], node.settings.register.notary.signer.verifier)
    assert (found.size, found.root) == (head["size"], head["root"])
    return found.size


async def test_a_checkpoint_exists_within_a_second_of_anything(kz: Node) -> None:
    """The first after a rest at once, without waiting for the next look; the one after it within the pause. The best of three."""
    bell, loop = Bell(), asyncio.get_running_loop()
    waits = []
    async with running(sequencer(kz, bell)):
        for count in range(1, 7):
            if count % 2:
                await asyncio.sleep(PAUSE + 0.05)
            told, began = bell.listen(PUBLISHED), loop.time()
            await happen(kz)
            await told.wait()
            waits.append(loop.time() - began)
            assert await size(kz) == count
    assert min(waits[::2]) < 0.2
    assert min(waits[1::2]) < 1


async def test_what_another_process_writes_is_found_within_a_second(kz: Node) -> None:
    """An operator's command rings no bell here."""
    made = sequencer(kz, Bell())
    kz.real.on_commit(lambda: None)
    async with running(made):
        await asyncio.sleep(0.05)
        await happen(kz)
        await eventually(partial(size, kz), 1.0)


async def test_what_comes_together_shares_a_checkpoint(kz: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """A burst costs as many checkpoints as pauses, not as entries."""
    monkeypatch.setattr("gateway.flow.sequencer.PAUSE", 0.1)
    loop = asyncio.get_running_loop()
    async with running(sequencer(kz, Bell())):
        began = loop.time()
        for _ in range(50):
            await happen(kz)
        await eventually(lambda: _all(kz, 50))
    assert len([found async for found in kz.real.each_head()]) <= (loop.time() - began) / 0.1 + 2


async def _all(node: Node, count: int) -> bool:
    return await size(node) == count


async def test_more_than_a_batch_is_sequenced_at_once(kz: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest checkpoint covers everything that was there."""
    monkeypatch.setattr("gateway.flow.sequencer.BATCH", 10)
    await happen(kz, 35)
    assert await sequencer(kz, Bell()).round() == 35
    assert [head["size"] async for head in kz.real.each_head()] == [10, 20, 30, 35]
    assert await sequencer(kz, Bell()).round() == 0


async def test_a_fault_of_the_store_is_waited_out(kz: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes on after it."""
    monkeypatch.setattr("gateway.flow.sequencer.PAUSE", 0.01)
    original, calls = kz.real.sequence, []

    async def faulty(now: Micros, limit: int, sign: Sign) -> int:
        calls.append(limit)
        if len(calls) < 3:
            raise OSError
        return await original(now, limit, sign)

    monkeypatch.setattr(kz.real, "sequence", faulty)
    await happen(kz)
    async with running(sequencer(kz, Bell())):
        await eventually(partial(size, kz))


async def test_a_checkpoint_is_told_only_once_it_is_anchored(kz: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the anchor cannot be written, the earlier one is the newest; the next round anchors and tells it."""
    made = sequencer(kz, Bell())
    await happen(kz)
    await made.round()

    async def full(_: bytes) -> None:
        raise OSError

    await happen(kz)
    with monkeypatch.context() as patched:
        patched.setattr(kz.real._anchor, "write", full)
        with pytest.raises(OSError):  # noqa: PT011 - it has no text
            await made.round()
        assert [head["size"] async for head in kz.real.each_head()] == [1, 2]
        assert await size(kz) == 1
        assert Checkpoint.of(kz.real.anchor().decode().partition("\n\n")[0] + "\n").size == 1
    assert await made.round() == 0
    assert await size(kz) == 2
    assert kz.real.anchor() == [found async for found in kz.real.each_head()][-1]["note"]


async def test_the_nodes_of_an_older_log_are_made_before_it_goes_on(kz: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few in each transaction, until the tree is whole."""
    monkeypatch.setattr("gateway.flow.sequencer.GROW", 2)
    await happen(kz, 256 * 5 + 3)
    await kz.sequence()
    database = kz.real._engine._writer
    database.execute("DROP TRIGGER log_nodes_DELETE_refused")
    database.execute("DELETE FROM log_nodes")
    await sequencer(kz, Bell()).begin()
    assert (await kz.check()).nodes == 5
