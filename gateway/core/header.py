"""What an ebMS header may not say: each published error of reading it, by what stands there (ebMS 3.0 5.2.2, 6.7).

Nothing here needs to know the parties or their P-Modes.
"""

import re
from collections.abc import Iterator

from lxml import etree

from gateway.core.ebms import EB, GZIP, S12, TEST_SERVICE
from gateway.core.errors import ErrorCode, Fault
from gateway.core.texts import say

NS, SOAP = f"{{{EB}}}", f"{{{S12}}}"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+", re.ASCII)
ENCODING = re.compile(r"[A-Za-z][A-Za-z0-9._-]*", re.ASCII)  # XML 1.0 4.3.3 EncName
TRUE = frozenset({"true", "1"})
HEADERS = frozenset({f"{NS}Messaging", f"{{{WSSE}}}Security"})  # those that are understood

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
        found += [*_parties(user), *_service(user), *_parts(user)]
    return found


def _unsupported(where: str, expected: str) -> Fault:
    return Fault(ErrorCode.EBMS_0008, where, expected=expected)


def _blocks(messaging: etree._Element) -> Iterator[Fault]:
    """SOAP headers of other protocols, and those that nobody may pass over (SOAP 1.2 part 1 5.2.3)."""
    for block in messaging.itersiblings(etree.Element, preceding=True):
        yield from _block(block)
    for block in messaging.itersiblings(etree.Element):
        yield from _block(block)


def _block(block: etree._Element) -> Iterator[Fault]:
    namespace = etree.QName(block).namespace or ""
    if namespace.startswith(RELIABILITY):
        yield Fault(ErrorCode.EBMS_0201, "S12:Header", expected=say("no_reliability_headers"))
    elif namespace.startswith(BEYOND):
        yield _unsupported("S12:Header", say("one_hop_whole"))
    elif block.get(f"{SOAP}mustUnderstand", "").strip() in TRUE and block.tag not in HEADERS:
        yield _unsupported("S12:Header", say("understood_headers"))


def _body(messaging: etree._Element) -> Iterator[Fault]:
    """Payloads travel in MIME parts; the Body is empty (eDelivery AS4 1.4.2.3)."""
    envelope = messaging.getroottree().getroot()
    if envelope.find(f"{SOAP}Body/*") is not None:
        yield _unsupported("S12:Body", say("empty_body"))


def _parties(user: etree._Element) -> Iterator[Fault]:
    """A PartyId without type is a URI (ebMS 5.2.2.4)."""
    for side in ("From", "To"):
        party = user.find(f"{NS}PartyInfo/{NS}{side}/{NS}PartyId")
        if party is not None and not _typed(party):
            yield Fault(ErrorCode.EBMS_0003, f"eb:{side}/eb:PartyId", expected=say("type_or_uri"))


def _service(user: etree._Element) -> Iterator[Fault]:
    """A Service without type is a URI (ebMS 5.2.2.8); the action `test` is that of the test service (5.2.2.9)."""
    service = user.find(f"{NS}CollaborationInfo/{NS}Service")
    if service is None:
        return
    if not _typed(service):
        yield Fault(ErrorCode.EBMS_0003, "eb:Service", expected=say("type_or_uri"))
    action = (user.findtext(f"{NS}CollaborationInfo/{NS}Action") or "").strip()
    if action == f"{EB}test" and (service.text or "").strip() != TEST_SERVICE:
        yield Fault(ErrorCode.EBMS_0003, "eb:Action", expected=say("test_service"))


def _typed(element: etree._Element) -> bool:
    """Whether it has a type, or is a URI; an empty one is missing, which is told elsewhere."""
    text = (element.text or "").strip()
    return not text or bool((element.get("type") or "").strip()) or URI.fullmatch(text) is not None


def _parts(user: etree._Element) -> Iterator[Fault]:
    """Where the payloads are, and how they are packed (ebMS 5.2.2.13, AS4 3.1)."""
    for number, info in enumerate(user.iterfind(f"{NS}PayloadInfo/{NS}PartInfo"), 1):
        where, href = f"eb:PartInfo[{number}]", info.get("href")
        if href is None:  # in the SOAP Body
            yield _unsupported(where, say("cid"))
        elif not href.startswith("cid:"):
            yield Fault(ErrorCode.EBMS_0011, where, expected=say("cid"))
        for element in info.iterfind(f"{NS}PartProperties/{NS}Property"):
            yield from _property(where, element.get("name") or "", (element.text or "").strip())


def _property(where: str, name: str, text: str) -> Iterator[Fault]:
    if name == "CompressionType" and text != GZIP:
        yield Fault(ErrorCode.EBMS_0001, f"{where} CompressionType", expected=GZIP)
    if name == "CharacterSet" and not ENCODING.fullmatch(text):
        yield Fault(ErrorCode.EBMS_0001, f"{where} CharacterSet", expected=say("encoding_name"))
