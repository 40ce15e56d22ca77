"""A value's shape, from which a fault says what was expected."""

from typing import Any

from gateway.core.phrases import FACETS
from gateway.core.texts import FACET_BREAK

XSD = "{http://www.w3.org/2001/XMLSchema}"
MAX_VALUES = 20  # of a code list, in a fault text


def facets(kind: Any) -> str:  # noqa: ANN401 - xmlschema's classes
    """The value's shape: primitive type and facets, in the notation of `core/texts.py`."""
    simple = kind if kind.is_simple() else (kind.content if kind.has_simple_content() else None)
    if simple is None:
        return ""
    words = [_builtin(simple)]
    values = getattr(simple, "enumeration", None)
    if values:
        shown = [str(value) for value in values[:MAX_VALUES]]
        words.append("enumeration " + " | ".join(shown) + (" | …" if len(values) > MAX_VALUES else ""))
    for name, facet in (getattr(simple, "facets", None) or {}).items():
        local = str(name).rpartition("}")[2]
        if local == "pattern":
            words += [f"pattern {pattern}" for pattern in _patterns(facet)]
        elif local in FACETS and local != "enumeration":
            words.append(f"{local} {facet.value}")
    return FACET_BREAK.join(word.replace(FACET_BREAK, " ") for word in words)


def _builtin(simple: Any) -> str:  # noqa: ANN401 - xmlschema's classes
    """The nearest type of XML Schema itself; a list or union has none."""
    while simple is not None and not str(simple.name or "").startswith(XSD):
        simple = simple.base_type
    return str(simple.local_name) if simple is not None else "anySimpleType"


def _patterns(facet: Any) -> list[str]:  # noqa: ANN401 - xmlschema's classes
    return [str(pattern) for pattern in getattr(facet, "regexps", [])]
