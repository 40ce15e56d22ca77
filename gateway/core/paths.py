"""Restricted fields and business ids by path: checked against the schema at load, matched to documents by name.

A path is /prefix:name and //prefix:name steps, with /@name last at most. A step that names the head of a substitution
group means its members, too: a member stands wherever the head can, and a law that names one means the other.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree

from gateway.core.schema import Child, Element, every, qualify

STEP = re.compile(r"(//?)(@?)(?:([^\W\d][\w.-]*):)?([^\W\d][\w.-]*|\*)")
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
States = frozenset[int]  # how many steps may have been taken
START: States = frozenset({0})


class PathError(ValueError):
    """A path that the schema does not allow; says which and why."""


@dataclass(frozen=True, slots=True)
class Step:
    """One element step."""

    deep: bool  # any number of elements may stand before it
    names: frozenset[str]  # {namespace}local, and the members of its substitution group; * alone is any

    def means(self, name: str) -> bool:
        """Whether it means an element of this name."""
        return name in self.names or "*" in self.names


@dataclass(frozen=True, slots=True)
class Path:
    """Which field is meant, wherever it stands."""

    text: str  # as the agreement writes it
    steps: tuple[Step, ...]
    attribute: str  # {namespace}local; empty: the field is the element itself
    select: etree.XPath = field(compare=False, repr=False)

    def matches(self, names: Sequence[str]) -> bool:
        """Whether the steps lead to the element with these names from the root down to it."""
        if len(self.steps) == 1 and self.steps[0].deep:
            return self.steps[0].means(names[-1])
        states = START
        for name in names:
            states = self.advance(states, name)
        return self.arrived(states)

    def advance(self, states: States, name: str) -> States:
        """The states after one more element on the way down; none: nothing below it can match."""
        after = set()
        for state in states:
            if state < len(self.steps):
                step = self.steps[state]
                if step.means(name):
                    after.add(state + 1)
                if step.deep:
                    after.add(state)
        return frozenset(after)

    def ends_in(self, names: Iterable[str]) -> bool:
        """Whether it can lead to an element with one of these names: quick, and never wrong in saying no."""
        last = self.steps[-1].names
        return "*" in last or not last.isdisjoint(names)

    def arrived(self, states: States) -> bool:
        """Whether the last step has been taken just now."""
        return len(self.steps) in states


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a document for the fields of many paths: the names that their last steps have."""

    paths: tuple[Path, ...]
    tags: tuple[str, ...]  # empty: any element
    named: Mapping[str, tuple[int, ...]]  # name ► numbers of the paths

    def candidates(self, document: etree._Element) -> Iterator[tuple[etree._Element, int]]:
        """Elements that a path's last step names, in document order, with the path's number."""
        if not self.paths:
            return
        unnamed = self.named.get("*", ())
        for element in document.iter(*self.tags) if self.tags else document.iter("*"):
            for number in (*self.named.get(str(element.tag), ()), *unnamed):
                attribute = self.paths[number].attribute
                if not attribute or attribute in element.attrib:
                    yield element, number


def look(paths: Sequence[Path]) -> Look:
    """What to look for where all these paths are wanted."""
    named: dict[str, tuple[int, ...]] = {}
    for number, path in enumerate(paths):
        for name in sorted(path.steps[-1].names):
            named[name] = (*named.get(name, ()), number)
    return Look(tuple(paths), () if "*" in named else tuple(named), named)


def members(root: Element) -> Mapping[str, frozenset[str]]:
    """The members of each substitution group that can stand under this root, by the head's name."""
    found: dict[str, frozenset[str]] = {}
    for element in every(root):
        for head in element.heads:
            found[head] = found.get(head, frozenset()) | {element.name}
    return found


def read(pattern: str, prefixes: Mapping[str, str], groups: Mapping[str, frozenset[str]] | None = None) -> Path:
    """The path that the pattern writes; `prefixes` maps prefix to namespace, `groups` a head to its members."""
    steps: list[Step] = []
    attribute, end = "", 0
    for match in STEP.finditer(pattern):
        axis, at, prefix, local = match.groups()
        if match.start() != end or attribute or (at and (axis == "//" or local == "*" or not steps)):
            break
        if prefix and prefix not in prefixes:
            message = f"unknown prefix {prefix!r} in {pattern!r}"
            raise PathError(message)
        name = f"{{{prefixes[prefix]}}}{local}" if prefix else local
        if at:
            attribute = name
        else:
            steps.append(Step(axis == "//", (groups or {}).get(name, frozenset()) | {name}))
        end = match.end()
    if not steps or end != len(pattern):
        message = f"{pattern!r} is not a path of /prefix:name and //prefix:name steps, with /@name last at most"
        raise PathError(message)
    return Path(pattern, tuple(steps), attribute, _compile(steps))


