"""What a user message asks for that AS4 does not do, or does in another way: each with its published error (ebMS 3.0 6.7).

The fields of eb:UserMessage are read in `statement`.
"""

import re
from collections.abc import Iterator

from lxml import etree

from gateway.core.ebms import EB, GZIP, S12
from gateway.core.errors import ErrorCode, Fault, Rejected
from gateway.core.fields import named_by
from gateway.core.texts import say

NS, SOAP = f"{{{EB}}}", f"{{{S12}}}"
ENCODING = re.compile(r"[A-Za-z][A-Za-z0-9._-]*", re.ASCII)  # XML 1.0 4.3.3 EncName

# Namespaces of SOAP headers for what AS4 does in its own way, or not at all.
RELIABILITY = (
    "http://docs.oasis-open.org/wsrm/",
    "http://docs.oasis-open.org/ws-rx/",
    "http://schemas.xmlsoap.org/ws/2005/02/rm",
)
BEYOND = (
    "http://docs.oasis-open.org/ebxml-msg/ns/v3.0/mf/",  # split and joined messages
    "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/part2/",  # intermediaries
    "http://docs.oasis-open.org/ebxml-msg/ns/ebms/v3.0/",
)


def faults(messaging: etree._Element) -> list[Fault]:
    """Everything that is wrong with a user message's eb:Messaging and with what stands beside it in the envelope."""
    found = [*_blocks(messaging), *_body(messaging)]
    for user in messaging.iterfind(f"{NS}UserMessage"):
        found += _parts(user)
    return found


def require_plain(messaging: etree._Element) -> None:
    """Rejected with all of its faults."""
    if found := faults(messaging):
        raise Rejected(*found)


def _unsupported(where: str, expected: str) -> Fault:
    return Fault(ErrorCode.EBMS_0008, where, expected=expected)


def _blocks(messaging: etree._Element) -> Iterator[Fault]:
    """SOAP headers of other protocols, whether or not they must be understood."""
    header = messaging.getparent()
    for block in () if header is None else header.iterchildren(etree.Element):
        yield from _block(block)


def _block(block: etree._Element) -> Iterator[Fault]:
    namespace = etree.QName(block).namespace or ""
    if namespace.startswith(RELIABILITY):
        yield Fault(ErrorCode.EBMS_0201, "S12:Header", expected=say("no_reliability_headers"))
    elif namespace.startswith(BEYOND):
        yield _unsupported("S12:Header", say("one_hop_whole"))


def _body(messaging: etree._Element) -> Iterator[Fault]:
    """Payloads travel in MIME parts; the Body is empty (eDelivery AS4 1.4.2.3)."""
    envelope = messaging.getroottree().getroot()
    if envelope.find(f"{SOAP}Body/*") is not None:
        yield _unsupported("S12:Body", say("empty_body"))


def _parts(user: etree._Element) -> Iterator[Fault]:
    """Where the payloads are, and how they are packed (ebMS 5.2.2.13, AS4 3.1)."""
    for number, info in enumerate(user.iterfind(f"{NS}PayloadInfo/{NS}PartInfo"), 1):
        where, href = f"eb:PartInfo[{number}]", info.get("href")
        if href is None:  # in the SOAP Body
            yield _unsupported(where, say("cid"))
        elif not named_by(href):
            yield Fault(ErrorCode.EBMS_0011, where, expected=say("cid"))
        for element in info.iterfind(f"{NS}PartProperties/{NS}Property"):
            yield from _property(where, element.get("name") or "", (element.text or "").strip())


def _property(where: str, name: str, text: str) -> Iterator[Fault]:
    if name == "CompressionType" and text != GZIP:
        yield Fault(ErrorCode.EBMS_0003, f"{where} CompressionType", expected=GZIP)  # as phase4 and Domibus answer
    if name == "CharacterSet" and not ENCODING.fullmatch(text):
        yield Fault(ErrorCode.EBMS_0001, f"{where} CharacterSet", expected=say("encoding_name"))
