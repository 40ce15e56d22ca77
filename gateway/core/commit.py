"""Commitments to what was removed, and the committed form: the document with each removed unit replaced by one.

The construction and what it rests on: docs/redaction.md.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256

from lxml import etree

from gateway.core.salt import prefixed

NAMESPACE = "urn:eurasec-gw:redaction:1"
PREFIX = "gw-redaction"
REMOVED = f"{{{NAMESPACE}}}removed"
TAG = b"gw-removed-1"
PLACE = re.compile(r"/|(/[1-9][0-9]{0,8})+")
# A name cannot be escaped in XML, a namespace can: without these no element uses either.
TELLING = (PREFIX.encode(), NAMESPACE.encode())
# No prefix is longer than libxml2's names: a text full of `xmlns` must not be read from each of them to its end.
ESCAPED = re.compile(rb"xmlns(?::[^\s=<>&\"']{1,60000}+)?\s*+=\s*+(?:\"[^\"&<]*+&|'[^'&<]*+&)")

# An attribute's namespace is declared where the attribute is put; lxml takes the prefix from this table alone.
etree.register_namespace(PREFIX, NAMESPACE)


class MisfitError(ValueError):
    """A document and a list of removed units that do not belong together."""


class NotCanonicalError(ValueError):
    """A document that Canonical XML does not define: a namespace name in it is a relative URI."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands for one removed unit in the committed form."""

    place: str  # as PLACE: /2/5 is the fifth child element of the root's second; of an attribute, its owner
    offset: int  # characters between the element before it, or its parent's start, and it; 0 for an attribute
    attribute: str  # {namespace}local; empty: an element
    rule: str
    commitment: bytes

    @property
    def order(self) -> tuple[tuple[int, ...], str, str]:
        """Marks stand in document order, those of one owner's attributes by namespace and name."""
        namespace, _, local = self.attribute.removeprefix("{").rpartition("}")
        return tuple(int(step) for step in self.place.split("/") if step), namespace, local


@dataclass(frozen=True, slots=True)
class Opening:
    """A removed unit as its commitment covers it: with the salt, it proves what stood there."""

    place: str
    offset: int
    attribute: str
    rule: str
    content: bytes  # inclusive C14N of the element as a document of its own, or the attribute's value
    following: str  # white space behind the element that went with it

    def commitment(self, salt: bytes) -> bytes:
        """32 bytes that bind rule, place and content, and tell nothing without the salt."""
        place = f"{self.place}+{self.offset}".encode()
        if self.attribute:
            namespace, _, local = self.attribute.removeprefix("{").rpartition("}")
            named = prefixed(self.rule.encode(), place, namespace.encode(), local.encode(), self.content)
            return sha256(TAG + b"attribute" + salt + named).digest()
        whole = prefixed(self.rule.encode(), place, self.content, self.following.encode())
        return sha256(TAG + b"element" + salt + whole).digest()


class Tree:
    """A document whose children are counted once, however many places are looked for."""

    def __init__(self, root: etree._Element) -> None:
        """Count nothing yet."""
        self._root = root
        self._children: dict[etree._Element, list[etree._Element]] = {}
        self._numbers: dict[etree._Element, dict[etree._Element, int]] = {}

    def place(self, element: etree._Element) -> str:
        """The element's place."""
        numbers: list[str] = []
        parent = element.getparent()
        while parent is not None:
            if parent not in self._numbers:
                self._numbers[parent] = {child: number for number, child in enumerate(parent, 1)}
            numbers.append(str(self._numbers[parent][element]))
            element, parent = parent, parent.getparent()
        return "/" + "/".join(reversed(numbers))

    def at(self, place: str) -> etree._Element:
        """The element at the place; MisfitError where there is none."""
        parent, number = self.stand(place) if place != "/" else (self._root, 0)
        siblings = self.children(parent)
        if number > len(siblings):
            raise MisfitError(place)
        return siblings[number - 1] if number else parent

    def stand(self, place: str) -> tuple[etree._Element, int]:
        """The parent and the number of a child of it, which need not be there yet."""
        parent = self._root
        above, _, last = place.rpartition("/")
        if not last:
            raise MisfitError(place)
        for step in above.split("/")[1:]:
            siblings, number = self.children(parent), int(step)
            if number > len(siblings):
                raise MisfitError(place)
            parent = siblings[number - 1]
        return parent, int(last)

    def children(self, parent: etree._Element) -> list[etree._Element]:
        """The parent's child elements, counted once: whoever changes them changes this list."""
        if parent not in self._children:
            self._children[parent] = list(parent)
        return self._children[parent]


def opening(
    tree: Tree, element: etree._Element, attribute: str, rule: str, gone: Collection[etree._Element]
) -> Opening:
    """What the commitment to a unit covers, while the unit still stands in the document.

    `gone` are the removed elements: what is left of the white space behind them counts for the offset.
    """
    place = tree.place(element)
    if attribute:
        return Opening(place, 0, attribute, rule, (element.get(attribute) or "").encode(), "")
    content = canonical(element)
    return Opening(place, _offset(element, gone), "", rule, content, following(element))


