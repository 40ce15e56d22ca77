"""The model as JSON and back: a restart must not read schemas again."""

from typing import Any

from gateway.core.schema import Attribute, Child, Element

FORMAT = 5  # changes with every change of what is stored


def encode(root: Element) -> list[object]:
    """A row for each element; elements name each other by number, so that recursion ends."""
    rows: list[object] = []
    order, waiting = {id(root): 0}, [root]

    def number(element: Element) -> int:
        if id(element) not in order:
            order[id(element)] = len(order)
            waiting.append(element)
        return order[id(element)]

    for element in waiting:  # it grows
        rows.append([
            element.name,
            element.type,
            element.facets,
            element.open,
            [[a.name, a.facets, a.optional] for a in element.attributes.values()],
            [[name, number(child.element), child.optional] for name, child in element.children.items()],
            [[name, number(each)] for name, each in element.derived.items()],
        ])
    return rows


def decode(rows: list[list[Any]]) -> Element:
    """The root that was encoded."""
    elements = [Element(name, kind, facets, open=unknown) for name, kind, facets, unknown, *_ in rows]
    for element, (*_, attributes, children, derived) in zip(elements, rows, strict=True):
        element.attributes.update({row[0]: Attribute(*row) for row in attributes})
        element.children.update({name: Child(elements[at], optional) for name, at, optional in children})
        element.derived.update({name: elements[at] for name, at in derived})
    return elements[0]
