"""Which SOAP parts of partners' messages are kept as they came: those that hold nothing beside what is kept anyway.

A signature covers all of eb:Messaging, so nothing can be cut out of it; a sender may write anything around the fields
that AS4 has, and what nobody reads or agreed to is not stored (EA-2.2).
"""

from collections.abc import Iterator

from lxml import etree

from gateway.core import ebms, xml
from gateway.core.message import Wrapped
from gateway.core.reference import DS
from gateway.core.wss.names import BODY, HEADER, MESSAGING, SECURITY, TOKEN, WSU

XENC = "http://www.w3.org/2001/04/xmlenc#"
NAMES = (
    *("UserMessage", "MessageInfo", "Timestamp", "MessageId", "RefToMessageId"),
    *("PartyInfo", "From", "To", "PartyId", "Role"),
    *("CollaborationInfo", "AgreementRef", "Service", "Action", "ConversationId"),
    *("MessageProperties", "Property", "PayloadInfo", "PartInfo", "PartProperties"),
)
AGREED = frozenset(f"{{{ebms.EB}}}{name}" for name in NAMES)
SECURED = frozenset(  # tokens of other kinds may be secrets
    {
        TOKEN,
        f"{{{DS}}}Signature",
        f"{{{XENC}}}EncryptedKey",
        f"{{{XENC}}}EncryptedData",
        f"{{{XENC}}}ReferenceList",
        f"{{{WSU}}}Timestamp",
    }
)


def kept(wrapped: Wrapped | None) -> bytes:
    """The SOAP part as it came, encrypted keys and all; empty where it holds more than the fields of AS4."""
    if wrapped is None or not xml.exact(wrapped.soap):
        return b""
    return b"" if any(_beyond(wrapped.envelope)) else wrapped.soap


def _beyond(envelope: etree._Element) -> Iterator[bool]:
    """Whether there is something else: pieces of the envelope, in the Body, in eb:Messaging, in wsse:Security."""
    header, body, messaging = envelope.find(HEADER), envelope.find(BODY), envelope.find(f"{HEADER}/{MESSAGING}")
    security = envelope.find(f"{HEADER}/{SECURITY}")
    yield len(envelope) != 2 or header is None or body is None or messaging is None  # noqa: PLR2004 - Header and Body
    yield header is not None and any(child not in (messaging, security) for child in header)
    yield body is not None and (len(body) > 0 or bool((body.text or "").strip()))
    yield messaging is not None and any(each.tag not in AGREED for each in messaging.iterdescendants())
    yield security is not None and any(each.tag not in SECURED for each in security)
