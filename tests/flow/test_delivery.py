"""Delivery: leases, results and their fences, deadlines, late receipts."""

import asyncio
from collections import Counter

import pytest

from gateway.core.errors import ErrorCode
from gateway.core.names import SECOND, Micros
from gateway.flow.outcome import expired
from gateway.flow.ports import Operator
from gateway.flow.sending import Reply
from tests.house import sample
from tests.town import SYSTEM, Town, down, states

URGENT = sample("valid/ProcessingResult--rejected")
NORMAL = sample("valid/DocumentVerificationRequest--invoice-and-waybill")


async def test_the_same_bytes_are_sent_until_the_receipt_comes(town: Town) -> None:
    """What was packed at the first attempt is sent again byte for byte, also after a restart."""
    town["KZ.KGD"].loopback.fault = down("party:BY.GTK")
    await town["KZ.KGD"].post(NORMAL, "again@town", to=("BY.GTK",))
    for _ in range(3):
        await town["KZ.KGD"].deliver()
        town.clock.advance(600)
    await town.reopen()
    await town["KZ.KGD"].deliver()
    assert await states(town["KZ.KGD"]) == Counter(delivered=1)
    assert len(town.sent) == 4
    assert len(set(town.sent)) == 1


async def test_a_crash_in_the_middle_of_a_send_needs_no_repair(town: Town) -> None:
    """The attempt was written down before it was made; the row is due again when its lease ends, not before."""
    kz = town["KZ.KGD"]
    await kz.post(NORMAL, "cut@town", to=("BY.GTK",))
    now = town.clock.now()
    (job,) = await kz.store.lease(now, Micros(now + 15 * SECOND), {"party:BY.GTK": 16})
    assert job.attempt == 1
    assert await kz.deliver() == 0
    town.clock.advance(16)
    assert await kz.deliver() == 1
    assert await states(kz) == Counter(delivered=1)


async def test_a_late_failure_does_not_overwrite_a_success(town: Town) -> None:
    """Every result is fenced by its attempt's number."""
    kz = town["KZ.KGD"]
    await kz.post(NORMAL, "fenced@town", to=("BY.GTK",))
    now = town.clock.now()
    (slow,) = await kz.store.lease(now, Micros(now + 15 * SECOND), {"party:BY.GTK": 16})
    town.clock.advance(16)
    await kz.deliver()
    assert not await kz.store.settle(await kz.dispatcher._failed(slow, ErrorCode.TIMED_OUT, "", 0))
    assert await states(kz) == Counter(delivered=1)
    assert "attempt" not in await kz.store.entry_counts()


async def test_a_valid_receipt_wins_even_after_the_deadline(town: Town) -> None:
    """What the partner confirmed is delivered, however late; the log says that it was late."""
    kz = town["KZ.KGD"]
    await kz.post(NORMAL, "late@town", to=("BY.GTK",))
    now = town.clock.now()
    (job,) = await kz.store.lease(now, Micros(now + 15 * SECOND), {"party:BY.GTK": 16})
    job = await kz.dispatcher._packing.packed(job)
    town.clock.advance(80 * 3600)
    await kz.deliver()
    assert await states(kz) == Counter(expired=1)
    assert await kz.store.settle(await kz.dispatcher._attempt(job, job))
    assert await states(kz) == Counter(delivered=1)
    (entry,) = await kz.store.entries("late@town", "delivered", 10)
    assert b'"late":true' in entry["body"]


async def test_at_the_deadline_the_delivery_expires_with_its_entry(town: Town) -> None:
    """Nothing is tried any more, the state says so, and the log has it once."""
    kz = town["KZ.KGD"]
    kz.loopback.fault = down("party:BY.GTK")
    await kz.post(NORMAL, "expires@town", to=("BY.GTK",))
    town.clock.advance(72 * 3600 + 1)
    await kz.deliver()
    await kz.deliver()
    assert await states(kz) == Counter(expired=1)
    assert len(await kz.store.entries("expires@town", "expired", 10)) == 1
    assert town.sent == []


async def test_expiring_twice_changes_nothing(town: Town) -> None:
    """An overdue delivery that has meanwhile moved on is left alone."""
    kz = town["KZ.KGD"]
    await kz.post(NORMAL, "twice@town", to=("BY.GTK",))
    town.clock.advance(72 * 3600 + 1)
    (overdue,) = await kz.store.overdue(town.clock.now())
    register = kz.settings.register
    assert await kz.store.settle(expired(overdue, register, town.clock.now(), b"1" * 16))
    assert not await kz.store.settle(expired(overdue, register, town.clock.now(), b"2" * 16))


