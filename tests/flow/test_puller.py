"""The gateway that comes for messages: when it comes, what it takes, what it answers."""

import asyncio
import contextlib
import logging
from collections import Counter
from dataclasses import replace

import pytest

from gateway.core import ebms, receipt
from gateway.core.ebms import SOAP_TYPE
from gateway.core.errors import ErrorCode, Fault, Refused, Rejected
from gateway.core.message import Answer, payload
from gateway.core.names import MessageId, PartyId
from gateway.flow.sending import Reply
from tests.flow.pulling import MPC, go_for, let_pull
from tests.flow.test_signals import entries
from tests.house import sample
from tests.town import PULL_RETRY, Node, Town, down, states

NORMAL = sample("valid/DocumentVerificationRequest--invoice-and-waybill")
WITH_FILES = sample("valid/DocumentVerificationResponse--confirmed")
KZ = PartyId("KZ.KGD")
RETRY = PULL_RETRY / 1_000_000
EVERY = 10


@pytest.fixture
async def both(town: Town) -> Town:
    """BY comes to KZ for its messages, by itself."""
    let_pull(town["KZ.KGD"])
    go_for(town["BY.GTK"], every=EVERY)
    return town


async def post(town: Town, count: int) -> None:
    """KZ's system posts for BY."""
    for number in range(count):
        await town["KZ.KGD"].post(NORMAL, f"p-{number}@town", to=("BY.GTK",))


def answering(node: Node, *replies: Reply) -> list[bytes]:
    """The next requests of the gateway get these answers; what it sent."""
    left, sent = list(replies), []

    async def send(_target: str, _content_type: str, body: bytes) -> Reply:
        sent.append(body)
        return left.pop(0)

    node.loopback.send = send  # type: ignore[method-assign, assignment]
    return sent


async def test_all_that_waits_is_taken_in_one_visit(both: Town) -> None:
    """Message after message, each receipted, until the channel is empty; then both sides agree."""
    kz, by = both["KZ.KGD"], both["BY.GTK"]
    await post(both, 5)
    assert await by.pull() == 1
    assert await states(kz) == Counter(delivered=5)
    assert len(await by.store.messages({}, 10)) == 5
    assert [target for target, _, _ in both.sent] == ["party:KZ.KGD"] * 11
    for node in (kz, by):
        await node.check()


async def test_an_empty_channel_is_left_alone_for_a_while(both: Town) -> None:
    """The next visit has its time; one visit at a time."""
    by = both["BY.GTK"]
    assert by.puller.begin() == 1
    assert by.puller.begin() == 0
    await by.puller.rest()
    both.clock.advance(EVERY - 1)
    assert await by.pull() == 0
    both.clock.advance(1)
    assert await by.pull() == 1
    assert len(both.sent) == 2


async def test_a_lost_receipt_costs_a_repeat_and_nothing_else(both: Town) -> None:
    """The partner gives the message again; the duplicate gets the identical receipt."""
    kz, by = both["KZ.KGD"], both["BY.GTK"]
    await post(both, 1)
    send = by.loopback.send

    async def cut(target: str, content_type: str, body: bytes) -> Reply:
        if b"Receipt>" in body:
            both.sent.append((target, content_type, body))
            down(target)(target)
        return await send(target, content_type, body)

    by.loopback.send = cut  # type: ignore[method-assign, assignment]
    await by.pull()
    by.loopback.send = send  # type: ignore[method-assign]
    assert await states(kz) == Counter(queued=1)
    both.clock.advance(RETRY + 1)
    await by.pull()
    assert await states(kz) == Counter(delivered=1)
    receipts = {body for _, _, body in both.sent if b"Receipt>" in body}
    assert len(receipts) == 1
    assert len(await by.store.messages({}, 10)) == 1


async def test_a_message_that_is_refused_gets_its_errors_there(both: Town) -> None:
    """The partner's delivery fails with our words; the next message is pulled all the same."""
    kz, by = both["KZ.KGD"], both["BY.GTK"]
    await post(both, 2)
    refused, answered = by.take, []

    async def once(*args: object) -> object:
        if not answered:
            answered.append(args)
            raise Rejected(Fault(ErrorCode.EBMS_0010), about=Refused("p-0@town"))
        return await refused(*args)  # type: ignore[arg-type]

    by.take = once  # type: ignore[method-assign, assignment]
    await by.pull()
    assert await states(kz) == Counter(failed=1, delivered=1)


