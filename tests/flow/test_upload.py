"""Large requests on their way in: attachments go into the store chunk by chunk, the document stays in memory."""

import gzip
import io
import os
from collections.abc import AsyncIterator
from hashlib import sha256

import pytest

from gateway.core.agreement import Limits
from gateway.core.errors import ErrorCode, Rejected
from gateway.core.wss.encrypt import Encryption
from gateway.flow import upload as uploading
from gateway.flow.memory import Memory
from gateway.flow.upload import CHUNK, Upload, Uploads, attached
from tests.flow.test_bodies import DOCUMENT
from tests.town import Node, Town

MB = 1024 * 1024
SEALING = Encryption(key="x25519")
NOISE = os.urandom(1_200_000)
TEXT = b"0123456789" * 300_000


def uploads(node: Node, most: int = 1000 * MB) -> Uploads:
    """The node's uploads."""
    return Uploads(node.real, node.clock, node.desk.offload, Memory(most, 100 * MB))


async def pieces(body: bytes, step: int = 64 * 1024) -> AsyncIterator[bytes]:
    """As a socket gives them."""
    for at in range(0, len(body), step):
        yield body[at : at + step]


async def stored(node: Node, body: int) -> bytes:
    """What is staged, unpacked."""
    return gzip.decompress(b"".join([piece async for piece in node.real.pieces(body)]))


async def rows(node: Node, table: str) -> int:
    """How many rows a table has."""
    return int(node.real._engine.read(lambda db: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]))  # noqa: S608


async def fill(upload: Upload, content: bytes, *, compressed: bool = False) -> uploading.Incoming:
    """An attachment that has come."""
    incoming = await upload.attachment("part attachment", compressed=compressed)
    async for piece in pieces(content):
        await incoming.write(piece)
    return incoming


@pytest.mark.parametrize("content", [NOISE, TEXT, bytes(CHUNK + 1)], ids=["noise", "text", "zeros"])
async def test_a_large_attachment_is_staged_with_its_digest(town: Town, content: bytes) -> None:
    """Nothing of it is held; what is stored unpacks to it; what does not shrink is only wrapped."""
    kz = town["KZ.KGD"]
    async with uploads(kz).begin(Limits()) as upload:
        found = await attached(await fill(upload, content), "a@x", "application/pdf", "a.pdf")
        assert (found.content, found.packed, found.size) == (b"", b"", len(content))
        assert found.digest == sha256(content).digest()
        assert found.staged is not None
        assert await stored(kz, found.staged.body) == content
        assert found.staged.packed_size < len(content) + 1000


@pytest.mark.parametrize(("taken", "told"), [(uploading.LARGE, 0), (uploading.LARGE + 1, 1)])
async def test_the_end_of_a_large_document_is_told(town: Town, taken: int, told: int) -> None:
    """Its memory can go back to the system; the end of a small one is not worth the work."""
    ended: list[int] = []
    node = town["KZ.KGD"]
    memory = Memory(1000 * MB, 100 * MB)
    desk = Uploads(node.real, node.clock, node.desk.offload, memory, lambda: ended.append(1))
    async with desk.begin(Limits()) as upload:
        await upload.hold.work(taken)
    assert len(ended) == told


async def test_a_small_attachment_is_not_staged(town: Town) -> None:
    """Up to a chunk it is here, and costs no write."""
    kz = town["KZ.KGD"]
    async with uploads(kz).begin(Limits()) as upload:
        found = await attached(await fill(upload, NOISE[:CHUNK]), "a@x", "application/pdf", "a.pdf")
    assert (found.content, found.staged) == (NOISE[:CHUNK], None)
    assert await rows(kz, "bodies") == 0


@pytest.mark.parametrize("named", [False, True])
async def test_a_gzip_part_stays_as_it_came_unless_more_can_hide_in_it(town: Town, *, named: bool) -> None:
    """A member with a file name in its header is made anew."""
    kz, written = town["KZ.KGD"], io.BytesIO()
    with gzip.GzipFile("hidden-name" if named else "", "wb", fileobj=written) as member:
        member.write(NOISE)
    async with uploads(kz).begin(Limits()) as upload:
        incoming = await fill(upload, written.getvalue(), compressed=True)
        assert await incoming.content() is None
        digest, staged = await incoming.staged()
        raw = b"".join([piece async for piece in kz.real.pieces(staged.body)])
    assert (digest, staged.size) == (sha256(NOISE).digest(), len(NOISE))
    assert (raw == written.getvalue()) is not named
    assert b"hidden-name" not in raw
    assert gzip.decompress(raw) == NOISE