async def test_a_refusal_is_final_and_the_faults_are_kept(town: Town) -> None:
    """A partner that answers with a permanent EBMS code gets no second attempt."""
    kz = town["KZ.KGD"]
    town["BY.GTK"].settings.register.agreements[0].messages.clear()  # type: ignore[attr-defined]
    await kz.post(NORMAL, "refused@town", to=("BY.GTK",))
    await kz.deliver()
    (row,) = await kz.store.messages({}, 10)
    assert (row["state"], row["code"]) == ("failed", "EBMS:0010")
    assert "path=eb:Action" in row["detail"]
    assert await kz.deliver() == 0


async def test_a_wrong_receipt_does_not_count(town: Town) -> None:
    """A receipt for other bytes leaves the delivery queued as EBMS:0302."""
    kz = town["KZ.KGD"]
    send = kz.loopback.send

    async def lie(target: str, content_type: str, body: bytes) -> Reply:
        reply = await send(target, content_type, body)
        return Reply(reply.status, reply.body.replace(b"<ds:DigestValue>", b"<ds:DigestValue>AAAA"), reply.content_type)

    kz.loopback.send = lie  # type: ignore[method-assign]
    await kz.post(NORMAL, "lied@town", to=("BY.GTK",))
    await kz.deliver()
    (row,) = await kz.store.messages({}, 10)
    assert (row["state"], row["code"]) == ("queued", "EBMS:0302")


async def test_a_partner_that_reports_a_duplicate_without_receipt_leaves_it_unproven(town: Town) -> None:
    """EBMS:4001 is neither success nor failure; the message is not lost and not sent again."""
    kz = town["KZ.KGD"]

    async def duplicate(_target: str, _content_type: str, _body: bytes) -> Reply:
        body = (
            '<S12:Envelope xmlns:S12="http://www.w3.org/2003/05/soap-envelope" xmlns:eb='
            '"http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/"><S12:Header><eb:Messaging>'
            '<eb:SignalMessage><eb:Error errorCode="EBMS:4001" severity="failure"/></eb:SignalMessage>'
            "</eb:Messaging></S12:Header><S12:Body/></S12:Envelope>"
        )
        return Reply(200, body.encode(), "application/soap+xml")

    kz.loopback.send = duplicate  # type: ignore[method-assign]
    await kz.post(NORMAL, "known@town", to=("BY.GTK",))
    await kz.deliver()
    assert await states(kz) == Counter(unproven=1)


async def test_a_damaged_body_is_never_sent(town: Town) -> None:
    """Stored bytes are compared with their digest before the send; a difference fails the delivery and is logged."""
    kz = town["KZ.KGD"]
    await kz.post(NORMAL, "damaged@town", to=("BY.GTK",))
    await kz.real._engine.write(lambda database: database.execute("UPDATE bodies SET data = zeroblob(100)"))
    await kz.deliver()
    (row,) = await kz.store.messages({}, 10)
    assert (row["state"], row["code"]) == ("failed", "GW:7004")
    assert town.sent == []
    assert len(await kz.store.entries("damaged@town", "integrity", 10)) == 1


