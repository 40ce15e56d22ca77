"""XML in its exclusive canonical form, with the standard library alone (Exclusive XML Canonicalization 1.0).

What is parsed has no DOCTYPE, so there are no entities and no default attributes. Comments are left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from xml.parsers import expat

from gateway.core.evidence.note import Malformed

XML = "http://www.w3.org/XML/1998/namespace"
LARGEST = 16 * 1024 * 1024
DEEPEST = 100
MOST = 200_000  # elements
WIDEST = 256  # attributes of an element, namespaces in scope
_ATTRIBUTE = str.maketrans({"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"})
_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"})
Name = tuple[str, str]  # namespace and local name


@dataclass(frozen=True, slots=True)
class Instruction:
    """A processing instruction."""

    target: str
    data: str


@dataclass(eq=False, slots=True)
class Element:
    """An element with the prefixes it was written with."""

    qname: str
    attributes: Mapping[str, str]  # by the names they are written with; no declarations
    spaces: Mapping[str, str]  # every namespace in scope, by prefix
    children: list["Element | Instruction | str"] = field(default_factory=list)

    @property
    def name(self) -> Name:
        """Namespace and local name."""
        prefix, _, local = self.qname.rpartition(":")
        return self.spaces.get(prefix, ""), local

    @property
    def text(self) -> str:
        """The text that stands in it, outside of its elements."""
        return "".join(each for each in self.children if isinstance(each, str))

    def attribute(self, space: str, local: str) -> str | None:
        """The attribute's value."""
        return next(
            (value for key, value in self.attributes.items() if _attribute_name(key, self) == (space, local)), None
        )

    def elements(self) -> Iterator["Element"]:
        """The elements right inside it."""
        return (each for each in self.children if isinstance(each, Element))

    def all(self, *path: Name) -> Iterator["Element"]:
        """The elements at that path below it."""
        if not path:
            yield self
            return
        for each in self.elements():
            if each.name == path[0]:
                yield from each.all(*path[1:])

    def one(self, *path: Name) -> "Element":
        """The one element at that path; Malformed where there is none or another."""
        found = [*self.all(*path)]
        if len(found) != 1:
            raise Malformed(f"{len(found)} elements {path[-1][1]}; expected one")
        return found[0]

    def within(self) -> Iterator["Element"]:
        """The element and every element in it."""
        yield self
        for each in self.elements():
            yield from each.within()


def parse(content: bytes) -> Element:
    """The document's root; Malformed where it is no XML, has a DOCTYPE, or is larger or deeper than a SOAP part."""
    if len(content) > LARGEST:
        raise Malformed(f"XML of {len(content)} bytes; expected at most {LARGEST}")
    builder = _Builder()
    parser = expat.ParserCreate()
    parser.ordered_attributes, parser.buffer_text = True, True
    parser.StartElementHandler, parser.EndElementHandler = builder.start, builder.end
    parser.CharacterDataHandler, parser.ProcessingInstructionHandler = builder.text, builder.instruction
    parser.StartDoctypeDeclHandler = builder.doctype
    try:
        parser.Parse(content, True)  # noqa: FBT003 - that is all of it
    except (expat.ExpatError, LookupError, UnicodeError):
        raise Malformed("not XML") from None
    return builder.stack[0]


def canonical(apex: Element, prefixes: Sequence[str] = ()) -> bytes:
    """The element's exclusive canonical form without comments; `prefixes`: InclusiveNamespaces/@PrefixList."""
    written: list[str] = []
    _write(apex, frozenset("" if each == "#default" else each for each in prefixes), {}, written)
    return "".join(written).encode()


class _Builder:
    def __init__(self) -> None:
        self.stack: list[Element] = []
        self.open: list[Element] = []
        self.count = 0

    def start(self, qname: str, found: list[str]) -> None:
        outer = self.open[-1].spaces if self.open else {"xml": XML}
        pairs = dict(zip(found[::2], found[1::2], strict=True))
        declared = {key.partition(":")[2]: value for key, value in pairs.items() if key.partition(":")[0] == "xmlns"}
        attributes = {key: value for key, value in pairs.items() if key.partition(":")[0] != "xmlns"}
        element = Element(qname, attributes, {**outer, **declared} if declared else outer)
        self.count += 1
        if len(self.open) >= DEEPEST or self.count > MOST or max(len(pairs), len(element.spaces)) > WIDEST:
            raise Malformed("XML with more elements, deeper or wider ones, than a SOAP part has")
        _require_named(element)
        if self.open:
            self.open[-1].children.append(element)
        else:
            self.stack.append(element)
        self.open.append(element)

    def end(self, _: str) -> None:
        self.open.pop()

    def text(self, content: str) -> None:
        self.open[-1].children.append(content)

    def instruction(self, target: str, data: str) -> None:
        if self.open:
            self.open[-1].children.append(Instruction(target, data))

    def doctype(self, *_: object) -> None:
        raise Malformed("XML with a DOCTYPE")


def _require_named(element: Element) -> None:
    """Every prefix stands for a namespace, and no attribute stands there twice under two prefixes (Namespaces 1.0 6.3)."""
    used = [key.rpartition(":")[0] for key in (element.qname, *element.attributes)]
    if any(prefix and not element.spaces.get(prefix) for prefix in used):
        raise Malformed("XML with a prefix that stands for nothing")
    names = [_attribute_name(key, element) for key in element.attributes]
    if len(set(names)) != len(names):
        raise Malformed("XML with one attribute twice")


def _attribute_name(key: str, element: Element) -> Name:
    """Namespace and local name: without a prefix, an attribute has no namespace."""
    prefix, _, local = key.rpartition(":")
    return (element.spaces[prefix] if prefix else ""), local


def _write(element: Element, inclusive: frozenset[str], rendered: Mapping[str, str], written: list[str]) -> None:
    """Exclusive XML Canonicalization 1.0, 3: namespaces where they are visibly used, or listed."""
    used = {key.rpartition(":")[0] for key in element.attributes if ":" in key} | {element.qname.rpartition(":")[0]}
    shown = {
        prefix: element.spaces.get(prefix, "")
        for prefix in (used | (inclusive & element.spaces.keys())) - {"xml"}
        if element.spaces.get(prefix, "") != rendered.get(prefix, "")
    }
    written.append(f"<{element.qname}")
    written += [f' xmlns{":" if key else ""}{key}="{uri.translate(_ATTRIBUTE)}"' for key, uri in sorted(shown.items())]
    rows = sorted(element.attributes.items(), key=lambda each: _attribute_name(each[0], element))
    written += [f' {key}="{value.translate(_ATTRIBUTE)}"' for key, value in rows]
    written.append(">")
    inner = {**rendered, **shown} if shown else rendered
    for child in element.children:
        if isinstance(child, Element):
            _write(child, inclusive, inner, written)
        elif isinstance(child, Instruction):
            written.append(f"<?{child.target}{' ' if child.data else ''}{child.data}?>")
        else:
            written.append(child.translate(_TEXT))
    written.append(f"</{element.qname}>")
