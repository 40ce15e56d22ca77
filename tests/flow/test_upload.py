"""Large requests on their way in: attachments go into the store chunk by chunk, the document stays in memory."""

import gzip
import io
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from hashlib import sha256

import pytest

from gateway.core.agreement import Limits
from gateway.core.errors import ErrorCode, Rejected
from gateway.core.manifest import MEDIA_TYPE
from gateway.core.message import MimePart, Peer, Received
from gateway.core.mime import Reader
from gateway.core.names import Edge, Micros
from gateway.core.receipt import acknowledge
from gateway.core.soap import Keyring
from gateway.core.unpack import unpack
from gateway.core.wss.encrypt import Encryption, encrypt
from gateway.core.wss.gcm import encrypt_whole, iv_of
from gateway.flow import upload as uploading
from gateway.flow.memory import Memory
from gateway.flow.sending import Reply, Streamed
from gateway.flow.taking import take
from gateway.flow.upload import CHUNK, Upload, Uploads, attached
from tests.core.making import KEYRING
from tests.core.wss.recipients import recipient
from tests.flow.test_bodies import DOCUMENT, post
from tests.town import SYSTEM, Node, Town

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


async def as4(town: Town, *contents: bytes) -> tuple[str, bytes]:
    """The request that KZ sends for a message with these attachments."""
    kz = town["KZ.KGD"]
    caught: list[tuple[str, bytes]] = []

    async def catch(_target: str, content_type: str, body: bytes | Streamed) -> Reply:
        whole = body if isinstance(body, bytes) else b"".join([piece async for piece in body.pieces()])
        caught.append((content_type, whole))
        return Reply(503, b"")

    kz.loopback.send = catch  # type: ignore[method-assign]
    await post(kz, *contents)
    await kz.deliver()
    return caught[0]


async def test_an_as4_request_is_split_as_it_comes(town: Town) -> None:
    """However it is cut: the document whole, the small attachment as it came, the large one staged; then accepted."""
    content_type, body = await as4(town, NOISE, b"small")
    by = town["BY.GTK"]
    async with uploads(by).begin(Limits()) as upload:
        for step in (977, 300_000):
            soap, document, large, small = await take(upload, pieces(body, step), content_type, KEYRING)
        assert soap.media_type == "application/soap+xml"
        assert gzip.decompress(document.content) == DOCUMENT
        assert (large.content, large.digest) == (b"", sha256(NOISE).digest())
        assert gzip.decompress(small.content) == b"small"
        await accept(town, (soap, document, large, small), upload)
    assert await by.store.sweep(town.clock.now()) == 1, "the copy of the first splitting"
    (item,) = await by.desk.lease(SYSTEM, 1, 60, 0)
    _, contents = await by.desk.read(SYSTEM, item.item, item.lease)
    assert [found.content for found in contents] == [DOCUMENT, NOISE, b"small"]
    await by.check()


async def test_a_manifest_is_not_staged_however_large(town: Town) -> None:
    """It is read on arrival; the control, of another type, is staged."""
    content_type, body = await as4(town, NOISE)
    async with uploads(town["BY.GTK"]).begin(Limits()) as upload:
        _, _, opaque = await take(upload, pieces(body), content_type, KEYRING)
        changed = body.replace(b"application/pdf", MEDIA_TYPE.encode())
        parts = await take(upload, pieces(changed), content_type, KEYRING)
        assert (opaque.content, gzip.decompress(parts[2].content)) == (b"", NOISE)
        (fingerprint,) = town["KZ.KGD"].settings.register.own.certificates
        received = Received(Edge.PARTNER, Peer(certificate=fingerprint), b"", "", town.clock.message_id(), parts=parts)
        assert unpack(received, Limits(), KEYRING).payloads[1].content == NOISE


