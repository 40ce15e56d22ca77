"""What a rule reads: paths resolved against the schema when the agreement is loaded, and their values in a document.

Steps are child names, never `//`: reading takes time in proportion to the document, whatever it holds.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from lxml import etree

from gateway.core.names import Member
from gateway.core.rules.values import CANONICAL, Form, Moment, moment

Steps = tuple[str, ...]  # {namespace}local of one child after the other
NOTHING: Mapping[str, list["Node"]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Operand:
    """One path of a rule: from its context, or (absolute) from the root."""

    path: str  # as it is written, for the operator
    steps: Steps
    attribute: str = ""  # {namespace}local; empty: the element itself
    form: Form = Form.COLLAPSED  # how its text is compared
    absolute: bool = False
    stripped_by: tuple[frozenset[Member], ...] = ()  # whose laws take it out of messages; an empty set: everyone's
    canonical: Callable[[str], str] = field(init=False, repr=False, compare=False)  # as the form says

    def __post_init__(self) -> None:
        """Know the form's function, once for all documents."""
        object.__setattr__(self, "canonical", CANONICAL[self.form])

    def open(self, members: frozenset[Member]) -> bool:
        """Whether a sender may have stripped it: that it is not there then says nothing (EA-2.2)."""
        return any(not law or law & members for law in self.stripped_by)


@dataclass(slots=True, eq=False)  # not frozen: dozens are made for every message
class Node:
    """A place that rules look at."""

    element: etree._Element
    below: Mapping[str, list["Node"]]  # the children that are looked at, by name
    attribute: str = ""  # {namespace}local; empty: the element itself

    @property
    def text(self) -> str:
        """The value as it is written; of an element all text in it, in CDATA or beside a misplaced element, too."""
        if self.attribute:
            return str(self.element.get(self.attribute))
        return "".join(map(str, self.element.itertext())) if len(self.element) else self.element.text or ""


@dataclass(frozen=True, slots=True)
class Condition:
    """A rule is asked only where the path has one of the values, or, without values, is there."""

    operand: Operand
    values: frozenset[str]

    def holds(self, scope: "Scope") -> bool:
        """Whether the rule is to be asked in this scope."""
        if not self.values:
            return bool(scope.read(self.operand))
        return not self.values.isdisjoint([text for _, text in scope.texts(self.operand)])


@dataclass(frozen=True, slots=True)
class Reading:
    """One document while its rules are asked: what was already found."""

    root: etree._Element
    found: dict[Steps, list[Node]] = field(default_factory=dict)
    moments: dict[str, Moment | None] = field(default_factory=dict)
    chosen: dict[tuple[str, str], Any] = field(default_factory=dict)  # by kinds of rules, for the whole document

    def absolute(self, operand: Operand) -> Sequence[Node]:
        """What an absolute operand finds: looked up once for each document."""
        if operand.steps not in self.found:
            self.found[operand.steps] = [Node(element, NOTHING) for element in walked(self.root, operand.steps)]
        return _attributes(self.found[operand.steps], operand.attribute)

    def moment(self, text: str) -> Moment | None:
        """The date or dateTime that the text is: read once for each document."""
        if text not in self.moments:
            self.moments[text] = moment(text)
        return self.moments[text]


@dataclass(slots=True)  # not frozen, like nodes
class Scope:
    """Where a rule is asked: one context element of one document."""

    reading: Reading
    context: Node

    def read(self, operand: Operand) -> Sequence[Node]:
        """What the operand finds here, in document order."""
        if operand.absolute:
            return self.reading.absolute(operand)
        found: Sequence[Node] = (self.context,)
        for step in operand.steps:
            if len(found) == 1:
                found = found[0].below.get(step, ())
            else:
                found = [child for node in found for child in node.below.get(step, ())]
        return _attributes(found, operand.attribute) if operand.attribute else found

    def texts(self, operand: Operand) -> list[tuple[Node, str]]:
        """What the operand finds here, with its canonical text: equal values have equal texts."""
        canonical = operand.canonical
        return [(node, canonical(node.text)) for node in self.read(operand)]

    def within(self, item: Node) -> "Scope":
        """The scope of one of several items."""
        return Scope(self.reading, item)


def walked(start: etree._Element, steps: Steps) -> list[etree._Element]:
    """Every element that the steps lead to, in document order."""
    found = [start]
    for step in steps:
        found = [child for element in found for child in element.iterchildren(step)]
    return found


def _attributes(found: Sequence[Node], name: str) -> Sequence[Node]:
    """The attribute of each node that has it; the nodes themselves without a name."""
    if not name:
        return found
    return [Node(node.element, NOTHING, name) for node in found if node.element.get(name) is not None]
