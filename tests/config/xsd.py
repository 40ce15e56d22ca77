"""Small schema sets for the laws about schemas."""

from pathlib import Path

from gateway.config import schema_set, schemas
from gateway.core.schema import Element
from gateway.core.simple import Simple

XS = "http://www.w3.org/2001/XMLSchema"


def schema(inside: str, namespace: str = "urn:t", more: str = "") -> str:
    """A schema document of the namespace, its prefix is t."""
    own = f' targetNamespace="{namespace}" xmlns:t="{namespace}"' if namespace else ""
    return f'<xs:schema xmlns:xs="{XS}"{own} elementFormDefault="qualified" {more}>{inside}</xs:schema>'


def write(folder: Path, **files: str) -> Path:
    """The files, each `name.xsd`; the folder."""
    for name, text in files.items():
        (folder / f"{name}.xsd").write_text(text)
    return folder


def read(folder: Path, root: str, *entries: str) -> Element:
    """The model of a set that compiles, read a second time from the cache."""
    files = schema_set.read_set(folder / f"{name}.xsd" for name in entries)
    schemas.CompiledSchema(files)
    first = schemas.model(files, root, folder / "cache")
    again = schemas.model(files, root, folder / "cache")
    assert described(again) == described(first)
    return first


def one(folder: Path, inside: str, root: str = "{urn:t}R") -> Element:
    """The root of a set of one file."""
    return read(write(folder, one=schema(inside)), root, "one")


def described(root: Element) -> list[object]:
    """Everything a model says, each declaration once."""
    order: dict[int, int] = {}
    waiting, rows = [root], []

    def number(element: Element) -> int:
        if id(element) not in order:
            order[id(element)] = len(order)
            waiting.append(element)
        return order[id(element)]

    order[id(root)] = 0
    for element in waiting:  # which grows
        rows.append(  # noqa: PERF401 - an extension would read the list before it has grown
            (
                element.name,
                element.type,
                element.facets,
                element.open,
                element.default,
                simple(element.value),
                tuple((name, a.facets, a.optional, simple(a.value)) for name, a in element.attributes.items()),
                tuple((name, number(child.element), child.optional) for name, child in element.children.items()),
                tuple((name, number(each)) for name, each in element.derived.items()),
            )
        )
    return rows


def simple(kind: Simple | None) -> object:
    """Everything a simple type says."""
    if kind is None:
        return None
    own = (kind.name, kind.builtin, kind.white_space, kind.patterns, kind.values, kind.facets, kind.doubted)
    return (*own, simple(kind.item), tuple(map(simple, kind.members)))


def local(names: object) -> list[str]:
    """Names without their namespaces, sorted."""
    return sorted(str(name).rpartition("}")[2] for name in names)  # type: ignore[attr-defined]
