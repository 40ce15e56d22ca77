"""What a rule reads: paths resolved against the schema when the agreement is loaded, and their values in a document.

Steps are child names, never `//`: reading takes time in proportion to the document, whatever it holds.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from lxml import etree

from gateway.core.names import Member
from gateway.core.rules.values import Form, canonical

Steps = tuple[str, ...]  # {namespace}local of one child after the other


@dataclass(frozen=True, slots=True)
class Operand:
    """One path of a rule: from its context, or (absolute) from the root."""

    path: str  # as it is written, for the operator
    steps: Steps
    attribute: str = ""  # {namespace}local; empty: the element itself
    form: Form = Form.COLLAPSED  # how its text is compared
    absolute: bool = False
    stripped_by: tuple[frozenset[Member], ...] = ()  # whose laws take it out of messages; an empty set: everyone's

    def open(self, members: frozenset[Member]) -> bool:
        """Whether a sender may have stripped it: that it is not there then says nothing (EA-2.2)."""
        return any(not law or law & members for law in self.stripped_by)


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A place that an operand found."""

    element: etree._Element
    attribute: str
    text: str  # its canonical value


@dataclass(frozen=True, slots=True)
class Condition:
    """A rule is asked only where the path has one of the values, or, without values, is there."""

    operand: Operand
    values: frozenset[str]

    def holds(self, scope: "Scope") -> bool:
        """Whether the rule is to be asked in this scope."""
        found = scope.read(self.operand)
        return any(node.text in self.values for node in found) if self.values else bool(found)


@dataclass(slots=True)
class Reading:
    """One document while its rules are asked: what was already found."""

    root: etree._Element
    found: dict[Steps, list[etree._Element]] = field(default_factory=dict)
    read: dict[Operand, list[Node]] = field(default_factory=dict)

    def contexts(self, steps: Steps) -> list[etree._Element]:
        """The elements at the end of the steps from the root."""
        if steps not in self.found:
            self.found[steps] = walked(self.root, steps)
        return self.found[steps]

    def absolute(self, operand: Operand) -> list[Node]:
        """What an absolute operand finds: looked up once for each document."""
        if operand not in self.read:
            self.read[operand] = nodes(self.contexts(operand.steps), operand)
        return self.read[operand]


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a rule is asked: one context element of one document."""

    reading: Reading
    context: etree._Element

    def read(self, operand: Operand) -> list[Node]:
        """What the operand finds here."""
        if operand.absolute:
            return self.reading.absolute(operand)
        return nodes(walked(self.context, operand.steps), operand)

    def within(self, element: etree._Element) -> "Scope":
        """The scope of one of several items."""
        return Scope(self.reading, element)


def walked(start: etree._Element, steps: Steps) -> list[etree._Element]:
    """Every element that the steps lead to, in document order."""
    found = [start]
    for step in steps:
        found = [child for element in found for child in element.iterchildren(step)]
    return found


def nodes(elements: Iterable[etree._Element], operand: Operand) -> list[Node]:
    """The operand's places at these elements, with their canonical text."""
    if operand.form is Form.NOTHING:
        return [Node(element, "", "") for element in elements]
    if not operand.attribute:
        return [Node(element, "", canonical(text_of(element), operand.form)) for element in elements]
    return [
        Node(element, operand.attribute, canonical(str(value), operand.form))
        for element in elements
        if (value := element.get(operand.attribute)) is not None
    ]


def text_of(element: etree._Element) -> str:
    """The string value: all text in it, whether it came in one piece, in CDATA or beside a misplaced element."""
    return "".join(map(str, element.itertext())) if len(element) else element.text or ""
