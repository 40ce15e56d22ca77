"""Checkpoints that come with messages are checked by the partner's tiles; whatever is found refuses no message."""

import asyncio
from dataclasses import replace
from functools import partial

import pytest

from gateway.core.entry import entry
from gateway.core.errors import ErrorCode
from gateway.core.evidence.dispute import Dispute, Weight, weigh
from gateway.core.evidence.tiles import Tile
from gateway.core.message import Answer
from gateway.core.names import PartyId
from gateway.flow.ports_witness import Log, Settlement
from gateway.flow.sending import SendError
from gateway.store import witness
from tests.core.evidence import logs
from tests.flow.pairs import busy, forked, leaves, offered, town
from tests.flow.witnessing import Bend, Side, side
from tests.town import Node, Town

__all__ = ["town"]

KZ = PartyId("KZ.KGD")


@pytest.fixture
def by(town: Town) -> Side:
    """BY, to whom KZ's messages come."""
    return side(town, "BY.GTK")


async def states(node: Node) -> list[tuple[str, int]]:
    """State and size of every checkpoint that came with a message."""
    return await node.real._engine.read_aside(
        lambda database: [tuple(row) for row in database.execute("SELECT state, size FROM peer_seen ORDER BY size, at")]
    )


async def saw(town: Town, *notes: bytes) -> None:
    """The notes came to BY with messages of KZ."""
    for note in notes:
        unit = partial(witness.see, party=KZ, note=note, now=town.clock.now())
        await town["BY.GTK"].real._engine.write(unit)


def serving(log: logs.Log) -> Bend:
    """The partner serves that log's tiles, whatever its own are."""

    def bend(_target: str, path: str, _answer: Answer) -> Answer:
        return Answer(200, "application/octet-stream", log.tile(Tile.of(path.removeprefix("/"))))

    return bend


async def test_the_newest_checkpoint_travels_with_each_message_and_agrees(town: Town, by: Side) -> None:
    """Nobody behind the gateways sees it; the first one is taken as it is, the next by the partner's tiles."""
    kz = town["KZ.KGD"]
    for number in range(1, 4):
        await busy(kz, number)
        await kz.deliver()
        assert await by.monitor.round() == 1
    await kz.sequence()
    assert await states(by.node) == [("consistent", 5)]  # of the consistent ones the largest stays
    assert {path for _, path in by.ask.asked} == {"/tile/0/000.p/3", "/tile/0/000.p/5"}

    items = await by.node.take_all()
    assert len(items) == 3
    assert not any(each.name in {"Checkpoint", "Sequence"} for item in items for each in item.header.properties)
    assert await by.monitor.round() == 0
    await by.node.check()


async def test_a_pack_keeps_the_checkpoint_it_was_made_with(town: Town) -> None:
    """Every attempt sends the same bytes, and a repeat is the same message (control: it arrives once)."""
    kz = town["KZ.KGD"]
    await busy(kz, 1)
    await kz.deliver()
    await busy(kz, 2)
    first, content_type, body = town.sent[0]
    assert b"Checkpoint" in body
    assert (await town["BY.GTK"].receive(kz.house, content_type, body)).status == 200
    assert first == "party:BY.GTK"
    assert await town["BY.GTK"].store.entry_counts() == {"received": 1, "duplicate": 1}


async def test_two_roots_of_one_size_in_messages_are_an_equivocation(town: Town, by: Side) -> None:
    """Also against what was cosigned; told once, kept as proof of fraud; the history that goes on agrees (control)."""
    log, fork = forked(town["KZ.KGD"], 3, 20)
    await offered(town, log, 0, 9)
    await saw(town, fork.note(9), log.note(9), log.note(20))
    by.ask.bend = serving(log)
    assert await by.monitor.round() == 3
    assert await states(by.node) == [("disputed", 9), ("consistent", 20)]
    (row,) = await by.node.store.disputes(KZ)
    assert weigh(Dispute(row["first"], row["second"]), log.verifier) is Weight.FORKED
    assert [leaf["party"] for leaf in await leaves(by.node, "equivocation")] == ["KZ.KGD"]