async def test_a_store_that_takes_nothing_ends_the_visit(both: Town) -> None:
    """The partner is told to wait, and nothing more is pulled until later."""
    kz, by = both["KZ.KGD"], both["BY.GTK"]
    await post(both, 2)

    async def full(*_: object) -> object:
        raise Rejected(Fault(ErrorCode.UNAVAILABLE), about=Refused("p-0@town"))

    by.take = full  # type: ignore[method-assign, assignment]
    await by.pull()
    assert await states(kz) == Counter(queued=2)
    (leaf,) = await entries(kz, "attempt")
    assert (leaf["code"], leaf["via"]) == ("EBMS:0202", "signal")
    gate = await by.store.gate("pull:KZ.KGD")
    assert gate is not None
    assert gate.code == "GW:7002"


async def test_a_partner_that_is_down_is_visited_less_and_less_often(both: Town) -> None:
    """The wait doubles and is kept over restarts; when the partner is back, the gate is gone."""
    by = both["BY.GTK"]
    by.loopback.fault = down("party:KZ.KGD")
    for failures in range(1, 6):
        both.clock.advance(600)
        assert await by.pull() == 1
        gate = await by.store.gate("pull:KZ.KGD")
        assert gate is not None
        assert (gate.failures, gate.code) == (failures, "GW:8001")
        assert by.puller._due["KZ.KGD"] - both.clock.now() == pytest.approx(2 ** (failures - 1) * 1_000_000, abs=100)  # type: ignore[index]
    by.loopback.fault = lambda _: None
    both.clock.advance(600)
    await by.pull()
    assert await by.store.gate("pull:KZ.KGD") is None


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Reply(503, b"busy", "text/plain"), "GW:8005"),
        (Reply(200, b"", ""), "GW:8007"),
        (Reply(200, b"<html/>", SOAP_TYPE), "GW:8007"),
        (Reply(403, ebms.write_error("e@kz", 0, "", [Fault(ErrorCode.EBMS_0101)]), SOAP_TYPE), "EBMS:0101"),  # type: ignore[arg-type]
        (
            Reply(200, receipt.acknowledge(MessageId("m"), MessageId("r"), 0).body, SOAP_TYPE),
            "GW:8007",
        ),  # type: ignore[arg-type]
    ],
    ids=["busy", "nothing", "no-as4", "refused", "receipt"],
)
async def test_what_is_neither_a_message_nor_an_empty_channel_is_a_failure(both: Town, reply: Reply, code: str) -> None:
    """Nothing is answered to it, and the partner is left alone for a while."""
    by = both["BY.GTK"]
    sent = answering(by, reply)
    await by.pull()
    assert len(sent) == 1
    gate = await by.store.gate("pull:KZ.KGD")
    assert gate is not None
    assert gate.code == code


async def test_without_a_key_that_the_p_mode_allows_nothing_is_asked(both: Town) -> None:
    """A PullRequest that cannot be signed is not sent unsigned."""
    by = both["BY.GTK"]
    parties = by.settings.register.parties
    known = parties[KZ]
    pmodes = {"": replace(known.pmode(), signature_methods=("ed448",))}
    parties[KZ] = replace(known, pmodes={**known.pmodes, **pmodes})  # type: ignore[index]
    await by.pull()
    gate = await by.store.gate("pull:KZ.KGD")
    assert gate is not None
    assert (gate.code, both.sent) == ("GW:7002", [])


async def test_an_error_that_speaks_of_a_user_message_is_none(both: Town) -> None:
    """What is in an error's words is not what the answer is."""
    by = both["BY.GTK"]
    body = ebms.write_error("e@kz", 0, "", [Fault(ErrorCode.EBMS_0010, "eb:UserMessage/@mpc")])  # type: ignore[arg-type]
    sent = answering(by, Reply(200, body, SOAP_TYPE))
    await by.pull()
    assert len(sent) == 1
    gate = await by.store.gate("pull:KZ.KGD")
    assert gate is not None
    assert gate.code == "EBMS:0010"


