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
from gateway.core.message import Header
from gateway.core.names import Micros
from gateway.core.pmode import DEFAULT_MPC, PROFILES, PMode
from gateway.core.published import ROWS, WARNING
from gateway.core.reference import DS, SHA256, Reference
from gateway.core.texts import told
from gateway.core.wire import Described, Property

S12 = "http://www.w3.org/2003/05/soap-envelope"
EB = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/"
EBBP = "http://docs.oasis-open.org/ebxml-bp/ebbp-signals-2.0"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
NS = {"S12": S12, "eb": EB, "ebbp": EBBP, "ds": DS, "wsu": WSU}

TEST_SERVICE, TEST_ACTION = EB + "service", EB + "test"
SOAP_TYPE = "application/soap+xml"
REFERENCES = "<!--references-->"
GZIP = "application/gzip"
UNSIGNED = PROFILES["plain-tls"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST = (datetime(9999, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})", re.ASCII)

_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<S12:Envelope xmlns:S12="{S12}" xmlns:eb="{EB}" xmlns:wsu="{WSU}"><S12:Header>'
    '<eb:Messaging S12:mustUnderstand="true" wsu:Id="messaging">%s</eb:Messaging>'
    '</S12:Header><S12:Body wsu:Id="body"/></S12:Envelope>'
)


Told = tuple[ErrorCode | None, str, str]  # catalogue row if known, published code, detail


@dataclass(frozen=True, slots=True)
class Signal:
    """A receipt or errors about one message."""

    ref_to_message_id: str
    references: tuple[Reference, ...]
    errors: tuple[Told, ...]
    receipt: bool
    warnings: tuple[Told, ...] = ()  # which are no failures (ebMS 6.2.2)


