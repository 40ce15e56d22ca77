"""What a partner's answer is made of, before anybody believes it: for the doctor, who has to say what is wrong with it."""

from dataclasses import dataclass

from lxml import etree

from gateway.core import ebms, soap
from gateway.core.agreement import Limits
from gateway.core.ebms import Signal
from gateway.core.errors import Rejected
from gateway.core.names import Micros

DS = "http://www.w3.org/2000/09/xmldsig#"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
LIMITS = Limits(body=1024 * 1024)
MESSAGING, BODY = "eb:Messaging", "S12:Body"
DUPLICATE = "EBMS:4001"


@dataclass(frozen=True, slots=True)
class Heard:
    """An AS4 signal as it came."""

    signal: Signal
    signed: bool
    uncovered: tuple[str, ...]  # of eb:Messaging and the Body, where there is a signature
    timestamp: Micros | None

    @property
    def codes(self) -> tuple[str, ...]:
        """The published codes of its errors."""
        return tuple(published for _, published, _ in self.signal.errors)

    @property
    def words(self) -> str:
        """What its errors say."""
        return "; ".join(detail for _, _, detail in self.signal.errors if detail)


def heard(body: bytes, content_type: str) -> Heard | None:
    """The signal in an answer; None where there is none."""
    try:
        header = soap.messaging(soap.split(body, content_type, LIMITS).envelope)
    except Rejected:
        return None
    signal = ebms.read_signal(header)
    if signal is None:
        return None
    envelope = header.getroottree().getroot()
    signatures = list(envelope.iter(f"{{{DS}}}SignedInfo"))
    parts = {MESSAGING: header, BODY: envelope.find(f"{{{ebms.S12}}}Body")}
    covered = {reference.get("URI", "") for each in signatures for reference in each.iterfind(f"{{{DS}}}Reference")}
    missed = tuple(name for name, element in parts.items() if signatures and _target(element) not in covered)
    return Heard(signal, bool(signatures), missed, _instant(header))


def _target(element: etree._Element | None) -> str:
    """How a signature refers to the element."""
    found = "" if element is None else element.get(f"{{{WSU}}}Id") or element.get("Id") or ""
    return f"#{found}"


def _instant(header: etree._Element) -> Micros | None:
    text = header.findtext(f".//{{{ebms.EB}}}MessageInfo/{{{ebms.EB}}}Timestamp") or ""
    try:
        return ebms.instant(text)
    except ValueError:
        return None
