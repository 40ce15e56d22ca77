"""A schema set: one or several entry files and all that they include and import, which must be files here."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

XS = "http://www.w3.org/2001/XMLSchema"
REFERRING = tuple(f"{{{XS}}}{name}" for name in ("include", "import", "redefine", "override"))
VERSIONING = "{http://www.w3.org/2007/XMLSchema-versioning}minVersion"


class SchemaError(ValueError):
    """A schema that cannot be used; says why."""


@dataclass(frozen=True, slots=True)
class SchemaSet:
    """The entry files, and every file of the set with its digest."""

    entries: tuple[Path, ...]
    namespaces: tuple[str, ...]  # the entries' target namespaces, in the same order
    members: tuple[tuple[Path, bytes], ...]
    later: bool  # some file asks for XML Schema 1.1 (vc:minVersion)

    @property
    def digest(self) -> bytes:
        """Changes with every byte of every file, and with what comes first."""
        digest = hashlib.sha256(" ".join(path.name for path in self.entries).encode())
        for _, each in self.members:
            digest.update(each)
        return digest.digest()

    def holds(self, path: Path) -> bool:
        """Whether the file belongs to the set."""
        return any(path == member for member, _ in self.members)


def read_set(entries: Iterable[Path]) -> SchemaSet:
    """The set, complete: SchemaError where a file is missing, elsewhere or no schema."""
    paths = tuple(path.resolve() for path in entries)
    members: dict[Path, bytes] = {}
    namespaces: dict[Path, str] = {}
    later, waiting = False, list(reversed(paths))
    while waiting:
        path = waiting.pop()
        if path in members:
            continue
        content = _bytes(path)
        root = _root(path, content)
        members[path], namespaces[path] = hashlib.sha256(content).digest(), root.get("targetNamespace", "")
        later = later or root.get(VERSIONING, "1.0") not in ("", "1.0")
        waiting += _referred(path, root)
    return SchemaSet(paths, tuple(namespaces[path] for path in paths), tuple(sorted(members.items())), later)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SchemaError(f"{path} cannot be read: {error.strerror}") from None


def _root(path: Path, content: bytes) -> etree._Element:
    parser = etree.XMLParser(no_network=True, load_dtd=False, resolve_entities=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise SchemaError(f"{path} is not well-formed: {error}") from None
    if root.tag != f"{{{XS}}}schema":
        raise SchemaError(f"{path} is no XML Schema: expected xs:schema")
    return root


def _referred(path: Path, root: etree._Element) -> Iterator[Path]:
    """The files it names. An import without a location is left to the other files of the set."""
    for reference in root.iterchildren(*REFERRING):
        location = reference.get("schemaLocation", "")
        if "://" in location:
            raise SchemaError(f"{path}: schemaLocation {location} is not a file: nothing is fetched")
        if location:
            yield (path.parent / location).resolve()
