"""Partners that come for their messages: what each pull gets, and when it gets it again."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from gateway.core import ebms
from gateway.core.agreement import Limits
from gateway.core.errors import ErrorCode
from gateway.core.heading import Heading, Kind
from gateway.core.message import Peer, Received
from gateway.core.names import Edge, MessageId
from gateway.core.pmode import PROFILES
from gateway.core.security import sign_signal
from gateway.flow.packing import Packing
from gateway.flow.ports import Job
from gateway.flow.request import Request
from gateway.flow.sending import Reply, SendError, Streamed
from tests.flow.pulling import MPC, go_for, let_pull, post_back, pull, take_in
from tests.flow.test_signals import codes, entries, errors
from tests.house import sample
from tests.reading import messaging
from tests.town import PULL_RETRY, SYSTEM, Town, states

URGENT = sample("valid/ProcessingResult--rejected")
NORMAL = sample("valid/DocumentVerificationRequest--invoice-and-waybill")
RETRY = PULL_RETRY / 1_000_000


@pytest.fixture
async def pulled(town: Town) -> Town:
    """KZ, BY and RU; BY comes to KZ for its messages."""
    let_pull(town["KZ.KGD"])
    go_for(town["BY.GTK"])
    return town


def message_id(reply: Reply) -> str:
    """Of the message in an answer."""
    header, _ = messaging(reply.body, reply.content_type, Limits())
    return header.findtext(f".//{{{ebms.EB}}}UserMessage/{{{ebms.EB}}}MessageInfo/{{{ebms.EB}}}MessageId") or ""


async def post(town: Town, *ids: str, document: bytes = NORMAL) -> None:
    """KZ's system posts for BY."""
    for each in ids:
        await town["KZ.KGD"].post(document, f"{each}@town", to=("BY.GTK",))


async def test_what_is_pulled_and_receipted_is_delivered(pulled: Town) -> None:
    """The message is the answer, its receipt comes by itself; nothing was pushed."""
    kz, by = pulled["KZ.KGD"], pulled["BY.GTK"]
    await post(pulled, "one")
    assert await kz.deliver() == 0
    answer = await pull(pulled)
    assert (answer.status, message_id(answer)) == (200, "one@town")
    assert await states(kz) == Counter(queued=1)
    taken = await take_in(pulled, answer)
    assert (await post_back(pulled, taken)).status == 202
    assert await states(kz) == Counter(delivered=1)
    assert pulled.sent == []
    (arrived,) = await by.store.messages({}, 10)
    assert arrived["message_id"] == "one@town"
    await kz.check()
    await by.check()


async def test_the_producer_sees_that_it_is_the_partners_turn(pulled: Town) -> None:
    """Not pulled yet; pulled and not receipted; given up waiting for the receipt; a failure by its code."""
    kz = pulled["KZ.KGD"]
    await post(pulled, "seen")

    async def reason() -> str:
        (life,) = await kz.operate.status(SYSTEM, "seen@town")
        return str(life["deliveries"][0]["waits_because"])  # type: ignore[index]

    assert "has not come for it" in await reason()
    await pull(pulled)
    assert "its receipt has not come" in await reason()
    pulled.clock.advance(RETRY + 1)
    assert "has not come for it" in await reason()
    await post_back(pulled, errors(ErrorCode.EBMS_0202, "seen@town"))
    assert "could not be delivered now" in await reason()


async def test_other_parties_are_pushed_to_as_before(pulled: Town) -> None:
    """Pulling is one party's agreement."""
    await pulled["KZ.KGD"].post(NORMAL, "pushed@town", to=("RU.FTS",))
    assert await pulled["KZ.KGD"].deliver() == 1


async def test_an_empty_channel_is_a_warning(pulled: Town) -> None:
    """EBMS:0006 with severity warning, about the PullRequest; no refusal is logged."""
    answer = await pull(pulled)
    assert (answer.status, codes(answer)) == (200, ["EBMS:0006"])
    assert b'severity="warning" category="Communication"' in answer.body
    header, _ = messaging(answer.body, answer.content_type, Limits())
    signal = ebms.read_signal(header)
    assert signal is not None
    assert signal.ref_to_message_id.startswith("id-")
    assert await entries(pulled["KZ.KGD"], "refused") == []


async def test_the_urgent_goes_first_then_the_oldest(pulled: Town) -> None:
    """Each pull gets one message."""
    await post(pulled, "old", "new")
    await post(pulled, "urgent", document=URGENT)
    assert [message_id(await pull(pulled)) for _ in range(3)] == ["urgent@town", "old@town", "new@town"]
    assert codes(await pull(pulled)) == ["EBMS:0006"]


