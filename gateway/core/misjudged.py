"""The values of a message type that libxml2 takes though they are wrong: found by name, judged again, the rest untouched."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from gateway.core import paths
from gateway.core.errors import ErrorCode
from gateway.core.schema import Element, every
from gateway.core.simple import Simple, Unknown, fault

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
Wrong = tuple[etree._Element, str, ErrorCode]  # the attribute's name; empty for the element's own value


@dataclass(frozen=True, slots=True)
class Misjudged:
    """Which elements are looked at again; `found` says by their name what they are, where that is the same everywhere."""

    root: Element
    found: Mapping[str, Element | None]

    def wrong(self, document: etree._Element) -> Iterator[Wrong]:
        """Every value that its type does not allow, in document order."""
        if not self.found:
            return
        for element in document.iter(*self.found):
            known = self._declared(element)
            if known is not None:
                yield from _wrong(element, known)

    def _declared(self, element: etree._Element) -> Element | None:
        known = self.found[str(element.tag)]
        if known is None:
            child = paths.chain(element, self.root)[-1].child
            known = child.element if child else None
        return paths.actual(element, known) if known else None


def misjudged(root: Element) -> Misjudged:
    """Those elements of the model that have, or whose attributes have, a type that libxml2 is known to misjudge."""
    everything = list(every(root))
    derived = {id(each) for element in everything for each in element.derived.values()}
    names = {element.name for element in everything if _doubted(element)}
    known: dict[str, Element | None] = {}
    for element in everything:
        if element.name in names and id(element) not in derived:
            known[element.name] = None if element.name in known else element
    return Misjudged(root, known)


def _doubted(element: Element) -> bool:
    values = (element.value, *(attribute.value for attribute in element.attributes.values()))
    return any(value is not None and value.doubted for value in values)


def _wrong(element: etree._Element, known: Element) -> Iterator[Wrong]:
    text = element.text or ""
    taken = (known.default and not text) or element.get(NIL, "").strip() in ("true", "1")
    if known.value is not None and known.value.doubted and not taken:
        code = _code(known.value, text)
        if code:
            yield element, "", code
    for name, attribute in known.attributes.items():
        value = element.get(name)
        if value is not None and attribute.value is not None and attribute.value.doubted:
            code = _code(attribute.value, value)
            if code:
                yield element, name, code


def _code(kind: Simple, text: str) -> ErrorCode | None:
    try:
        return fault(kind, text)
    except Unknown:
        return None
