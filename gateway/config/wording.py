"""A value's shape in words: what a fault says was expected."""

from typing import Any

XSD = "{http://www.w3.org/2001/XMLSchema}"
FACETS = {
    "pattern": "pattern",
    "length": "length",
    "minLength": "min length",
    "maxLength": "max length",
    "minInclusive": "≥",
    "maxInclusive": "≤",
    "minExclusive": ">",
    "maxExclusive": "<",
    "totalDigits": "digits",
    "fractionDigits": "fraction digits",
}
MAX_VALUES = 20  # of a code list, in a fault text


def facets(kind: Any) -> str:  # noqa: ANN401 - xmlschema's classes
    """The value's shape in words: primitive type and facets."""
    simple = kind if kind.is_simple() else (kind.content if kind.has_simple_content() else None)
    if simple is None:
        return ""
    words = [_builtin(simple)]
    values = getattr(simple, "enumeration", None)
    if values:
        shown = [str(value) for value in values[:MAX_VALUES]]
        words.append("one of " + " | ".join(shown) + (" | …" if len(values) > MAX_VALUES else ""))
    for name, facet in (getattr(simple, "facets", None) or {}).items():
        label = FACETS.get(str(name).rpartition("}")[2])
        if label == "pattern":
            words += [f"pattern {pattern}" for pattern in _patterns(facet)]
        elif label:
            words.append(f"{label} {facet.value}")
    return ", ".join(words)


def _builtin(simple: Any) -> str:  # noqa: ANN401 - xmlschema's classes
    """The nearest type of XML Schema itself; a list or union has none."""
    while simple is not None and not str(simple.name or "").startswith(XSD):
        simple = simple.base_type
    return str(simple.local_name) if simple is not None else "value"


def _patterns(facet: Any) -> list[str]:  # noqa: ANN401 - xmlschema's classes
    return [str(pattern) for pattern in getattr(facet, "regexps", [])]
