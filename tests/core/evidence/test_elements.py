"""The canonical form that the standard library's parser gives is the one that libxml2 gives."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gateway.core import mime
from gateway.core.evidence import elements
from gateway.core.evidence.elements import canonical, parse
from gateway.core.evidence.note import Malformed
from gateway.core.wss import canonical as reference
from tests.vectors import recorded

PREFIXES = st.sampled_from(["", "a", "b"])
SPACES = st.sampled_from(["u:1", "u:2", "u:3"])
NAMES = st.sampled_from(["x", "y", "id"])
TEXTS = st.text(st.sampled_from("ab&<>\"'\t\n\r\u00e9\U0001f600 "), max_size=4)


@st.composite
def documents(draw: st.DrawFn, depth: int = 3, known: tuple[str, ...] = ()) -> str:
    """An element: namespaces declared, shadowed and taken away, attributes in any order, text, instructions, comments."""
    declared = draw(st.dictionaries(PREFIXES, SPACES, max_size=2))
    scope = tuple({*known, *declared})
    prefix = draw(st.sampled_from(["", *filter(None, scope)]))
    attributes = draw(
        st.dictionaries(st.tuples(st.sampled_from(["", "xml", *filter(None, scope)]), NAMES), TEXTS, max_size=3)
    )
    if (
        len({name for _, name in attributes}) < len(attributes) or ("xml", "id") in attributes
    ):  # two prefixes may stand for one namespace
        attributes = {}
    head = qualified(prefix, draw(NAMES))
    rows = [f' xmlns{":" if key else ""}{key}="{uri}"' for key, uri in declared.items()]
    if "" in known and "" not in declared and draw(st.booleans()):
        rows.append(' xmlns=""')
    rows += [f' {qualified(*key)}="{escaped(value)}"' for key, value in attributes.items()]
    inner = draw(st.lists(contents(depth, scope), max_size=3))
    return f"<{head}{''.join(draw(st.permutations(rows)))}>{''.join(inner)}</{head}>"


def contents(depth: int, scope: tuple[str, ...]) -> st.SearchStrategy[str]:
    """What stands in an element."""
    plain = st.one_of(
        TEXTS.map(escaped),
        st.just("<!--left out-->"),
        st.just("<?do it?>"),
        st.just("<?do?>"),
        st.just("<![CDATA[<&]]>"),
    )
    return st.one_of(plain, documents(depth - 1, scope)) if depth else plain


def qualified(prefix: str, name: str) -> str:
    """A name with its prefix."""
    return f"{prefix}:{name}" if prefix else name


def escaped(text: str) -> str:
    """As it may stand in text and in attributes."""
    for letter, written in (("&", "&amp;"), ("<", "&lt;"), ('"', "&quot;"), ("\r", "&#13;"), ("\t", "&#9;")):
        text = text.replace(letter, written)
    return text.replace("]]>", "]]&gt;")


def agree(content: bytes, prefixes: str = "") -> int:
    """Every element's canonical form is the same in both; how many there are."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    theirs, ours = [*etree.fromstring(content, parser).iter(etree.Element)], [*parse(content).within()]
    assert len(theirs) == len(ours)
    for their, our in zip(theirs, ours, strict=True):
        assert canonical(our, prefixes.split()) == reference.element(their, prefixes)
        assert our.name == (etree.QName(their).namespace or "", etree.QName(their).localname)
    return len(ours)


@given(documents(), st.sampled_from(["", "a", "b a"]))
def test_any_document_is_the_same_in_both(document: str, prefixes: str) -> None:
    """Whatever stands in it, from wherever in it one begins."""
    agree(document.encode(), prefixes)


def whole(row: dict[str, Any]) -> bytes:
    """A recorded message's SOAP part."""
    if not row["content_type"].startswith("multipart"):
        return recorded.body(row)
    return mime.split(recorded.body(row), row["content_type"])[0].content


@pytest.mark.parametrize("row", recorded.rows())
def test_messages_of_other_products_are_the_same_in_both(row: dict[str, Any]) -> None:
    """Every element, with and without lists of prefixes."""
    for prefixes in ("", "env", "eb ds wsse"):
        assert agree(whole(row), prefixes) > 3


def test_the_default_namespace_can_be_listed() -> None:
    """Exclusive XML Canonicalization 1.0, 3: `#default` stands for it (libxml2 leaves it out, so nobody sends it here)."""
    found = parse(b'<a:r xmlns:a="u:a" xmlns="u:d"><a:b xmlns=""/></a:r>')
    assert canonical(found, ["#default"]) == b'<a:r xmlns="u:d" xmlns:a="u:a"><a:b xmlns=""></a:b></a:r>'
    assert canonical(found) == b'<a:r xmlns:a="u:a"><a:b></a:b></a:r>'


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no XML",
        b"<a>",
        b"<a/><b/>",
        b"<a:b/>",
        b'<a b:c=""/>',
        b'<a xmlns:b="u" xmlns:c="u" b:d="" c:d=""/>',
        b"<!DOCTYPE a><a/>",
        b'<!DOCTYPE a [<!ENTITY e "e">]><a>&e;</a>',
        b"<a>&e;</a>",
        b'<?xml version="1.0" encoding="nothing"?><a/>',
        b"\xff\xfe<a/>",
        b"<a>" * 101 + b"</a>" * 101,
        b"<a>" + b"<b/>" * 1001 + b"</a>",
        b"<a " + b" ".join(b'a%d=""' % n for n in range(257)) + b"/>",
        b"<a " + b" ".join(b'xmlns:a%d="u"' % n for n in range(257)) + b"/>",
        b"<a>" + b"x" * 70_000 + b"</a>",
    ],
)
def test_what_no_soap_part_is_is_refused(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before any of it grows."""
    monkeypatch.setattr(elements, "MOST", 1000)
    monkeypatch.setattr(elements, "LARGEST", 64 * 1024)
    with pytest.raises(Malformed):
        parse(content)


def test_what_stands_around_the_root_is_left_out() -> None:
    """Instructions and comments before and behind it."""
    assert canonical(parse(b"<?do it?><!-- --><a/><?do it?>")) == b"<a></a>"


def test_attributes_and_elements_are_found_by_their_names() -> None:
    """Whatever prefix they are written with."""
    root = parse(b'<p:a xmlns:p="u" p:b="1" b="2">t<p:c>x</p:c>u<c/></p:a>')
    assert (root.attribute("u", "b"), root.attribute("", "b"), root.attribute("u", "c")) == ("1", "2", None)
    assert (root.text, root.one(("u", "c")).text) == ("tu", "x")
    assert [each.qname for each in root.all(("", "c"))] == ["c"]
    with pytest.raises(Malformed, match="0 elements d"):
        root.one(("u", "d"))