def write_user_message(header: Header, parts: Sequence[Described], pmode: PMode = UNSIGNED) -> bytes:
    """The SOAP part of a user message as the P-Mode has it (ebMS 5.2.2); parts travel in the MIME parts named by their cids."""
    info = "".join(_part_info(part, signed=pmode.sign) for part in parts)
    mpc = "" if pmode.mpc == DEFAULT_MPC else pmode.mpc
    body = (
        f"<eb:UserMessage{_attribute('mpc', mpc)}>"
        f"{_message_info(header.timestamp, header.message_id, header.ref_to_message_id)}"
        f"{_party_info(header, pmode)}<eb:CollaborationInfo>{_collaboration(header, pmode)}</eb:CollaborationInfo>"
        f"<eb:MessageProperties>{''.join(map(_property, _properties(header, pmode)))}</eb:MessageProperties>"
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
    ref, told_of = about(found), _told_of(found)
    errors = tuple(_read_error(each) for each in told_of if not _is_warning(each))
    warnings = tuple(_read_error(each) for each in told_of if _is_warning(each))
    return Signal(ref, references, errors, receipt is not None, warnings)


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


def _party_info(header: Header, pmode: PMode) -> str:
    ids = (pmode.own_party_id or header.sender, pmode.party_id or header.recipient)
    sides = zip(("From", "To"), ids, pmode.types(outgoing=True), pmode.roles(outgoing=True), strict=True)
    rows = (
        f"<eb:{side}><eb:PartyId{_attribute('type', kind)}>{escape(value)}</eb:PartyId>"
        f"<eb:Role>{escape(role)}</eb:Role></eb:{side}>"
        for side, value, kind, role in sides
    )
    return f"<eb:PartyInfo>{''.join(rows)}</eb:PartyInfo>"


def _collaboration(header: Header, pmode: PMode) -> str:
    reference = (pmode.agreement_ref or header.agreement) if pmode.agreement_stated and header.agreement else ""
    kinds = _attribute("type", pmode.agreement_type) + _attribute("pmode", pmode.pmode_id)
    service_type = "" if header.service == TEST_SERVICE else pmode.service_type
    return (
        (f"<eb:AgreementRef{kinds}>{escape(reference)}</eb:AgreementRef>" if reference else "")
        + f"<eb:Service{_attribute('type', service_type)}>{escape(header.service)}</eb:Service>"
        f"<eb:Action>{escape(header.action)}</eb:Action>"
        f"<eb:ConversationId>{escape(header.conversation_id)}</eb:ConversationId>"
    )


def _attribute(name: str, value: str) -> str:
    return f" {name}={quoteattr(value)}" if value else ""


def _optional(name: str, text: str) -> str:
    return f"<eb:{name}>{escape(text)}</eb:{name}>" if text else ""


def _properties(header: Header, pmode: PMode) -> Iterable[Property]:
    """The four corners (eDelivery AS4 1.5.1), what the producer gave, and what gateways of this kind tell each other."""
    given = {found.name for found in header.properties}
    corners = (("originalSender", header.sender), ("finalRecipient", header.recipient))
    own = (
        ("environment", header.environment.value),
        ("purpose", header.purpose),
        ("deadline", iso(header.deadline)),
    )
    yield from (Property(name, value) for name, value in corners if name not in given)
    yield from header.properties
    if pmode.gateway_properties:
        yield from (Property(name, value) for name, value in own if value)


def _property(found: Property) -> str:
    name = quoteattr(found.name)
    return f"<eb:Property name={name}{_attribute('type', found.type)}>{escape(found.value)}</eb:Property>"


def _part_info(part: Described, *, signed: bool) -> str:
    """What AS4 5.1.9 asks for; the digest of the content where no signature covers the part."""
    rows = [Property("MimeType", part.media_type), Property("CompressionType", GZIP)]
    if part.media_type.endswith("xml"):
        rows.append(Property("CharacterSet", "UTF-8"))
    if part.name:
        rows.append(Property("FileName", part.name))
    if not signed:
        rows.append(Property("Digest", base64.b64encode(part.digest).decode(), SHA256))
    return (
        f"<eb:PartInfo href={quoteattr('cid:' + part.cid)}>"
        f"<eb:PartProperties>{''.join(map(_property, rows))}</eb:PartProperties></eb:PartInfo>"
    )


def _error(row: ErrorCode, ref: str, faults: list[Fault], language: Language) -> str:
    published = ROWS[row.code]
    origin = f' origin="{published.origin}"' if published.origin else ""
    lines = "\n".join(" ".join(f"{key}={value}" for key, value in fault.facts(language).items()) for fault in faults)
    about = f" refToMessageInError={quoteattr(ref)}" if ref else ""
    return (
        f'<eb:Error errorCode="{row.code}" severity="{published.severity}" category="{published.category}"{origin}'
        f' shortDescription="{row.short}"{about}><eb:Description xml:lang="{language}">'
        f"{escape(told(row.meaning, language))}</eb:Description>"
        f"<eb:ErrorDetail>{escape(lines)}</eb:ErrorDetail></eb:Error>"
    )


def _told_of(signal: etree._Element) -> list[etree._Element]:
    """The errors that are about what the signal is about; each may name another message (ebMS 6.2.6)."""
    errors, ref = signal.findall(f"{{{EB}}}Error"), about(signal)
    if signal.findtext(f"{{{EB}}}MessageInfo/{{{EB}}}RefToMessageId", "").strip():
        return errors
    return [each for each in errors if each.get("refToMessageInError", ref) == ref]


def _is_warning(error: etree._Element) -> bool:
    return (error.get("severity") or "").strip().lower() == WARNING


def _read_error(element: etree._Element) -> Told:
    code = (element.get("errorCode") or "").strip()
    texts = (element.findtext(f"{{{EB}}}{name}") or "" for name in ("ErrorDetail", "Description"))
    detail = next((text for text in texts if text.strip()), element.get("shortDescription") or "")
    return BY_CODE.get(code), code[:40], detail[:4000]
