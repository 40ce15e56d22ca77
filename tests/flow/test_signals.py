"""Receipts and errors in requests of their own: what they settle, and what is refused."""

import json
from collections import Counter

import pytest

from gateway.core import ebms, receipt
from gateway.core.agreement import Limits
from gateway.core.ebms import SOAP_TYPE
from gateway.core.errors import ErrorCode, Fault
from gateway.core.heading import Heading, Kind
from gateway.core.message import Peer, Received
from gateway.core.names import SECOND, Edge, MessageId, Micros
from gateway.flow.ports import Operator
from gateway.flow.request import Requests
from gateway.flow.sending import Reply
from tests.core.making import taken
from tests.flow.pulling import post_back
from tests.house import sample
from tests.reading import messaging
from tests.town import Node, Town, down, states

NORMAL = sample("valid/DocumentVerificationRequest--invoice-and-waybill")
ID = "sent@town"


async def unanswered(town: Town) -> Reply:
    """KZ's message reached BY, but its answer was lost on the way: the receipt that BY made."""
    kz = town["KZ.KGD"]
    await kz.post(NORMAL, ID, to=("BY.GTK",))
    now = town.clock.now()
    (job,) = await kz.store.lease(now, Micros(now + 15 * SECOND), {"party:BY.GTK": 16})
    job = await kz.dispatcher._packing.packed(job)
    request = await Requests(kz.store, kz.dispatcher._requests._bodies.offload).make(job)
    assert isinstance(request.body, bytes)
    return await town["BY.GTK"].receive(kz.house, request.content_type, request.body)


async def entries(node: Node, kind: str, message_id: str = "") -> list[dict[str, object]]:
    """The facts of the log entries of one kind."""
    return [json.loads(row["body"]) for row in await node.store.entries(message_id, kind, 10)]


def errors(code: ErrorCode, ref: str = ID) -> Reply:
    """An error signal of BY."""
    return Reply(200, ebms.write_error("e@by", Micros(1_790_000_000_000_000), ref, [Fault(code)]), SOAP_TYPE)


def codes(reply: Reply) -> list[str]:
    """The published codes in an answer."""
    header, _ = messaging(reply.body, reply.content_type, Limits())
    signal = ebms.read_signal(header)
    assert signal is not None
    return [published for _, published, _ in (*signal.errors, *signal.warnings)]


async def test_a_receipt_that_comes_by_itself_delivers(town: Town) -> None:
    """It is kept, the log says how it came, and the answer is empty."""
    kz = town["KZ.KGD"]
    late = await unanswered(town)
    answer = await post_back(town, late)
    assert (answer.status, answer.body) == (202, b"")
    assert await states(kz) == Counter(delivered=1)
    (row,) = await kz.store.messages({}, 10)
    (delivery,) = await kz.store.deliveries(row["id"])
    assert delivery["receipt"] == late.body
    (leaf,) = await entries(kz, "delivered")
    assert (leaf["via"], leaf["message_id"], leaf["recipient"]) == ("signal", ID, "BY.GTK")


async def test_a_receipt_wins_from_any_state(town: Town) -> None:
    """Also where an operator had failed the delivery, and after the deadline; the log says that it was late."""
    kz = town["KZ.KGD"]
    late = await unanswered(town)
    await kz.operate.act("fail", {"message_id": ID}, Operator("me", "test"))
    town.clock.advance(80 * 3600)
    assert (await post_back(town, late)).status == 202
    assert await states(kz) == Counter(delivered=1)
    (leaf,) = await entries(kz, "delivered")
    assert leaf["late"] is True


async def test_a_second_receipt_changes_nothing(town: Town) -> None:
    """It is answered like the first and noted; that it may be played again is a security event, once."""
    kz = town["KZ.KGD"]
    late = await unanswered(town)
    for _ in range(2):
        assert (await post_back(town, late)).status == 202
    assert len(await entries(kz, "delivered")) == 1
    (leaf,) = await entries(kz, "signalled")
    assert (leaf["sender"], leaf["type"], leaf["message_id"]) == ("BY.GTK", "Receipt", ID)
    (event,) = await entries(kz, "security")
    assert (event["reason"], event["caller"], event["message_id"]) == ("replayed-signal", "party:BY.GTK", ID)


async def test_a_receipt_opens_no_gate(town: Town) -> None:
    """That the partner reaches us says nothing about whether we reach it; an answer to an attempt does."""
    kz = town["KZ.KGD"]
    late = await unanswered(town)
    kz.loopback.fault = down("party:BY.GTK")
    await kz.post(NORMAL, "other@town", to=("BY.GTK",))
    await kz.deliver()
    assert await kz.store.gate("party:BY.GTK") is not None
    await post_back(town, late)
    assert await kz.store.gate("party:BY.GTK") is not None
    kz.loopback.fault = lambda _: None
    town.clock.advance(600)
    await kz.deliver()
    assert await kz.store.gate("party:BY.GTK") is None


@pytest.mark.parametrize(
    ("code", "state", "kind"),
    [
        (ErrorCode.EBMS_0010, "failed", "failed"),
        (ErrorCode.EBMS_0202, "queued", "attempt"),
        (ErrorCode.EBMS_4001, "unproven", "unproven"),
    ],
)
async def test_errors_count_by_the_table(town: Town, code: ErrorCode, state: str, kind: str) -> None:
    """Permanent, passing, and a duplicate without a receipt: as in an answer."""
    kz = town["KZ.KGD"]
    await unanswered(town)
    answer = await post_back(town, errors(code))
    assert (answer.status, answer.body) == (202, b"")
    (row,) = await kz.store.messages({}, 10)
    assert (row["state"], row["code"]) == (state, code.code)
    (leaf,) = await entries(kz, kind)
    assert (leaf["via"], leaf["code"]) == ("signal", code.code)


