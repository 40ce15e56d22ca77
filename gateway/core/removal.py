"""What has to go from a document: fields found, the units that go with them, and how they are taken out (EA-2.2)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from gateway.core import paths
from gateway.core.agreement import MessageType, Restriction

Binding = tuple[int, ...]  # the numbers of the restrictions that bind a message


@dataclass(frozen=True, slots=True)
class Hit:
    """A restricted field in a document, and the unit that goes with it."""

    field: etree._Element
    number: int  # of the restriction
    rule: Restriction
    path: str  # where the field stands, in agreed prefixes
    unit: etree._Element | None  # None: nothing optional around it
    attribute: str  # the unit is this attribute of it; empty: the whole element


@dataclass(frozen=True, slots=True)
class Unit:
    """What is taken out whole: an element with all in it, or one attribute."""

    element: etree._Element
    attribute: str
    path: str  # in agreed prefixes
    hits: tuple[Hit, ...]  # first the one that takes it out (of several, the agreement's first), then the others


def find(document: etree._Element, kind: MessageType, binding: Binding, prefix_of: Mapping[str, str]) -> list[Hit]:
    """Every restricted field of a valid document, in document order; one look rules most documents out."""
    found = []
    for element, number in kind.restricted.candidates(document) if binding else ():
        rule = kind.restrictions[number]
        if number in binding and rule.path.matches(paths.names(element)):
            links = paths.chain(element, kind.model)
            unit, attribute = paths.unit(links, rule.path.attribute) or (None, "")
            path = paths.spell(links, rule.path, prefix_of)
            found.append(Hit(element, number, rule, path, unit, attribute))
    return found


def outermost(hits: Sequence[Hit]) -> list[Unit]:
    """The units that stand in no other one, in document order, attributes of one owner by name."""
    whole = {hit.unit for hit in hits if not hit.attribute}
    groups: dict[tuple[etree._Element, str], list[Hit]] = {}
    owners: dict[etree._Element, int] = {}
    for hit in hits:
        if hit.unit is None:
            continue
        around = [step for step in (hit.unit, *hit.unit.iterancestors()) if step in whole]
        key = (around[-1], "") if around else (hit.unit, hit.attribute)
        owners.setdefault(key[0], len(owners))
        groups.setdefault(key, []).append(hit)
    units = [_unit(*key, group) for key, group in groups.items()]
    return sorted(units, key=lambda unit: (owners[unit.element], _name(unit.attribute)))


def _unit(element: etree._Element, attribute: str, group: Sequence[Hit]) -> Unit:
    hits = tuple(sorted(group, key=lambda hit: _rank((element, attribute), hit)))
    steps = len(paths.names(element)) + 1 + bool(attribute)
    return Unit(element, attribute, "/".join(hits[0].path.split("/")[:steps]), hits)


def _rank(key: tuple[etree._Element, str], hit: Hit) -> tuple[bool, int]:
    """Those that name this very unit come first, each in the agreement's order."""
    return (hit.unit, hit.attribute) != key, hit.number


def _name(attribute: str) -> tuple[str, str]:
    namespace, _, local = attribute.removeprefix("{").rpartition("}")
    return namespace, local


def strip(units: Sequence[Unit]) -> None:
    """None of the units stands in the document any more."""
    for unit in units:
        if unit.attribute:
            unit.element.attrib.pop(unit.attribute)
    take_out([unit.element for unit in units if not unit.attribute])


def take_out(elements: Iterable[etree._Element]) -> None:
    """The elements, in document order, are gone, and the white space behind each; other text behind them stays.

    What stays of one text is put together once: each piece on its own would copy all before it.
    """
    at: tuple[etree._Element, etree._Element | None] | None = None  # parent, and the element before the text
    pieces: list[str] = []
    for element in elements:
        parent, before = element.getparent(), element.getprevious()
        if parent is None:
            message = "the root of a document is never taken out"
            raise ValueError(message)
        if at != (parent, before):
            _append(at, pieces)
            at, pieces = (parent, before), []
        tail = element.tail or ""
        parent.remove(element)
        if tail.strip():
            pieces.append(tail)
    _append(at, pieces)


def _append(at: tuple[etree._Element, etree._Element | None] | None, pieces: Sequence[str]) -> None:
    """The text there has the pieces behind it."""
    if at is None or not pieces:
        return
    parent, before = at
    if before is not None:
        before.tail = "".join([before.tail or "", *pieces])
    else:
        parent.text = "".join([parent.text or "", *pieces])
