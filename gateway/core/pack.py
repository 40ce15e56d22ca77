"""A stored message ► the bytes of its AS4 request: made once, kept, and sent again byte for byte (AS4 3.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from gateway.core import ebms
from gateway.core.message import Described, Header


@dataclass(frozen=True, slots=True)
class Pack:
    """What must be kept to send the same bytes again; the parts stay where they are stored."""

    content_type: str
    soap: bytes


def pack(header: Header, parts: Sequence[Described]) -> Pack:
    """The SOAP part for a message, and the request's content type. Step WS-Security signs here."""
    # Over everything that is sent: no content can hold a boundary that depends on all of it.
    seed = sha256(header.message_id.encode() + b"".join(part.digest for part in parts))
    boundary = f"gw-{seed.hexdigest()[:32]}"
    start = f"soap.{header.message_id}"
    content_type = (
        f'multipart/related; boundary="{boundary}"; type="{ebms.SOAP_TYPE}"; start="<{start}>"; charset=UTF-8'
    )
    return Pack(content_type, ebms.write_user_message(header, parts))


def body(packed: Pack, parts: Sequence[tuple[str, bytes]]) -> bytes:
    """The whole request: the SOAP part, then each (cid, gzip bytes)."""
    heads, end = frame(packed, [cid for cid, _ in parts])
    contents = [content for _, content in parts] or [b""]
    return b"".join([piece for pair in zip(heads, contents, strict=True) for piece in pair] + [end])


def frame(packed: Pack, cids: Sequence[str]) -> tuple[list[bytes], bytes]:
    """What stands before each part's gzip bytes (the SOAP part before the first), and the end."""
    boundary = packed.content_type.partition('boundary="')[2].partition('"')[0].encode()
    start = packed.content_type.partition('start="')[2].partition('"')[0].encode()
    soap = (
        b"--%s\r\nContent-Type: application/soap+xml; charset=UTF-8\r\nContent-Transfer-Encoding: binary\r\n"
        b"Content-ID: %s\r\n\r\n" % (boundary, start)
    ) + packed.soap
    heads = [
        b"\r\n--%s\r\nContent-Type: application/gzip\r\nContent-Transfer-Encoding: binary\r\n"
        b"Content-ID: <%s>\r\n\r\n" % (boundary, cid.encode())
        for cid in cids
    ]
    return [soap + (heads[0] if heads else b""), *heads[1:]], b"\r\n--%s--\r\n" % boundary
