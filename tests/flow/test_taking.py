"""An AS4 request as it comes: split, decrypted, staged, and refused as soon as it does not match its header."""

import gzip
import os
from collections.abc import Callable
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
from gateway.flow.sending import Reply, Streamed
from gateway.flow.taking import take
from gateway.flow.upload import Upload
from tests.core.making import KEYRING
from tests.core.wss.recipients import recipient
from tests.flow.test_bodies import DOCUMENT, post
from tests.flow.test_upload import pieces, rows, uploads
from tests.town import SYSTEM, Town

MB = 1024 * 1024
SEALING = Encryption(key="x25519")
NOISE = os.urandom(1_200_000)
TEXT = b"0123456789" * 300_000


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


async def test_a_form_of_no_parts_at_all_is_no_message(town: Town) -> None:
    """A closing boundary alone."""
    async with uploads(town["KZ.KGD"]).begin(Limits()) as upload:
        with pytest.raises(Rejected, match="EBMS:0007"):
            await take(upload, pieces(b"--b--\r\n"), "multipart/related; boundary=b", KEYRING)