@pytest.mark.parametrize("compressed", [False, True])
async def test_limits_hold_while_an_attachment_comes(town: Town, *, compressed: bool) -> None:
    """One byte too many for one, or for all together; the control has room for it."""
    kz = town["KZ.KGD"]
    content = gzip.compress(NOISE) if compressed else NOISE
    for limits in (Limits(attachment=len(NOISE) - 1), Limits(message=2 * len(NOISE) - 1)):
        async with uploads(kz).begin(limits) as upload:
            with pytest.raises(Rejected):
                await twice(upload, content, compressed=compressed)
    async with uploads(kz).begin(Limits(attachment=len(NOISE), message=2 * len(NOISE))) as upload:
        await twice(upload, content, compressed=compressed)


async def twice(upload: Upload, content: bytes, *, compressed: bool) -> None:
    """Two attachments of the same content."""
    for _ in range(2):
        await (await fill(upload, content, compressed=compressed)).content()


async def test_a_bomb_is_refused_before_it_is_large(town: Town) -> None:
    """A thousand times its size comes out of it: no more than allowed is ever unpacked, nothing is left."""
    kz = town["KZ.KGD"]
    bomb = gzip.compress(bytes(600 * MB))
    async with uploads(kz).begin(Limits(attachment=MB)) as upload:
        with pytest.raises(Rejected, match="EBMS:0303"):
            await fill(upload, bomb, compressed=True)
    assert await rows(kz, "bodies") == 0


async def test_small_attachments_count_for_all_together(town: Town) -> None:
    """Their sum is limited, too, and each has its own limit."""
    kz = town["KZ.KGD"]
    async with uploads(kz).begin(Limits(message=1500)) as upload:
        await (await fill(upload, bytes(1000))).content()
        second = await fill(upload, bytes(501))
        with pytest.raises(Rejected) as refusal:
            await second.content()
        assert refusal.value.first is ErrorCode.TOO_LARGE


async def test_what_nobody_refers_to_is_swept_when_the_request_ends(town: Town) -> None:
    """At the next sweep, not after an hour; what a commit refers to stays."""
    kz = town["KZ.KGD"]
    async with uploads(kz).begin(Limits()) as upload:
        await (await fill(upload, NOISE)).content()
    assert await rows(kz, "bodies") == 1
    assert await kz.store.sweep(town.clock.now()) == 1
    assert await rows(kz, "chunks") == 0


async def test_a_dry_run_stores_nothing(town: Town) -> None:
    """Digest and size are known all the same."""
    kz = town["KZ.KGD"]
    async with uploads(kz).begin(Limits(), keep=False) as upload:
        found = await attached(await fill(upload, NOISE), "a@x", "application/pdf", "a.pdf")
    assert found.digest == sha256(NOISE).digest()
    assert await rows(kz, "bodies") == 0


async def test_a_large_document_at_the_national_edge_reserves_its_weight(town: Town) -> None:
    """Small ones reserve nothing."""
    kz = town["KZ.KGD"]
    made = uploads(kz, most=MB)
    async with made.begin(Limits()) as upload:
        await kz.intake.rehearse(kz.received(DOCUMENT, to=("BY.GTK",)), upload.hold)
        assert made.memory.working.free == MB
        large = DOCUMENT + b" " * 100_000
        await kz.intake.rehearse(kz.received(large, to=("BY.GTK",)), upload.hold)
        assert made.memory.working.free < MB - 6 * 100_000
        with pytest.raises(Rejected):
            await kz.intake.rehearse(kz.received(DOCUMENT + b" " * MB, to=("BY.GTK",)), upload.hold)


async def test_a_document_is_gathered_up_to_its_limit(town: Town) -> None:
    """One byte more is refused before it is kept; memory is asked for in growing steps."""
    made = uploads(town["KZ.KGD"])
    async with made.begin(Limits()) as upload:
        gathered = uploading.Gathered(upload.hold, "part message", 5 * MB)
        for _ in range(5):
            await gathered.write(bytes(MB))
        assert gathered.content() == bytes(5 * MB)
        with pytest.raises(Rejected) as refusal:
            await gathered.write(b"x")
        assert refusal.value.first is ErrorCode.TOO_LARGE