def _offset(element: etree._Element, gone: Collection[etree._Element]) -> int:
    before, parent = element.getprevious(), element.getparent()
    if before is None:
        return len(parent.text or "") if parent is not None else 0
    tail = before.tail or ""
    return len(tail) if before not in gone or tail.strip() else 0


def following(element: etree._Element) -> str:
    """The white space behind an element that goes with it; none where other text stands there."""
    tail = element.tail or ""
    return "" if tail.strip() else tail


def canonical(element: etree._Element) -> bytes:
    """Inclusive C14N 1.0 without comments, of the element as a document of its own with every namespace in scope.

    Exclusive C14N would leave out a prefix that only a value uses, as xsi:type="p:T" does.
    """
    try:
        return etree.tostring(element, method="c14n", with_comments=False)
    except etree.C14NError:
        raise NotCanonicalError from None


def committed(document: etree._Element, marks: Sequence[Mark]) -> bytes:
    """The committed digest, from a document as it was delivered; the document is used up.

    The marks stand in document order: each one's place counts those before it.
    """
    tree, gap = Tree(document), _Gap()
    for mark in marks:
        if not mark.attribute:
            gap = _insert(tree, mark, gap)
    gap.close()
    _enter(tree, marks)
    return sha256(canonical(document)).digest()


def committed_of_original(document: etree._Element, marks: Sequence[Mark]) -> bytes:
    """The same digest, from the original: each removed unit is replaced where it stands; the document is used up."""
    tree = Tree(document)
    units = [(tree.at(mark.place), mark) for mark in marks]
    for unit, mark in units:
        if mark.attribute:
            unit.attrib.pop(mark.attribute, None)
            continue
        parent = unit.getparent()
        if parent is None:
            raise MisfitError(mark.place)
        stand_in, tail = _stand_in(mark), unit.tail or ""
        parent.replace(unit, stand_in)
        stand_in.tail = tail if tail.strip() else None
    _enter(tree, marks)
    return sha256(canonical(document)).digest()


def _stand_in(mark: Mark) -> etree._Element:
    found = etree.Element(REMOVED, nsmap={PREFIX: NAMESPACE})
    found.set("c", mark.commitment.hex())
    found.set("rule", mark.rule)
    return found


@dataclass(frozen=True, slots=True)
class _Gap:
    """Text behind the last stand-in that is still to be shared out: each character moves once, however many units stood in it."""

    stand_in: etree._Element | None = None
    text: str = ""
    at: int = 0  # what stands before it has been put down

    def close(self) -> None:
        """The rest stands behind the stand-in."""
        if self.stand_in is not None:
            self.stand_in.tail = self.text[self.at :]


def _insert(tree: Tree, mark: Mark, gap: _Gap) -> _Gap:
    """The stand-in is where the unit was, so many elements and characters before it; the text behind it is the new gap."""
    parent, number = tree.stand(mark.place)
    siblings = tree.children(parent)
    if number > len(siblings) + 1:
        raise MisfitError(mark.place)
    before = siblings[number - 2] if number > 1 else None
    if before is None or before is not gap.stand_in:
        gap.close()
        gap = _Gap(None, (parent.text if before is None else before.tail) or "")
    end = gap.at + mark.offset
    if end > len(gap.text):
        raise MisfitError(mark.place)
    stand_in, kept = _stand_in(mark), gap.text[gap.at : end]
    if before is None:
        parent.text = kept
        parent.insert(0, stand_in)
    else:
        before.tail = None
        before.addnext(stand_in)
        before.tail = kept
    siblings.insert(number - 1, stand_in)
    return _Gap(stand_in, gap.text, end)


def _enter(tree: Tree, marks: Sequence[Mark]) -> None:
    """Each owner of removed attributes has their entries, in the marks' order."""
    entries: dict[str, list[str]] = {}
    for mark in marks:
        if mark.attribute:
            entries.setdefault(mark.place, []).append(f"{mark.commitment.hex()} {mark.rule}")
    for place, found in entries.items():
        tree.at(place).set(REMOVED, " ".join(found))


def reserved(document: etree._Element, body: bytes) -> list[etree._Element]:
    """Elements that use or declare the namespace or the prefix that stands for what was removed."""
    if not any(sign in body for sign in TELLING) and not (b"&" in body and ESCAPED.search(body)):
        return []
    found: list[etree._Element] = []
    telling = False
    for _, what in etree.iterwalk(document, events=("start-ns", "start")):
        if isinstance(what, tuple):  # prefix and namespace that the next element declares
            telling = telling or what[0] == PREFIX or what[1] == NAMESPACE
        elif what is not None and telling:
            found.append(what)
            telling = False
    return found
