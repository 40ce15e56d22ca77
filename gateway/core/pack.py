"""A stored message ► the bytes of its AS4 request: made once, kept, and sent again byte for byte (AS4 3.2)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Protocol

from gateway.core import ebms
from gateway.core.agreement import Party, Register
from gateway.core.message import Header
from gateway.core.pmode import PMode
from gateway.core.security import protect
from gateway.core.wire import Described
from gateway.core.wss.gcm import encrypt_whole, iv_of
from gateway.core.wss.keywrap import Randomness
from gateway.core.wss.sign import PartDigest


@dataclass(frozen=True, slots=True)
class Pack:
    """What must be kept to send the same bytes again; the parts stay where they are stored."""

    content_type: str
    soap: bytes
    secured: str = ""  # what it was signed and encrypted by, and until when that holds; empty: unsigned
    content_key: bytes = field(default=b"", repr=False)  # of the encrypted parts; empty: they are not encrypted


class Sent(Described, Protocol):
    """A payload as it is stored."""

    @property
    def packed_digest(self) -> bytes:
        """SHA-256 of its gzip bytes."""


def pack(
    header: Header, parts: Sequence[Sent], to: tuple[Party, PMode], register: Register, chance: Randomness
) -> Pack:
    """The SOAP part for a message, secured as the P-Mode asks, and the request's content type."""
    # Over everything that is sent: no content can hold a boundary that depends on all of it.
    seed = sha256(header.message_id.encode() + b"".join(part.digest for part in parts))
    boundary = f"gw-{seed.hexdigest()[:32]}"
    start = f"soap.{header.message_id}"
    content_type = (
        f'multipart/related; boundary="{boundary}"; type="{ebms.SOAP_TYPE}"; start="<{start}>"; charset=UTF-8'
    )
    return _secured(Pack(content_type, ebms.write_user_message(header, parts, to[1])), parts, to, register, chance)


def resecured(
    kept: Pack, parts: Sequence[Sent], to: tuple[Party, PMode], register: Register, chance: Randomness
) -> Pack:
    """The same Messaging, Body and parts, secured anew: so that duplicate elimination and receipts still match."""
    return _secured(kept, parts, to, register, chance)


def _secured(
    made: Pack, parts: Sequence[Sent], to: tuple[Party, PMode], register: Register, chance: Randomness
) -> Pack:
    digests = [PartDigest(part.cid, part.packed_digest) for part in parts]
    found = protect(made.soap, digests, to, register, chance)
    return Pack(made.content_type, found.soap, str(found.secured), found.content_key)


def on_wire(packed: Pack, cid: str, content: bytes) -> bytes:
    """A part's gzip bytes as they are sent: encrypted, where the message is."""
    return encrypt_whole(packed.content_key, iv_of(packed.content_key, cid), content) if packed.content_key else content


def body(packed: Pack, parts: Sequence[tuple[str, bytes]]) -> bytes:
    """The whole request: the SOAP part, then each (cid, gzip bytes)."""
    heads, end = frame(packed, [cid for cid, _ in parts])
    contents = [on_wire(packed, cid, content) for cid, content in parts] or [b""]
    return b"".join([piece for pair in zip(heads, contents, strict=True) for piece in pair] + [end])


def frame(packed: Pack, cids: Sequence[str]) -> tuple[list[bytes], bytes]:
    """What stands before each part's gzip bytes (the SOAP part before the first), and the end."""
    boundary = packed.content_type.partition('boundary="')[2].partition('"')[0].encode()
    start = packed.content_type.partition('start="')[2].partition('"')[0].encode()
    soap = (
        b"--%s\r\nContent-Type: application/soap+xml; charset=UTF-8\r\nContent-Transfer-Encoding: binary\r\n"
        b"Content-ID: %s\r\n\r\n" % (boundary, start)
    ) + packed.soap
    media_type = b"application/octet-stream" if packed.content_key else b"application/gzip"
    heads = [
        b"\r\n--%s\r\nContent-Type: %s\r\nContent-Transfer-Encoding: binary\r\n"
        b"Content-ID: <%s>\r\n\r\n" % (boundary, media_type, cid.encode())
        for cid in cids
    ]
    return [soap + (heads[0] if heads else b""), *heads[1:]], b"\r\n--%s--\r\n" % boundary
