"""Checkpoints are stamped by a real authority, an outage is told once, and acceptance stops where it lasts too long."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from gateway.core.errors import ErrorCode, Rejected
from gateway.core.evidence import stamp
from gateway.core.names import SECOND, Micros
from gateway.flow import stamping
from gateway.flow.audit import verify
from gateway.flow.stamping import Stamper
from gateway.transport.plain import ask
from tests.house import sample
from tests.stamps.authority import FAULTY, Authority, Served
from tests.town import Node, Town

DOCUMENT = sample("valid/TransitReleaseNotice--road-through-three-states")
HOUR = 3600
CLOSE = Micros(10**9 * SECOND)  # the town's clock is not the authority's


@pytest.fixture
async def served(authority: Authority) -> AsyncIterator[Served]:
    """The authority answers."""
    async with Served(authority).serving() as found:
        yield found


def configured(served: Served, **settings: Any) -> stamp.Authority:
    """The settings of [stamps]: every hour, and acceptance stops after four."""
    every = Micros(HOUR * SECOND)
    made = stamp.Authority(served.url, tuple(served.authority.certificates), every, Micros(4 * every), CLOSE)
    return replace(made, **settings)


def stamper(node: Node, authority: stamp.Authority | None, seconds: float = 5) -> Stamper:
    """What boot makes; patience for an authority that hangs is short."""
    return Stamper(lambda: authority, node.store, partial(ask, seconds=seconds), node.clock, node.halt)


async def leaves(node: Node, kind: str) -> list[dict[str, Any]]:
    """The entries of a kind, oldest first."""
    return [json.loads(row["body"]) for row in reversed(await node.store.entries("", kind, 1000))]


async def something(node: Node, to: str = "BY.GTK") -> None:
    """A message is accepted, and its leaf is in the tree."""
    await node.post(DOCUMENT, to=(to,))
    await node.sequence()


async def test_the_newest_checkpoint_is_stamped_and_kept(town: Town, served: Served) -> None:
    """The stamp is of the note with the log's signature alone; its entry has the whole answer's digest."""
    kz = town["KZ.KGD"]
    await something(kz)
    head = await kz.real.newest_head()
    assert head is not None
    await stamper(kz, configured(served)).round()
    (kept,) = await kz.real.stamps_of(head["size"])
    proven = stamp.check(kept["response"], bytes(head["note"]), served.authority.certificates)
    assert abs(proven.time - datetime.now(UTC).timestamp() * SECOND) < 60 * SECOND  # noqa: TID251 - the authority's is real
    (leaf,) = await leaves(kz, "stamped")
    assert (leaf["size"], leaf["root"]) == (head["size"], bytes(head["root"]).hex())
    assert leaf["response"] == stamp.sha256(kept["response"]).hexdigest()
    assert leaf["authority"] == proven.authority.hex()
    assert [kind for kind, _ in served.asked] == ["application/timestamp-query"]
    await kz.check()


async def test_only_something_new_is_stamped_and_not_too_often(town: Town, served: Served) -> None:
    """Nothing without a checkpoint, once, then nothing for its own entry, then again an hour later for a message."""
    kz = town["KZ.KGD"]
    made = stamper(kz, configured(served))
    await made.round()
    assert len(served.asked) == 0
    await something(kz)
    for _ in range(3):
        await made.round()
        await kz.sequence()
        town.clock.advance(2 * HOUR)
    assert len(served.asked) == 1
    await something(kz)
    await made.round()
    await something(kz)
    await made.round()
    assert len(served.asked) == 2
    town.clock.advance(HOUR)
    await made.round()
    assert len(served.asked) == 3
    await kz.check()


@pytest.mark.parametrize("fault", sorted(FAULTY))
async def test_a_faulty_answer_is_never_kept(town: Town, served: Served, fault: str) -> None:
    """It is missing in the log, a security event, and asked for again later; the control is the good one after it."""
    kz = town["KZ.KGD"]
    made = stamper(kz, configured(served))
    served.behaviour = FAULTY[fault]
    await something(kz)
    for _ in range(3):
        await made.round()
        town.clock.advance(2 * HOUR / 10)
    assert len(served.asked) == 3
    assert await leaves(kz, "stamped") == []
    assert len(await leaves(kz, "stamp-missing")) == 1
    suspicious = await leaves(kz, "security")
    assert len(suspicious) == (0 if fault == "too large" else 1)
    served.behaviour = Authority.answer
    await made.round()
    assert len(await leaves(kz, "stamped")) == 1
    await kz.check()


async def test_another_or_an_expired_authority_is_not_believed(
    town: Town, served: Served, stranger: Authority, expired: Authority
) -> None:
    """Whoever answers at the URL: the certificates decide."""
    kz = town["KZ.KGD"]
    await something(kz)
    trusted = configured(served)
    served.authority = stranger
    await stamper(kz, trusted).round()
    town.clock.advance(HOUR)
    served.authority = expired
    await stamper(kz, configured(served)).round()
    assert [leaf["flaw"] for leaf in await leaves(kz, "security")] == ["OTHER_AUTHORITY", "NOT_VALID_THEN"]
    assert await leaves(kz, "stamped") == []


async def test_an_authority_that_is_down_or_hangs_is_waited_out(town: Town, served: Served) -> None:
    """With growing pauses; the outage is in the log once, also over a restart, and a new one is told anew."""
    kz = town["KZ.KGD"]
    down = configured(served, url="http://127.0.0.1:1/stamp")
    await something(kz)
    made = stamper(kz, down)
    await made.round()
    await made.round()  # too soon
    assert made._failures == 1
    town.clock.advance(60)
    await made.round()
    assert made._failures == 2
    await stamper(kz, down).round()
    (leaf,) = await leaves(kz, "stamp-missing")
    assert leaf["reason"] == ErrorCode.UNREACHABLE.code
    await stamper(kz, configured(served)).round()
    await something(kz)
    town.clock.advance(HOUR)
    served.hanging = True
    await stamper(kz, configured(served), seconds=0.05).round()
    assert [row["reason"] for row in await leaves(kz, "stamp-missing")] == ["GW:8001", ErrorCode.TIMED_OUT.code]


async def test_a_clock_that_differs_is_a_security_event(town: Town, served: Served) -> None:
    """The stamp counts all the same: it is the authority's word; within the setting there is no event."""
    kz = town["KZ.KGD"]
    await something(kz)
    await stamper(kz, configured(served, clock=Micros(60 * SECOND))).round()
    (event,) = await leaves(kz, "security")
    assert (event["reason"], event["seconds_apart"] > 60) == ("clock", True)
    assert len(await leaves(kz, "stamped")) == 1
    town.clock.advance(HOUR)
    await something(kz)
    await stamper(kz, configured(served)).round()
    assert len(await leaves(kz, "security")) == 1