@pytest.mark.parametrize(("known", "came"), [(9, 20), (8, 20), (20, 9), (20, 8), (255, 300), (256, 300), (300, 257)])
async def test_a_rewritten_history_is_proven_by_the_partners_own_tiles(
    town: Town, by: Side, known: int, came: int
) -> None:
    """Whichever of the two is larger; with the tiles of one history nothing is found (control)."""
    log, fork = forked(town["KZ.KGD"], 3, 300)
    await offered(town, log, 0, known)
    larger = fork if came > known else log
    await saw(town, fork.note(came))
    by.ask.bend = serving(larger)
    await by.monitor.round()
    (row,) = await by.node.store.disputes(KZ)
    file = b"dispute/v1\n" + row["proof"] + b"\n" + row["first"] + b"\n" + row["second"]
    assert weigh(Dispute.of(file), log.verifier) is Weight.REWRITTEN

    await saw(town, log.note(came))
    by.ask.bend = serving(log)
    await by.monitor.round()
    assert sorted(await states(by.node)) == [("consistent", came), ("disputed", came)]


async def test_what_is_cosigned_after_a_message_came_is_compared_with_it(town: Town, by: Side) -> None:
    """Two histories that both begin with what was known then; one history is nothing to tell (control)."""
    log, fork = forked(town["KZ.KGD"], 10, 40)
    await offered(town, log, 0, 9)
    await saw(town, fork.note(30))
    by.ask.bend = serving(fork)
    assert await by.monitor.round() == 1
    assert await by.node.store.disputes(KZ) == []
    await offered(town, log, 9, 20)
    for _ in range(2):
        await by.monitor.round()
    (row,) = await by.node.store.disputes(KZ)
    assert weigh(Dispute.kept(row["first"], row["second"], row["proof"]), log.verifier) is Weight.REWRITTEN
    assert len(await leaves(by.node, "equivocation")) == 1


async def test_what_is_settled_is_not_found_again_in_every_start(town: Town, by: Side) -> None:
    """Of two histories that one was cosigned counts; one that goes on from it agrees, and the other is a new dispute."""
    log, fork = forked(town["KZ.KGD"], 10, 40)
    await offered(town, log, 0, 9)
    await saw(town, fork.note(30))
    by.ask.bend = serving(fork)
    await by.monitor.round()
    await offered(town, log, 9, 20)
    await by.monitor.round()
    (row,) = await by.node.store.disputes(KZ)
    leaf = entry("settled", town.clock.now(), town.clock.nonce(), party=KZ, who="ann", why="known")
    word = Settlement(KZ, row["id"], "ann", "known", leaf)
    assert await by.node.store.settle_disputes(word)
    assert not await by.node.store.settle_disputes(word)
    again = side(town, "BY.GTK")
    again.ask.bend = serving(log)
    await saw(town, log.note(40))
    assert await again.monitor.round() == 1
    assert [each["settled"] for each in await again.node.store.disputes(KZ)] == [1]
    await saw(town, fork.note(25))
    again.ask.bend = serving(fork)
    await again.monitor.round()
    assert [each["settled"] for each in await again.node.store.disputes(KZ)] == [1, 0]


async def test_tiles_that_make_no_signed_tree_are_demanded_again(town: Town, by: Side) -> None:
    """Told once, no proof of fraud; the checkpoint waits until they do."""
    log, fork = forked(town["KZ.KGD"], 3, 20)
    await offered(town, log, 0, 9)
    await saw(town, log.note(20))
    wrong = serving(fork), lambda _t, _p, _a: Answer(404, "", b""), lambda _t, _p, _a: Answer(200, "", bytes(31))
    for bend in wrong:
        by.ask.bend = bend
        before = len(by.ask.asked)
        assert await by.monitor.round() == 0
        assert await by.monitor.round() == 0
        assert len(by.ask.asked) == before + 1  # not at once again
        town.clock.advance(3600)
    assert [row["kind"] for row in await by.node.store.disputes(KZ)] == ["inconsistent"]
    assert len(await leaves(by.node, "inconsistent")) == 1
    by.ask.bend = serving(log)
    assert await by.monitor.round() == 1
    assert await states(by.node) == [("consistent", 20)]


async def test_a_partner_that_does_not_answer_is_asked_later(town: Town, by: Side) -> None:
    """Unreachable, or 503: nothing is held against it."""
    log, _ = forked(town["KZ.KGD"], 3, 20)
    await offered(town, log, 0, 9)
    await saw(town, log.note(20))

    def down(_target: str, _path: str, _answer: Answer) -> Answer:
        raise SendError(ErrorCode.UNREACHABLE)

    for bend in (down, lambda _t, _p, _a: Answer(503, "", b"")):
        by.ask.bend = bend
        assert await by.monitor.round() == 0
        town.clock.advance(3600)
    assert await states(by.node) == [("new", 0)]
    assert await by.node.store.disputes(KZ) == []
    by.ask.bend = serving(log)
    assert await by.monitor.round() == 1


