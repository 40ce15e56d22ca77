"""Schema faults in the gateway's own words: code, XPath, line, column, what was expected.

libxml2 judges; its texts quote values and unknown names, so only its error kind, its position and the names
that stand in the agreed schema are used.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import chain, islice

from lxml import etree

from gateway.core.errors import MAX_FAULTS, ErrorCode, Fault
from gateway.core.locate import Locator, positions
from gateway.core.misjudged import Wrong
from gateway.core.paths import XSI_TYPE
from gateway.core.schema import Element
from gateway.core.texts import facets, say

KINDS: dict[str, ErrorCode] = {
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_1": ErrorCode.VALUE_OF_WRONG_TYPE,
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_2": ErrorCode.VALUE_OF_WRONG_TYPE,
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_3": ErrorCode.VALUE_OF_WRONG_TYPE,
    "SCHEMAV_CVC_PATTERN_VALID": ErrorCode.PATTERN_MISMATCH,
    "SCHEMAV_CVC_LENGTH_VALID": ErrorCode.LENGTH_OUT_OF_RANGE,
    "SCHEMAV_CVC_MINLENGTH_VALID": ErrorCode.LENGTH_OUT_OF_RANGE,
    "SCHEMAV_CVC_MAXLENGTH_VALID": ErrorCode.LENGTH_OUT_OF_RANGE,
    "SCHEMAV_CVC_ENUMERATION_VALID": ErrorCode.NOT_IN_CODE_LIST,
    "SCHEMAV_CVC_MININCLUSIVE_VALID": ErrorCode.VALUE_OUT_OF_RANGE,
    "SCHEMAV_CVC_MAXINCLUSIVE_VALID": ErrorCode.VALUE_OUT_OF_RANGE,
    "SCHEMAV_CVC_MINEXCLUSIVE_VALID": ErrorCode.VALUE_OUT_OF_RANGE,
    "SCHEMAV_CVC_MAXEXCLUSIVE_VALID": ErrorCode.VALUE_OUT_OF_RANGE,
    "SCHEMAV_CVC_TOTALDIGITS_VALID": ErrorCode.TOO_MANY_DIGITS,
    "SCHEMAV_CVC_FRACTIONDIGITS_VALID": ErrorCode.TOO_MANY_DIGITS,
    "SCHEMAV_CVC_COMPLEX_TYPE_4": ErrorCode.ATTRIBUTE_MISSING,
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": ErrorCode.ATTRIBUTE_NOT_ALLOWED,
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_2": ErrorCode.ATTRIBUTE_NOT_ALLOWED,
    "SCHEMAV_CVC_TYPE_3_1_1": ErrorCode.ATTRIBUTE_NOT_ALLOWED,
    "SCHEMAV_CVC_COMPLEX_TYPE_2_1": ErrorCode.TEXT_NOT_ALLOWED,
    "SCHEMAV_CVC_COMPLEX_TYPE_2_2": ErrorCode.TEXT_NOT_ALLOWED,
    "SCHEMAV_CVC_COMPLEX_TYPE_2_3": ErrorCode.TEXT_NOT_ALLOWED,
    "SCHEMAV_CVC_TYPE_3_1_2": ErrorCode.TEXT_NOT_ALLOWED,
    "SCHEMAV_CVC_IDC": ErrorCode.IDENTITY_CONSTRAINT,
}
ABOUT_ELEMENTS = (ErrorCode.ELEMENT_MISSING, ErrorCode.ELEMENT_NOT_EXPECTED)
MOST_TYPES = 20  # in a fault text
MISSING = "Missing child element"
EXPECTED = re.compile(r"Expected is (?:one of )?\( (.*) \)\.$")
# The validator's own words come before any quoted value.
ATTRIBUTE = re.compile(r"Element '[^']*'(?:, attribute '([^']*)'|: The attribute '([^']*)' is required)")


def explain(
    locator: Locator, log: Iterable[etree._LogEntry], body: bytes = b"", wrong: Iterable[Wrong] = ()
) -> tuple[Fault, ...]:
    """Every fault the validator found, and every wrong value, once each, MAX_FAULTS + 1 at most, with line and column in `body`.

    Without `body` (the document is not as it was received), the faults have no position.
    """
    seen: dict[tuple[str, ErrorCode], tuple[etree._Element, Fault]] = {}
    found = (_fault(locator, locator.find(node_path(entry)), entry) for entry in log)
    for element, fault in chain(found, (_wrong(locator, *each) for each in wrong)):
        seen.setdefault((fault.path, fault.code), (element, fault))
        if len(seen) > MAX_FAULTS:
            break
    return _at(list(seen.values()), locator.root, body)


def pointed(
    locator: Locator, code: ErrorCode, elements: Iterable[etree._Element], expected: str, body: bytes
) -> tuple[Fault, ...]:
    """One fault for each of the elements, with its path and its position in `body`."""
    rows = [(element, Fault(code, locator.path(element), expected=expected)) for element in elements]
    return _at(rows, locator.root, body)


def _at(rows: list[tuple[etree._Element, Fault]], root: etree._Element, body: bytes) -> tuple[Fault, ...]:
    found = positions(body, root, (element for element, _ in rows)) if body else {}
    at = [(fault, found.get(element, (0, 0))) for element, fault in rows]
    return tuple(replace(fault, line=line, column=column) for fault, (line, column) in at)


def _fault(locator: Locator, element: etree._Element, entry: etree._LogEntry) -> tuple[etree._Element, Fault]:
    """The fault, and the element whose position it has."""
    known, code = locator.declared(element), _code(entry)
    expected = _expected(entry.message) if code in ABOUT_ELEMENTS else []
    parent, path = element.getparent(), locator.path(element)
    if known is not None and parent is not None and code is ErrorCode.ELEMENT_NOT_EXPECTED:
        missing = _missing(locator.declared(parent), expected)
        if missing:  # it may stand here, but something mandatory is missing before it: that is the fault
            return parent, Fault(ErrorCode.ELEMENT_MISSING, locator.path(parent), expected=locator.spell(missing))
    if known is None or code in ABOUT_ELEMENTS:
        return element, Fault(code, path, expected=locator.spell(expected) or say("no_element"))
    if code is ErrorCode.IDENTITY_CONSTRAINT:
        return element, Fault(code, path, expected=say("one_key"))
    return element, _about_value(locator, element, known, attribute_name(entry), code)


def _wrong(locator: Locator, element: etree._Element, attribute: str, code: ErrorCode) -> tuple[etree._Element, Fault]:
    """A value that was judged here."""
    known = locator.declared(element)
    return element, _about_value(locator, element, known, attribute, code) if known else Fault(code)


def _about_value(locator: Locator, element: etree._Element, known: Element, name: str, code: ErrorCode) -> Fault:
    """A fault of an attribute, or of the element's own value."""
    path, kind = locator.path(element), locator.spell_type(known.type)
    if name == XSI_TYPE:
        allowed = [locator.spell_type(each) for each in islice((known.type, *known.derived), MOST_TYPES)]
        return Fault(ErrorCode.TYPE_NOT_ALLOWED, f"{path}/@xsi:type", expected=" | ".join(filter(None, allowed)))
    if name:
        attribute = known.attributes.get(name)
        where = f"{path}/@{locator.spell_attribute(attribute.name) if attribute else '*'}"
        kind = locator.spell_type(attribute.value.name) if attribute and attribute.value else ""
        return Fault(code, where, expected=_attributes(locator, code, known, name), type=kind)
    return Fault(code, path, expected=facets(known.facets) if known.facets else say("no_text"), type=kind)