async def test_acceptance_stops_without_a_stamp_and_goes_on_with_one(town: Town, served: Served) -> None:
    """Four hours after something began to wait: GW:7006 for new messages, the old answer for repeats, receipts go on."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    down = configured(served, url="http://127.0.0.1:1/stamp")
    made = stamper(kz, down)
    first = await kz.post(DOCUMENT, "one@kz", to=("BY.GTK",))
    await kz.sequence()
    await made.round()
    town.clock.advance(4 * HOUR - 60)
    await made.round()
    assert kz.halt.since is None
    town.clock.advance(120)  # the moment passes between two looks
    for message_id in ("two@kz", "three@kz"):
        with pytest.raises(Rejected) as error:
            await kz.post(DOCUMENT, message_id, to=("BY.GTK",))
    assert error.value.first is ErrorCode.STAMP_OVERDUE
    assert (error.value.first.status, error.value.first.ebms) == (503, "EBMS:0202")
    with pytest.raises(Rejected):
        await kz.intake.rehearse(kz.received(DOCUMENT, "four@kz", to=("BY.GTK",)))
    assert (await kz.post(DOCUMENT, "one@kz", to=("BY.GTK",))).answer == first.answer
    assert await kz.deliver() == 1
    await made.round()
    assert (await leaves(kz, "refused"), len(await leaves(kz, "halted"))) == ([], 1)
    await kz.watch.flush()
    (refused,) = await leaves(kz, "refused")
    assert (refused["reason"], refused["count"]) == ("GW:7006", 2)
    reopened = stamper(kz, configured(served))
    await reopened.round()
    assert kz.halt.since is None
    await kz.post(DOCUMENT, "two@kz", to=("BY.GTK",))
    await made.round()
    assert len(await leaves(kz, "resumed")) == 1
    assert await by.desk.list(stamp_system(by), 10)
    await kz.check()


def stamp_system(node: Node) -> Any:
    """The one national system of a gateway."""
    return next(iter(node.settings.register.systems))


async def test_a_partner_is_told_to_send_again(town: Town, served: Served) -> None:
    """EBMS:0202 with 503: it stays queued over there, and arrives once a stamp has come."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    await something(by, "KZ.KGD")
    waiting = stamper(by, configured(served, url="http://127.0.0.1:1/stamp"))
    await waiting.round()
    town.clock.advance(5 * HOUR)
    await kz.post(DOCUMENT, "one@kz", to=("BY.GTK",))
    await kz.deliver()
    (row,) = await kz.store.messages({"message_id": "one@kz"}, 10)
    assert (row["state"], row["code"]) == ("queued", "EBMS:0202")
    await stamper(by, configured(served)).round()
    town.clock.advance(60)
    await kz.deliver()
    (row,) = await kz.store.messages({"message_id": "one@kz"}, 10)
    assert row["state"] == "delivered"