def _compile(steps: Sequence[Step]) -> etree.XPath:
    """Selects the elements; of an attribute's path, the owners."""
    namespaces: dict[str, str] = {}

    def written(name: str) -> str:
        namespace, _, local = name.removeprefix("{").rpartition("}")
        if not namespace:
            return local
        return f"{namespaces.setdefault(namespace, f'n{len(namespaces)}')}:{local}"

    texts = []
    for step in steps:
        names = [written(name) for name in sorted(step.names)]
        test = names[0] if len(names) == 1 else f"*[{' or '.join(f'self::{name}' for name in names)}]"
        texts.append(("//" if step.deep else "/") + test)
    prefixes = {prefix: namespace for namespace, prefix in namespaces.items()}
    return etree.XPath("".join(texts), namespaces=prefixes, smart_strings=False)


def stands(path: Path, root: Element, prefix_of: Mapping[str, str], *, removable: bool) -> bool:
    """Whether the field can stand anywhere under this root.

    Every declaration is walked once for each state of the path, so that it ends where elements stand in themselves. With
    `removable`, a place where neither the field nor an element around it (below the root) is optional is a PathError.
    """
    found = False
    for element, states, loose, place in _walk(path, root, prefix_of):
        if not path.arrived(states):
            continue
        if not path.attribute:
            found, free, where = True, loose, place
        elif path.attribute in element.attributes:
            found, free = True, loose or element.attributes[path.attribute].optional
            where = f"{place}/@{qualify(path.attribute, prefix_of)}"
        else:
            continue
        if removable and not free:
            kind = qualify(element.type, prefix_of)
            message = (
                f"{where} (type {kind}) is mandatory, and so is every element around it: nothing optional to remove"
            )
            raise PathError(message)
    return found


def _walk(path: Path, root: Element, prefix_of: Mapping[str, str]) -> Iterator[tuple[Element, States, bool, str]]:
    """Each declaration in each state of the path: states, whether something to remove stands around it, one such place."""
    waiting = [(root, path.advance(START, root.name), False, f"/{qualify(root.name, prefix_of)}")]
    seen: set[tuple[int, States, bool]] = set()
    while waiting:
        element, states, loose, place = waiting.pop()
        if not states or (id(element), states, loose) in seen:
            continue
        seen.add((id(element), states, loose))
        yield element, states, loose, place
        waiting += [(other, states, loose, place) for other in element.derived.values()]
        for child in reversed(element.children.values()):
            name = child.element.name
            below = f"{place}/{qualify(name, prefix_of)}"
            waiting.append((child.element, path.advance(states, name), loose or child.optional, below))


def names(element: etree._Element) -> list[str]:
    """The names from the root down to the element."""
    return [str(step.tag) for step in reversed([element, *element.iterancestors()])]


@dataclass(frozen=True, slots=True)
class Link:
    """An element of a document with its place in the schema; None: an open content model let it stand."""

    element: etree._Element
    child: Child | None

    @property
    def optional(self) -> bool:
        """Whether it can go alone. What no schema declares is demanded by none; what is left is validated again."""
        return self.child is None or self.child.optional


def chain(element: etree._Element, model: Element) -> list[Link]:
    """The links from the root down to the element, by the declarations that apply, xsi:type respected."""
    links: list[Link] = []
    known: Element | None = None
    for step in reversed([element, *element.iterancestors()]):
        if not links:
            child = Child(model, optional=False) if step.tag == model.name else None
        else:
            child = known.children.get(str(step.tag)) if known else None
        links.append(Link(step, child))
        known = actual(step, child.element) if child else None
    return links


def actual(element: etree._Element, declared: Element) -> Element:
    """The declaration as the element's xsi:type makes it."""
    return declared.derived.get(stated_type(element), declared)


def stated_type(element: etree._Element) -> str:
    """The type that the element's xsi:type names; empty where there is none."""
    stated = element.get(XSI_TYPE)
    if stated is None:
        return ""
    prefix, _, local = stated.strip().rpartition(":")
    namespace = element.nsmap.get(prefix or None)
    return f"{{{namespace}}}{local}" if namespace else local


def unit(links: Sequence[Link], attribute: str) -> tuple[etree._Element, str] | None:
    """What goes with the field: (element, "") or (owner, attribute); None where all around it is mandatory."""
    last = links[-1]
    if attribute:
        declared = actual(last.element, last.child.element).attributes.get(attribute) if last.child else None
        if declared is None or declared.optional:
            return last.element, attribute
    return next(((link.element, "") for link in reversed(links[1:]) if link.optional), None)


def spell(links: Sequence[Link], path: Path, prefix_of: Mapping[str, str]) -> str:
    """Where the field stands, in agreed prefixes; a name that neither schema nor path knows is shown as *."""
    agreed = {name for step in path.steps for name in step.names}
    tags = [(str(link.element.tag), link.child) for link in links]
    steps = "".join(f"/{qualify(tag, prefix_of) if child or tag in agreed else '*'}" for tag, child in tags)
    return f"{steps}/@{qualify(path.attribute, prefix_of)}" if path.attribute else steps
