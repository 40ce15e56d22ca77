"""Where a rule's paths can stand in a message type: the schema's declarations, one below the other."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gateway.core.paths import Path
from gateway.core.rules.values import Form
from gateway.core.schema import Attribute, Child, Element

STEP = re.compile(r"(//?)(@?)(?:([\w.-]+):)?([\w.-]+|\*)")
FORMS = {
    Form.PRESERVED: {"string"},
    Form.REPLACED: {"normalizedString"},
    Form.BOOLEAN: {"boolean"},
    Form.MOMENT: {"date", "dateTime"},
    Form.NUMBER: {
        *("decimal", "integer", "nonNegativeInteger", "positiveInteger", "nonPositiveInteger", "negativeInteger"),
        *("long", "int", "short", "byte", "unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte"),
    },
}
FORM_OF = {name: form for form, names in FORMS.items() for name in names}
Chain = tuple[Child, ...]  # from the root down


class RulePathError(ValueError):
    """A path that cannot be used; says why."""


@dataclass(frozen=True, slots=True)
class Written:
    """A path as it is written: its steps, and whether any number of elements may stand before each."""

    steps: tuple[tuple[bool, str], ...]
    attribute: str
    absolute: bool

    def pattern(self) -> re.Pattern[str]:
        """What the names from the root down match, each behind a line break, where the steps lead to them."""
        parts = (("(?:\n[^\n]+)*" if deep else "") + "\n" + _name(name) for deep, name in self.steps)
        return re.compile("".join(parts))


def _name(name: str) -> str:
    return "[^\n]+" if name == "*" else re.escape(name)


def read(path: str, prefixes: Mapping[str, str]) -> Written:
    """The path /prefix:a/prefix:b, prefix:a/@b, or . for the context itself."""
    absolute = path.startswith("/")
    rest, end = path if absolute else f"/{path.removeprefix('.').removeprefix('/')}", 0
    if rest == "/":
        return Written((), "", absolute=False)
    steps: list[tuple[bool, str]] = []
    attribute = ""
    for match in STEP.finditer(rest):
        axis, at, prefix, local = match.groups()
        if match.start() != end or attribute:
            break
        if prefix and prefix not in prefixes:
            raise RulePathError(f"unknown prefix {prefix!r} in {path!r}")
        name = f"{{{prefixes[prefix]}}}{local}" if prefix else local
        if at:
            attribute = name
        else:
            steps.append((axis == "//", name))
        end = match.end()
    if end != len(rest):
        raise RulePathError(f"{path!r} is not a path of prefix:name steps, with @name last at most, or .")
    return Written(tuple(steps), attribute, absolute)


@dataclass(slots=True)
class Places:
    """Every place of one message type, by the name that stands there; listed when first asked for."""

    root: Element
    listed: dict[str, list[Chain]] = field(default_factory=dict)

    @property
    def top(self) -> Chain:
        """The root's own place."""
        return (Child(self.root, optional=False),)

    def found(self, written: Written) -> list[Chain]:
        """The places of an absolute path that may have // in it."""
        if not any(deep for deep, _ in written.steps):
            first, *others = written.steps
            known = first[1] in ("*", self.root.name)
            chain = down(self.top, tuple(name for _, name in others)) if known else None
            return [chain] if chain else []
        if not self.listed:
            self._list()
        last = written.steps[-1][1]
        chains = self.listed.get(last, []) if last != "*" else [each for row in self.listed.values() for each in row]
        pattern = written.pattern()
        return [chain for chain in chains if pattern.fullmatch("".join(f"\n{link.element.name}" for link in chain))]

    def _list(self) -> None:
        waiting = [self.top]
        while waiting:
            chain = waiting.pop()
            self.listed.setdefault(chain[-1].element.name, []).append(chain)
            held = {id(link.element) for link in chain}
            for child in reversed(list(children(chain[-1].element))):
                if id(child.element) in held:
                    raise RulePathError(f"{child.element.name} can stand inside itself: // cannot list its places")
                waiting.append((*chain, child))


def children(element: Element) -> Iterator[Child]:
    """What may stand in the element, whatever its xsi:type: each name once."""
    rows = [element.children, *(each.children for each in element.derived.values())]
    yield from {name: child for row in reversed(rows) for name, child in row.items()}.values()


def down(chain: Chain, names: tuple[str, ...]) -> Chain | None:
    """The chain with the named elements below it; None where one cannot stand there."""
    for name in names:
        child = next((each for each in children(chain[-1].element) if each.element.name == name), None)
        if child is None:
            return None
        chain = (*chain, child)
    return chain


def attribute_of(element: Element, name: str) -> Attribute | None:
    """The attribute's declaration, whatever the element's xsi:type."""
    kinds = (element, *element.derived.values())
    return next((kind.attributes[name] for kind in kinds if name in kind.attributes), None)


def form_of(facets: str, wanted: Form | None) -> Form | None:
    """How the values of a type are compared; None where that is not as wanted. A union is what the rule wants."""
    builtin = (re.match(r"\w+", facets) or [""])[0]
    form = FORM_OF.get(builtin, (wanted or Form.COLLAPSED) if builtin == "value" else Form.COLLAPSED)
    return form if wanted in (None, form) else None


def strips(law: Path, chain: Chain, attribute: str) -> bool:
    """Whether taking out what the law names takes out what stands at the end of the chain.

    What goes is the field, or the nearest optional element around it: one of the chain that is reached from the field
    through mandatory ones only.
    """
    names = [link.element.name for link in chain]
    if attribute and law.attribute == attribute and law.matches(names):
        return True
    return any(
        link.optional and _holds(law, link.element, names[: depth + 1], set())
        for depth, link in enumerate(chain)
        if depth
    )


def _holds(law: Path, element: Element, names: list[str], seen: set[int]) -> bool:
    """Whether the field stands here, or below through mandatory elements only."""
    if id(element) in seen:
        return False
    seen.add(id(element))
    if law.matches(names):
        declared = attribute_of(element, law.attribute) if law.attribute else None
        if not law.attribute or (declared is not None and not declared.optional):
            return True
    below = (child for child in children(element) if not child.optional)
    return any(_holds(law, child.element, [*names, child.element.name], seen) for child in below)
