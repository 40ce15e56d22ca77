"""The agreed schemas document themselves, and what they class as restricted is restricted."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from gateway.config.shipped import shipped
from gateway.core.agreement import MessageType
from gateway.core.schema import Child, Element, qualify
from tests.core.making import Gateway

XS = "{http://www.w3.org/2001/XMLSchema}"
ITEM = f"{XS}annotation/{XS}appinfo/{{urn:eurasec-gw:annotation}}item"
FILES = sorted((shipped("xsd") / "eurasec-customs").rglob("*.xsd"))
CLASSES = {"P", "C", "L", "O", "F", "S"}
STOPS = "S"  # stops the message (GW:3001), so that nothing is left to strip
SOURCES = {"EEC data model", "FTS formats", "own"}
IDENTIFIER = re.compile(r"G\.(?:(?:CA\.)?(?:SDE|SDT|CDE|CDT)|BDT|DOC|DOT)\.\d{5}")

# What has a class and is not restricted in this type, and why.
EXCEPTIONS = {
    "/tac:TransitArrivalCompletionNotice/cacdo:SealDetails/casdo:SealDeviceId": "the vehicle has arrived: nobody is traced by the seal",
}


def declarations() -> Iterator[tuple[Path, etree._Element]]:
    """Every global element and type of every schema file, and every attribute with an annotation."""
    for file in FILES:
        schema = etree.parse(file).getroot()
        for found in schema.iterchildren(f"{XS}element", f"{XS}simpleType", f"{XS}complexType"):
            yield file, found
        for attribute in schema.iter(f"{XS}attribute"):
            if attribute.find(f"{XS}annotation") is not None:
                yield file, attribute


def items() -> dict[str, etree._Element]:
    """The gw:item of each declaration by file and name."""
    return {
        f"{file.parent.name}/{file.name} {found.get('name')}": item
        for file, found in declarations()
        for item in found.iterfind(ITEM)
    }


def classes() -> dict[str, str]:
    """{namespace}name ► class, for elements; {namespace}type@attribute for attributes."""
    found = {}
    for file, declared in declarations():
        namespace = etree.parse(file).getroot().get("targetNamespace")
        item = declared.find(ITEM)
        kind = item.get("class") if item is not None else None
        if kind is None:
            continue
        name = str(declared.get("name"))
        if declared.tag == f"{XS}attribute":
            owner = next(declared.iterancestors(f"{XS}complexType"))
            found[f"{{{namespace}}}{owner.get('name')}@{name}"] = kind
        else:
            found[f"{{{namespace}}}{name}"] = kind
    return found


def test_every_declaration_says_what_it_means() -> None:
    """English for each; for elements Russian, too."""
    silent = [
        (file.name, found.get("name"))
        for file, found in declarations()
        for language in (("en", "ru") if found.tag == f"{XS}element" else ("en",))
        if not any(
            text.get("{http://www.w3.org/XML/1998/namespace}lang") == language and (text.text or "").endswith(".")
            for text in found.iterfind(f"{XS}annotation/{XS}documentation")
        )
    ]
    assert silent == []
    assert len(list(declarations())) > 350


def test_every_declaration_has_identifier_source_and_known_class() -> None:
    """One gw:item each, with an identifier that no other declaration has."""
    found = items()
    assert len(found) == len(list(declarations()))
    identifiers = [str(item.get("id")) for item in found.values()]
    assert [one for one in identifiers if not IDENTIFIER.fullmatch(one)] == []
    assert len(set(identifiers)) == len(identifiers)
    assert {item.get("source") for item in found.values()} == SOURCES
    assert {item.get("class") for item in found.values()} == CLASSES | {None}


def test_every_element_is_global_and_used_by_reference() -> None:
    """No local element and no anonymous type (the customs area's own convention)."""
    local = [
        (file.name, found.get("name"))
        for file in FILES
        for found in etree.parse(file).getroot().iter(f"{XS}element", f"{XS}simpleType", f"{XS}complexType")
        if (found.get("name") is None and found.get("ref") is None)
        or (found.get("name") is not None and found.getparent().tag != f"{XS}schema")
    ]
    assert local == []


def unrestricted(kind: MessageType, prefix_of: dict[str, str]) -> list[str]:
    """Every path of the type at which something of a class stands that no restriction reaches."""
    known, found = classes(), []
    for names, element, around in chains((Child(kind.model, optional=False),), known):
        path = "".join(f"/{qualify(name, prefix_of)}" for name in names)
        mandatory = [[*names, name] for name, child in element.children.items() if not child.optional]
        above = [names[:end] for end in range(1, len(names) + 1)]
        gone = any(
            not rule.path.attribute and rule.path.matches(reached)
            for rule in kind.restrictions
            for reached in above + mandatory  # what is mandatory in it takes it along
        )
        if not gone and STOPS not in around and known.get(names[-1]):
            found.append(path)
        for attribute in element.attributes:
            taken = any(rule.path.attribute == attribute and rule.path.matches(names) for rule in kind.restrictions)
            if known.get(f"{element.type}@{attribute}") and not gone and not taken:
                found.append(f"{path}/@{attribute}")
    return found


def chains(chain: tuple[Child, ...], known: dict[str, str]) -> Iterator[tuple[list[str], Element, set[str | None]]]:
    """Every element that can stand in the type: the names down to it, itself, the classes around it."""
    names = [link.element.name for link in chain]
    yield names, chain[-1].element, {known.get(name) for name in names}
    for child in chain[-1].element.children.values():
        yield from chains((*chain, child), known)


def test_what_has_a_class_is_restricted_or_excepted(kz: Gateway) -> None:
    """In every type, wherever it can stand: by a restriction of it or of what is around it (EA-2.2)."""
    agreement = kz.register.agreements[0]
    prefix_of = dict(agreement.prefixes)

    found = [path for kind in agreement.messages.values() for path in unrestricted(kind, prefix_of)]

    assert sorted(found) == sorted(EXCEPTIONS)
    assert all(EXCEPTIONS.values())


@pytest.mark.parametrize(
    ("rule", "uncovered"),
    [("note", "/csdo:NoteText"), ("customs-official", "/cacdo:CustomsPersonDetails"), ("register-kind", "/@kindId")],
)
def test_a_missing_restriction_is_seen(kz: Gateway, rule: str, uncovered: str) -> None:
    """Control: without the rule, the fields it names are found uncovered."""
    agreement = kz.register.agreements[0]
    seen = []
    for kind in agreement.messages.values():
        fewer = replace(kind, restrictions=tuple(one for one in kind.restrictions if one.id != rule))
        seen += unrestricted(fewer, dict(agreement.prefixes))
    assert any(path.endswith(uncovered) for path in seen)