async def test_after_a_passing_error_it_is_tried_again(town: Town) -> None:
    """When the wait is over, not before."""
    kz = town["KZ.KGD"]
    await unanswered(town)
    town.clock.advance(14)
    await post_back(town, errors(ErrorCode.EBMS_0202))
    assert await kz.deliver() == 0
    town.clock.advance(2)
    assert await kz.deliver() == 1
    assert await states(kz) == Counter(delivered=1)


async def test_errors_about_nothing_are_noted(town: Town) -> None:
    """An error without a reference may be about a message that could not be read (ebMS 6.3)."""
    body = errors(ErrorCode.EBMS_0009, "").body
    assert b"RefToMessageId" not in body
    assert (await post_back(town, Reply(200, body, SOAP_TYPE))).status == 202
    (leaf,) = await entries(town["KZ.KGD"], "signalled")
    assert leaf["type"] == "Error"


async def test_a_warning_moves_nothing(town: Town) -> None:
    """EBMS:0002 about our message is noted, and no security event; its delivery stays as it was."""
    await unanswered(town)
    assert (await post_back(town, errors(ErrorCode.EBMS_0002))).status == 202
    (row,) = await town["KZ.KGD"].store.messages({}, 10)
    assert (row["state"], row["code"]) == ("queued", "")
    (leaf,) = await entries(town["KZ.KGD"], "signalled")
    assert leaf["message_id"] == ID
    assert await entries(town["KZ.KGD"], "security") == []


async def test_a_receipt_about_nothing_is_an_invalid_header(town: Town) -> None:
    """A receipt must name its message (ebMS 5.2.3.3); the error names the receipt, and the log has the refusal."""
    late = await unanswered(town)
    bare = late.body.replace(b"<eb:RefToMessageId>" + ID.encode() + b"</eb:RefToMessageId>", b"")
    answer = await post_back(town, Reply(200, bare, SOAP_TYPE))
    assert codes(answer) == ["EBMS:0009"]
    (leaf,) = await entries(town["KZ.KGD"], "refused")
    assert (leaf["type"], leaf["sender"]) == ("Receipt", "BY.GTK")
    assert await states(town["KZ.KGD"]) == Counter(queued=1)


async def test_a_signal_about_an_unknown_message_is_inconsistent(town: Town) -> None:
    """EBMS:0003 for an id that was never sent, one that came in, and one that is not sent yet."""
    kz = town["KZ.KGD"]
    await kz.post(NORMAL, "unsent@town", to=("BY.GTK",))
    await town["BY.GTK"].post(NORMAL, "came@town", to=("KZ.KGD",))
    await town["BY.GTK"].deliver()
    for ref in ("nobody@town", "unsent@town", "came@town"):
        assert codes(await post_back(town, errors(ErrorCode.EBMS_0004, ref))) == ["EBMS:0003"]
    assert len(await entries(kz, "refused")) == 3
    assert (await states(kz))["queued"] == 1


async def test_a_signal_of_another_party_than_the_recipient_is_refused(town: Town) -> None:
    """EBMS:0101, and the delivery stays as it was; the control is the recipient's own."""
    kz = town["KZ.KGD"]
    late = await unanswered(town)
    assert codes(await post_back(town, late, who="RU.FTS")) == ["EBMS:0101"]
    assert codes(await post_back(town, errors(ErrorCode.EBMS_0004), who="RU.FTS")) == ["EBMS:0101"]
    assert await states(kz) == Counter(queued=1)
    assert [leaf["sender"] for leaf in await entries(kz, "refused")] == ["RU.FTS", "RU.FTS"]
    assert (await post_back(town, late)).status == 202
    assert await states(kz) == Counter(delivered=1)


async def test_a_signal_of_nobody_is_only_counted(town: Town) -> None:
    """The edge refuses such callers before; the flow does not rely on it."""
    kz = town["KZ.KGD"]
    received = Received(Edge.PARTNER, Peer(), errors(ErrorCode.EBMS_0004).body, SOAP_TYPE, MessageId("fresh"))
    with pytest.raises(Exception, match="EBMS:0101"):
        await kz.counter.signals.take(received, Heading(Kind.ERRORS, "e@by", ID, ""))
    assert await entries(kz, "refused") == []


async def test_an_altered_receipt_is_answered_with_what_is_wrong(town: Town) -> None:
    """EBMS:0302 to its sender; the delivery goes on, with the code that operators see."""
    kz = town["KZ.KGD"]
    late = await unanswered(town)
    start = late.body.index(b"DigestValue>") + len(b"DigestValue>")
    other = b"A" if late.body[start : start + 1] != b"A" else b"B"
    answer = await post_back(town, Reply(200, late.body[:start] + other + late.body[start + 1 :], SOAP_TYPE))
    assert codes(answer) == ["EBMS:0302"]
    (row,) = await kz.store.messages({}, 10)
    assert (row["state"], row["code"]) == ("queued", "EBMS:0302")
    town.clock.advance(900)
    await kz.deliver()
    assert await states(kz) == Counter(delivered=1)


async def test_a_ping_receipt_by_itself_is_of_nothing_sent(town: Town) -> None:
    """Pings are no messages: their receipts are only taken as answers."""
    answer = receipt.acknowledge(MessageId("ping@town"), MessageId("r@by"), town.clock.now())
    assert codes(
        await post_back(
            town, Reply(200, receipt.complete(answer, taken(), town["KZ.KGD"].settings.register).body, SOAP_TYPE)
        )
    ) == ["EBMS:0003"]