async def test_two_pulls_at_once_get_different_messages(pulled: Town) -> None:
    """A lease is one pull's."""
    await post(pulled, "one", "two", "three")
    answers = await asyncio.gather(*(pull(pulled) for _ in range(4)))
    found = [message_id(answer) for answer in answers]
    assert sorted(found) == ["", "one@town", "three@town", "two@town"]


async def test_without_a_receipt_it_can_be_pulled_again(pulled: Town) -> None:
    """Byte for byte, once the wait for the receipt is over, not before; the attempts are counted."""
    kz = pulled["KZ.KGD"]
    await post(pulled, "again")
    first = await pull(pulled)
    pulled.clock.advance(RETRY - 1)
    assert codes(await pull(pulled)) == ["EBMS:0006"]
    pulled.clock.advance(2)
    assert await pull(pulled) == first
    (row,) = await kz.store.messages({}, 10)
    (delivery,) = await kz.store.deliveries(row["id"])
    assert delivery["attempts"] == 2


async def test_a_repeat_after_a_lost_receipt_gets_the_identical_one(pulled: Town) -> None:
    """The puller has one message, and its receipt still settles the delivery."""
    await post(pulled, "twice")
    first = await take_in(pulled, await pull(pulled))
    pulled.clock.advance(RETRY + 1)
    again = await take_in(pulled, await pull(pulled))
    assert again.body == first.body
    await post_back(pulled, again)
    assert await states(pulled["KZ.KGD"]) == Counter(delivered=1)
    assert len(await pulled["BY.GTK"].store.messages({}, 10)) == 1


async def test_an_attempt_is_written_down_before_the_message_leaves(pulled: Town) -> None:
    """After a crash between the commit and the answer the message is there again."""
    await post(pulled, "cut")
    await pull(pulled)  # and the answer never left
    await pulled.reopen()
    let_pull(pulled["KZ.KGD"])
    pulled.clock.advance(RETRY)
    assert message_id(await pull(pulled)) == "cut@town"


async def test_a_pulled_message_expires_at_its_deadline(pulled: Town) -> None:
    """As a pushed one does; then it cannot be pulled any more, and a late receipt still counts."""
    kz = pulled["KZ.KGD"]
    await post(pulled, "late")
    answer = await take_in(pulled, await pull(pulled))
    pulled.clock.advance(72 * 3600 + 1)
    await kz.deliver()
    assert await states(kz) == Counter(expired=1)
    assert codes(await pull(pulled)) == ["EBMS:0006"]
    await post_back(pulled, answer)
    assert await states(kz) == Counter(delivered=1)


async def test_a_pullers_error_fails_the_delivery(pulled: Town) -> None:
    """What it refuses is not offered again."""
    await post(pulled, "refused")
    await pull(pulled)
    await post_back(pulled, errors(ErrorCode.EBMS_0010, "refused@town"))
    assert await states(pulled["KZ.KGD"]) == Counter(failed=1)
    pulled.clock.advance(3600)
    assert codes(await pull(pulled)) == ["EBMS:0006"]


async def test_a_channel_gives_nothing_to_another_party(pulled: Town) -> None:
    """EBMS:0101 for another's channel, EBMS:0010 for one of nobody, both logged; the message is still there."""
    await post(pulled, "mine")
    assert codes(await pull(pulled, who="RU.FTS")) == ["EBMS:0101"]
    assert codes(await pull(pulled, "urn:nobody")) == ["EBMS:0010"]
    refused = await entries(pulled["KZ.KGD"], "refused")
    assert {(leaf["sender"], leaf["type"]) for leaf in refused} == {
        ("RU.FTS", "PullRequest"),
        ("BY.GTK", "PullRequest"),
    }
    assert message_id(await pull(pulled)) == "mine@town"


async def test_an_unsigned_pull_request_gets_nothing(pulled: Town) -> None:
    """Where the P-Mode signs: EBMS:0103, logged; the control is the same request, signed."""
    await post(pulled, "mine")
    assert codes(await pull(pulled, sign=False)) == ["EBMS:0103"]
    (leaf,) = await entries(pulled["KZ.KGD"], "refused")
    assert (leaf["sender"], leaf["type"]) == ("BY.GTK", "PullRequest")
    assert message_id(await pull(pulled)) == "mine@town"


async def test_a_pull_request_signed_by_another_gets_nothing(pulled: Town) -> None:
    """TLS and signature must prove the same party."""
    await post(pulled, "mine")
    register = pulled["RU.FTS"].settings.register
    body = ebms.write_pull_request("p@ru", pulled.clock.now(), MPC)
    signed = sign_signal(body, PROFILES["ics2"], register)
    answer = await pulled["KZ.KGD"].receive(pulled["BY.GTK"].house, ebms.SOAP_TYPE, signed)
    assert codes(answer) == ["EBMS:0101"]


