"""Authenticated ► Screened: a state-secret or confidentiality marking stops a message outright (IS-6.2, KT-5.2)."""

from lxml import etree

from gateway.core import explain
from gateway.core.agreement import Marks, Register
from gateway.core.errors import ErrorCode, Fault, Refused, Rejected, rejected
from gateway.core.message import Authenticated, Screened

MARKER = "ConfidentialityDegreeDetails"  # the field's own marker (M.SDE.00290)
FIND_MARKER = etree.XPath(f"//*[local-name() = '{MARKER}']")
HIDING = (b"&#", b"<![CDATA[")  # a mark can be hidden by these (or by what parsing dropped) from a look at the bytes


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
    hidden = not known.unpacked.exact or any(sign in body for sign in HIDING)
    if (hidden or register.marks.suspected(body)) and _has_mark(document, register.marks):
        fault = Fault(ErrorCode.STATE_SECRET_MARKING, expected="no confidentiality mark in any value")
        raise Rejected(fault, about=_about(known))
    return Screened(known, document)


def _has_mark(document: etree._Element, marks: Marks) -> bool:
    """Whether a mark stands in the text or in an attribute, in whatever case of letters."""
    text = etree.tostring(document, method="text", encoding="unicode").lower()
    attributes = "\n".join(str(value) for element in document.iter() for value in element.attrib.values()).lower()
    return any(mark in text or mark in attributes for mark in marks.texts)


def _about(known: Authenticated) -> Refused:
    return Refused(known.identity.message_id, known.identity.sender)
