"""Hardened parsing: nothing is fetched, expanded or guessed, and shape limits hold first (EA-3.4)."""

import codecs
import re
from itertools import accumulate

from lxml import etree

from gateway.core.agreement import Limits
from gateway.core.errors import ErrorCode, Fault, Rejected, rejected
from gateway.core.texts import say
from gateway.core.weight import most_elements

DECLARED = re.compile(rb"\s*<\?xml\s[^>]*?encoding\s*=\s*[\"']([^\"']*)[\"']")
SPACE = re.compile(rb"[ \t\r\n]*")
UTF8 = codecs.getincrementaldecoder("utf-8")
UTF8_BOM = b"\xef\xbb\xbf"
OTHER_ENCODINGS = (b"\xff\xfe", b"\xfe\xff", b"\x00", b"<\x00")
SIZE_ERRORS = {etree.ErrorTypes.ERR_RESOURCE_LIMIT, etree.ErrorTypes.ERR_NAME_TOO_LONG}
LEAST_ATTRIBUTE = 5  # bytes of a="" and the space before it
WINDOW = 1024 * 1024  # bytes looked at without a break
MAX_DEPTH = 255  # libxml2's own limit
MAX_IN_SCOPE = 64  # namespace declarations on an element and those around it: C14N of a removed part writes them all


def parse(body: bytes, limits: Limits) -> etree._Element:
    """The root of a document that keeps every limit; comments and processing instructions are gone.

    1. size  2. encoding  3. no DOCTYPE  4. counts that bound everything after  5. well-formed
    6. attributes and namespaces of one element
    """
    # 1. Size: nothing is looked at before it.
    if len(body) > limits.body:
        raise rejected(ErrorCode.TOO_LARGE, expected=say("at_most_bytes", n=limits.body))
    # 2. Encoding: UTF-8 and nothing else; libxml2 would decode UTF-7 and others.
    _require_utf8(body)
    # 3. DOCTYPE: refused before the parser could act on it.
    if b"<!DOCTYPE" in body and _has_doctype(body):
        raise rejected(ErrorCode.DOCTYPE_FORBIDDEN, expected=say("no_doctype"))
    # 4. Upper bounds from the bytes: cheap, and never too low.
    if (declarations := count(body, b"xmlns")) > limits.namespaces:
        raise rejected(ErrorCode.TOO_MANY_NAMESPACES, expected=say("at_most", n=limits.namespaces))
    if count(body, b"<") > 2 * (most := most_elements(len(body), limits.elements)) + 2:
        raise rejected(ErrorCode.TOO_MANY_ELEMENTS, expected=say("at_most", n=most))
    # 5. Well-formed; a fresh parser, because a shared one would make threads wait for each other.
    root = _parse(body)
    # 6. Of one element: only looked for where there can be too many.
    if _longest_tag(body, limits) and root.xpath(f"boolean(//*[count(@*) > {limits.attributes}])"):
        raise rejected(ErrorCode.TOO_MANY_ATTRIBUTES, expected=say("at_most_attributes", n=limits.attributes))
    if declarations > MAX_IN_SCOPE and _most_in_scope(root) > MAX_IN_SCOPE:
        raise rejected(ErrorCode.TOO_MANY_NAMESPACES, expected=say("at_most_attributes", n=MAX_IN_SCOPE))
    return root


def count(body: bytes, sign: bytes) -> int:
    """How often the sign stands in the body; other threads get their turn in between."""
    ends = range(0, len(body), WINDOW)
    return sum(body.count(sign, at, at + WINDOW + len(sign) - 1) for at in ends)


def exact(body: bytes) -> bool:
    """Whether parsing dropped nothing, so that the very bytes may go on.

    A CDATA section that quotes a comment counts as one: that only costs a serialisation.
    """
    return b"<!--" not in body and body.count(b"<?") == int(body.lstrip(UTF8_BOM).lstrip().startswith(b"<?xml "))


def serialize(root: etree._Element) -> bytes:
    """UTF-8 bytes of the document, with declaration."""
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _require_utf8(body: bytes) -> None:
    declared = DECLARED.match(body, len(UTF8_BOM) if body.startswith(UTF8_BOM) else 0)
    if body.startswith(OTHER_ENCODINGS) or (declared and declared[1].lower() not in (b"utf-8", b"utf8")):
        raise rejected(ErrorCode.ENCODING_FORBIDDEN, expected="UTF-8")
    if (wrong := _not_utf8(body)) >= 0:
        line, column = body.count(b"\n", 0, wrong) + 1, wrong - body.rfind(b"\n", 0, wrong)
        raise Rejected(Fault(ErrorCode.ENCODING_FORBIDDEN, "", line, column, "UTF-8")) from None


def _not_utf8(body: bytes) -> int:
    """Where the first byte stands that is no UTF-8; -1: nowhere. No second form of a large body is made."""
    decoder, view = UTF8(), memoryview(body)
    for at in range(0, len(body), WINDOW):
        behind = len(decoder.getstate()[0])
        try:
            decoder.decode(view[at : at + WINDOW], final=at + WINDOW >= len(body))
        except UnicodeDecodeError as error:
            return at - behind + error.start
    return -1


def _longest_tag(body: bytes, limits: Limits) -> bool:
    """Whether some start tag is long enough for too many attributes: each takes five bytes at least."""
    if body.count(b"=") <= limits.attributes:
        return False
    return bool(re.search(rb"<[^<]{%d}" % (LEAST_ATTRIBUTE * limits.attributes), body))


def _most_in_scope(root: etree._Element) -> int:
    """How many namespace declarations some element has on it and around it."""
    changes = (1 if event == "start-ns" else -1 for event, _ in etree.iterwalk(root, events=("start-ns", "end-ns")))
    return max(accumulate(changes), default=0)


def _has_doctype(body: bytes) -> bool:
    """Whether a DOCTYPE stands before the root: the only place where it can be one."""
    at = len(UTF8_BOM) if body.startswith(UTF8_BOM) else 0
    ends = ((b"<?", b"?>"), (b"<!--", b"-->"))
    while True:
        at = SPACE.match(body, at).end()  # type: ignore[union-attr]
        closing = next((end for start, end in ends if body.startswith(start, at)), None)
        if closing is None:
            return body.startswith(b"<!DOCTYPE", at)
        at = body.find(closing, at)
        if at < 0:
            return False
        at += len(closing)


def _parse(body: bytes) -> etree._Element:
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        code, expected = ErrorCode.NOT_WELL_FORMED, say("one_document")
        if (error.msg or "").startswith("Excessive depth"):
            code, expected = ErrorCode.TOO_DEEP, say("at_most_levels", n=MAX_DEPTH)
        elif error.code in SIZE_ERRORS:
            code, expected = ErrorCode.TOO_LARGE, say("size_of_names")
        raise Rejected(Fault(code, "", line or 0, column or 0, expected)) from None
