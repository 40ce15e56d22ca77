"""Received ► Unpacked: what is stated and what is carried, parsed under the limits."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from io import BytesIO

from lxml import etree

from gateway.core import ebms, header, manifest, soap, statement, xml
from gateway.core.agreement import Limits
from gateway.core.errors import ErrorCode, Rejected, rejected
from gateway.core.fields import named_by, parameters
from gateway.core.inflate import PLAIN_GZIP, Inflation, repacked
from gateway.core.message import MimePart, Payload, Received, Unpacked, Unread, payload
from gateway.core.names import Edge
from gateway.core.soap import Keyring
from gateway.core.texts import say

XML_TYPES = ("application/xml", "text/xml")
EB = f"{{{ebms.EB}}}"
MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+", re.ASCII)
TRAVELLING = ("MimeType", "CompressionType", "CharacterSet", "Digest")  # told to nobody behind (AS4 3.1)
MANIFEST = manifest.LARGEST  # a manifest is read: one that is larger does not fit its document
LONGEST_NAME = 255
HELD = 1024 * 1024  # bytes of an attachment's content that are held beside its gzip bytes


@dataclass(frozen=True, slots=True)
class Room:
    """The largest content that is allowed, and that is held in memory."""

    allowed: int
    held: int
    document: bool  # held as a whole, or Outgrown
    where: str = ""  # in a fault: never a Content-ID, which may be made of the content's digest (EA-2.2)


class Outgrown(Exception):  # noqa: N818 - a participle
    """The document is larger than there is room for: it is as large as this, and room must be made first."""

    def __init__(self, size: int) -> None:
        """The bytes it will have; it is held to that."""
        super().__init__(size)
        self.size = size


def unpack(received: Received, limits: Limits, keyring: Keyring) -> Unpacked:
    """The statement and the payloads of a body from either edge."""
    return UNPACKERS[received.edge](received, limits, keyring)


def _from_national(received: Received, limits: Limits, _: Keyring) -> Unpacked:
    if received.content_type.partition(";")[0].strip().lower() not in XML_TYPES:
        raise rejected(ErrorCode.WRONG_CONTENT_TYPE, "Content-Type", " | ".join(XML_TYPES))
    root = xml.parse(received.body, limits)
    document = payload("", XML_TYPES[0], received.body)
    return Unpacked(
        received.edge,
        received.peer,
        received.stated,
        root,
        (document, *received.attachments),
        xml.exact(received.body),
        received.fresh_id,
    )


def _from_partner(received: Received, limits: Limits, keyring: Keyring) -> Unpacked:
    wrapped = soap.read(received, limits)
    user = soap.user_message(wrapped.envelope)
    stated = statement.read(user)
    try:
        wrapped = soap.opened(wrapped, keyring)
    except Rejected as refusal:
        raise Unread(*refusal.faults, stated=stated, peer=received.peer) from None
    try:
        header.require_plain(soap.messaging(wrapped.envelope))
        payloads = _payloads(user, wrapped.parts, limits, received.room)
        root = xml.parse(payloads[0].content, limits) if payloads else None
    except Rejected as refusal:
        raise Unread(*refusal.faults, stated=stated, peer=received.peer, wrapped=wrapped) from None
    same = bool(payloads) and xml.exact(payloads[0].content)
    return Unpacked(received.edge, received.peer, stated, root, payloads, same, received.fresh_id, wrapped)


UNPACKERS = {Edge.NATIONAL: _from_national, Edge.PARTNER: _from_partner}


def _payloads(user: etree._Element, parts: tuple[MimePart, ...], limits: Limits, room: int) -> tuple[Payload, ...]:
    """The payloads in the order of eb:PartInfo, decompressed, each equal to the digest stated for it (EA-3.5)."""
    by_id = {part.content_id: part for part in parts}
    infos = user.findall(f"{EB}PayloadInfo/{EB}PartInfo")
    if len(infos) > limits.attachments + 1:
        raise rejected(ErrorCode.EBMS_0007, "eb:PayloadInfo", say("at_most_parts", n=limits.attachments + 1))
    named = {info.get("href") or "" for info in infos}
    named = {named_by(href) or href for href in named}
    if len(by_id) != len(parts) or len(parts) != len(infos) or len(named) != len(infos):
        raise rejected(ErrorCode.EBMS_0007, "eb:PayloadInfo", say("named_parts"))
    found: list[Payload] = []
    left = limits.message
    for info in infos:
        allowed, held = (limits.attachment, HELD) if found else (limits.body, room)
        where = f"eb:PartInfo[{len(found) + 1}]"
        found.append(_payload(info, by_id, Room(min(allowed, left), held, document=not found, where=where)))
        left -= found[-1].size
    if found and found[0].media_type not in XML_TYPES:
        raise rejected(ErrorCode.EBMS_0007, "MimeType", say("first_part", types=" | ".join(XML_TYPES)))
    return tuple(found)


def _payload(info: etree._Element, by_id: Mapping[str, MimePart], room: Room) -> Payload:
    part = by_id.get(named_by(info.get("href") or ""))  # that it is a cid: URL, `header` has seen to
    if part is None:
        raise rejected(ErrorCode.EBMS_0007, "eb:PartInfo/@href", say("content_id"))
    stated = statement.part_properties(info, room.where)
    properties = {each.name: each.value for each in stated}
    compressed = properties.get("CompressionType") == ebms.GZIP
    kind = properties.get("MimeType") or ("" if compressed else part.media_type)
    media_type = kind.partition(";")[0].strip().lower()
    if media_type and not MEDIA_TYPE.fullmatch(media_type):
        raise rejected(ErrorCode.EBMS_0007, "MimeType", "type/subtype")
    if not media_type:
        raise rejected(ErrorCode.EBMS_0303, "eb:PartProperties", say("type_of_packed"))
    # AS4 5.1.9: the MIME part itself may name the file, too.
    _, disposition = parameters(part.headers.get("content-disposition", ""))
    name = properties.get("FileName", "") or disposition.get("filename", "")[:LONGEST_NAME]
    found = _carried(part, media_type, name, room, compressed=compressed)
    # Where messages are not signed, the digest travels as a part property.
    if properties.get("Digest", "") not in {"", base64.b64encode(found.digest).decode()}:
        raise rejected(ErrorCode.EBMS_0103, room.where, say("digest_property"))
    return replace(found, properties=tuple(each for each in stated if each.name not in TRAVELLING))


def _carried(part: MimePart, media_type: str, name: str, room: Room, *, compressed: bool) -> Payload:
    """What a part carries: its content; of a large attachment only the gzip bytes; or where it is staged."""
    staged = part.staged
    if staged is not None:
        return Payload(part.content_id, media_type, b"", part.digest, staged.size, name, b"", staged)
    size = int.from_bytes(part.content[-4:], "little") if compressed else len(part.content)  # RFC 1952 2.3.1: ISIZE
    if size > room.allowed and not compressed:
        raise rejected(ErrorCode.TOO_LARGE, room.where, say("at_most_bytes", n=room.allowed))
    if room.document and room.held < size <= room.allowed:
        raise Outgrown(size)
    return (
        _inflated(part, media_type, name, room)
        if compressed
        else payload(part.content_id, media_type, part.content, name)
    )


def _inflated(part: MimePart, media_type: str, name: str, room: Room) -> Payload:
    allowed = min(room.allowed, room.held) if room.document and room.held < room.allowed else room.allowed
    held = MANIFEST if media_type == manifest.MEDIA_TYPE else room.held
    inflation, content = Inflation(allowed), BytesIO()  # whose value is not copied
    for piece in inflation.feed(part.content):
        if inflation.size <= held:
            content.write(piece)
    inflation.finish()
    whole = content.getvalue() if inflation.size <= held else b""
    packed = part.content if part.content[3:4] == PLAIN_GZIP else b""
    if not packed and not whole:
        packed = repacked(part.content, room.allowed)
    return Payload(part.content_id, media_type, whole, inflation.digest, inflation.size, name, packed)
