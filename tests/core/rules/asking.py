"""Asks rules about small documents without a schema."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields

from lxml import etree

from gateway.core.rules.reading import Node, Operand, Reading, Scope
from gateway.core.rules.values import Form


def at(path: str, form: Form = Form.COLLAPSED, **more: object) -> Operand:
    """The operand of a/b/@c; absolute with a slash before it, which leaves the root out."""
    *steps, last = path.strip("/").split("/")
    attribute = last.removeprefix("@") if last.startswith("@") else ""
    names = tuple(step for step in ([*steps] if attribute else [*steps, last]) if step != ".")
    return Operand(path, names, attribute, form, path.startswith("/"), **more)


def number(path: str) -> Operand:
    """An operand whose values are numbers."""
    return at(path, Form.NUMBER)


def when(path: str) -> Operand:
    """An operand whose values are dates or dateTimes."""
    return at(path, Form.MOMENT)


def scope(inside: str, *reads: tuple[str, ...]) -> Scope:
    """The root of a document as the scope, in which those steps are read."""
    root = etree.fromstring(f"<r>{inside}</r>")
    return Scope(Reading(root), node(root, reads))


def node(element: etree._Element, reads: Iterable[tuple[str, ...]]) -> Node:
    """The element with all that the steps lead to."""
    inner: dict[str, list[tuple[str, ...]]] = {}
    for first, *others in filter(None, reads):
        inner.setdefault(first, []).append(tuple(others))
    return Node(
        element, {name: [node(each, steps) for each in element.iterchildren(name)] for name, steps in inner.items()}
    )


def broken(judge: Callable[[object, Scope], Iterator[Node]], demand: object, inside: str) -> list[str]:
    """What breaks the demand in the document: names, with the attribute and the place among its siblings."""
    return [_named(node) for node in judge(demand, scope(inside, *_reads(demand)))]


def _reads(demand: object) -> Iterator[tuple[str, ...]]:
    """The steps that the demand's operands take from the context, those of items' parts through the items."""
    items: tuple[str, ...] = ()
    for each in fields(demand):
        found = getattr(demand, each.name)
        for operand in found if isinstance(found, tuple) else (found,):
            if isinstance(operand, Operand) and not operand.absolute:
                yield (*items, *operand.steps)
                items = operand.steps if each.name == "items" else items


def _named(node: Node) -> str:
    place = len(list(node.element.itersiblings(node.element.tag, preceding=True))) + 1
    return f"{node.element.tag}{place}" + (f"/@{node.attribute}" if node.attribute else "")