async def test_a_restart_does_not_begin_the_time_anew(town: Town, served: Served) -> None:
    """It counts from the last stamp, or from the first start with an authority; both are durable."""
    down = configured(served, url="http://127.0.0.1:1/stamp")
    await something(town["KZ.KGD"])
    await stamper(town["KZ.KGD"], down).look()
    town.clock.advance(5 * HOUR)
    await town.reopen()
    kz = town["KZ.KGD"]
    await stamper(kz, down).look()
    assert kz.halt.since is not None
    await stamper(kz, None).look()
    assert kz.halt.since is None
    await stamper(kz, None).look()
    await stamper(kz, down).look()
    assert kz.halt.since is None  # whoever takes the setting away and back begins anew, and the log has both
    await stamper(kz, configured(served, stop_after=Micros(0))).look()
    town.clock.advance(100 * HOUR)
    assert kz.halt.since is None


async def test_a_gateway_without_traffic_needs_no_stamp(town: Town, served: Served) -> None:
    """Days pass with nothing new: the next message is accepted, and from then on a stamp is due."""
    kz = town["KZ.KGD"]
    made = stamper(kz, configured(served))
    await something(kz)
    await made.round()
    await kz.sequence()
    town.clock.advance(100 * HOUR)
    await made.look()
    await kz.post(DOCUMENT, to=("BY.GTK",))


async def test_a_log_without_a_checkpoint_waits(town: Town, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves from before checkpoints cannot be stamped yet; nobody is asked."""
    kz = town["KZ.KGD"]
    await something(kz)

    async def none() -> None:
        return None

    monkeypatch.setattr(kz.real, "newest_head", none)
    await stamper(kz, configured(served)).round()
    assert served.asked == []


async def test_a_fault_of_the_store_is_waited_out(town: Town, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next look tries again."""
    kz = town["KZ.KGD"]
    monkeypatch.setattr(stamping, "POLL", 0.001)
    await something(kz)
    made, looks = stamper(kz, configured(served)), kz.real.stamping
    calls: list[int] = []

    async def faulty() -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise OSError("full")
        return await looks()

    monkeypatch.setattr(kz.real, "stamping", faulty)
    task = asyncio.create_task(made.run())
    async with asyncio.timeout(10):
        while not await leaves(kz, "stamped"):
            await asyncio.sleep(0.01)
    task.cancel()
    assert len(served.asked) == 1


@pytest.mark.parametrize(
    ("attack", "expected"),
    [
        ("SELECT 1", []),
        ("DELETE FROM stamps", ["is gone"]),
        ("UPDATE stamps SET size = 1", ["the log has another", "is gone"]),
        ("UPDATE stamps SET response = CAST(response || x'00' AS BLOB)", ["the log has another", "is gone"]),
        ("INSERT INTO stamps VALUES (1, 1, 1, x'00')", ["the log has another"]),
    ],
)
async def test_a_stamp_that_is_not_the_one_in_the_log_is_found(
    town: Town, served: Served, attack: str, expected: list[str]
) -> None:
    """Changed, also where the authority's signature says nothing, moved, gone, or put there; the first is the control."""
    kz = town["KZ.KGD"]
    await something(kz)
    await something(kz)
    await stamper(kz, configured(served)).round()
    writer = kz.real._engine._writer
    for verb in ("UPDATE", "DELETE"):
        writer.execute(f"DROP TRIGGER stamps_{verb}_refused")
    writer.execute(attack)
    verdict = [found async for found in verify(kz.real, kz.settings.register)][-1]
    assert verdict.stamps == (0 if attack.startswith("DELETE") else 1 + attack.startswith("INSERT"))
    faults = [fault for fault in verdict.faults if "time stamp" in fault]
    assert [fault.rpartition(": ")[2] for fault in faults] == expected
