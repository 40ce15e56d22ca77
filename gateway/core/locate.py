"""Where an element stands: its XPath in agreed names, its line and column; found once for each family of siblings."""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from itertools import count
from xml.parsers import expat

from lxml import etree

from gateway.core.paths import actual
from gateway.core.schema import Element, qualify

XSD = "{http://www.w3.org/2001/XMLSchema}"

# A step of a libxml2 node path: it cuts names after 98 bytes.
STEP = re.compile(r"/([^/\[\]]+)(?:\[(\d+)\])?")
CUT = 95

Position = tuple[int, int]


class Family:
    """The children of one element, by the ways in which they are asked for."""

    def __init__(self, parent: etree._Element) -> None:
        """Look at each child once."""
        self.children = list(parent)
        self.place = {child: number for number, child in enumerate(self.children, 1)}
        self.named: dict[str, list[etree._Element]] = {}
        self.written: dict[str, list[etree._Element]] = {}
        self.number: dict[etree._Element, int] = {}
        for child in self.children:
            same = self.named.setdefault(str(child.tag), [])
            same.append(child)
            self.number[child] = len(same)
            if child.prefix or not etree.QName(child).namespace:
                self.written.setdefault(_written(child), []).append(child)

    def step(self, name: str, number: int) -> etree._Element | None:
        """The child that a step of a node path names; * counts all, because its namespace has no prefix."""
        same = self.children if name == "*" else self.written.get(name, [])
        if not same and len(name.encode()) >= CUT:
            same = [child for written, found in self.written.items() if written.startswith(name) for child in found]
        return same[number - 1] if 0 < number <= len(same) else None


class Locator:
    """Finds and names elements of one document; names that the model does not know are never shown."""

    def __init__(self, root: etree._Element, model: Element | None, prefix_of: Mapping[str, str]) -> None:
        """`prefix_of` maps namespace to prefix; without a model, every step is shown as its place."""
        self.root, self._model, self._prefix_of = root, model, prefix_of
        self._families: dict[etree._Element, Family] = {}

    def find(self, node_path: str) -> etree._Element:
        """The element that a libxml2 node path names, in the document's own prefixes; the nearest one known."""
        element = self.root
        for name, number in STEP.findall(node_path)[1:]:
            child = self._family(element).step(name, int(number or 1))
            if child is None:
                return element
            element = child
        return element

    def declared(self, element: etree._Element) -> Element | None:
        """The element's declaration at its place; None for one that the schema does not know there."""
        return self._chain(element)[-1][1]

    def path(self, element: etree._Element) -> str:
        """XPath in agreed prefixes, an index only where siblings share the name; *[n] for what is unknown."""
        return "".join("/" + self._spelled(step, known) for step, known in self._chain(element))

    def spell(self, names: Iterable[str]) -> str:
        """Those of the names that stand in agreed namespaces, or in none, as alternatives."""
        shown = (qualify(name, self._prefix_of) for name in names)
        return " | ".join(name for name in shown if name != "*")

    def spell_attribute(self, name: str) -> str:
        """An attribute's name from the schema."""
        return qualify(name, self._prefix_of)

    def spell_type(self, name: str) -> str:
        """A type's name from the schema; empty for a local one, or one outside the agreed namespaces."""
        shown = f"xs:{name.removeprefix(XSD)}" if name.startswith(XSD) else qualify(name, self._prefix_of)
        return "" if shown == "*" else shown

    def _chain(self, element: etree._Element) -> list[tuple[etree._Element, Element | None]]:
        model = self._model
        known = actual(self.root, model) if model is not None and model.name == self.root.tag else None
        chain = [(self.root, known)]
        for step in reversed([element, *element.iterancestors()][:-1]):
            child = known.children.get(str(step.tag)) if known else None
            known = actual(step, child.element) if child else None
            chain.append((step, known))
        return chain

    def _spelled(self, element: etree._Element, known: Element | None) -> str:
        parent = element.getparent()
        if parent is None:
            return qualify(known.name, self._prefix_of) if known else "*"
        family = self._family(parent)
        if known is None:
            return f"*[{family.place[element]}]"
        alone = len(family.named[known.name]) == 1
        return qualify(known.name, self._prefix_of) + ("" if alone else f"[{family.number[element]}]")

    def _family(self, parent: etree._Element) -> Family:
        if parent not in self._families:
            self._families[parent] = Family(parent)
        return self._families[parent]


def positions(body: bytes, root: etree._Element, wanted: Iterable[etree._Element]) -> dict[etree._Element, Position]:
    """Line and column (1-based) of the wanted elements' start tags, found by their number in document order.

    A name that expat does not know (it has the 4th edition's) ends the search: what comes after has no position.
    """
    sought = set(wanted)
    if not sought:
        return {}
    numbers = {number: element for number, element in enumerate(root.iter()) if element in sought}
    found: dict[etree._Element, Position] = {}
    reader = expat.ParserCreate("utf-8")
    counter = count()

    def start(_name: str, _attributes: dict[str, str]) -> None:
        element = numbers.get(next(counter))
        if element is not None:
            found[element] = (reader.CurrentLineNumber, reader.CurrentColumnNumber + 1)

    reader.StartElementHandler = start
    with suppress(expat.ExpatError):
        reader.Parse(body, True)  # noqa: FBT003 - the library's signature
    return found


def _written(element: etree._Element) -> str:
    """The name as libxml2 writes it in a node path."""
    name = etree.QName(element)
    return f"{element.prefix}:{name.localname}" if element.prefix else name.localname
