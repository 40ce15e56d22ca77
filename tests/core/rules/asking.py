"""Asks rules about small documents without a schema."""

from collections.abc import Callable, Iterator

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


def scope(inside: str) -> Scope:
    """The root of a document as the scope."""
    root = etree.fromstring(f"<r>{inside}</r>")
    return Scope(Reading(root), root)


def broken(judge: Callable[[object, Scope], Iterator[Node]], demand: object, inside: str) -> list[str]:
    """What breaks the demand in the document: names, with the attribute and the place among its siblings."""
    return [_named(node) for node in judge(demand, scope(inside))]


def _named(node: Node) -> str:
    place = len(list(node.element.itersiblings(node.element.tag, preceding=True))) + 1
    return f"{node.element.tag}{place}" + (f"/@{node.attribute}" if node.attribute else "")