def sealed(content_type: str, body: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The request with its parts encrypted, the last one's ciphertext changed."""
    reader, found = Reader(content_type), []
    for event in reader.feed(body):
        if isinstance(event, MimePart):
            found.append([event.content_id, b""])
        else:
            found[-1][1] += event
    made = encrypt(recipient("x25519").certificate, SEALING, [(cid, "application/gzip") for cid, _ in found[1:]], bytes)
    before, start, rest = body.partition(b"<wsse:Security")
    opening, end, rest = rest.partition(b">")
    body = before + start + opening + end + made.extra + rest
    for cid, content in found[1:]:
        wire = encrypt_whole(made.key, iv_of(made.key, cid), content)
        body = body.replace(content, change(wire) if cid == found[-1][0] else wire, 1)
    return body


def flipped(wire: bytes) -> bytes:
    """One bit of the first octet behind the IV: of what says that it is gzip."""
    return wire[:12] + bytes([wire[12] ^ 1]) + wire[13:]


@pytest.mark.parametrize(
    ("change", "content", "code"),
    [
        (bytes, NOISE, None),
        (flipped, NOISE, ErrorCode.EBMS_0102),
        (bytes, NOISE + b"x", ErrorCode.EBMS_0303),
        (bytes, NOISE + NOISE, ErrorCode.EBMS_0303),
    ],
)
async def test_what_is_wrong_with_decrypted_bytes_is_said_once_they_are_authentic(
    town: Town, change: Callable[[bytes], bytes], content: bytes, code: ErrorCode | None
) -> None:
    """An altered part is EBMS:0102 even where it unpacks to nothing; an authentic one is refused for what it is."""
    content_type, body = await as4(town, content)
    keyring = Keyring((recipient("x25519"),), bytes)
    request = pieces(sealed(content_type, body, change))
    async with uploads(town["BY.GTK"]).begin(replace(Limits(), attachment=len(NOISE))) as upload:
        if code is None:
            assert (await take(upload, request, content_type, keyring))[2].digest == sha256(NOISE).digest()
        else:
            with pytest.raises(Rejected, match=code.code):
                await take(upload, request, content_type, keyring)


async def test_what_is_wrong_with_the_keys_of_a_streamed_message_is_said_of_that_message(town: Town) -> None:
    """Before any part is read; as the same message is taken where its keys are in order (the control above)."""
    content_type, body = await as4(town, NOISE)
    broken = sealed(content_type, body, bytes).replace(b"#aes128-gcm", b"#aes128-cbc")
    async with uploads(town["BY.GTK"]).begin(Limits()) as upload:
        with pytest.raises(Rejected, match="EBMS:0103") as refusal:
            await take(upload, pieces(broken), content_type, Keyring((recipient("x25519"),), bytes))
    assert refusal.value.about.message_id.encode() in body
    assert refusal.value.about.sender == "KZ.KGD"


async def accept(town: Town, parts: tuple[MimePart, ...], upload: Upload, room: int = MB) -> None:
    """BY takes KZ's parts."""
    by = town["BY.GTK"]
    (fingerprint,) = town["KZ.KGD"].settings.register.own.certificates
    peer, fresh = Peer(certificate=fingerprint), by.clock.message_id()
    received = Received(Edge.PARTNER, peer, b"", "", fresh, room=room, parts=parts)
    await by.intake.accept(
        received, lambda known, _: acknowledge(known.identity.message_id, fresh, Micros(1)), upload.hold
    )


async def test_a_repeat_drops_its_staged_copy(town: Town) -> None:
    """It gets the same answer, and the store has the attachment once."""
    content_type, body = await as4(town, NOISE)
    by = town["BY.GTK"]
    for _ in range(2):
        async with uploads(by).begin(Limits()) as upload:
            await accept(town, await take(upload, pieces(body), content_type, KEYRING), upload)
    await by.store.sweep(town.clock.now())
    assert await rows(by, "bodies") == 2
    assert await rows(by, "bodies WHERE staged_at > 0") == 0
    assert (await by.store.entry_counts())["duplicate"] == 1


async def test_a_document_larger_than_its_room_asks_for_memory(town: Town) -> None:
    """What it needs is reserved before it is unpacked; without a hold it is just taken."""
    content_type, body = await as4(town, NOISE)
    by = town["BY.GTK"]
    made = uploads(by)
    async with made.begin(Limits()) as upload:
        parts = await take(upload, pieces(body), content_type, KEYRING)
        await accept(town, parts, upload, room=100)
        assert made.memory.working.free < made.memory.working.most
    assert made.memory.working.free == made.memory.working.most
    async with uploads(by, most=1000).begin(Limits()) as upload:
        with pytest.raises(Rejected) as refusal:
            await accept(town, parts, upload, room=100)
        assert refusal.value.first is ErrorCode.TOO_HEAVY
    (fingerprint,) = town["KZ.KGD"].settings.register.own.certificates
    peer, fresh = Peer(certificate=fingerprint), by.clock.message_id()
    received = Received(Edge.PARTNER, peer, b"", "", fresh, room=100, parts=parts)
    assert (await by.intake.know(received, by.settings.register)).unpacked.payloads[0].content == DOCUMENT


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


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"Content-ID: <a-0@town>", b"Content-ID: <other@town>", "EBMS:0007"),
        (b"application/soap+xml; charset", b"text/plain; charset", "EBMS:0007"),
        (b"eb:PayloadInfo>", b"eb:Other>", "EBMS:0009"),
        (b"--gw-", b"--xx-", "EBMS:0007"),
    ],
)
async def test_a_request_that_does_not_match_its_header_is_refused_while_it_comes(
    town: Town, old: bytes, new: bytes, code: str
) -> None:
    """An unannounced part, no SOAP part, no announcement, no boundary."""
    content_type, body = await as4(town, NOISE)
    async with uploads(town["BY.GTK"]).begin(Limits()) as upload:
        with pytest.raises(Rejected, match=code):
            await take(upload, pieces(body.replace(old, new)), content_type, KEYRING)


async def test_more_parts_than_allowed_are_refused_while_they_come(town: Town) -> None:
    """The third of two is not read."""
    content_type, body = await as4(town, b"1", b"2", b"3")
    for most, allowed in ((2, False), (3, True)):
        async with uploads(town["BY.GTK"]).begin(replace(Limits(), attachments=most)) as upload:
            if allowed:
                assert len(await take(upload, pieces(body), content_type, KEYRING)) == 5
            else:
                with pytest.raises(Rejected, match="EBMS:0007"):
                    await take(upload, pieces(body), content_type, KEYRING)


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


async def test_a_form_of_no_parts_at_all_is_no_message(town: Town) -> None:
    """A closing boundary alone."""
    async with uploads(town["KZ.KGD"]).begin(Limits()) as upload:
        with pytest.raises(Rejected, match="EBMS:0007"):
            await take(upload, pieces(b"--b--\r\n"), "multipart/related; boundary=b", KEYRING)
