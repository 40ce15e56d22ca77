"""Large messages: sent and read from stored chunks, compared with their digests on the way."""

import os
from collections import Counter
from collections.abc import AsyncIterator
from hashlib import sha256

import pytest

from gateway.api import answers
from gateway.core import push
from gateway.core.errors import ErrorCode, Rejected
from gateway.core.message import Peer, Received, Stated, payload
from gateway.core.names import Edge, MessageId, PartyId
from gateway.flow import bodies
from gateway.flow.audit import verify
from gateway.flow.bodies import Bodies, DamagedError, is_small
from gateway.flow.inbox import facts
from gateway.flow.ports import Job, StoredPart
from gateway.flow.sending import Reply, SendError, Streamed
from tests.house import sample
from tests.town import SYSTEM, Node, Town, states

DOCUMENT = sample("valid/DocumentVerificationResponse--confirmed")
CONTENT = os.urandom(bodies.WHOLE + 300_000)


async def post(node: Node, *contents: bytes) -> None:
    """A message to BY with these attachments."""
    received = Received(
        Edge.NATIONAL,
        Peer(token=sha256(node.house.token.encode()).digest()),
        DOCUMENT,
        "application/xml",
        MessageId("fresh@town"),
        Stated(MessageId("large@town"), recipients=(PartyId("BY.GTK"),)),
        tuple(payload(f"a-{n}@town", "application/pdf", content, "act.pdf") for n, content in enumerate(contents)),
    )
    await node.intake.accept(received, answers.accepted)


async def damage(node: Node, statement: str) -> None:
    """Somebody changes the stored bytes."""
    await node.real._engine.write(lambda database: database.execute(statement))


async def drain(pieces: AsyncIterator[bytes], into: bytearray) -> None:
    """Everything there is to get."""
    async for piece in pieces:
        into += piece


DAMAGE = "UPDATE chunks SET data = zeroblob(length(data)) WHERE position = %s"


async def test_a_large_message_is_sent_and_read_piece_by_piece(town: Town) -> None:
    """The request is not made whole, has its exact size, is the same on every attempt, and arrives byte for byte."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    seen: list[object] = []
    send = kz.loopback.send

    async def look(target: str, content_type: str, body: bytes | Streamed) -> Reply:
        seen.append(body)
        if len(seen) == 1:
            raise SendError(ErrorCode.TIMED_OUT)
        return await send(target, content_type, body)

    kz.loopback.send = look  # type: ignore[method-assign]
    await post(kz, CONTENT, b"small")
    await kz.deliver()
    town.clock.advance(60)
    await kz.deliver()
    assert all(isinstance(body, Streamed) for body in seen)
    whole = [b"".join([piece async for piece in body.pieces()]) for body in seen if isinstance(body, Streamed)]
    assert len(set(whole)) == 1
    (item,) = await by.desk.lease(SYSTEM, 1, 60, 0)
    _, contents = await by.desk.read(SYSTEM, item.item, item.lease)
    assert [found.content for found in contents] == [DOCUMENT, CONTENT, b"small"]
    await kz.check()
    await by.check()


async def test_a_small_message_is_sent_in_one_go(town: Town) -> None:
    """The control: nothing of it is streamed."""
    kz = town["KZ.KGD"]
    bodies_seen: list[object] = []
    send = kz.loopback.send

    async def look(target: str, content_type: str, body: bytes | Streamed) -> Reply:
        bodies_seen.append(body)
        return await send(target, content_type, body)

    kz.loopback.send = look  # type: ignore[method-assign]
    await post(kz, b"small")
    await kz.deliver()
    assert [type(body) for body in bodies_seen] == [bytes]


@pytest.mark.parametrize(
    "statement",
    [
        DAMAGE % 0,
        DAMAGE % "(SELECT max(position) FROM chunks)",
        "DELETE FROM chunks WHERE position = 2",
        "DELETE FROM chunks WHERE position = (SELECT max(position) FROM chunks)",
        "DELETE FROM chunks",
    ],
)
async def test_damaged_chunks_break_the_request_off_before_its_end(town: Town, statement: str) -> None:
    """The partner never gets the end of it; the delivery fails for good and the log says so."""
    kz = town["KZ.KGD"]
    await post(kz, CONTENT)
    await damage(kz, statement)
    await kz.deliver()
    assert await states(kz) == Counter(failed=1)
    (row,) = await kz.store.messages({}, 10)
    assert row["code"] == "GW:7004"
    assert town.sent == []
    assert len(await kz.store.entries("large@town", "integrity", 10)) == 1


async def test_a_damaged_large_item_is_never_handed_out_whole(town: Town) -> None:
    """The last piece is held back, the difference is logged, and the audit finds it, too."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    await post(kz, CONTENT)
    await kz.deliver()
    (item,) = await by.desk.lease(SYSTEM, 1, 60, 0)
    part = item.parts[1]
    assert await Bodies(by.real, by.desk.offload).verified(part)
    await damage(by, DAMAGE % "(SELECT max(position) FROM chunks)")
    pieces, got = by.desk.pieces(item, part), bytearray()
    with pytest.raises(Rejected) as refusal:
        await drain(pieces, got)
    assert refusal.value.first is ErrorCode.INTEGRITY_FAILURE
    assert len(got) < part.size
    assert not await Bodies(by.real, by.desk.offload).verified(part)
    assert len(await by.store.entries("large@town", "integrity", 10)) == 1
    verdict = [found async for found in verify(by.real, by.settings.register)][-1]
    assert any("is not what its digest says" in fault for fault in verdict.faults)


