"""Schema faults in the gateway's own words: code, XPath, line, column, what was expected.

libxml2 judges; its texts quote values and unknown names, so only its error kind, its position and the names
that stand in the agreed schema are used.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import count, islice
from xml.parsers import expat

from lxml import etree

from gateway.core.errors import MAX_FAULTS, ErrorCode, Fault
from gateway.core.schema import Element, qualify

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
ATTRIBUTE_FAULTS = (ErrorCode.ATTRIBUTE_MISSING, ErrorCode.ATTRIBUTE_NOT_ALLOWED)
MISSING = "Missing child element"
EXPECTED = re.compile(r"Expected is (?:one of )?\( (.*) \)\.$")
NODE_STEP = re.compile(r"/(?:([^/:\[\]]+):)?([^/:\[\]]+)(?:\[(\d+)\])?")
ATTRIBUTE = re.compile(r"attribute '([^']*)'")
SAME_BEFORE = etree.XPath("count(preceding-sibling::*[local-name() = $tag and namespace-uri() = $ns])")

Position = tuple[int, int]


def explain(
    root: etree._Element,
    log: Iterable[etree._LogEntry],
    model: Element,
    prefix_of: Mapping[str, str],
    body: bytes = b"",
) -> tuple[Fault, ...]:
    """Every fault the validator found, once each, MAX_FAULTS + 1 at most, with line and column in `body`.

    `prefix_of` maps namespace to prefix. Without `body` (the document is not as it was received), the faults
    have no position.
    """
    seen: dict[tuple[str, ErrorCode], tuple[etree._Element, Fault]] = {}
    for entry in log:
        element = _resolve(root, entry.path or "")
        element, fault = _fault(root, element, entry, model, prefix_of)
        seen.setdefault((fault.path, fault.code), (element, fault))
        if len(seen) > MAX_FAULTS:
            break
    positions = _positions(body, root, {element for element, _ in seen.values()}) if body else {}
    return tuple(_at(fault, positions.get(element, (0, 0))) for element, fault in seen.values())


def pointed(  # noqa: PLR0913, PLR0917 - one kind of fault and where to look for it
    root: etree._Element,
    code: ErrorCode,
    elements: Iterable[etree._Element],
    expected: str,
    prefix_of: Mapping[str, str],
    body: bytes,
) -> tuple[Fault, ...]:
    """One fault for each of the elements, with its path and its position in `body`."""
    found = list(elements)
    positions = _positions(body, root, set(found))
    return tuple(
        _at(Fault(code, path_of(element, prefix_of), expected=expected), positions.get(element, (0, 0)))
        for element in found
    )


def path_of(element: etree._Element, prefix_of: Mapping[str, str]) -> str:
    """The element's XPath in agreed prefixes; an index only where siblings share the name."""
    steps = []
    current: etree._Element | None = element
    while current is not None:
        steps.append("/" + qualify(str(current.tag), prefix_of) + _index(current))
        current = current.getparent()
    return "".join(reversed(steps))


def declared(root: etree._Element, element: etree._Element, model: Element) -> Element | None:
    """The declaration the element has under the model; None for an element the schema does not know there."""
    chain = [element, *element.iterancestors()]
    if chain[-1] is not root or root.tag != model.name:
        return None
    found: Element | None = model
    for step in reversed(chain[:-1]):
        child = found.children.get(str(step.tag)) if found else None
        found = child.element if child else None
    return found


def _resolve(root: etree._Element, path: str) -> etree._Element:
    """The element a libxml2 node path names; its steps use the document's own prefixes, which may be rebound."""
    element = root
    for prefix, local, place in NODE_STEP.findall(path)[1:]:
        same = (child for child in element if local == "*" or (child.prefix or "", _local(child)) == (prefix, local))
        found = next(islice(same, int(place or 1) - 1, None), None)
        if found is None:
            return element
        element = found
    return element


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname


def _fault(
    root: etree._Element, element: etree._Element, entry: etree._LogEntry, model: Element, prefix_of: Mapping[str, str]
) -> tuple[etree._Element, Fault]:
    """The fault, and the element whose position it has."""
    known, code = declared(root, element, model), _code(entry)
    expected = _expected(entry.message)
    parent = element.getparent()
    if known is not None and parent is not None and code is ErrorCode.ELEMENT_NOT_EXPECTED:
        missing = _missing(root, parent, expected, model)
        if missing:  # it may stand here, but something mandatory is missing before it: that is the fault
            return parent, Fault(
                ErrorCode.ELEMENT_MISSING, path_of(parent, prefix_of), expected=_spell(missing, prefix_of)
            )
    path = path_of(element, prefix_of) if known or element is root else _unknown(element, prefix_of)
    if known is None or code in (ErrorCode.ELEMENT_MISSING, ErrorCode.ELEMENT_NOT_EXPECTED):
        return element, Fault(code, path, expected=_spell(expected, prefix_of) or "no element here")
    named = ATTRIBUTE.search(entry.message)
    if named:
        attribute = known.attributes.get(named[1])
        where = f"{path}/@{attribute.name if attribute else '*'}"
        return element, Fault(code, where, expected=_attributes(code, known, named[1]))
    return element, Fault(code, path, expected=known.facets or "elements only, no text")


def _missing(root: etree._Element, parent: etree._Element, expected: list[str], model: Element) -> list[str]:
    """Those of the expected elements that the parent cannot do without."""
    known = declared(root, parent, model)
    children = known.children if known else {}
    return [name for name in expected if name in children and not children[name].optional]


def _code(entry: etree._LogEntry) -> ErrorCode:
    if entry.type_name == "SCHEMAV_ELEMENT_CONTENT":
        return ErrorCode.ELEMENT_MISSING if MISSING in entry.message else ErrorCode.ELEMENT_NOT_EXPECTED
    return KINDS.get(entry.type_name, ErrorCode.SCHEMA_FAULT)


def _expected(message: str) -> list[str]:
    """The element names libxml2 expected; `_spell` shows only those of the agreed namespaces."""
    found = EXPECTED.search(message)
    return found[1].split(", ") if found else []


def _spell(names: list[str], prefix_of: Mapping[str, str]) -> str:
    return " | ".join(qualify(name, prefix_of) for name in names if name.rpartition("}")[0][1:] in prefix_of)


def _attributes(code: ErrorCode, known: Element, name: str) -> str:
    attribute = known.attributes.get(name)
    if code is ErrorCode.ATTRIBUTE_NOT_ALLOWED or attribute is None:
        return "only: " + (", ".join(f"@{allowed}" for allowed in known.attributes) or "no attributes")
    return attribute.facets


def _unknown(element: etree._Element, prefix_of: Mapping[str, str]) -> str:
    """The place of an element the schema does not know: its own name is the sender's and is not repeated."""
    parent = element.getparent()
    place = 0 if parent is None else parent.index(element) + 1
    return ("" if parent is None else path_of(parent, prefix_of)) + f"/*[{place}]"


def _index(element: etree._Element) -> str:
    name = str(element.tag)
    before = int(SAME_BEFORE(element, tag=etree.QName(name).localname, ns=etree.QName(name).namespace or ""))
    if before == 0 and next(element.itersiblings(name), None) is None:
        return ""
    return f"[{before + 1}]"


def _positions(body: bytes, root: etree._Element, wanted: set[etree._Element]) -> dict[etree._Element, Position]:
    """Line and column (1-based) of the wanted elements' start tags, found by their number in document order."""
    numbers = {number: element for number, element in enumerate(root.iter()) if element in wanted}
    positions: dict[etree._Element, Position] = {}
    reader = expat.ParserCreate("utf-8")
    counter = count()

    def start(_name: str, _attributes: dict[str, str]) -> None:
        element = numbers.get(next(counter))
        if element is not None:
            positions[element] = (reader.CurrentLineNumber, reader.CurrentColumnNumber + 1)

    reader.StartElementHandler = start
    reader.Parse(body, True)  # noqa: FBT003 - the library's signature
    return positions


def _at(fault: Fault, position: Position) -> Fault:
    return Fault(fault.code, fault.path, position[0], position[1], fault.expected)