async def test_a_checkpoint_that_the_log_did_not_sign_is_a_security_event(town: Town, by: Side) -> None:
    """Told once in ten minutes, and nothing more: it proves nothing about the log."""
    other = logs.Log().grown(9)
    await saw(town, other.note(9), b"nonsense")
    assert await by.monitor.round() == 2
    assert [state for state, _ in await states(by.node)] == ["wrong", "wrong"]
    assert [leaf["party"] for leaf in await leaves(by.node, "misstated")] == ["KZ.KGD"]
    town.clock.advance(601)
    await saw(town, other.note(8))
    await by.monitor.round()
    assert len(await leaves(by.node, "misstated")) == 2
    assert await by.node.store.known(Log(KZ, town["KZ.KGD"].settings.register.notary.origin)) == []


async def test_of_checkpoints_that_are_none_the_newest_are_kept(
    town: Town, by: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A partner that sends nothing else does not fill the disk."""
    monkeypatch.setattr(witness, "WRONG_KEPT", 2)
    for number in range(5):
        await saw(town, b"nonsense %d" % number)
        await by.monitor.round()
    kept = await by.node.real._engine.read_aside(
        lambda database: [bytes(row[0]) for row in database.execute("SELECT note FROM peer_seen ORDER BY at")]
    )
    assert kept == [b"nonsense 2", b"nonsense 3", b"nonsense 4"]


async def test_an_empty_tree_is_the_beginning_of_every_log(town: Town, by: Side) -> None:
    """Nobody is asked for tiles of it."""
    log, _ = forked(town["KZ.KGD"], 3, 20)
    await offered(town, log, 0, 9)
    await saw(town, log.note(0))
    assert (await by.monitor.round(), by.ask.asked) == (1, [])
    assert await states(by.node) == [("consistent", 0)]


async def test_another_origin_is_another_log(town: Town, by: Side) -> None:
    """A partner that began another one, with its new key, is compared with nothing of the old one."""
    log, _ = forked(town["KZ.KGD"], 3, 20)
    await offered(town, log, 0, 9)
    found = by.node.settings.register.parties[KZ]
    assert found.log is not None
    anew = logs.Log().grown(5)
    assert anew.verifier.name != log.verifier.name
    party = replace(found, log=replace(found.log, key=anew.verifier))
    answer = await by.desk.post(party, "/add-checkpoint", anew.offer(0, 5).bytes())
    assert answer.status == 200
    assert [each.size for each in await by.node.store.known(Log(KZ, anew.verifier.name))] == [5]
    assert [each.size for each in await by.node.store.known(Log(KZ, log.verifier.name))] == [9]


async def test_what_another_process_has_settled_stays_as_it_is(town: Town, by: Side) -> None:
    """A result that comes second changes nothing."""
    log, fork = forked(town["KZ.KGD"], 3, 20)
    await offered(town, log, 0, 9)
    await saw(town, fork.note(9))
    (seen,) = await by.node.store.unchecked(KZ, 10)
    assert await by.monitor.round() == 1
    peer = by.node.settings.register.parties[KZ].log
    assert peer is not None
    await by.node.store.checked(await by.monitor._checked(peer, seen))
    assert len(await leaves(by.node, "equivocation")) == 1


async def test_the_loop_outlives_a_fault_of_the_store(town: Town, by: Side, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next round checks."""
    monkeypatch.setattr("gateway.flow.monitor.POLL", 0.001)
    log, _ = forked(town["KZ.KGD"], 3, 20)
    await saw(town, log.note(9))
    original, calls = by.node.real.unchecked, list[int]()

    async def faulty(party: PartyId, limit: int) -> object:
        calls.append(1)
        if len(calls) == 1:
            raise OSError
        return await original(party, limit)

    monkeypatch.setattr(by.node.real, "unchecked", faulty)
    task = asyncio.create_task(by.monitor.run())
    async with asyncio.timeout(5):
        while await states(by.node) != [("consistent", 9)]:
            await asyncio.sleep(0.005)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
