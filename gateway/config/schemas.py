"""XSD sets: compiled for judging (one per thread), and read into the model that paths and fault texts use."""

import hashlib
import json
import re
import threading
from pathlib import Path
from typing import Any

from lxml import etree

from gateway.core.schema import Attribute, Child, Element

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
XSD = "{http://www.w3.org/2001/XMLSchema}"
LOCATION = re.compile(rb"schemaLocation\s*=\s*[\"']([^\"']+)[\"']")
MAX_VALUES = 20  # of a code list, in a fault text


class SchemaError(ValueError):
    """A schema that cannot be used; says why."""


class CompiledSchema:
    """Gives each thread its own compiled schema: a shared one mixes the faults of different messages."""

    def __init__(self, path: Path) -> None:
        """Compile once, so that a faulty set stops the start."""
        self._path = path
        self._local = threading.local()
        self()

    def __call__(self) -> etree.XMLSchema:
        """The calling thread's schema."""
        schema: etree.XMLSchema | None = getattr(self._local, "schema", None)
        if schema is None:
            schema = self._local.schema = self._compile()
        return schema

    def _compile(self) -> etree.XMLSchema:
        parser = etree.XMLParser(no_network=True, load_dtd=False, resolve_entities=False)
        try:
            return etree.XMLSchema(etree.parse(self._path, parser))
        except (OSError, etree.XMLSyntaxError, etree.XMLSchemaParseError) as error:
            raise SchemaError(str(error)) from None


def model(path: Path, root: str, cache: Path | None) -> Element:
    """The declaration of the root element; read from the cache when no file of the set changed.

    Reading a set takes a tenth of a second and more; a restart must not.
    """
    stored = cache / f"{_fingerprint(path, root)}.json" if cache else None
    if stored is not None and stored.exists():
        return _decode(json.loads(stored.read_text()))
    found = _read(path, root)
    if stored is not None:
        stored.parent.mkdir(parents=True, exist_ok=True)
        temporary = stored.with_suffix(f".{threading.get_ident()}")
        temporary.write_text(json.dumps(_encode(found)))
        temporary.rename(stored)
    return found


def _fingerprint(path: Path, root: str) -> str:
    digest = hashlib.sha256(f"3 {root} {path.name}".encode())  # the number is the cache format's
    for file in sorted(_members(path.resolve(), set())):
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _members(path: Path, seen: set[Path]) -> set[Path]:
    """The file and all that it includes and imports, wherever they are."""
    if path in seen or not path.is_file():
        return seen
    seen.add(path)
    for location in LOCATION.findall(path.read_bytes()):
        _members((path.parent / location.decode()).resolve(), seen)
    return seen


def _read(path: Path, root: str) -> Element:
    import xmlschema  # noqa: PLC0415 - half a second, only when the cache does not know the set

    try:
        schema = xmlschema.XMLSchema10(str(path), allow="local", defuse="always")
    except (xmlschema.XMLSchemaException, OSError, ValueError) as error:
        raise SchemaError(str(error).splitlines()[0]) from None
    declaration = schema.maps.elements.get(root)
    if declaration is None:
        message = f"no global element {root}; there are: {', '.join(sorted(schema.elements)) or 'none'}"
        raise SchemaError(message)
    return _element(declaration, {})


def _element(declaration: Any, known: dict[int, Element]) -> Element:  # noqa: ANN401 - xmlschema's classes
    """The declaration as a value; declarations of the same type share one, so that recursion ends."""
    target = declaration.ref if declaration.ref is not None else declaration
    if id(target) in known:
        return known[id(target)]
    kind = target.type
    found = Element(target.name, kind.name or "(local type)", _facets(kind))
    known[id(target)] = found
    for name, attribute in target.attributes.items():
        if name is not None:
            found.attributes[name] = Attribute(name, _facets(attribute.type), attribute.use != "required")
    if kind.has_complex_content():
        for child in kind.content.iter_elements():
            if child.name is not None:
                optional = child.min_occurs == 0
                found.children.setdefault(child.name, Child(_element(child, known), optional))
    return found


def _facets(kind: Any) -> str:  # noqa: ANN401 - xmlschema's classes
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


def _encode(root: Element) -> list[object]:
    order: dict[int, int] = {}
    elements: list[Element] = []

    def number(element: Element) -> int:
        if id(element) not in order:
            order[id(element)] = len(elements)
            elements.append(element)
            for child in element.children.values():
                number(child.element)
        return order[id(element)]

    number(root)
    return [
        [
            element.name,
            element.type,
            element.facets,
            [[a.name, a.facets, a.optional] for a in element.attributes.values()],
            [[name, number(child.element), child.optional] for name, child in element.children.items()],
        ]
        for element in elements
    ]


def _decode(rows: list[list[Any]]) -> Element:
    elements = [Element(name, kind, facets) for name, kind, facets, _, _ in rows]
    for element, (_, _, _, attributes, children) in zip(elements, rows, strict=True):
        element.attributes.update({row[0]: Attribute(*row) for row in attributes})
        element.children.update({name: Child(elements[at], optional) for name, at, optional in children})
    return elements[0]
