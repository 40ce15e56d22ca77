"""A schema as values: which element may stand where, what is optional, what a value must look like.

Built at load (from the XSD files, by `gateway.config`), used for restricted paths and to say what was
expected.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree

STEP = re.compile(r"(//?)(@?)(?:([\w.-]+):)?([\w.-]+|\*)")


@dataclass(frozen=True, slots=True, eq=False)
class Element:
    """An element declaration: its type, what its value must look like, what may stand in it."""

    name: str  # {namespace}local
    type: str
    facets: str  # the value's shape in words; empty for element-only content
    attributes: dict[str, "Attribute"] = field(default_factory=dict)
    children: dict[str, "Child"] = field(default_factory=dict)
    derived: dict[str, "Element"] = field(default_factory=dict)  # what it is where xsi:type names that {namespace}type
    open: bool = False  # a wildcard lets elements or attributes stand in it that no schema declares


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


@dataclass(frozen=True, slots=True)
class Place:
    """One absolute place where a field can stand, and how far above it the removable unit is."""

    path: str  # with the agreement's prefixes
    select: etree.XPath
    lift: int  # element levels from the field up to its nearest optional ancestor; 0: the field itself
    attribute: str = ""  # the attribute's name, where the attribute itself is the unit


class PathError(ValueError):
    """A path that the schema does not allow; says which and why."""


def walk(root: Element) -> Iterator[tuple[tuple[Child, ...], Element]]:
    """Every element that can stand in a document, with the chain of elements from the root to it."""
    stack: list[tuple[Child, ...]] = [(Child(root, optional=False),)]
    while stack:
        chain = stack.pop()
        yield chain, chain[-1].element
        held = [link.element for link in chain]
        children = tuple(chain[-1].element.children.values())
        nested = [child.element.name for child in children if child.element in held]
        if nested:
            raise PathError(f"{nested[0]} can stand inside itself: its places cannot be listed")
        stack.extend((*chain, child) for child in reversed(children))


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


def places(root: Element, pattern: str, prefixes: Mapping[str, str], *, removable: bool) -> tuple[Place, ...]:
    """Every place that the pattern names under this root; empty where it names none.

    `prefixes` maps prefix to namespace. With `removable`, a field without an optional ancestor is a PathError.
    """
    steps = _steps(pattern, prefixes)
    wanted = steps[-1][1].removeprefix("@") if steps[-1][1].startswith("@") else None
    element_steps = steps[:-1] if wanted is not None else steps
    found = []
    for chain, element in walk(root):
        names = [link.element.name for link in chain]
        if not _matches(names, element_steps):
            continue
        if wanted is None:
            found.append(_element_place(chain, prefixes, removable=removable))
        elif wanted in element.attributes:
            found.append(_attribute_place(chain, element.attributes[wanted], prefixes, removable=removable))
    return tuple(found)


def any_place(found: Sequence[Place], prefixes: Mapping[str, str]) -> etree.XPath:
    """Selects what stands at any of the places; nothing where there is no place."""
    return _compile(" | ".join(place.path for place in found) or "/..", prefixes)


def _steps(pattern: str, prefixes: Mapping[str, str]) -> list[tuple[str, str]]:
    """The pattern as (axis, name) pairs; an attribute's name keeps its @."""
    steps, end = [], 0
    for match in STEP.finditer(pattern):
        axis, at, prefix, local = match.groups()
        if match.start() != end:
            break
        if prefix and prefix not in prefixes:
            message = f"unknown prefix {prefix!r} in {pattern!r}"
            raise PathError(message)
        steps.append((axis, at + (f"{{{prefixes[prefix]}}}{local}" if prefix else local)))
        end = match.end()
    if not steps or end != len(pattern) or any(name[0] == "@" for _, name in steps[:-1]):
        message = f"{pattern!r} is not a path of /prefix:name and //prefix:name steps, with /@name last at most"
        raise PathError(message)
    return steps


def _matches(names: list[str], steps: list[tuple[str, str]]) -> bool:
    """Whether the chain of names is one the steps lead to."""
    if not steps:
        return not names
    axis, wanted = steps[-1]
    if not names or wanted not in ("*", names[-1]):
        return False
    above, rest = names[:-1], steps[:-1]
    if axis == "/":
        return _matches(above, rest)
    if not rest:
        return True
    return any(_matches(above[:end], rest) for end in range(len(above), 0, -1))


def _element_place(chain: tuple[Child, ...], prefixes: Mapping[str, str], *, removable: bool) -> Place:
    path = spell([link.element.name for link in chain], {ns: prefix for prefix, ns in prefixes.items()})
    lift = _lift(chain) if removable else 0
    if lift is None:
        message = f"{path} is mandatory, and so is every element around it: nothing optional to remove"
        raise PathError(message)
    return Place(path, _compile(path, prefixes), lift)


def _attribute_place(
    chain: tuple[Child, ...], attribute: Attribute, prefixes: Mapping[str, str], *, removable: bool
) -> Place:
    owner = _element_place(chain, prefixes, removable=removable and not attribute.optional)
    name = qualify(attribute.name, {ns: prefix for prefix, ns in prefixes.items()})
    path = f"{owner.path}/@{name}"
    select = _compile(f"{owner.path}[@{name}]", prefixes)
    itself = attribute.name if attribute.optional else ""
    return Place(path, select, owner.lift, itself)


def _lift(chain: tuple[Child, ...]) -> int | None:
    """How many levels up the nearest optional element is; None where there is none below the root."""
    return next((up for up, link in enumerate(reversed(chain[1:])) if link.optional), None)


def _compile(path: str, prefixes: Mapping[str, str]) -> etree.XPath:
    return etree.XPath(path, namespaces=dict(prefixes), smart_strings=False)


def spell(names: list[str], prefix_of: Mapping[str, str]) -> str:
    """The names as an XPath with the agreement's prefixes."""
    return "".join(f"/{qualify(name, prefix_of)}" for name in names)


def qualify(name: str, prefix_of: Mapping[str, str]) -> str:
    """One name with its agreed prefix; a name in an unknown namespace is shown as *."""
    namespace, _, name_only = name.removeprefix("{").rpartition("}")
    if not namespace:
        return name_only
    prefix = prefix_of.get(namespace)
    return f"{prefix}:{name_only}" if prefix else "*"
