"""The guide to an agreement's messages, drawn from its schemas: name, description, identifier, type, multiplicity, class."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from gateway.config.declarations import Declaration, Declarations, Row, Said, read
from gateway.config.faults import ConfigError, Faults
from gateway.config.models import AgreementFile, MessageSection
from gateway.config.parsing import parse
from gateway.config.schema_set import XS, SchemaError, read_set
from gateway.config.shipped import shipped
from gateway.config.versions import first_day
from gateway.core.schema import qualify

COLUMNS = ("name", "description", "identifier", "type", "multiplicity", "class")
CLASSES = (
    "Restriction classes: P personal data, C commercial or tax secret, L enforcement and control, O official's identity, "
    "F free text, S mark of secrecy. «One of»: only one of the rows marked so may stand there."
)


class Guide:
    """One agreement's guide, written section by section."""

    def __init__(self, file: AgreementFile, declared: Declarations) -> None:
        """Names are shown with the agreement's prefixes."""
        self._file = file
        self._declared = declared
        self._prefixes = {namespace: prefix for prefix, namespace in file.prefixes.items()} | {XS: "xs"}
        self._roots = {section.root: declared.elements[section.root] for section in file.message}

    def text(self) -> str:
        """The whole page."""
        types = self._types()
        shared = [kind for kind in types if kind.rows]
        simple = [kind for kind in types if not kind.rows]
        lines = [
            f"# Messages of {self._file.id} {self._file.version}",
            "",
            "Drawn from the schemas by `gateway reference --messages`; a test keeps it equal.",
            "",
            CLASSES,
            "",
            *(line for section in self._file.message for line in self._message(section)),
            "# Shared complex types",
            "",
            *(line for kind in shared for line in self._composition(kind)),
            "# Simple types",
            "",
            *self._simple(simple),
        ]
        return "\n".join(lines).rstrip() + "\n"

    def _message(self, section: MessageSection) -> Iterator[str]:
        root = self._roots[section.root]
        kind = self._declared.type(root.type) or root
        rows = (
            ("meaning", _told(root.said)),
            ("identifier", root.said.identifier),
            ("root", f"`{section.root}`"),
            ("schema", ", ".join(f"`{name}`" for name in section.schema_file)),
            ("in force", f"{first_day(section, self._file)}/{section.valid_until or '..'}"),
            ("service, pattern, priority", f"`{section.service}`, {section.pattern.value}, {section.priority}"),
        )
        yield from (f"## {section.type} {section.version}", "", "| | |", "| --- | --- |", *map(_line, rows), "")
        yield from self._table(kind.rows)

    def _composition(self, kind: Declaration) -> Iterator[str]:
        yield from (f"## {self._name(kind.name)}", "", _told(kind.said), "")
        if self._declared.type(kind.base) is not None:
            yield from (f"All of `{self._name(kind.base)}`, then:", "")
        yield from self._table(kind.rows)

    def _table(self, rows: Iterable[Row]) -> Iterator[str]:
        yield _line(COLUMNS)
        yield "|" + " --- |" * len(COLUMNS)
        for row in rows:
            said, kind = self._declared_by(row)
            name = "· " * row.depth + f"`{self._name(row.name)}`"
            yield _line((name, _told(said), said.identifier, self._name(kind), row.multiplicity, said.restricted))
        yield ""

    def _simple(self, kinds: Iterable[Declaration]) -> Iterator[str]:
        yield _line(("type", "description", "identifier", "base and shape", "attributes"))
        yield "|" + " --- |" * 5
        for kind in kinds:
            shape = ", ".join([self._name(kind.base), *(f"{name} `{value}`" for name, value in kind.facets)])
            values = "; ".join(f"`{value}` {text}".strip() for value, text in kind.values)
            attributes = ", ".join(
                f"`{name}` {self._name(of)} {many}" + (f" ({said.restricted})" if said.restricted else "")
                for name, of, many, said in kind.attributes
            )
            told = " ".join(filter(None, (_told(kind.said), values)))
            yield _line((f"`{self._name(kind.name)}`", told, kind.said.identifier, shape, attributes))

    def _types(self) -> list[Declaration]:
        """Every type that a message can hold, sorted as it is shown; the messages' own types stand with them."""
        own = {root.type for root in self._roots.values()}
        waiting, seen = list(self._roots.values()), {""}
        found = []
        while waiting:
            for name in set(self._used(waiting.pop())) - seen:
                seen.add(name)
                kind = self._declared.type(name)
                if kind is not None:
                    waiting.append(kind)
                    found += [] if name in own else [kind]
        return sorted(found, key=lambda kind: self._name(kind.name))

    def _used(self, kind: Declaration) -> Iterator[str]:
        """The types that it is made of."""
        yield from (kind.type, kind.base)
        yield from (self._declared_by(row)[1] for row in kind.rows)
        yield from (of for _, of, _, _ in kind.attributes)

    def _declared_by(self, row: Row) -> tuple[Said, str]:
        """What is said about the element, and its type: where it stands, or at its global declaration."""
        if row.said is not None:
            return row.said, row.type
        target = self._declared.element(row.name)
        return (target.said, target.type) if target is not None else (Said(), "")

    def _name(self, name: str) -> str:
        return qualify(name, self._prefixes)


def guide(path: Path) -> str:
    """The guide to the agreement in the file; its schemas are looked for in xsd/ beside its folder, then among the shipped."""
    faults = Faults()
    file = parse(path, AgreementFile, faults)
    if file is None:
        raise ConfigError(*faults.found)
    roots = (path.resolve().parent.parent / "xsd", shipped("xsd"))
    members: dict[Path, bytes] = {}
    for number, section in enumerate(file.message, 1):
        entries = [
            next((root / name for root in roots if (root / name).is_file()), Path(name)) for name in section.schema_file
        ]
        try:
            members |= dict(read_set(entries).members)
        except SchemaError as error:
            faults.add(path, f"message[{number}].schema", str(error))
    declared = read(members)
    for number, section in enumerate(file.message, 1):
        if section.root not in declared.elements:
            faults.add(path, f"message[{number}].root", f"no global element {section.root}")
    faults.stop()
    return Guide(file, declared).text()


def _told(said: Said) -> str:
    return " / ".join(said.texts)


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
