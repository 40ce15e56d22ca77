"""The bytes that are digested: elements by exclusive canonical XML, parts as SwA 5.4 tells (both without comments)."""

import re

from lxml import etree

LINE_ENDS = re.compile(rb"\r\n|\r|\n")
XML_TYPES = re.compile(r"(text|application)/xml|(application|image)/.+\+xml")


def element(found: etree._Element, prefixes: str = "") -> bytes:
    """Exclusive canonical XML of the element where it stands; `prefixes`: InclusiveNamespaces/@PrefixList."""
    return etree.tostring(
        found, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=prefixes.split()
    )


def changes(media_type: str) -> bool:
    """Whether a part of this type has a canonical form other than its octets."""
    return media_type.startswith("text/") or XML_TYPES.fullmatch(media_type) is not None


def content(media_type: str, octets: bytes) -> bytes:
    """A part in the canonical form of its type (SwA 1.1.1 5.4.2): XML as a document, other text with CR LF at line ends."""
    return _document(octets) if XML_TYPES.fullmatch(media_type) else LINE_ENDS.sub(b"\r\n", octets)


def _document(octets: bytes) -> bytes:
    """Exclusive canonical XML of a document; what is none, or has a DOCTYPE, stays as it is."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        tree = etree.fromstring(octets, parser).getroottree()
        if tree.docinfo.doctype or tree.docinfo.internalDTD is not None:
            return octets
        return etree.tostring(tree, method="c14n", exclusive=True, with_comments=False)
    except (etree.LxmlError, ValueError):
        return octets
