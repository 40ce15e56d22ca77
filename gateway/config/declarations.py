"""What the files of a schema set say about themselves: composition, multiplicity, documentation; for the guide alone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from gateway.config.schema_set import XS

ITEM = "{urn:eurasec-gw:annotation}item"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
GROUPS = ("sequence", "choice", "all")
THROUGH = ("complexContent", "simpleContent")
DERIVED = ("extension", "restriction")
UNBOUNDED = 0  # as a highest number
OWN_TYPE = "(of its own)"


@dataclass(frozen=True, slots=True)
class Said:
    """What an annotation says: texts in its languages, identifier, source and restriction class, as far as it has them."""

    texts: tuple[str, ...] = ()
    identifier: str = ""
    source: str = ""
    restricted: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One element in a composition."""

    name: str  # {namespace}local
    type: str  # {namespace}local, of an element declared here
    lowest: int
    highest: int
    chosen: bool  # one of a choice
    depth: int  # below 0: in a type of its own
    said: Said | None  # None: it stands here by reference

    @property
    def multiplicity(self) -> str:
        """How often it may stand: 1, 0..1, 1..*."""
        highest = "*" if self.highest == UNBOUNDED else str(self.highest)
        many = str(self.lowest) if str(self.lowest) == highest else f"{self.lowest}..{highest}"
        return f"{many}, one of" if self.chosen else many


@dataclass(frozen=True, slots=True)
class Declaration:
    """A global element or type."""

    name: str  # {namespace}local
    said: Said
    type: str  # of an element
    base: str  # of a type
    rows: tuple[Row, ...]
    facets: tuple[tuple[str, str], ...]
    values: tuple[tuple[str, str], ...]  # of a code list: value, meaning
    attributes: tuple[tuple[str, str, str, Said], ...]  # name, type, how often


@dataclass(frozen=True, slots=True)
class Declarations:
    """All of a set. What a file without a target namespace declares is part of the one that includes it."""

    elements: Mapping[str, Declaration]
    types: Mapping[str, Declaration]

    def element(self, name: str) -> Declaration | None:
        """The global element of that {namespace}name."""
        return self.elements.get(name) or self.elements.get(name.rpartition("}")[2])

    def type(self, name: str) -> Declaration | None:
        """The global type of that {namespace}name."""
        return self.types.get(name) or self.types.get(name.rpartition("}")[2])


def read(files: Mapping[Path, bytes]) -> Declarations:
    """The global declarations of the files; a file without a target namespace has none of its own."""
    elements: dict[str, Declaration] = {}
    types: dict[str, Declaration] = {}
    for path in files:
        schema = etree.parse(path, etree.XMLParser(no_network=True, load_dtd=False, resolve_entities=False)).getroot()
        for node in schema.iterchildren(*(f"{{{XS}}}{name}" for name in ("element", "simpleType", "complexType"))):
            found = _declaration(node)
            (elements if etree.QName(node).localname == "element" else types)[found.name] = found
    return Declarations(elements, types)


def _declaration(node: etree._Element) -> Declaration:
    inner = next((child for child in node.iterdescendants(f"{{{XS}}}extension", f"{{{XS}}}restriction")), None)
    base = _resolved(inner, "base") if inner is not None else ""
    return Declaration(
        _name(node),
        _said(node),
        _resolved(node, "type"),
        base,
        tuple(_rows(node, 1, 1, chosen=False, depth=0)),
        tuple(_facets(node)),
        tuple((str(each.get("value")), " ".join(_said(each).texts)) for each in node.iter(f"{{{XS}}}enumeration")),
        tuple(_attribute(each) for each in node.iter(f"{{{XS}}}attribute")),
    )


def _name(node: etree._Element) -> str:
    namespace = node.getroottree().getroot().get("targetNamespace")
    return f"{{{namespace}}}{node.get('name')}" if namespace else str(node.get("name"))


def _resolved(node: etree._Element, attribute: str) -> str:
    """The name that the attribute gives, with its namespace."""
    value = node.get(attribute)
    if value is None:
        return ""
    prefix, _, local = value.rpartition(":")
    namespace = node.nsmap.get(prefix or None)
    return f"{{{namespace}}}{local}" if namespace else local


def _said(node: etree._Element) -> Said:
    annotation = node.find(f"{{{XS}}}annotation")
    if annotation is None:
        return Said()
    texts = tuple((text.text or "").strip() for text in annotation.iterchildren(f"{{{XS}}}documentation"))
    item = next(annotation.iter(ITEM), None)
    if item is None:
        return Said(texts)
    return Said(texts, item.get("id", ""), item.get("source", ""), item.get("class", ""))


def _facets(node: etree._Element) -> Iterator[tuple[str, str]]:
    for restriction in node.iter(f"{{{XS}}}restriction"):
        for facet in restriction.iterchildren("*"):
            name, value = etree.QName(facet).localname, facet.get("value")
            if value is not None and name != "enumeration":
                yield name, value


def _attribute(node: etree._Element) -> tuple[str, str, str, Said]:
    name = node.get("name") or str(node.get("ref"))
    return name, _resolved(node, "type"), "1" if node.get("use") == "required" else "0..1", _said(node)


def _rows(node: etree._Element, lowest: int, highest: int, *, chosen: bool, depth: int) -> Iterator[Row]:
    """The elements that stand in it, in order, each as often as it and the groups around it allow."""
    for child in node.iterchildren(
        *(f"{{{XS}}}{name}" for name in (*GROUPS, *THROUGH, *DERIVED, "complexType", "element"))
    ):
        name = etree.QName(child).localname
        low, high = lowest * int(child.get("minOccurs", "1")), _times(highest, child.get("maxOccurs", "1"))
        if name != "element":
            yield from _rows(child, low, high, chosen=chosen or name == "choice", depth=depth)
        elif child.get("ref") is not None:
            yield Row(_resolved(child, "ref"), "", low, high, chosen, depth, None)
        else:
            kind = _resolved(child, "type") or OWN_TYPE
            yield Row(_name(child), kind, low, high, chosen, depth, _said(child))
            yield from _rows(child, 1, 1, chosen=False, depth=depth + 1)


def _times(highest: int, occurs: str) -> int:
    return UNBOUNDED if occurs == "unbounded" or highest == UNBOUNDED else highest * int(occurs)
