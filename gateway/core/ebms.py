"""The ebMS 3.0 header and signals as XML: written as text with everything escaped, read with lxml.

The wire's own vocabulary (namespaces, property names) stands here and nowhere else.
"""

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from gateway.core import reference
from gateway.core.errors import BY_CODE, ErrorCode, Fault
from gateway.core.language import Language
from gateway.core.message import Described, Header
from gateway.core.names import Micros
from gateway.core.reference import DS, SHA256, Reference
from gateway.core.texts import told

S12 = "http://www.w3.org/2003/05/soap-envelope"
EB = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/"
EBBP = "http://docs.oasis-open.org/ebxml-bp/ebbp-signals-2.0"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
NS = {"S12": S12, "eb": EB, "ebbp": EBBP, "ds": DS, "wsu": WSU}

PARTY_TYPE = "urn:oasis:names:tc:ebcore:partyid-type:unregistered:eurasec-gw"
INITIATOR, RESPONDER = EB + "initiator", EB + "responder"
TEST_SERVICE, TEST_ACTION = EB + "service", EB + "test"
SOAP_TYPE = "application/soap+xml"
REFERENCES = "<!--references-->"
GZIP = "application/gzip"

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST = (datetime(9999, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})", re.ASCII)

_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<S12:Envelope xmlns:S12="{S12}" xmlns:eb="{EB}" xmlns:wsu="{WSU}"><S12:Header>'
    '<eb:Messaging S12:mustUnderstand="true" wsu:Id="messaging">%s</eb:Messaging>'
    '</S12:Header><S12:Body wsu:Id="body"/></S12:Envelope>'
)


@dataclass(frozen=True, slots=True)
class Signal:
    """A receipt or errors about one message."""

    ref_to_message_id: str
    references: tuple[Reference, ...]
    errors: tuple[tuple[ErrorCode | None, str, str], ...]  # catalogue row if known, published code, detail
    receipt: bool


def write_user_message(header: Header, parts: Sequence[Described]) -> bytes:
    """The SOAP part of a user message (ebMS 5.2.2); parts travel in the MIME parts named by their cids."""
    info = "".join(_part_info(part) for part in parts)
    body = (
        "<eb:UserMessage>"
        f"{_message_info(header.timestamp, header.message_id, header.ref_to_message_id)}"
        "<eb:PartyInfo>"
        f"{_party('From', header.sender, INITIATOR)}{_party('To', header.recipient, RESPONDER)}"
        "</eb:PartyInfo><eb:CollaborationInfo>"
        f"{_optional('AgreementRef', header.agreement)}"
        f"<eb:Service>{escape(header.service)}</eb:Service><eb:Action>{escape(header.action)}</eb:Action>"
        f"<eb:ConversationId>{escape(header.conversation_id)}</eb:ConversationId></eb:CollaborationInfo>"
        f"<eb:MessageProperties>{''.join(map(_property, _properties(header)))}</eb:MessageProperties>"
        + (f"<eb:PayloadInfo>{info}</eb:PayloadInfo>" if info else "")
        + "</eb:UserMessage>"
    )
    return (_ENVELOPE % body).encode()


def write_receipt(message_id: str, timestamp: Micros, ref: str) -> bytes:
    """An unsigned receipt (AS4 5.1.8; docs/decisions.md) without its references: they are filled in when it is sent."""
    body = (
        f"<eb:SignalMessage>{_message_info(timestamp, message_id, ref)}<eb:Receipt>"
        f'<ebbp:NonRepudiationInformation xmlns:ebbp="{EBBP}" xmlns:ds="{DS}">{REFERENCES}</ebbp:NonRepudiationInformation>'
        "</eb:Receipt></eb:SignalMessage>"
    )
    return (_ENVELOPE % body).encode()


def fill_receipt(receipt: bytes, references: Iterable[Reference]) -> bytes:
    """The receipt with the digest of every part that arrived."""
    rows = "".join(
        f"<ebbp:MessagePartNRInformation>{row.write()}</ebbp:MessagePartNRInformation>" for row in references
    )
    return receipt.replace(REFERENCES.encode(), rows.encode(), 1)


def write_error(
    message_id: str, timestamp: Micros, ref: str, faults: Iterable[Fault], language: Language = Language.EN
) -> bytes:
    """One eb:Error for each published code, its detail naming every fault behind it (ebMS 6.2)."""
    grouped: dict[str, list[Fault]] = {}
    for fault in faults:
        grouped.setdefault(fault.code.ebms, []).append(fault)
    body = (
        f"<eb:SignalMessage>{_message_info(timestamp, message_id, ref)}"
        + "".join(_error(BY_CODE[code], ref, rows, language) for code, rows in grouped.items())
        + "</eb:SignalMessage>"
    )
    return (_ENVELOPE % body).encode()


def write_pull_request(message_id: str, timestamp: Micros, mpc: str) -> bytes:
    """The signal that asks for a message of a channel (ebMS 5.2.3.1); an absent @mpc is the default channel."""
    body = (
        f"<eb:SignalMessage>{_message_info(timestamp, message_id, '')}"
        f"<eb:PullRequest mpc={quoteattr(mpc)}/></eb:SignalMessage>"
    )
    return (_ENVELOPE % body).encode()


