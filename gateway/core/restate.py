"""A document of one version of a message type, said in the names of another."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree

from gateway.core.agreement import MessageType
from gateway.core.schema import Element, every

NUMBER = re.compile(r"\d+(\.\d+)*")
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


@dataclass(frozen=True, slots=True)
class Restatement:
    """What a document must be said in to be of this version.

    The root becomes the version's root. An element, attribute or xsi:type that may not stand at its place becomes the one
    that may and differs in nothing but the numbers of its namespace, where there is just one. Everything else stays as
    it is, and what the schema says about it is the fault that is told.
    """

    model: Element
    namespaces: tuple[str, ...]  # every one in which the version declares something

    @classmethod
    def into(cls, kind: MessageType) -> "Restatement":
        """The version's declarations."""
        names = {name for each in every(kind.model) for name in (each.name, *each.attributes, *each.derived)}
        return cls(kind.model, tuple(sorted({_split(name)[0] for name in names} - {""})))

    def of(self, document: etree._Element) -> etree._Element:
        """A copy of the document in the version's names."""
        fresh = (uri for uri in self.namespaces if uri not in document.nsmap.values())
        prefixes: dict[str | None, str] = {f"v-{number}": uri for number, uri in enumerate(fresh)}  # for xsi:type
        root = etree.Element(self.model.name, nsmap=prefixes | document.nsmap)
        _fill(root, document, self.model)
        return root


def _fill(made: etree._Element, element: etree._Element, known: Element | None) -> None:
    """The copy holds what the element held; `known`: what may stand in it, if anything is declared there."""
    kind = _named(str(element.get(XSI_TYPE) or ""), element, known)
    inner = known.derived.get(kind, known) if known else None
    for name, value in element.attrib.items():
        renamed = _alike(str(name), inner.attributes if inner else ())
        made.set(renamed, _spelled(kind, made) if name == XSI_TYPE and kind else value)
    made.text, made.tail = element.text, element.tail
    for child in element:
        name = _alike(str(child.tag), inner.children if inner else ())
        declared = inner.children.get(name) if inner else None
        _fill(etree.SubElement(made, name, nsmap=child.nsmap), child, declared.element if declared else None)


def _named(value: str, element: etree._Element, known: Element | None) -> str:
    """The type that xsi:type names, in the version's names; empty where it names none that may stand here."""
    prefix, _, local = value.strip().rpartition(":")
    found = _alike(f"{{{element.nsmap.get(prefix or None, '')}}}{local}", known.derived if known else ())
    return found if known and found in known.derived else ""


def _spelled(name: str, made: etree._Element) -> str:
    """The name with a prefix that leads there."""
    namespace, local = _split(name)
    prefix = next((prefix for prefix, uri in made.nsmap.items() if uri == namespace), None)
    return f"{prefix}:{local}" if prefix else local


def _alike(name: str, names: Collection[str]) -> str:
    """Of the names that may stand here the one that is meant; the name itself where none or more than one may be."""
    if name in names:
        return name
    found = [each for each in names if _unnumbered(each) == _unnumbered(name)]
    return found[0] if len(found) == 1 else name


@lru_cache(10_000)
def _unnumbered(name: str) -> tuple[str, str]:
    """The namespace without numbers, and the local name."""
    namespace, local = _split(name)
    return NUMBER.sub("", namespace), local


def _split(name: str) -> tuple[str, str]:
    namespace, _, local = name.rpartition("}")
    return namespace.removeprefix("{"), local