def attribute_name(entry: etree._LogEntry) -> str:
    """The attribute that the validator complains about; empty for an element."""
    named = ATTRIBUTE.match(entry.message)
    return (named[1] or named[2]) if named else ""


def node_path(entry: etree._LogEntry) -> str:
    """Where libxml2 found it; nowhere, if it cut a name inside a letter."""
    try:
        return entry.path or ""
    except UnicodeDecodeError:
        return ""


def _missing(known: Element | None, expected: list[str]) -> list[str]:
    """Those of the expected elements that the parent cannot do without."""
    children = known.children if known else {}
    return [name for name in expected if name in children and not children[name].optional]


def _code(entry: etree._LogEntry) -> ErrorCode:
    if entry.type_name == "SCHEMAV_ELEMENT_CONTENT":
        return ErrorCode.ELEMENT_MISSING if MISSING in entry.message else ErrorCode.ELEMENT_NOT_EXPECTED
    return KINDS.get(entry.type_name, ErrorCode.SCHEMA_FAULT)


def _expected(message: str) -> list[str]:
    """The element names libxml2 expected."""
    found = EXPECTED.search(message)
    return found[1].split(", ") if found else []


def _attributes(locator: Locator, code: ErrorCode, known: Element, name: str) -> str:
    attribute = known.attributes.get(name)
    if code is ErrorCode.ATTRIBUTE_NOT_ALLOWED or attribute is None:
        allowed = ", ".join(f"@{locator.spell_attribute(each)}" for each in known.attributes)
        return say("only", names=allowed or say("no_attributes"))
    return facets(attribute.facets)