async def test_a_member_that_is_right_but_of_another_content_is_found(town: Town) -> None:
    """Swapped bodies unpack without a fault: the digest tells."""
    kz = town["KZ.KGD"]
    await post(kz, CONTENT, CONTENT[::-1])
    await damage(kz, "UPDATE payloads SET body = CASE body WHEN 1 THEN 2 WHEN 2 THEN 1 ELSE body END")
    await kz.deliver()
    assert await states(kz) == Counter(failed=1)


async def test_empty_content_is_content(town: Town) -> None:
    """An attachment of no bytes goes through beside a large one."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    await post(kz, CONTENT, b"")
    await kz.deliver()
    (item,) = await by.desk.lease(SYSTEM, 1, 60, 0)
    _, contents = await by.desk.read(SYSTEM, item.item, item.lease)
    assert contents[2].content == b""
    assert not is_small(item.parts)


async def test_a_large_push_is_what_a_small_one_would_be(town: Town) -> None:
    """The webhook's form, piece by piece, is the form made in one go."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    await post(kz, CONTENT, b"small")
    await kz.deliver()
    (item,) = await by.desk.lease(SYSTEM, 1, 60, 0)
    job = job_of(item.parts, item.header)
    request = await by.dispatcher._requests.make(job)
    assert isinstance(request.body, Streamed)
    body = b"".join([piece async for piece in request.body.pieces()])
    payloads = [("application/xml", "", DOCUMENT), *(("application/pdf", "act.pdf", c) for c in (CONTENT, b"small"))]
    assert (request.content_type, body) == push.write("large@town", bodies_facts(job), payloads)
    assert request.size == len(body)


def job_of(parts: tuple[StoredPart, ...], header: object) -> Job:
    """A push of these parts."""
    return Job(1, 1, "push", "system:national", 1, header, SYSTEM, "[]", parts, 0, None)  # type: ignore[arg-type]


def bodies_facts(job: Job) -> dict[str, object]:
    """The push's metadata."""
    return dict(facts(job.header, job.removed, job.parts))


class Broken:
    """A store whose body is no gzip at all."""

    async def pieces(self, _body: int) -> AsyncIterator[bytes]:
        """Text, in two pieces."""
        yield b"te"
        yield b"xt"


async def test_what_is_no_gzip_is_damage_in_every_way_of_reading(town: Town) -> None:
    """Whole, packed and unpacked alike."""
    reading = Bodies(Broken(), town["KZ.KGD"].desk.offload)
    part = StoredPart("a@x", "text/plain", "", bytes(32), 10, 4, 1)
    with pytest.raises(DamagedError):
        await reading.whole(part)
    for pieces in (reading.packed(part), reading.content(part)):
        with pytest.raises(DamagedError):
            [piece async for piece in pieces]