async def test_what_cannot_be_read_is_answered_with_errors(both: Town) -> None:
    """A message with broken MIME, and one larger than any may be: the partner is told, nothing is stored."""
    by = both["BY.GTK"]
    broken = Reply(200, b"--x\r\nUserMessage" + b"." * 70_000, 'multipart/related; boundary="b"')
    large = Reply(200, b"UserMessage" + b"." * 2_000_000, SOAP_TYPE)
    empty = Reply(200, ebms.write_error("e@kz", 0, "", [Fault(ErrorCode.EBMS_0006)]), SOAP_TYPE)  # type: ignore[arg-type]
    sent = answering(by, broken, Reply(202, b""), large, Reply(202, b""), empty)
    await by.pull()
    assert [b"EBMS:0007" in sent[1], b"GW:1004" in sent[3]] == [True, True]
    assert await by.store.messages({}, 10) == []


async def test_a_receipt_that_is_not_taken_is_told(both: Town, caplog: pytest.LogCaptureFixture) -> None:
    """Its code is in the program's log, the partner's own words are not; the message stays taken."""
    by = both["BY.GTK"]
    await post(both, 1)
    send = by.loopback.send

    async def strict(target: str, content_type: str, body: bytes) -> Reply:
        return await send(target, content_type, body.replace(b"p-0@town", b"p-9@town") if b"Receipt>" in body else body)

    by.loopback.send = strict  # type: ignore[method-assign, assignment]
    with caplog.at_level(logging.WARNING):
        await by.pull()
    assert "EBMS:0003" in caplog.text
    assert "eb:RefToMessageId" not in caplog.text
    assert len(await by.store.messages({}, 10)) == 1


async def test_a_large_message_is_taken_as_it_comes(both: Town) -> None:
    """Its attachment is staged piece by piece, as from a request."""
    kz, by = both["KZ.KGD"], both["BY.GTK"]
    content = bytes(number * 7919 >> 3 & 255 for number in range(600_000))
    received = kz.received(WITH_FILES, "large@town", ("BY.GTK",))
    with_file = replace(received, attachments=(payload("", "application/pdf", content, "a.pdf"),))
    await kz.intake.accept(with_file, lambda *_: Answer(202, "", b""))
    await by.pull()
    assert await states(kz) == Counter(delivered=1)
    (row,) = await by.store.messages({}, 10)
    assert row["message_id"] == "large@town"
    await by.check()


async def test_a_party_that_is_gone_is_not_visited_on(both: Town) -> None:
    """A reload in the middle of a visit counts at the next message."""
    by = both["BY.GTK"]
    parties = by.settings.register.parties
    by.puller.begin()
    del parties["KZ.KGD"]  # type: ignore[attr-defined, arg-type]
    await by.puller.rest()
    assert both.sent == []


async def test_a_bug_ends_a_visit_not_the_pulling(both: Town, caplog: pytest.LogCaptureFixture) -> None:
    """It is in the program's log, and the next visit comes later."""
    by = both["BY.GTK"]
    await post(both, 1)

    async def broken(*_: object) -> object:
        raise ZeroDivisionError

    take, by.take = by.take, broken  # type: ignore[method-assign, assignment]
    await by.pull()
    assert "pulling from KZ.KGD ended" in caplog.text
    by.take = take  # type: ignore[method-assign]
    both.clock.advance(3600)
    await by.pull()
    assert await states(both["KZ.KGD"]) == Counter(delivered=1)


async def test_it_pulls_until_it_is_stopped(both: Town) -> None:
    """A visit under way is let go, and has ended when the loop has."""
    by = both["BY.GTK"]
    hanging = asyncio.Event()

    async def hang(*_: object) -> Reply:
        hanging.set()
        await asyncio.Event().wait()
        raise AssertionError

    by.loopback.send = hang  # type: ignore[method-assign, assignment]
    running = asyncio.create_task(by.puller.run())
    await asyncio.wait_for(hanging.wait(), 120)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    await asyncio.sleep(0)
    assert by.puller._visits == {}


async def test_the_channel_that_is_asked_for_is_the_configured_one(both: Town) -> None:
    """Another one is refused by the partner."""
    await both["BY.GTK"].pull()
    assert f'mpc="{MPC}"'.encode() in both.sent[0][2]