def read_signal(messaging: etree._Element) -> Signal | None:
    """The receipt or the errors in an eb:Messaging element; None where there is neither."""
    found = messaging.find(f"{{{EB}}}SignalMessage")
    if found is None:
        return None
    receipt = found.find(f"{{{EB}}}Receipt")
    references = tuple(reference.read(element) for element in found.iterfind(f".//{{{DS}}}Reference"))
    errors = tuple(_read_error(element) for element in found.iterfind(f"{{{EB}}}Error"))
    return Signal(about(found), references, errors, receipt is not None)


def about(signal: etree._Element) -> str:
    """The MessageId that a signal is about: of errors, one of them may say it instead (ebMS 6.3)."""
    ref = (signal.findtext(f"{{{EB}}}MessageInfo/{{{EB}}}RefToMessageId") or "").strip()
    errors = signal.iterfind(f"{{{EB}}}Error")
    return ref or next((named for each in errors if (named := each.get("refToMessageInError"))), "")


def instant(text: str) -> Micros:
    """An xs:dateTime with zone, of the years 1970 to 9998, as microseconds; ValueError where it is none."""
    if not DATE_TIME.fullmatch(text.strip()):
        raise ValueError("expected xs:dateTime with zone")
    since = datetime.fromisoformat(text.strip()) - EPOCH
    micros = since // timedelta(microseconds=1)
    if not 0 <= micros < LAST:
        raise ValueError("expected a year from 1970 to 9998")
    return Micros(micros)


def iso(micros: Micros) -> str:
    """Microseconds as UTC xs:dateTime with milliseconds."""
    moment = EPOCH + timedelta(microseconds=micros)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _message_info(timestamp: Micros, message_id: str, ref: str) -> str:
    return (
        f"<eb:MessageInfo><eb:Timestamp>{iso(timestamp)}</eb:Timestamp><eb:MessageId>{escape(message_id)}</eb:MessageId>"
        f"{_optional('RefToMessageId', ref)}</eb:MessageInfo>"
    )


def _party(side: str, party_id: str, role: str) -> str:
    return f'<eb:{side}><eb:PartyId type="{PARTY_TYPE}">{escape(party_id)}</eb:PartyId><eb:Role>{role}</eb:Role></eb:{side}>'


def _optional(name: str, text: str) -> str:
    return f"<eb:{name}>{escape(text)}</eb:{name}>" if text else ""


def _properties(header: Header) -> tuple[tuple[str, str], ...]:
    return (
        ("originalSender", header.sender),
        ("finalRecipient", header.recipient),
        ("environment", header.environment.value),
        ("purpose", header.purpose),
        ("deadline", iso(header.deadline)),
    )


def _property(row: tuple[str, str]) -> str:
    return f'<eb:Property name="{row[0]}">{escape(row[1])}</eb:Property>' if row[1] else ""


def _part_info(part: Described) -> str:
    rows: list[tuple[str, str]] = [("MimeType", part.media_type), ("CompressionType", GZIP)]
    if part.media_type.endswith("xml"):
        rows.append(("CharacterSet", "UTF-8"))
    if part.name:
        rows.append(("FileName", part.name))
    digest = f'<eb:Property name="Digest" type="{SHA256}">{base64.b64encode(part.digest).decode()}</eb:Property>'
    return (
        f"<eb:PartInfo href={quoteattr('cid:' + part.cid)}>"
        f"<eb:PartProperties>{''.join(map(_property, rows))}{digest}</eb:PartProperties></eb:PartInfo>"
    )


def _error(row: ErrorCode, ref: str, faults: list[Fault], language: Language) -> str:
    category, origin = CATEGORIES.get(row.code, ("Content", "ebms"))
    severity = "warning" if row.code in WARNINGS else "failure"
    lines = "\n".join(" ".join(f"{key}={value}" for key, value in fault.facts(language).items()) for fault in faults)
    about = f" refToMessageInError={quoteattr(ref)}" if ref else ""
    return (
        f'<eb:Error errorCode="{row.code}" severity="{severity}" category="{category}" origin="{origin}"'
        f' shortDescription="{row.short}"{about}><eb:Description xml:lang="{language}">'
        f"{escape(told(row.meaning, language))}</eb:Description>"
        f"<eb:ErrorDetail>{escape(lines)}</eb:ErrorDetail></eb:Error>"
    )


def _read_error(element: etree._Element) -> tuple[ErrorCode | None, str, str]:
    code = element.get("errorCode") or ""
    detail = element.findtext(f"{{{EB}}}ErrorDetail") or element.findtext(f"{{{EB}}}Description") or ""
    return BY_CODE.get(code), code[:40], detail[:4000]


WARNINGS = frozenset({"EBMS:0002", "EBMS:0006"})
CATEGORIES = {
    "EBMS:0005": ("Communication", "ebms"),
    "EBMS:0006": ("Communication", "ebms"),
    "EBMS:0007": ("Unpackaging", "ebms"),
    "EBMS:0008": ("Unpackaging", "ebms"),
    "EBMS:0009": ("Unpackaging", "ebms"),
    "EBMS:0010": ("Processing", "ebms"),
    "EBMS:0101": ("Processing", "security"),
    "EBMS:0102": ("Processing", "security"),
    "EBMS:0103": ("Processing", "security"),
    "EBMS:0201": ("Processing", "reliability"),
    "EBMS:0202": ("Communication", "reliability"),
    "EBMS:0301": ("Communication", "reliability"),
    "EBMS:0302": ("Communication", "reliability"),
    "EBMS:0303": ("Communication", "reliability"),
}
