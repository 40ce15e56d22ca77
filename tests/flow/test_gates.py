"""Gates: a partner that fails as a whole gets one probe, holds up nobody, and gets everything, urgent first."""

import asyncio
from collections import Counter

import pytest

from gateway.core.ebms import iso
from gateway.core.errors import ErrorCode
from gateway.core.names import SECOND, Micros
from gateway.flow.sending import Reply, SendError
from tests.house import sample
from tests.town import SYSTEM, Node, Town, down, states

URGENT = sample("valid/ProcessingResult--rejected")
NORMAL = sample("valid/DocumentVerificationRequest--invoice-and-waybill")
HOURS = 6


async def arrivals(node: Node) -> list[str]:
    """Types in the order in which they arrived."""
    return [row["type"] for row in reversed(await node.store.messages({}, 1000))]


async def test_a_partner_that_was_down_for_hours_gets_everything_urgent_first(town: Town) -> None:
    """Everything accepted meanwhile arrives, the urgent class before the others, with few probes in between."""
    kz = town["KZ.KGD"]
    kz.loopback.fault = down("party:BY.GTK")
    for number in range(30):
        await kz.post(NORMAL, f"normal-{number}@town", to=("BY.GTK",))
    for number in range(5):
        await kz.post(URGENT, f"urgent-{number}@town", to=("BY.GTK",))
    for _ in range(HOURS * 60):
        await kz.deliver()
        town.clock.advance(60)
    tried = len(town.sent)
    assert tried <= 16 + HOURS * 60, "one probe at a time, not every message again and again"
    kz.loopback.fault = lambda _: None
    while (await states(kz))["queued"]:
        town.clock.advance(60)
        await kz.deliver()
    assert await states(kz) == Counter(delivered=35)
    order = await arrivals(town["BY.GTK"])
    assert order[:5] == ["ProcessingResult"] * 5
    assert Counter(order) == Counter({"DocumentVerificationRequest": 30, "ProcessingResult": 5})


async def test_a_partner_that_is_down_does_not_slow_others(town: Town) -> None:
    """While one partner is down, another gets its messages in the same round."""
    kz = town["KZ.KGD"]
    kz.loopback.fault = down("party:BY.GTK")
    for number in range(40):
        await kz.post(NORMAL, f"by-{number}@town", to=("BY.GTK",))
    for number in range(10):
        await kz.post(NORMAL, f"ru-{number}@town", to=("RU.FTS",))
    await kz.deliver()
    assert len(await town["RU.FTS"].store.messages({}, 100)) == 10
    assert (await states(kz))["delivered"] == 10


async def test_a_partner_that_hangs_does_not_slow_others(town: Town) -> None:
    """Requests that get no answer fill only their own partner's places."""
    kz, hanging = town["KZ.KGD"], asyncio.Event()
    send = kz.loopback.send

    async def hang(target: str, content_type: str, body: bytes) -> Reply:
        if target == "party:BY.GTK":
            await hanging.wait()
        return await send(target, content_type, body)

    kz.loopback.send = hang  # type: ignore[method-assign]
    for number in range(40):
        await kz.post(NORMAL, f"by-{number}@town", to=("BY.GTK",))
    await kz.dispatcher._round()
    for number in range(10):
        await kz.post(NORMAL, f"ru-{number}@town", to=("RU.FTS",))
    await kz.dispatcher._round()
    async with asyncio.timeout(5):
        while (await states(kz))["delivered"] < 10:
            await asyncio.sleep(0.01)
    hanging.set()


async def test_one_poison_message_does_not_hold_up_its_partner(town: Town) -> None:
    """A message that its partner always answers with 500 waits alone; those behind it arrive."""
    kz = town["KZ.KGD"]
    send = kz.loopback.send

    async def choke(target: str, content_type: str, body: bytes) -> Reply:
        if b"poison@town" in body:
            return Reply(500, b"")
        return await send(target, content_type, body)

    kz.loopback.send = choke  # type: ignore[method-assign]
    await kz.post(URGENT, "poison@town", to=("BY.GTK",))
    for number in range(20):
        await kz.post(NORMAL, f"good-{number}@town", to=("BY.GTK",))
    for _ in range(20):
        await kz.deliver()
        town.clock.advance(2)
    assert await states(kz) == Counter(delivered=20, queued=1)


