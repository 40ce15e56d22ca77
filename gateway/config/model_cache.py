"""The model as JSON and back: a restart must not read schemas again."""

from typing import Any, Generic, TypeVar

from gateway.core.schema import Attribute, Child, Element
from gateway.core.simple import Simple

T = TypeVar("T")

FORMAT = 7  # changes with every change of what is stored


def encode(root: Element) -> dict[str, object]:
    """A row for each element and each simple type; they name each other by number, so that recursion ends."""
    elements = Numbered[Element](root)
    simples = Numbered[Simple]()
    rows = [
        [
            element.name,
            element.type,
            element.facets,
            element.default,
            element.open,
            element.heads,
            simples.number(element.value),
            [[a.name, a.facets, a.optional, simples.number(a.value)] for a in element.attributes.values()],
            [[name, elements.number(child.element), child.optional] for name, child in element.children.items()],
            [[name, elements.number(each)] for name, each in element.derived.items()],
        ]
        for element in elements.found  # it grows
    ]
    return {"elements": rows, "simples": [_simple_row(simple, simples) for simple in simples.found]}


class Numbered(Generic[T]):
    """Values by identity, in the order in which they were asked for."""

    def __init__(self, *first: T) -> None:
        """`first` have the first numbers."""
        self.found = list(first)
        self._numbers = {id(each): at for at, each in enumerate(first)}

    def number(self, each: T | None) -> int | None:
        """The value's number; None of None."""
        if each is None:
            return None
        if id(each) not in self._numbers:
            self._numbers[id(each)] = len(self.found)
            self.found.append(each)
        return self._numbers[id(each)]


def _simple_row(simple: Simple, simples: Numbered[Simple]) -> list[object]:
    return [
        simple.name,
        simple.builtin,
        simple.white_space,
        simple.patterns,
        simple.values,
        simple.facets,
        simples.number(simple.item),
        [simples.number(each) for each in simple.members],
        simple.doubted,
    ]


def decode(stored: dict[str, Any]) -> Element:
    """The root that was encoded."""
    made: dict[int, Simple] = {}
    simples = [_simple(stored["simples"], at, made) for at in range(len(stored["simples"]))]
    rows = stored["elements"]
    elements = [
        Element(name, kind, facets, value=_at(simples, value), default=default, open=unknown, heads=tuple(heads))
        for name, kind, facets, default, unknown, heads, value, *_ in rows
    ]
    for element, (*_, attributes, children, derived) in zip(elements, rows, strict=True):
        element.attributes.update(
            {
                each: Attribute(each, facets, optional, _at(simples, value))
                for each, facets, optional, value in attributes
            }
        )
        element.children.update({name: Child(elements[at], optional) for name, at, optional in children})
        element.derived.update({name: elements[at] for name, at in derived})
    return elements[0]


def _simple(rows: list[Any], at: int, made: dict[int, Simple]) -> Simple:
    """The simple type of that number, made once."""
    if at not in made:
        name, builtin, space, patterns, values, facets, item, members, doubted = rows[at]
        made[at] = Simple(
            name,
            builtin,
            space,
            _tuples(patterns),
            tuple(values),
            _tuples(facets),
            None if item is None else _simple(rows, item, made),
            tuple(_simple(rows, each, made) for each in members),
            doubted,
        )
    return made[at]


def _tuples(found: Any) -> Any:  # noqa: ANN401 - lists of JSON within lists
    return tuple(map(_tuples, found)) if isinstance(found, list) else found


def _at(simples: list[Simple], number: int | None) -> Simple | None:
    return None if number is None else simples[number]