async def test_a_message_that_cannot_be_packed_now_waits(pulled: Town) -> None:
    """What passes is due again later; the pull gets the next one."""
    kz = pulled["KZ.KGD"]
    await post(pulled, "first", "second")
    packed, failed = Packing.packed, []

    async def once(packing: Packing, job: Job) -> Job:
        if not failed:
            failed.append(job)
            raise SendError(ErrorCode.TIMED_OUT, "busy")
        return await packed(packing, job)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Packing, "packed", once)
        assert message_id(await pull(pulled)) == "second@town"
    assert await states(kz) == Counter(queued=2)
    pulled.clock.advance(RETRY + 1)
    assert message_id(await pull(pulled)) == "first@town"


async def test_a_caller_without_a_certificate_pulls_nothing(pulled: Town) -> None:
    """The edge refuses such callers before; the flow does not rely on it."""
    received = Received(Edge.PARTNER, Peer(), b"", ebms.SOAP_TYPE, MessageId("fresh"))
    with pytest.raises(Exception, match="EBMS:0101"):
        await pulled["KZ.KGD"].counter.pulls.answer(received, Heading(Kind.PULL, "p@by", "", MPC))


async def test_each_agreement_has_its_channel(town: Town) -> None:
    """With two channels a pull gets only its own agreement's messages, and of agreements in none."""
    kz = town["KZ.KGD"]
    let_pull(kz, mpc="urn:customs", agreement="eurasec-customs:1.0")
    let_pull(kz, mpc="urn:other", agreement="other:1.0")
    await post(town, "customs")
    assert codes(await pull(town, "urn:other")) == ["EBMS:0006"]
    assert message_id(await pull(town, "urn:customs")) == "customs@town"


async def test_a_gate_from_before_holds_no_pull_up(pulled: Town) -> None:
    """Whoever comes is there."""
    kz = pulled["KZ.KGD"]
    await post(pulled, "gated")
    database = kz.real._engine
    sql = "INSERT INTO gates VALUES ('party:BY.GTK', 1, 9000000000000000, 'GW:8001', 1, 0)"
    await database.write(lambda found: found.execute(sql))
    assert message_id(await pull(pulled)) == "gated@town"


async def test_damaged_bytes_are_never_given_out(pulled: Town) -> None:
    """The damaged message fails with its entry, and the same pull gets the next one."""
    kz = pulled["KZ.KGD"]
    await post(pulled, "damaged", "whole")
    await kz.real._engine.write(
        lambda found: found.execute("UPDATE bodies SET data = zeroblob(length(data)) WHERE id = 1")
    )
    assert message_id(await pull(pulled)) == "whole@town"
    (leaf,) = await entries(kz, "integrity")
    assert leaf["message_id"] == "damaged@town"
    assert await states(kz) == Counter(failed=1, queued=1)


async def slow(town: Town) -> Streamed:
    """The body of a pulled message, which takes its time."""
    pulls = town["KZ.KGD"].counter.pulls
    await post(town, "large")
    job = await pulls._leased("party:BY.GTK", frozenset())
    assert job is not None

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(3):
            town.clock.advance(RETRY / 2)
            yield b"."

    request = pulls._watched(job, Request("text/plain", Streamed(3, pieces)))
    assert isinstance(request.body, Streamed)
    return request.body


async def test_a_large_message_keeps_its_lease_while_it_is_read(pulled: Town) -> None:
    """The wait for its receipt begins when all of it has left."""
    body = await slow(pulled)
    assert [piece async for piece in body.pieces()] == [b"."] * 3
    assert codes(await pull(pulled)) == ["EBMS:0006"]
    pulled.clock.advance(RETRY + 1)
    assert message_id(await pull(pulled)) == "large@town"


async def test_a_large_message_found_damaged_on_the_way_is_broken_off(pulled: Town) -> None:
    """It is never whole, and it fails with its entry."""
    pulls = pulled["KZ.KGD"].counter.pulls
    await post(pulled, "large")
    job = await pulls._leased("party:BY.GTK", frozenset())
    assert job is not None

    async def pieces() -> AsyncIterator[bytes]:
        yield b"."
        raise SendError(ErrorCode.INTEGRITY_FAILURE, "cid")

    request = pulls._watched(job, Request("text/plain", Streamed(3, pieces)))
    assert isinstance(request.body, Streamed)
    with pytest.raises(Exception, match="GW:7004"):
        assert [piece async for piece in request.body.pieces()] == []
    assert await states(pulled["KZ.KGD"]) == Counter(failed=1)
    (leaf,) = await pulled["KZ.KGD"].store.entries("", "integrity", 10)
    assert json.loads(leaf["body"])["message_id"] == "large@town"
