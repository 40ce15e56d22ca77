"""Authenticated ► Screened: a state-secret or confidentiality marking stops a message outright (IS-6.2, KT-5.2)."""

from lxml import etree

from gateway.core import commit, explain
from gateway.core.agreement import Marks, Register
from gateway.core.errors import ErrorCode, Fault, Refused, Rejected, rejected
from gateway.core.locate import Locator
from gateway.core.message import Authenticated, Screened
from gateway.core.schema import Element
from gateway.core.texts import say

MARKER = "ConfidentialityDegreeDetails"  # the field's own marker (M.SDE.00290)
FIND_MARKER = etree.XPath(f"//*[local-name() = '{MARKER}']")
HIDING = (b"&#", b"<![CDATA[")  # a mark can be hidden by these (or by what parsing dropped) from a look at the bytes


def screen(known: Authenticated, register: Register) -> Screened:
    """The message, if nothing in it says that it may not travel."""
    document = known.unpacked.document
    if document is None:
        raise rejected(ErrorCode.EBMS_0009, "eb:PayloadInfo", say("a_document"))
    body = known.unpacked.payloads[0].content
    # Names cannot be escaped in XML: without these bytes there is no such element.
    marked = FIND_MARKER(document) if MARKER.encode() in body else []
    if marked:
        locator = Locator(document, _model(document, register), register.prefixes)
        faults = explain.pointed(locator, ErrorCode.STATE_SECRET_MARKING, marked, say("no_marker", name=MARKER), body)
        raise Rejected(*faults, about=_about(known))
    if reserved := commit.reserved(document, body):
        locator = Locator(document, _model(document, register), register.prefixes)
        expected = say("not_reserved", prefix=commit.PREFIX)
        faults = explain.pointed(locator, ErrorCode.RESERVED_NAMESPACE, reserved, expected, body)
        raise Rejected(*faults, about=_about(known))
    hidden = not known.unpacked.exact or any(sign in body for sign in HIDING)
    if (hidden or register.marks.suspected(body)) and _has_mark(document, body, register.marks):
        fault = Fault(ErrorCode.STATE_SECRET_MARKING, expected=say("no_mark"))
        raise Rejected(fault, about=_about(known))
    return Screened(known, document)


def _has_mark(document: etree._Element, body: bytes, marks: Marks) -> bool:
    """Whether a mark stands in the text, in an attribute or in what parsing dropped, however it is written."""
    attributes = (str(value) for element in document.iter() for value in element.attrib.values())
    text = etree.tostring(document, method="text", encoding="unicode")
    return any(marks.stands_in(found) for found in (text, "\n".join(attributes), body.decode()))


def _model(document: etree._Element, register: Register) -> Element | None:
    """The declaration of the root, if any agreement knows it."""
    kinds = (agreement.messages.get(str(document.tag)) for agreement in register.agreements)
    return next((kind.model for kind in kinds if kind is not None), None)


def _about(known: Authenticated) -> Refused:
    return Refused(known.identity.message_id, known.identity.sender)