async def test_a_lease_is_renewed_while_a_send_is_under_way(town: Town) -> None:
    """A slow partner's message is not sent a second time beside the first."""
    kz, slow = town["KZ.KGD"], asyncio.Event()
    send = kz.loopback.send
    object.__setattr__(kz.dispatcher._pace, "lease", Micros(SECOND // 10))

    async def wait(target: str, content_type: str, body: bytes) -> Reply:
        await slow.wait()
        return await send(target, content_type, body)

    kz.loopback.send = wait  # type: ignore[method-assign]
    await kz.post(NORMAL, "slow@town", to=("BY.GTK",))
    await kz.dispatcher._round()
    for _ in range(5):
        await asyncio.sleep(0.06)
        town.clock.advance(0.06)
        assert await kz.dispatcher._round() == 0
    slow.set()
    await kz.deliver()
    assert await states(kz) == Counter(delivered=1)


async def test_a_party_that_is_gone_keeps_its_messages_until_the_deadline(town: Town) -> None:
    """Without its file nothing is tried; the status says why it waits."""
    kz = town["KZ.KGD"]
    await kz.post(NORMAL, "gone@town", to=("BY.GTK",))
    del kz.settings.register.parties["BY.GTK"]  # type: ignore[attr-defined]
    assert await kz.deliver() == 0
    (life,) = await kz.operate.status(SYSTEM, "gone@town")
    (delivery,) = life["deliveries"]  # type: ignore[misc]
    assert delivery["waits_because"] == ErrorCode.PARTY_UNKNOWN.meaning


async def test_the_loop_outlives_a_fault_of_the_store(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """A round that fails is tried again, and what waits is delivered then."""
    kz = town["KZ.KGD"]
    monkeypatch.setattr("gateway.flow.delivery.POLL", 0.01)
    original, calls = kz.real.overdue, []

    async def faulty(now: Micros) -> object:
        calls.append(now)
        if len(calls) == 1:
            raise OSError
        return await original(now)

    kz.real.overdue = faulty  # type: ignore[assignment, method-assign]
    await kz.post(NORMAL, "patient@town", to=("BY.GTK",))
    loop = asyncio.create_task(kz.dispatcher.run())
    async with asyncio.timeout(10):
        while (await states(kz))["delivered"] < 1:
            town.clock.advance(1)
            await asyncio.sleep(0.01)
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)
    assert len(calls) > 1


async def test_stopping_leaves_a_hanging_send_to_its_lease(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is cut off after a moment; the row is due again later, and nothing was recorded."""
    kz, never = town["KZ.KGD"], asyncio.Event()

    async def hang(_target: str, _content_type: str, _body: bytes) -> Reply:
        await never.wait()
        raise AssertionError

    kz.loopback.send = hang  # type: ignore[method-assign]
    monkeypatch.setattr("gateway.flow.delivery.LAST_MOMENT", 0.05)
    await kz.post(NORMAL, "hanging@town", to=("BY.GTK",))
    await kz.dispatcher._round()
    await kz.dispatcher.stop()
    await asyncio.sleep(0.01)
    assert await states(kz) == Counter(queued=1)
    assert await kz.deliver() == 0


async def test_a_result_that_comes_too_late_is_left_out(town: Town) -> None:
    """While one attempt was under way, an operator gave the delivery up: its failure changes nothing."""
    kz = town["KZ.KGD"]

    async def drop(_target: str, _content_type: str, _body: bytes) -> Reply:
        await kz.operate.act("drop", {"message_id": "overtaken@town"}, Operator("me", "test"))
        return Reply(500, b"")

    kz.loopback.send = drop  # type: ignore[method-assign]
    await kz.post(NORMAL, "overtaken@town", to=("BY.GTK",))
    await kz.deliver()
    assert await states(kz) == Counter(dropped=1)
    assert "attempt" not in await kz.store.entry_counts()


async def test_a_send_whose_lease_was_lost_is_cut_off(town: Town) -> None:
    """An operator who holds and releases meanwhile causes no second send beside the first."""
    kz, never = town["KZ.KGD"], asyncio.Event()
    object.__setattr__(kz.dispatcher._pace, "lease", Micros(SECOND // 10))

    async def hang(_target: str, _content_type: str, _body: bytes) -> Reply:
        await never.wait()
        raise AssertionError

    kz.loopback.send = hang  # type: ignore[method-assign]
    await kz.post(NORMAL, "lost@town", to=("BY.GTK",))
    await kz.dispatcher._round()
    await kz.operate.act("hold", {"message_id": "lost@town"}, Operator("me", "test"))
    async with asyncio.timeout(5):
        while kz.dispatcher._tasks:
            await asyncio.sleep(0.01)
    assert await states(kz) == Counter(held=1)


async def test_an_expiry_that_fails_holds_up_nobody(town: Town) -> None:
    """It is tried again; what is due is delivered meanwhile."""
    kz = town["KZ.KGD"]
    await kz.post(NORMAL, "expires@town", to=("BY.GTK",))
    town.clock.advance(72 * 3600 + 1)
    await kz.post(NORMAL, "fresh@town", to=("BY.GTK",))
    original = kz.real.settle

    async def faulty(result: object) -> bool:
        if result.code == "GW:8008":  # type: ignore[attr-defined]
            raise OSError
        return await original(result)  # type: ignore[arg-type]

    kz.real.settle = faulty  # type: ignore[method-assign, assignment]
    await kz.deliver()
    (fresh,) = await kz.store.messages({"message_id": "fresh@town"}, 10)
    assert fresh["state"] == "delivered"
