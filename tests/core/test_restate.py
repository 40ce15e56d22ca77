"""A document in another version's names: everything that was said, and nothing else, where it can be meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gateway.core.restate import Restatement
from gateway.core.schema import Attribute, Child, Element
from tests.core.making import Gateway, sample

OLD, NEW, LIB, NEXT, OTHER = "urn:x:Note:v1.0", "urn:x:Note:v1.1", "urn:x:lib:v1.0", "urn:x:lib:v2", "urn:y"
XSI = "http://www.w3.org/2001/XMLSchema-instance"


def declared(name: str, *children: Element, attributes: tuple[str, ...] = ()) -> Element:
    """An element declaration."""
    found = Element(name, "T", "")
    found.children.update({child.name: Child(child, optional=True) for child in children})
    found.attributes.update({each: Attribute(each, "", optional=True) for each in attributes})
    return found


def into(root: Element) -> Restatement:
    """The restatement into a version with this root."""
    return Restatement(root, (NEW, NEXT, OTHER))


LEAF = declared(f"{{{OTHER}}}Leaf", attributes=("b",))
KIND = declared(f"{{{NEXT}}}Kind", LEAF)
KIND.derived[f"{{{NEXT}}}T"] = declared(f"{{{NEXT}}}Kind", LEAF, attributes=(f"{{{NEXT}}}c",))
NOTE = declared(f"{{{NEW}}}Note", KIND, declared(f"{{{LIB}}}Kept"), attributes=(f"{{{NEXT}}}a",))


def restated(text: str, root: Element = NOTE) -> etree._Element:
    """The document, restated."""
    return into(root).of(etree.fromstring(text))


def test_names_move_to_the_numbers_of_the_new_version() -> None:
    """Elements, attributes and types; texts, tails and what may stand as it is stay."""
    made = restated(
        f'<n:Note xmlns:n="{OLD}" xmlns:o="{OTHER}" l:a="{LIB}" xmlns:l="{LIB}"> {OLD} '
        f'<l:Kind xmlns:i="{XSI}" i:type="l:T" l:c="2">x<o:Leaf b="1"/>y</l:Kind>z<l:Kept/></n:Note>'
    )

    kind, kept = made
    (leaf,) = kind
    assert [each.tag for each in (made, kind, leaf, kept)] == [
        f"{{{NEW}}}Note",
        f"{{{NEXT}}}Kind",
        f"{{{OTHER}}}Leaf",
        f"{{{LIB}}}Kept",
    ]
    assert (dict(made.attrib), kind.get(f"{{{NEXT}}}c")) == ({f"{{{NEXT}}}a": LIB}, "2")
    prefix, _, local = str(kind.get(f"{{{XSI}}}type")).partition(":")
    assert (kind.nsmap[prefix], local) == (NEXT, "T")
    assert (made.text, kind.text, leaf.tail, kind.tail, dict(leaf.attrib)) == (f" {OLD} ", "x", "y", "z", {"b": "1"})


def test_the_root_is_the_new_versions_root_whatever_its_name() -> None:
    """A version may rename it; one without a namespace, too. An attribute without prefix stays without."""
    assert restated(f'<Notice xmlns="{OLD}"/>').tag == f"{{{NEW}}}Note"
    bare = restated('<Notice a="1"/>', declared("Note", attributes=("a",)))
    assert (bare.tag, dict(bare.attrib)) == ("Note", {"a": "1"})


@pytest.mark.parametrize(
    "names",
    [("urn:x:lib:v2", "urn:x:lib:v3"), ("urn:x:library:v2",), ()],
    ids=["two could be meant", "more than numbers differ", "nothing may stand here"],
)
def test_a_name_is_changed_only_where_one_other_can_be_meant(names: tuple[str, ...]) -> None:
    """Else it stays, with all that is in it, and what the schema says about it is the fault that is told."""
    root = declared(f"{{{NEW}}}Note", *(declared(f"{{{name}}}a") for name in names))
    made = restated(f'<Note xmlns="{OLD}"><l:a xmlns:l="{LIB}"><l:b c="1"/></l:a></Note>', root)

    assert [each.tag for each in made.iter()] == [f"{{{NEW}}}Note", f"{{{LIB}}}a", f"{{{LIB}}}b"]
    assert dict(made[0][0].attrib) == {"c": "1"}


@pytest.mark.parametrize("value", ["l:Unknown", "nowhere:T", "T", ""])
def test_a_type_that_may_not_stand_here_is_said_as_it_was(value: str) -> None:
    """The schema refuses it by its own words."""
    made = restated(f'<Note xmlns="{OLD}"><l:Kind xmlns:l="{LIB}" xmlns:i="{XSI}" i:type="{value}"/></Note>')

    assert made[0].get(f"{{{XSI}}}type") == value


def test_a_type_in_no_namespace_has_no_prefix() -> None:
    """As a schema without target namespace has them."""
    kind = declared("Kind")
    kind.derived["T"] = declared("Kind")
    made = restated(f'<Note><Kind xmlns:i="{XSI}" i:type="T"/></Note>', declared("Note", kind))

    assert made[0].get(f"{{{XSI}}}type") == "T"


TREE = st.recursive(st.just([]), lambda inner: st.lists(inner, max_size=4), max_leaves=20)


@given(TREE, st.text("ab<&'\"ұ", max_size=9))
def test_there_and_back_is_the_same_document(shape: list[object], text: str) -> None:
    """Whatever its form: canonical bytes are equal."""
    root = etree.Element(f"{{{OLD}}}Note", nsmap={"n": OLD, "l": LIB})
    _grow(root, shape, text)
    there, back = Restatement(_recursive(NEW, NEXT), (NEW, NEXT)), Restatement(_recursive(OLD, LIB), (OLD, LIB))

    again = back.of(there.of(root))
    assert etree.tostring(again, method="c14n", exclusive=True) == etree.tostring(root, method="c14n", exclusive=True)


def _recursive(first: str, second: str) -> Element:
    """A declaration in which both elements may stand in both."""
    rows = [
        declared(f"{{{uri}}}{name}", attributes=("a",)) for uri, name in ((first, "Note"), (first, "e"), (second, "e"))
    ]
    for row in rows:
        row.children.update({each.name: Child(each, optional=True) for each in rows[1:]})
    return rows[0]


def _grow(element: etree._Element, shape: list[object], text: str) -> None:
    element.text = element.tail = text
    for number, inner in enumerate(shape):
        child = etree.SubElement(element, f"{{{(OLD, LIB)[number % 2]}}}e", {"a": text})
        _grow(child, inner, text)  # type: ignore[arg-type]


def test_a_shipped_notice_of_1_0_is_said_in_the_names_of_1_1(kz: Gateway) -> None:
    """The procedure code moves to the new library; what kept its declaration stays in the old one."""
    (kind,) = [
        kind
        for kind in kz.register.agreements[0].messages.values()
        if (kind.type, kind.version) == ("TransitReleaseNotice", "1.1")
    ]
    made = Restatement.into(kind).of(etree.fromstring(sample("TransitReleaseNotice--only-what-is-mandatory")))

    names = [str(each.tag).rpartition(":")[2] for each in made]
    assert made.tag == kind.root
    assert "v1.1.0}TransitProcedureCode" in names
    assert "v1.0.0}ContainerIndicator" in names