async def test_retry_after_holds_the_whole_partner_back(town: Town) -> None:
    """429 with Retry-After: nothing is tried before that time."""
    kz = town["KZ.KGD"]
    send = kz.loopback.send

    async def busy(_target: str, _content_type: str, _body: bytes) -> Reply:
        return Reply(429, b"", retry_after=100)

    kz.loopback.send = busy  # type: ignore[method-assign]
    await kz.post(NORMAL, "busy-1@town", to=("BY.GTK",))
    await kz.deliver()
    kz.loopback.send = send  # type: ignore[method-assign]
    await kz.post(NORMAL, "busy-2@town", to=("BY.GTK",))
    town.clock.advance(99)
    assert await kz.deliver() == 0
    town.clock.advance(20)
    while (await states(kz))["queued"]:
        assert await kz.deliver() > 0
        town.clock.advance(20)


@pytest.mark.parametrize("code", [ErrorCode.UNREACHABLE, ErrorCode.TLS_REFUSED, ErrorCode.CONNECTION_RESET])
async def test_a_connection_failure_closes_the_gate_and_says_why(town: Town, code: ErrorCode) -> None:
    """The status names what the partner as a whole waits for, and when the next probe is."""
    kz = town["KZ.KGD"]
    kz.loopback.fault = down("party:BY.GTK", code=code)
    await kz.post(NORMAL, "gated@town", to=("BY.GTK",))
    await kz.deliver()
    (life,) = await kz.operate.status(SYSTEM, "gated@town")
    (delivery,) = life["deliveries"]  # type: ignore[misc]
    assert code.meaning in delivery["waits_because"]
    assert delivery["next_attempt_at"] > iso(town.clock.now())


async def test_a_batch_that_fails_together_is_one_failure_of_the_partner(town: Town) -> None:
    """Sixteen requests that were cut off at once do not make the partner wait sixteen times as long."""
    kz = town["KZ.KGD"]
    kz.loopback.fault = down("party:BY.GTK")
    for number in range(16):
        await kz.post(NORMAL, f"cut-{number}@town", to=("BY.GTK",))
    assert await kz.deliver() == 16
    gate = await kz.store.gate("party:BY.GTK")
    assert gate is not None
    assert gate.failures == 1
    town.clock.advance(2)
    assert await kz.deliver() == 1
    gate = await kz.store.gate("party:BY.GTK")
    assert gate is not None
    assert gate.failures == 2


async def test_a_failure_behind_a_closed_gate_keeps_its_time(town: Town) -> None:
    """Whoever fails after the gate was closed waits for the same probe."""
    kz = town["KZ.KGD"]
    for number in range(2):
        await kz.post(NORMAL, f"behind-{number}@town", to=("BY.GTK",))
    now = town.clock.now()
    first, second = await kz.store.lease(now, Micros(now + 15 * SECOND), {"party:BY.GTK": 16})
    for job in (first, second):
        assert await kz.store.settle(await kz.dispatcher._failed(job, ErrorCode.UNREACHABLE, "", 0))
    rows = await kz.store.messages({}, 10)
    assert len({row["next_attempt_at"] for row in rows}) == 1


async def test_one_poison_message_alone_does_not_close_the_gate(town: Town) -> None:
    """However often it fails, a fresh message to the same partner is sent at once."""
    kz = town["KZ.KGD"]
    send = kz.loopback.send

    async def choke(target: str, content_type: str, body: bytes) -> Reply:
        return Reply(500, b"") if b"poison@town" in body else await send(target, content_type, body)

    kz.loopback.send = choke  # type: ignore[method-assign]
    await kz.post(NORMAL, "poison@town", to=("BY.GTK",))
    for _ in range(12):
        await kz.deliver()
        town.clock.advance(2000)
    assert await kz.store.gate("party:BY.GTK") is None
    await kz.post(URGENT, "fresh@town", to=("BY.GTK",))
    await kz.deliver()
    assert (await states(kz))["delivered"] == 1


async def test_while_a_probe_hangs_there_is_no_second_one(town: Town) -> None:
    """However long it takes: the lease of the probe is renewed together with the gate."""
    kz, hanging = town["KZ.KGD"], asyncio.Event()
    kz.loopback.fault = down("party:BY.GTK")
    object.__setattr__(kz.dispatcher._pace, "lease", Micros(SECOND // 10))
    for number in range(20):
        await kz.post(NORMAL, f"probe-{number}@town", to=("BY.GTK",))
    await kz.deliver()
    sent = len(town.sent)

    async def hang(target: str, content_type: str, body: bytes) -> Reply:
        town.sent.append((target, content_type, body))
        await hanging.wait()
        raise SendError(ErrorCode.UNREACHABLE)

    kz.loopback.send = hang  # type: ignore[method-assign]
    town.clock.advance(3)
    for _ in range(6):
        await kz.dispatcher._round()
        await asyncio.sleep(0.06)
        town.clock.advance(0.06)
    assert len(town.sent) == sent + 1
    hanging.set()
    await kz.deliver()
    gate = await kz.store.gate("party:BY.GTK")
    assert gate is not None
    assert gate.failures == 2
