"""What is fuzzed: each target takes any bytes, and lets nothing out but what must never be."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

from lxml import etree

from gateway.core import ebms, receipt, xml
from gateway.core.errors import Rejected
from gateway.core.fields import named_by
from gateway.core.identify import identify
from gateway.core.message import Peer, Received, Stated
from gateway.core.mime import Reader, split
from gateway.core.names import Edge, MessageId
from gateway.core.reference import Reference
from gateway.core.schedule import signalled
from gateway.core.security import prove
from gateway.core.soap import Keyring
from gateway.core.soap_fault import fault_code
from gateway.core.unpack import unpack
from gateway.core.wss import canonical, ciphers
from gateway.core.wss.decrypt import open_keys, require_encrypted
from gateway.core.wss.names import BODY, HEADER, MESSAGING
from gateway.core.wss.verify import verify
from gateway.flow import outcome
from gateway.flow.sending import Reply
from tests.core.making import FRESH, NOW
from tests.core.wss.making import EVERY, carried, signer
from tests.core.wss.recipients import drawn, recipient
from tests.fuzz import seeds
from tests.fuzz.mutation import bytes_changed, certificates_changed, elements_changed
from tests.reading import messaging

LIMITS = seeds.LIMITS
Parts = list[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Target:
    """A parser, what to begin with, and how to change it."""

    run: Callable[[bytes], None]
    seeds: Callable[[], Sequence[bytes]]
    change: Callable[[bytes, Random], bytes]


def _mime(data: bytes) -> None:
    """Whole and in pieces: the same parts, or a refusal both times."""
    first, _, body = data.partition(b"\n")
    content_type = first.decode("utf-8", "surrogateescape")
    whole, piecewise = _parts(content_type, body, len(body) or 1), _parts(content_type, body, 1 + len(data) % 23)
    if whole != piecewise:
        raise AssertionError("pieces make other parts than the whole")
    if whole is not None and whole != [(part.content_id, part.content) for part in split(body, content_type)]:
        raise AssertionError("split makes other parts than the reader")


def _parts(content_type: str, body: bytes, step: int) -> Parts | None:
    found: Parts = []
    try:
        reader = Reader(content_type)
        for at in range(0, len(body), step):
            for event in reader.feed(body[at : at + step]):
                if isinstance(event, bytes):
                    found[-1] = (found[-1][0], found[-1][1] + event)
                else:
                    found.append((event.content_id, b""))
        reader.finish()
    except Rejected:
        return None
    return found


def _signal(data: bytes) -> None:
    try:
        found = ebms.read_signal(messaging(data, ebms.SOAP_TYPE, LIMITS)[0])
    except Rejected:
        return
    for reference in found.references if found else ():
        named_by(reference.uri)


def _unpack(data: bytes) -> None:
    first, _, body = data.partition(b"\n")
    received = Received(Edge.PARTNER, Peer(), body, first.decode("utf-8", "surrogateescape"), FRESH)
    try:
        unpack(received, LIMITS, Keyring([recipient("rsa"), recipient("x25519")], bytes))
    except Rejected:
        return


def _decrypt(data: bytes) -> None:
    openers = [recipient("rsa"), recipient("x25519")]
    try:
        root = xml.parse(data, LIMITS)
        for security in root.iter(f"{{{ciphers.WSSE}}}Security"):
            require_encrypted(open_keys(security, openers, bytes), [seeds.CID])
    except Rejected:
        return


def _verify(data: bytes) -> None:
    """Refused, or verified: then Messaging and Body are the ones that were signed, to the byte."""
    parts, known = carried(), [signer(kind).chain[0] for kind in ("p256", "ed25519", "rsa", "p384")]
    try:
        envelope = xml.parse(data, LIMITS)
        verify(envelope, parts, EVERY, known)
    except Rejected:
        return
    if _read(envelope) != _signed_elements():
        raise AssertionError("what is verified is not what was signed")


@cache
def _signed_elements() -> list[bytes]:
    return _read(xml.parse(seeds.soap()[0], LIMITS))


def _read(envelope: etree._Element) -> list[bytes]:
    """What the gateway goes on to read."""
    return [canonical.element(found) for path in (f"{HEADER}/{MESSAGING}", BODY) for found in envelope.findall(path)]


def _request(data: bytes) -> None:
    """Refused, or proven: then every field and every payload is the one that was sent."""
    first, _, body = data.partition(b"\n")
    found = _proven(first.decode("utf-8", "surrogateescape"), body)
    if found is not None and found != _sent():
        raise AssertionError("what is taken is not what was sent")


def _proven(content_type: str, body: bytes) -> tuple[Stated, list[tuple[str, str, bytes]]] | None:
    register, _ = seeds.agreed()
    received = Received(Edge.PARTNER, seeds.PEER, body, content_type, FRESH)
    try:
        known = identify(received, register, Keyring(register.openers, drawn), NOW)
    except Rejected:
        return None
    return known.unpacked.stated, [(one.cid, one.media_type, one.content) for one in known.unpacked.payloads]


def _answer(data: bytes) -> None:
    """What a sender makes of it: a receipt that counts is the one that was signed."""
    first, _, body = data.partition(b"\n")
    reply = Reply(200, body, first.decode("utf-8", "surrogateescape"))
    fault_code(reply.body, reply.content_type, LIMITS)
    said, (register, party) = outcome.read(reply), seeds.agreed()
    if said is None:
        return
    signalled(said.signal, "m@x")
    try:
        prove(said.wrapped, (party, seeds.SIGNED), register, NOW)
    except Rejected:
        return
    expected = [Reference(f"cid:{seeds.CID}", b"d" * 32)]
    if said.signal.receipt and receipt.confirms(said.signal, MessageId("m@x"), expected) is not None:
        raise AssertionError("a receipt that is proven is another one")


@cache
def _sent() -> object:
    first, _, body = seeds.requests()[0].partition(b"\n")
    return _proven(first.decode(), body)


def _soap_part_changed(data: bytes, dice: Random) -> bytes:
    """One time in eight a certificate; else half the time the bytes, half the time the elements of the SOAP part."""
    start, end = data.find(b"<?xml"), data.find(b"</S12:Envelope>")
    if dice.random() < 0.125:
        return certificates_changed(data, dice)
    if dice.random() < 0.5 or min(start, end) < 0:
        return bytes_changed(data, dice)
    end += len(b"</S12:Envelope>")
    return data[:start] + elements_changed(data[start:end], dice) + data[end:]


def _document_changed(data: bytes, dice: Random) -> bytes:
    """One time in four the bytes, one in eight a certificate, otherwise the elements."""
    way = dice.random()
    if way < 0.125:
        return certificates_changed(data, dice)
    return bytes_changed(data, dice) if way < 0.375 else elements_changed(data, dice)


TARGETS: Mapping[str, Target] = {
    "mime": Target(_mime, seeds.mime, bytes_changed),
    "signal": Target(_signal, seeds.soap, _document_changed),
    "unpack": Target(_unpack, seeds.mime, _soap_part_changed),
    "verify": Target(_verify, seeds.signed, _document_changed),
    "request": Target(_request, seeds.requests, _soap_part_changed),
    "answer": Target(_answer, seeds.answers, _soap_part_changed),
    "decrypt": Target(_decrypt, seeds.encrypted, _document_changed),
}
