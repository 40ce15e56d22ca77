"""Reads an XSD set, as xmlschema understands it, into the model: every element, wherever and whatever it can be."""

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.config.content import Content, particles
from gateway.config.simples import Simples
from gateway.config.wording import facets
from gateway.core.schema import Attribute, Child, Element

XSD = "{http://www.w3.org/2001/XMLSchema}"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


class AmbiguityError(ValueError):
    """One name has two types at one place: which one a document means cannot be told from its place."""


class Reader:
    """Reads each declaration once for each type that it can have, so that recursion ends."""

    def __init__(self, maps: Any) -> None:  # noqa: ANN401 - xmlschema's classes
        """`maps` holds everything global in the set."""
        self._maps = maps
        self._simples = Simples()
        self._groups = {head: {each.name for each in group} for head, group in maps.substitution_groups.items()}
        self.roots = _own(maps.elements)
        self._known: dict[tuple[int, int], Element] = {}
        self._waiting: list[tuple[Element, Any, Any]] = []
        self._derived_from: dict[int, list[Any]] = {}
        self._any, self._any_simple = maps.types[f"{XSD}anyType"], maps.types[f"{XSD}anySimpleType"]
        for kind in maps.types.values():
            if kind.is_simple() or not kind.name.startswith(XSD):
                self._derived_from.setdefault(id(self._base(kind)), []).append(kind)

    def read(self, name: str) -> Element | None:
        """The global element of that name, with all that can stand below it; None where there is none."""
        declaration = self.roots.get(name)
        if declaration is None:
            return None
        root = self._element(declaration, declaration.type)
        while self._waiting:
            self._fill(*self._waiting.pop())
        return root

    def _element(self, declaration: Any, kind: Any) -> Element:  # noqa: ANN401 - xmlschema's classes
        key = (id(declaration), id(kind))
        if key not in self._known:
            self._known[key] = Element(
                declaration.name,
                kind.name or "",
                facets(kind),
                value=self._simples.read(kind),
                default=declaration.default is not None or declaration.fixed is not None,
                open=_open(kind),
                heads=tuple(sorted(self._heads(declaration.name))),
            )
            self._waiting.append((self._known[key], declaration, kind))
        return self._known[key]

    def _heads(self, name: str) -> set[str]:
        """Every element in whose substitution group it is, through other heads, too."""
        found: set[str] = set()
        waiting = [name]
        while waiting:
            member = waiting.pop()
            above = {head for head, members in self._groups.items() if member in members} - found
            found |= above
            waiting += above
        return found

    def _fill(self, found: Element, declaration: Any, kind: Any) -> None:  # noqa: ANN401 - xmlschema's classes
        found.attributes.update(self._attributes(kind))
        if kind.has_complex_content():
            found.children.update(self._children(found.name, Content(kind.content, self.standing)))
        if kind is declaration.type:
            blocked = _blocked(declaration) | _blocked(kind)
            found.derived.update({each.name: self._element(declaration, each) for each in self._derived(kind, blocked)})

    def _attributes(self, kind: Any) -> dict[str, Attribute]:  # noqa: ANN401 - xmlschema's classes
        rows = kind.attributes if kind.is_complex() else {}
        found = {}
        for name, attribute in rows.items():
            if name is None:
                wild = [each for each in _own(self._maps.attributes).values() if _admits(attribute, each.name)]
                found.update({each.name: self._attribute(each.name, each, optional=True) for each in wild})
            elif attribute.use != "prohibited":
                found[name] = self._attribute(name, attribute, optional=attribute.use != "required")
        return found

    def _attribute(self, name: str, attribute: Any, *, optional: bool) -> Attribute:  # noqa: ANN401 - as above
        return Attribute(name, facets(attribute.type), optional, self._simples.read(attribute.type))

    def _children(self, parent: str, content: Content) -> dict[str, Child]:
        found = {}
        for name, declarations in content.declarations.items():
            if len({id(each.type) for each in declarations}) > 1:
                message = f"{name} can stand in {parent} with two different types"
                raise AmbiguityError(message)
            found[name] = Child(self._element(declarations[0], declarations[0].type), content.removable(name))
        return found

    def standing(self, particle: Any) -> dict[str, Any]:  # noqa: ANN401 - xmlschema's classes
        """What can stand where the particle does: itself, what substitutes it, or what a wildcard admits."""
        if (
            particle.name is None
        ):  # a wildcard; what is not looked at, or declared by no schema, is the matter of `open`
            if particle.process_contents == "skip":
                return {}
            declared = self.roots.values()
            return {each.name: each for each in declared if _admits(particle, each.name) and not each.abstract}
        target = particle.ref if particle.ref is not None else particle
        if target.parent is not None:
            return {target.name: target}
        blocked = _blocked(target)
        members = [target, *(() if "substitution" in blocked else self._substitutes(target, target, blocked))]
        return {each.name: each for each in members if not each.abstract}

    def _substitutes(self, head: Any, of: Any, blocked: frozenset[str]) -> Iterator[Any]:  # noqa: ANN401 - as above
        """Every member of the head's substitution group, through other heads, too (XML Schema 1, 3.3.6)."""
        for member in self._maps.substitution_groups.get(of.name, ()):
            if self._derives(member.type, head.type, blocked | _blocked(head.type)):
                yield member
            yield from self._substitutes(head, member, blocked)

    def _derived(self, kind: Any, blocked: frozenset[str]) -> Iterator[Any]:  # noqa: ANN401 - xmlschema's classes
        """The types that xsi:type may name in place of this one, as far as they matter (XML Schema 1, 3.3.4, 4.3)."""
        waiting, seen = [self._one_any(kind), *_members(kind)], {id(kind)}
        while waiting:
            for each in self._derived_from.get(id(waiting.pop()), ()):
                if id(each) in seen or each.derivation in blocked:
                    continue
                seen.add(id(each))
                waiting.append(each)
                if not each.abstract if each.is_complex() else self._doubted(each):
                    yield each

    def _doubted(self, kind: Any) -> bool:  # noqa: ANN401 - xmlschema's classes
        """Whether values of the type are judged twice. Other simple types hold nothing that has to be found."""
        simple = self._simples.read(kind)
        return simple is not None and simple.doubted

    def _derives(self, kind: Any, base: Any, blocked: frozenset[str]) -> bool:  # noqa: ANN401 - xmlschema's classes
        """Whether the one type comes from the other by steps that are not blocked."""
        wanted = {id(each) for each in (self._one_any(base), *_members(base))}
        kind = self._one_any(kind)
        while id(kind) not in wanted:
            if kind is None or kind.derivation in blocked:
                return False
            kind = self._base(kind)
        return True

    def _base(self, kind: Any) -> Any:  # noqa: ANN401 - xmlschema's classes
        """The type it is derived from; xmlschema leaves the topmost ones out."""
        if kind.base_type is not None:
            return self._one_any(kind.base_type)
        if kind is self._any:
            return None
        return self._any if kind.is_complex() or kind is self._any_simple else self._any_simple

    def _one_any(self, kind: Any) -> Any:  # noqa: ANN401 - xmlschema's classes
        """The type; xmlschema makes a new xs:anyType for each element without a type."""
        return self._any if kind.name == self._any.name else kind


