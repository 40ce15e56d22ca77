"""A SOAP Fault that comes instead of an AS4 signal: its code is told, nothing else of it (SOAP 1.2 part 1 5.4)."""

import re

from lxml import etree

from gateway.core import ebms, mime, xml
from gateway.core.agreement import Limits
from gateway.core.errors import Rejected

S11 = "http://schemas.xmlsoap.org/soap/envelope/"
TYPES = (ebms.SOAP_TYPE, "text/xml")
CODE = re.compile(r"(?:[\w.-]{1,40}:)?([\w.-]{1,80})", re.ASCII)
PATHS = (
    f"{{{ebms.S12}}}Body/{{{ebms.S12}}}Fault/{{{ebms.S12}}}Code/{{{ebms.S12}}}Value",
    f"{{{ebms.S12}}}Body/{{{ebms.S12}}}Fault/{{{ebms.S12}}}Code/{{{ebms.S12}}}Subcode/{{{ebms.S12}}}Value",
    f"{{{S11}}}Body/{{{S11}}}Fault/faultcode",
)


def fault_code(body: bytes, content_type: str, limits: Limits) -> str:
    """The Fault's code and subcode without their prefixes, as Sender/InvalidSecurity; empty where there is no Fault."""
    try:
        envelope = xml.parse(_soap(body, content_type), limits)
    except Rejected:
        return ""
    return "/".join(filter(None, (_code(envelope, path) for path in PATHS)))


def _soap(body: bytes, content_type: str) -> bytes:
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == "multipart/related":
        return mime.split(body, content_type)[0].content
    return body if media_type in TYPES else b""


def _code(envelope: etree._Element, path: str) -> str:
    """Only what a QName can be: anything else might be a text that quotes the message."""
    found = CODE.fullmatch((envelope.findtext(path) or "").strip())
    return found[1] if found else ""
