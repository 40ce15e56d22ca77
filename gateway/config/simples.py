"""Reads simple types, as xmlschema understands them, into values that `gateway.core.simple` can judge by."""

from collections.abc import Iterator
from typing import Any

from gateway.config.patterns import PatternError, read_pattern
from gateway.config.probe import misjudged
from gateway.core.pattern import TOO_COMPLEX, TooComplexError, Tree, automaton
from gateway.core.simple import FACETS, Simple

XSD = "{http://www.w3.org/2001/XMLSchema}"
DOUBTED = {"base64Binary", "duration", "float", "double"}  # libxml2 takes texts that these do not allow
ZONED = {
    "dateTime",
    "date",
    "time",
    "gYearMonth",
    "gYear",
    "gMonthDay",
    "gDay",
    "gMonth",
}  # and bounds that nobody can compare
BOUNDS = {"minInclusive", "maxInclusive", "minExclusive", "maxExclusive"}


class Simples:
    """Reads each simple type once."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._known: dict[int, Simple] = {}

    def read(self, kind: Any) -> Simple | None:  # noqa: ANN401 - xmlschema's classes
        """The simple type of a value: the type itself, or that of a complex type's simple content."""
        simple = kind if kind.is_simple() else (kind.content if kind.has_simple_content() else None)
        if simple is None:
            return None
        if id(simple) not in self._known:
            self._known[id(simple)] = self._read(simple)
        return self._known[id(simple)]

    def _read(self, simple: Any) -> Simple:  # noqa: ANN401 - as above
        steps = list(_steps(simple))
        last = steps[-1]
        item = self.read(last.item_type) if hasattr(last, "item_type") else None
        members = tuple(filter(None, map(self.read, getattr(last, "member_types", None) or ())))
        sources = [_patterns(step) for step in steps]
        patterns = tuple(tuple(map(_tree, found)) for found in sources if found)
        atomic = item is None and not members
        builtin = str(last.local_name) if atomic else ""
        facets = tuple(row for step in steps for row in _facets(step, atomic=atomic))
        doubted = (
            builtin in DOUBTED
            or (builtin in ZONED and any(name in BOUNDS for name, _ in facets))
            or (item is not None and (item.doubted or bool(facets)))
            or any(member.doubted for member in members)
            or any(misjudged(one) for found in sources for one in found)
        )
        return Simple(
            simple.name or "",
            builtin,
            "preserve" if members else (simple.white_space or ("collapse" if item else "preserve")),
            patterns,
            next(filter(None, map(_values, steps)), ()),
            facets,
            item,
            members,
            doubted,
        )


def _steps(simple: Any) -> Iterator[Any]:  # noqa: ANN401 - xmlschema's classes
    """The type and those it is restricted from, down to one of XML Schema's own, a list or a union."""
    while True:
        if not simple.is_simple():
            simple = simple.content
        yield simple
        own = str(simple.name or "").startswith(XSD) and not str(simple.local_name).endswith("S")
        if own or hasattr(simple, "item_type") or getattr(simple, "member_types", None) or simple.base_type is None:
            return
        simple = simple.base_type


def _facets(step: Any, *, atomic: bool) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - xmlschema's classes
    """The step's own facets that `FACETS` can judge; those of XML Schema's own types are in the types."""
    if atomic and str(step.name or "").startswith(XSD):
        return
    for name, facet in (step.facets or {}).items():
        label = str(name).rpartition("}")[2]
        if label in FACETS:
            yield label, str(facet.elem.get("value"))


def _values(step: Any) -> tuple[str, ...]:  # noqa: ANN401 - xmlschema's classes
    facet = (step.facets or {}).get(f"{XSD}enumeration")
    return tuple(str(each.get("value")) for each in facet) if facet is not None else ()


def _patterns(step: Any) -> list[str]:  # noqa: ANN401 - xmlschema's classes
    facet = (step.facets or {}).get(f"{XSD}pattern")
    own = str(step.name or "").startswith(XSD)
    return list(facet.regexps) if facet is not None and not own else []


def _tree(pattern: str) -> Tree:
    """The pattern as a tree; one that cannot be judged where it has too many states, or is of another kind."""
    try:
        tree = read_pattern(pattern)
        automaton(tree)
    except (PatternError, TooComplexError):
        return TOO_COMPLEX
    return tree
