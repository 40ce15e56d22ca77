"""The verdict on a document by its agreed schema: libxml2's, corrected where an own judge of values knows better.

1. libxml2, in bounded time  2. values that it takes though they are wrong  3. values that it refuses though they are right
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from io import BytesIO
from itertools import islice
from typing import Any

from lxml import etree

from gateway.core import explain, paths
from gateway.core.agreement import MessageType
from gateway.core.errors import MAX_FAULTS, ErrorCode, Fault
from gateway.core.locate import Locator
from gateway.core.simple import Simple, Unknown, fault

VALUES = frozenset(
    f"SCHEMAV_CVC_{name}"
    for name in [
        "DATATYPE_VALID_1_2_1",
        "DATATYPE_VALID_1_2_2",
        "DATATYPE_VALID_1_2_3",
        "FACET_VALID",
        "PATTERN_VALID",
        "LENGTH_VALID",
        "MINLENGTH_VALID",
        "MAXLENGTH_VALID",
        "ENUMERATION_VALID",
        "MININCLUSIVE_VALID",
        "MAXINCLUSIVE_VALID",
        "MINEXCLUSIVE_VALID",
        "MAXEXCLUSIVE_VALID",
        "TOTALDIGITS_VALID",
        "FRACTIONDIGITS_VALID",
        "TYPE_3_1_3",
        "COMPLEX_TYPE_2_2",
    ]
)
MOST_STEPS = 200_000_000  # libxml2 looks at every sibling before each faulty element: a second
SMALL = 24_000  # bytes that cannot hold enough elements for that many steps
FEWEST = 20  # faults told of any document
CHUNK = 4096  # bytes read at once where faults are counted
SAFE: dict[str, Any] = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}


def judge(
    document: etree._Element, kind: MessageType, prefix_of: Mapping[str, str], body: bytes = b""
) -> tuple[Fault, ...]:
    """Every fault, MAX_FAULTS + 1 at most; none where the document is valid. Without `body`, without positions."""
    log, whole = _log(document, kind.validator(), body)
    wrong = list(kind.misjudged.wrong(document))
    if not log and not wrong:
        return ()
    locator = Locator(document, kind.model, prefix_of)
    found = explain.explain(locator, [entry for entry in log if not _right(locator, entry)], body, wrong)
    return found if found or whole else (Fault(ErrorCode.TOO_MANY_DOUBTS, "/*"),)


def _log(document: etree._Element, validator: etree.XMLSchema, body: bytes) -> tuple[Sequence[etree._LogEntry], bool]:
    """What libxml2 has to say, and whether that is all: of a large document with very many faults, it is the first ones."""
    starts = body.count(b"<") if len(body) > SMALL else 0
    if starts * (starts + body.count(b"=")) > MOST_STEPS:
        most = max(FEWEST, min(MAX_FAULTS, MOST_STEPS // starts))
        end = _end(body, validator, most)
        if end < len(body):
            part = etree.fromstring(body[:end], etree.XMLParser(recover=True, remove_comments=True, **SAFE))
            validator.validate(part)
            return list(islice(validator.error_log, most)), False
    return ([] if validator.validate(document) else list(validator.error_log)), True


def _end(body: bytes, validator: etree.XMLSchema, most: int) -> int:
    """How many bytes hold that many faults: read once, nothing kept, no sibling looked at; all, where there are fewer."""
    file = _InChunks(body)
    elements = etree.iterparse(file, ("end",), schema=validator, recover=True, remove_comments=True, **SAFE)
    with suppress(etree.XMLSyntaxError):  # how it says at the end that there were faults
        for _, element in elements:
            element.clear()
            if len(elements.error_log) > most:
                return file.tell()
    return len(body)


class _InChunks(BytesIO):
    """Gives little at once, so that faults are counted often."""

    def read(self, size: int | None = -1, /) -> bytes:
        """At most CHUNK bytes."""
        return super().read(min(size, CHUNK) if size and size > 0 else CHUNK)


def _right(locator: Locator, entry: etree._LogEntry) -> bool:
    """Whether it is about a value that is right after all."""
    if entry.type_name not in VALUES:
        return False
    element = locator.find(explain.node_path(entry))
    kind, text = _value(locator, element, explain.attribute_name(entry))
    try:
        return kind is not None and text is not None and fault(kind, text) is None
    except Unknown:
        return False


def _value(locator: Locator, element: etree._Element, attribute: str) -> tuple[Simple | None, str | None]:
    """The type and the text of what the validator complains about; no type where it cannot be told."""
    known = locator.declared(element)
    if known is None or paths.stated_type(element) not in ("", known.type):
        return None, None
    if attribute:
        declared = known.attributes.get(attribute)
        return (declared.value if declared else None), element.get(attribute)
    return known.value, None if len(element) else element.text or ""
