"""A schema as values: which element may stand where, what is optional, what a value must look like.

Built at load (from the XSD files, by `gateway.config`), used for restricted paths and to say what was
expected.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gateway.core.simple import Simple


@dataclass(frozen=True, slots=True, eq=False)
class Element:
    """An element declaration: its type, what its value must look like, what may stand in it."""

    name: str  # {namespace}local
    type: str
    facets: str  # the value's shape, in the notation of `core/texts.py`; empty for element-only content
    attributes: dict[str, "Attribute"] = field(default_factory=dict, repr=False)
    children: dict[str, "Child"] = field(default_factory=dict, repr=False)
    derived: dict[str, "Element"] = field(
        default_factory=dict, repr=False
    )  # what it is where xsi:type names that {namespace}type
    value: Simple | None = field(default=None, repr=False)  # None: element-only content
    default: bool = False  # where it is empty, its value is one that the schema names
    open: bool = False  # a wildcard lets elements or attributes stand in it that no schema declares
    heads: tuple[str, ...] = ()  # the elements in whose place it may stand (substitution groups)


@dataclass(frozen=True, slots=True)
class Child:
    """An element's place in its parent."""

    element: Element
    optional: bool  # the parent stays valid without any of them


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute declaration."""

    name: str
    facets: str
    optional: bool
    value: Simple | None = field(default=None, repr=False)


def every(root: Element) -> Iterator[Element]:
    """Each declaration that a document can hold, once: what substitutes another and what xsi:type makes of it, too."""
    waiting, seen = [root], {id(root)}
    while waiting:
        element = waiting.pop()
        yield element
        for each in (*(child.element for child in element.children.values()), *element.derived.values()):
            if id(each) not in seen:
                seen.add(id(each))
                waiting.append(each)


def qualify(name: str, prefix_of: Mapping[str, str]) -> str:
    """One name with its agreed prefix; a name in an unknown namespace is shown as *."""
    namespace, _, name_only = name.removeprefix("{").rpartition("}")
    if not namespace:
        return name_only
    prefix = prefix_of.get(namespace)
    return f"{prefix}:{name_only}" if prefix else "*"
