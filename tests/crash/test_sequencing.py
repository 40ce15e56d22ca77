"""Sequencing fails once at each of its write points: no checkpoint is told that the log does not keep, none is lost."""

import contextlib
from pathlib import Path

import pytest

from gateway.core.entry import entry
from gateway.flow.anchor import Contradicted
from gateway.flow.bell import Bell
from gateway.flow.sequencer import Sequencer
from tests.crash.points import Crash, Faulty
from tests.town import Node, Town

# Where the life of a checkpoint can be cut off, in its order; and whether the log has a new head then.
POINTS = {
    "before the commit": False,
    "in the commit, after the signature": False,
    "after the commit, before the anchor": True,
    "after the anchor, before anybody is told": True,
}


@pytest.fixture
async def kz(town: Town) -> Node:
    """A log under one checkpoint, with an entry that waits."""
    node = town["KZ.KGD"]
    await happen(node)
    await node.sequence()
    await happen(node)
    return node


async def happen(node: Node, count: int = 1) -> None:
    """As many entries."""
    await node.real.append(*(entry("ping", node.clock.now(), node.clock.nonce()) for _ in range(count)))


def crash_at(point: str, node: Node, patched: pytest.MonkeyPatch, signed: list[bytes]) -> Sequencer:
    """A sequencer that ends there; what it signed."""
    notary, anchor = node.settings.register.notary, node.real._anchor
    checkpoint, write = notary.checkpoint, anchor.write

    def sign(_: object, size: int, root: bytes) -> bytes:
        signed.append(checkpoint(size, root))
        if point == "in the commit, after the signature":
            raise Crash
        return signed[-1]

    async def keep(note: bytes) -> None:
        if point == "after the anchor, before anybody is told":
            await write(note)
        raise Crash

    patched.setattr(type(notary), "checkpoint", sign)
    if POINTS[point]:
        patched.setattr(anchor, "write", keep)
    store = Faulty(node.real, "sequence", applied=False) if point == "before the commit" else node.real
    return Sequencer(store, notary, node.clock, Bell())  # type: ignore[arg-type]


@pytest.mark.parametrize("point", POINTS)
async def test_a_crash_at_any_point_of_a_checkpoint_loses_and_forks_nothing(
    town: Town, kz: Node, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    """What is told afterwards grows from what was told before; a signature that nobody saw is nothing."""
    before, signed = await kz.real.newest_head(), []
    with monkeypatch.context() as patched, contextlib.suppress(Crash):
        await crash_at(point, kz, patched, signed).round()
    assert await kz.real.newest_head() == before, "nobody was told of it"
    await town.reopen()
    again = town["KZ.KGD"]
    assert len([found async for found in again.real.each_head()]) == 1 + POINTS[point]
    await happen(again)
    made = Sequencer(again.real, again.settings.register.notary, again.clock, Bell())
    await made.begin()
    await made.round()
    head = await again.real.newest_head()
    assert head is not None
    assert (head["size"], head["note"]) == (3, again.real.anchor())
    assert (await again.check()).entries == 3


@pytest.mark.parametrize("applied", [False, True], ids=["not-applied", "applied"])
async def test_a_crash_while_nodes_are_made_leaves_a_whole_tree(town: Town, kz: Node, *, applied: bool) -> None:
    """Of an older log: the next start makes those that are missing, and no other."""
    await happen(kz, 256 * 3)
    await kz.sequence()
    writer = kz.real._engine._writer
    writer.execute("DROP TRIGGER log_nodes_DELETE_refused")
    writer.execute("DELETE FROM log_nodes")
    store = Faulty(kz.real, "grow", applied=applied)
    with contextlib.suppress(Crash):
        await Sequencer(store, kz.settings.register.notary, kz.clock, Bell()).begin()  # type: ignore[arg-type]
    assert store.crashed
    await town.reopen()
    again = town["KZ.KGD"]
    await Sequencer(again.real, again.settings.register.notary, again.clock, Bell()).begin()
    assert (await again.check()).nodes == 3


async def test_an_anchor_before_the_commit_would_stop_the_next_start(
    town: Town, kz: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: written ahead, it promises a head that the crash took, and the log cannot go on."""
    notary = kz.settings.register.notary
    checkpoint = notary.checkpoint

    def sign(_: object, size: int, root: bytes) -> bytes:
        kz.real._anchor._replace(checkpoint(size, root))
        raise Crash

    with monkeypatch.context() as patched, contextlib.suppress(Crash):
        patched.setattr(type(notary), "checkpoint", sign)
        await kz.sequence()
    await town.reopen()
    again = town["KZ.KGD"]
    with pytest.raises(Contradicted, match="an older copy"):
        await Sequencer(again.real, again.settings.register.notary, again.clock, Bell()).begin()


async def test_two_sequencers_on_one_database_make_one_log(tmp_path: Path) -> None:
    """The lock keeps a second gateway out; were it not there, the transaction still would: places and head are one commit."""
    town = Town(tmp_path, "KZ.KGD")
    await town.open()
    first = town["KZ.KGD"]
    second = Node(first.house, town, lambda store: store)
    await second.real.start()
    for number in range(40):
        await happen((first, second)[number % 2], 1 + number % 3)
        await (first, second)[number // 3 % 2].sequence()
    await second.real.close()
    verdict = await first.check()
    assert (verdict.entries, verdict.waiting) == (sum(1 + number % 3 for number in range(40)), 0)
    await town.close()