def _own(globals_: Mapping[str, Any]) -> dict[str, Any]:
    """What the set declares itself: xmlschema's maps hold XML Schema's own, too."""
    return {name: each for name, each in globals_.items() if not name.startswith((XSD, XSI))}


def _blocked(component: Any) -> frozenset[str]:  # noqa: ANN401 - xmlschema's classes
    """The ways of derivation that a declaration or a type does not let stand in its place."""
    return frozenset((getattr(component, "block", "") or "").split())


def _members(kind: Any) -> Iterator[Any]:  # noqa: ANN401 - xmlschema's classes
    """The member types of a union, at every depth: what is derived from one of them may take its place."""
    for each in getattr(kind, "member_types", None) or ():
        yield each
        yield from _members(each)


def _admits(wildcard: Any, name: str) -> bool:  # noqa: ANN401 - xmlschema's classes
    return bool(wildcard.is_matching(name))


def _open(kind: Any) -> bool:  # noqa: ANN401 - xmlschema's classes
    """Whether a wildcard lets something stand in it that no schema declares (processContents lax or skip)."""
    if kind.is_simple():
        return False
    wild = [kind.attributes[None]] if None in kind.attributes else []
    if kind.has_complex_content():
        wild += [each for each in particles(kind.content) if each.name is None]
        wild += [kind.open_content.any_element] if kind.open_content else []
    return any(each.process_contents != "strict" for each in wild)
