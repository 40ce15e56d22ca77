"""The SOAP envelope of an AS4 request and the MIME parts beside it: found, parsed under the limits, decrypted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lxml import etree

from gateway.core import ebms, manifest, mime, statement, xml
from gateway.core.agreement import Limits
from gateway.core.errors import ErrorCode, Refused, Rejected, rejected
from gateway.core.fields import named_by
from gateway.core.message import MimePart, Received, Wrapped
from gateway.core.reference import DS
from gateway.core.reference import read as read_reference
from gateway.core.texts import say
from gateway.core.wss import gcm
from gateway.core.wss.algorithms import digest_name
from gateway.core.wss.decrypt import PartKey, open_keys
from gateway.core.wss.keywrap import Opener, Randomness
from gateway.core.wss.names import WSSE

EB = f"{{{ebms.EB}}}"
HEADER = f"{{{ebms.S12}}}Header"
SECURITY = f"{HEADER}/{{{WSSE}}}Security"
OCTETS = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Keyring:
    """Our keys that messages are encrypted to, and the chance that stands in for one that does not open."""

    openers: Sequence[Opener]
    randomness: Randomness


@dataclass(frozen=True, slots=True)
class Announced:
    """What the SOAP part says about a part that will come."""

    compressed: bool
    manifest: bool
    digest: str  # by which method its signature covers it; empty: it does not
    key: PartKey | None  # None: it is not encrypted


def read(received: Received, limits: Limits) -> Wrapped:
    """The envelope and the other parts of a request as they came."""
    if received.parts:
        return _wrapped(received.parts, limits)
    return split(received.body, received.content_type, limits)


def split(body: bytes, content_type: str, limits: Limits) -> Wrapped:
    """The envelope of a SOAP body, plain or in MIME, and the MIME parts beside it."""
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == "multipart/related":
        parts = mime.split(body, content_type)
    elif media_type == ebms.SOAP_TYPE:
        parts = (MimePart({"content-type": ebms.SOAP_TYPE}, body),)
    else:
        raise rejected(ErrorCode.EBMS_0007, "Content-Type", "multipart/related | application/soap+xml")
    return _wrapped(parts, limits)


def messaging(envelope: etree._Element) -> etree._Element:
    """The one eb:Messaging element."""
    statement.understand(envelope)
    found = envelope.findall(f"{HEADER}/{EB}Messaging")
    if len(found) != 1:
        raise rejected(ErrorCode.EBMS_0009, "S12:Header", say("one_element", name="eb:Messaging"))
    return found[0]


def opened(wrapped: Wrapped, keyring: Keyring) -> Wrapped:
    """The request with every encrypted part decrypted; EBMS:0102 where one cannot be."""
    if any(part.encrypted for part in wrapped.parts):
        return wrapped  # as it came
    keys = _keys(wrapped.envelope, keyring)
    if keys.keys() - {part.content_id for part in wrapped.parts}:
        raise rejected(ErrorCode.EBMS_0007, "xenc:CipherReference", say("content_id"))
    return replace(wrapped, parts=tuple(_opened(part, keys.get(part.content_id)) for part in wrapped.parts))


def user_message(envelope: etree._Element) -> etree._Element:
    """The one eb:UserMessage."""
    found = messaging(envelope).findall(f"{EB}UserMessage")
    if len(found) != 1:
        raise rejected(ErrorCode.EBMS_0009, "eb:Messaging", say("one_element", name="eb:UserMessage"))
    return found[0]


def announced(soap: MimePart, limits: Limits, keyring: Keyring) -> tuple[Refused, dict[str, Announced]]:
    """What a message's SOAP part says it is, and what will come, by Content-ID, in the order of eb:PartInfo."""
    envelope = _envelope(soap, limits)
    user = user_message(envelope)
    stated = statement.read(user)
    about = Refused(stated.message_id, stated.sender, stated.action)
    try:
        keys, digests = _keys(envelope, keyring), _digests(envelope)
    except Rejected as refusal:
        raise Rejected(*refusal.faults, about=about) from None
    return about, {
        cid: Announced(
            found.get("CompressionType") == ebms.GZIP,
            found.get("MimeType") == manifest.MEDIA_TYPE,
            digests.get(cid, ""),
            keys.get(cid),
        )
        for info in user.iterfind(f"{EB}PayloadInfo/{EB}PartInfo")
        for cid, found in [(named_by(info.get("href") or ""), properties(info))]
    }


def plain(head: MimePart, key: PartKey) -> MimePart:
    """The head of a part once it is decrypted: of the type that it had before."""
    return MimePart({**head.headers, "content-type": key.media_type or OCTETS}, head.content, encrypted=True)


def properties(info: etree._Element) -> dict[str, str]:
    """The part properties of an eb:PartInfo."""
    return {
        element.get("name") or "": (element.text or "").strip()
        for element in info.iterfind(f"{EB}PartProperties/{EB}Property")
    }


def _wrapped(parts: Sequence[MimePart], limits: Limits) -> Wrapped:
    return Wrapped(_envelope(parts[0], limits), tuple(parts[1:]), parts[0].content)


def _envelope(part: MimePart, limits: Limits) -> etree._Element:
    if part.media_type != ebms.SOAP_TYPE:
        raise rejected(ErrorCode.EBMS_0007, "first part", "application/soap+xml")
    try:
        return xml.parse(part.content, limits)
    except Rejected as refusal:
        raise rejected(ErrorCode.EBMS_0009, "SOAP part", refusal.faults[0].code.meaning) from None


def _keys(envelope: etree._Element, keyring: Keyring) -> Mapping[str, PartKey]:
    security = envelope.find(SECURITY)
    return {} if security is None else open_keys(security, keyring.openers, keyring.randomness)


def _digests(envelope: etree._Element) -> dict[str, str]:
    path = f"{SECURITY}/{{{DS}}}Signature/{{{DS}}}SignedInfo/{{{DS}}}Reference"
    found = map(read_reference, envelope.iterfind(path))
    return {named_by(each.uri): digest_name(each.method) for each in found}


def _opened(part: MimePart, key: PartKey | None) -> MimePart:
    return part if key is None else replace(plain(part, key), content=gcm.decrypt_whole(key.key, part.content))
