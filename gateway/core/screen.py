"""Authenticated ► Screened: a state-secret or confidentiality marking stops a message outright (IS-6.2, KT-5.2)."""

from lxml import etree

from gateway.core import explain
from gateway.core.agreement import Register
from gateway.core.errors import ErrorCode, Fault, Refused, Rejected, rejected
from gateway.core.message import Authenticated, Screened

MARKER = "ConfidentialityDegreeDetails"  # the field's own marker (M.SDE.00290)
FIND_MARKER = etree.XPath(f"//*[local-name() = '{MARKER}']")
HIDING = (b"&#", b"<![CDATA[", b"<!--", b"<?")  # a mark can be split by these without being seen in the bytes


def screen(known: Authenticated, register: Register) -> Screened:
    """The message, if nothing in it says that it may not travel."""
    document = known.unpacked.document
    if document is None:
        raise rejected(ErrorCode.EBMS_0009, "eb:PayloadInfo", "a document")
    body = known.unpacked.payloads[0].content
    # Names cannot be escaped in XML: without these bytes there is no such element.
    marked = FIND_MARKER(document) if MARKER.encode() in body else []
    if marked:
        code, expected = ErrorCode.STATE_SECRET_MARKING, f"no {MARKER}"
        raise Rejected(*explain.pointed(document, code, marked, expected, register.prefixes, body), about=_about(known))
    if any(mark in body for mark in register.marks) or _hidden_mark(body, document, register.marks):
        fault = Fault(ErrorCode.STATE_SECRET_MARKING, expected="no confidentiality mark in any value")
        raise Rejected(fault, about=_about(known))
    return Screened(known, document)


def _hidden_mark(body: bytes, document: etree._Element, marks: tuple[bytes, ...]) -> bool:
    if not any(sign in body for sign in HIDING):
        return False
    text = etree.tostring(document, method="text", encoding="utf-8")
    attributes = "\n".join(str(value) for element in document.iter() for value in element.attrib.values())
    return any(mark in text or mark in attributes.encode() for mark in marks)


def _about(known: Authenticated) -> Refused:
    return Refused(known.identity.message_id, known.identity.sender)
