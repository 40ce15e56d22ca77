"""A set is read whole: whatever can stand somewhere, and whether it can be taken out, is in the model."""

from pathlib import Path

import pytest

from gateway.config.schema_set import SchemaError
from gateway.core.schema import every
from tests.config.xsd import local, one, read, schema, write

E = '<xs:element name="{}" type="xs:string" minOccurs="{}"/>'
A1, A0, B1, B0, C1 = (E.format(*row) for row in ("a1", "a0", "b1", "b0", "c1"))


def root(content: str, more: str = "") -> str:
    """A global element R of that content."""
    return f'<xs:element name="R"><xs:complexType>{content}</xs:complexType></xs:element>{more}'


OPTIONAL = {  # content, and which of its elements can be taken out
    "by itself": (f"<xs:sequence>{A0}{B1}</xs:sequence>", "a"),
    "optional group of one": (f'<xs:sequence><xs:sequence minOccurs="0">{A1}</xs:sequence>{B1}</xs:sequence>', "a"),
    "optional group of two": (f'<xs:sequence><xs:sequence minOccurs="0">{A1}{B1}</xs:sequence>{C1}</xs:sequence>', ""),
    "choice that must be": (f"<xs:sequence><xs:choice>{A1}{B1}</xs:choice>{C1}</xs:sequence>", ""),
    "choice that may be empty": (f'<xs:sequence><xs:choice minOccurs="0">{A1}{B1}</xs:choice>{C1}</xs:sequence>', "ab"),
    "choice with an empty branch": (f"<xs:sequence><xs:choice>{A1}{B0}</xs:choice>{C1}</xs:sequence>", "ab"),
    "choice of groups": (
        f'<xs:choice minOccurs="0"><xs:sequence>{A1}{B1}</xs:sequence><xs:sequence>{C1}</xs:sequence></xs:choice>',
        "c",
    ),
    "repeated choice": (f'<xs:choice maxOccurs="9">{A1}{B1}</xs:choice>', ""),
    "choice twice at least": (f'<xs:choice minOccurs="2" maxOccurs="9">{A1}{B1}</xs:choice>', ""),
    "two places": (f"<xs:sequence>{A0}{B1}{A1}</xs:sequence>", ""),
    "two optional places": (f"<xs:sequence>{A0}{B1}{A0}</xs:sequence>", "a"),
    "all": (f"<xs:all>{A0}{B1}</xs:all>", "a"),
    "optional all of one": (f'<xs:all minOccurs="0">{A1}</xs:all>', "a"),
    "named group": ('<xs:sequence><xs:group ref="t:g" minOccurs="0"/></xs:sequence>', ""),
    "nothing may occur": (
        f'<xs:sequence>{A1}<xs:sequence minOccurs="0" maxOccurs="0">{B1}</xs:sequence></xs:sequence>',
        "",
    ),
}
GROUP = f'<xs:group name="g"><xs:sequence>{A1}{B1}</xs:sequence></xs:group>'


@pytest.mark.parametrize(("content", "removable"), OPTIONAL.values(), ids=OPTIONAL.keys())
def test_what_leaves_a_valid_parent_is_optional_and_nothing_else(content: str, removable: str, tmp_path: Path) -> None:
    """An element's own minOccurs, and that of every group and choice around it, decide together."""
    found = one(tmp_path, root(content, GROUP))

    assert "".join(local(name for name, child in found.children.items() if child.optional)) == removable


def test_every_member_of_a_substitution_group_can_stand_for_its_head(tmp_path: Path) -> None:
    """Through other heads, too; abstract heads not; optional as the head is."""
    found = one(
        tmp_path,
        root('<xs:sequence><xs:element ref="t:head" minOccurs="0"/></xs:sequence>')
        + '<xs:element name="head" type="xs:string" abstract="true"/>'
        '<xs:element name="middle" type="xs:string" substitutionGroup="t:head" abstract="true"/>'
        '<xs:element name="last" type="xs:token" substitutionGroup="t:middle"/>'
        '<xs:element name="plain" substitutionGroup="t:head"/>',
    )

    assert local(found.children) == ["last", "plain"]
    assert {child.optional for child in found.children.values()} == {True}


@pytest.mark.parametrize(
    ("block", "members"),
    [
        ("", ["extended", "head", "restricted"]),
        ("restriction", ["extended", "head"]),
        ("extension", ["head", "restricted"]),
        ("substitution", ["head"]),
        ("#all", ["head"]),
    ],
)
def test_block_keeps_members_out(block: str, members: list[str], tmp_path: Path) -> None:
    """What a head blocks cannot stand for it, nor can the types it blocks be named by xsi:type."""
    more = (
        f'<xs:element name="head" type="t:T" block="{block}"/>'
        '<xs:element name="extended" type="t:X" substitutionGroup="t:head"/>'
        '<xs:element name="restricted" type="t:S" substitutionGroup="t:head"/>'
        f'<xs:complexType name="T"><xs:sequence>{A0}</xs:sequence></xs:complexType>'
        f'<xs:complexType name="X">{DERIVED.format("extension", "t:T", B1)}</xs:complexType>'
        f'<xs:complexType name="S">{DERIVED.format("restriction", "t:T", A1)}</xs:complexType>'
    )
    found = one(tmp_path, root('<xs:sequence><xs:element ref="t:head"/></xs:sequence>', more))

    kinds = {"extended": "X", "restricted": "S"}
    expected = sorted(kinds[name] for name in members if name != "head")
    assert local(found.children) == members
    assert block == "substitution" or local(found.children["{urn:t}head"].element.derived) == expected


DERIVED = '<xs:complexContent><xs:{0} base="{1}"><xs:sequence>{2}</xs:sequence></xs:{0}></xs:complexContent>'


def test_xsi_type_makes_an_element_what_the_derived_type_says(tmp_path: Path) -> None:
    """Every type derived from its own, directly or not, except abstract ones; each with its own children."""
    more = (
        '<xs:complexType name="T" abstract="true"><xs:sequence/></xs:complexType>'
        f'<xs:complexType name="X">{DERIVED.format("extension", "t:T", A1)}</xs:complexType>'
        f'<xs:complexType name="M" abstract="true">{DERIVED.format("extension", "t:X", B1)}</xs:complexType>'
        f'<xs:complexType name="Y">{DERIVED.format("extension", "t:M", C1)}</xs:complexType>'
        '<xs:complexType name="Other"><xs:sequence/></xs:complexType>'
    )
    found = one(tmp_path, root('<xs:sequence><xs:element name="e" type="t:T"/></xs:sequence>', more))
    element = found.children["{urn:t}e"].element

    assert {name: local(each.children) for name, each in element.derived.items()} == {
        "{urn:t}X": ["a"],
        "{urn:t}Y": ["a", "b", "c"],
    }
    assert {each.name for each in element.derived.values()} == {"{urn:t}e"}


def test_simple_element_can_become_one_with_attributes(tmp_path: Path) -> None:
    """A complex type with simple content is derived from the simple type, from those between, and from a union's members."""
    simple = '<xs:simpleContent><xs:extension base="{}"><xs:attribute name="q"/></xs:extension></xs:simpleContent>'
    more = (
        '<xs:simpleType name="U"><xs:union memberTypes="xs:date t:V"/></xs:simpleType>'
        '<xs:simpleType name="V"><xs:union memberTypes="xs:token"/></xs:simpleType>'
        '<xs:simpleType name="S"><xs:restriction base="xs:NCName"/></xs:simpleType>'
        f'<xs:complexType name="C">{simple.format("t:S")}</xs:complexType>'
        f'<xs:complexType name="D">{simple.format("xs:decimal")}</xs:complexType>'
    )
    content = "".join(
        f'<xs:element name="{name}" type="{kind}"/>' for name, kind in {"s": "xs:string", "u": "t:U"}.items()
    )
    found = one(tmp_path, root(f"<xs:sequence>{content}</xs:sequence>", more))
    elements = {local([name])[0]: child.element for name, child in found.children.items()}

    assert {name: local(element.derived) for name, element in elements.items()} == {"s": ["C"], "u": ["C"]}
    assert local(elements["s"].derived["{urn:t}C"].attributes) == ["q"]
    assert elements["s"].attributes == {}


def test_element_of_any_type_can_be_everything(tmp_path: Path) -> None:
    """xs:anyType lets every global element stand, every complex type be named, and is open."""
    found = one(tmp_path, '<xs:element name="R"/><xs:element name="S"/><xs:complexType name="C"/>')

    assert (local(found.children), local(found.derived)[0], found.open) == (["R", "S"], "C", True)


@pytest.mark.parametrize(
    ("process", "namespace", "children", "unknown"),
    [
        ("strict", "##other", ["inner"], False),
        ("strict", "##any", ["R", "S", "inner"], False),
        ("strict", "##targetNamespace", ["R", "S"], False),
        ("strict", "urn:none", [], False),
        ("lax", "##other", ["inner"], True),
        ("skip", "##other", [], True),
    ],
)
def test_wildcard_lets_every_element_of_its_namespaces_stand(
    process: str,
    namespace: str,
    children: list[str],
    unknown: bool,  # noqa: FBT001 - a column
    tmp_path: Path,
) -> None:
    """A strict one nothing else; a lax or skipping one makes the element open, and what is skipped is not looked at."""
    wild = f'<xs:any namespace="{namespace}" processContents="{process}" minOccurs="0"/>'
    write(
        tmp_path,
        outer=schema(root(f"<xs:sequence>{wild}</xs:sequence>") + '<xs:element name="S" type="xs:int"/>'),
        inner=schema('<xs:element name="inner" type="xs:int"/><xs:element name="none" abstract="true"/>', "urn:i"),
    )
    found = read(tmp_path, "{urn:t}R", "outer", "inner")

    assert (local(found.children), found.open) == (children, unknown)
    assert all(child.optional for child in found.children.values())


@pytest.mark.parametrize(("process", "unknown"), [("strict", False), ("lax", True), ("skip", True)])
def test_attribute_wildcard_lets_every_global_attribute_stand(process: str, unknown: bool, tmp_path: Path) -> None:  # noqa: FBT001
    """And makes the element open unless it is strict; a prohibited attribute is none."""
    inside = (
        '<xs:attribute name="global" type="xs:int"/>'
        '<xs:complexType name="T"><xs:attribute name="p"/><xs:attribute name="q" use="required"/></xs:complexType>'
        '<xs:element name="R"><xs:complexType><xs:complexContent><xs:restriction base="t:W">'
        '<xs:attribute name="p" use="prohibited"/><xs:attribute name="q" use="required"/>'
        f'<xs:anyAttribute namespace="##targetNamespace" processContents="{process}"/>'
        "</xs:restriction></xs:complexContent></xs:complexType></xs:element>"
        '<xs:complexType name="W"><xs:attribute name="p"/><xs:attribute name="q"/>'
        f'<xs:anyAttribute processContents="{process}"/></xs:complexType>'
    )
    found = one(tmp_path, inside)

    assert {local([name])[0]: each.optional for name, each in found.attributes.items()} == {"q": False, "global": True}
    assert found.open is unknown


def test_type_that_holds_itself_is_read(tmp_path: Path) -> None:
    """Recursion ends, also through a group and through xsi:type, and each declaration is there once."""
    more = (
        '<xs:complexType name="T"><xs:sequence><xs:group ref="t:g" minOccurs="0"/></xs:sequence></xs:complexType>'
        '<xs:group name="g"><xs:sequence><xs:element name="e" type="t:T"/></xs:sequence></xs:group>'
        f'<xs:complexType name="X">{DERIVED.format("extension", "t:T", A0)}</xs:complexType>'
    )
    found = one(tmp_path, root('<xs:sequence><xs:element name="e" type="t:T"/></xs:sequence>', more))
    element = found.children["{urn:t}e"].element

    assert element.children["{urn:t}e"].element.children["{urn:t}e"].element is element.children["{urn:t}e"].element
    assert len(list(every(found))) == 6  # R; e in R, e in g, each as T and X; a in X


def test_same_name_in_two_parents_can_be_two_things(tmp_path: Path) -> None:
    """A local element belongs to its parent."""
    inner = '<xs:element name="{}"><xs:complexType><xs:sequence><xs:element name="e" type="{}"/></xs:sequence></xs:complexType></xs:element>'
    found = one(
        tmp_path, root(f"<xs:sequence>{inner.format('p', 'xs:string')}{inner.format('q', 'xs:date')}</xs:sequence>")
    )
    kinds = {name: child.element.children["{urn:t}e"].element.facets for name, child in found.children.items()}

    assert kinds == {"{urn:t}p": "string", "{urn:t}q": "date"}


def test_two_types_of_one_name_at_one_place_are_refused(tmp_path: Path) -> None:
    """Through a wildcard it can be: then no place says what the element is."""
    inside = (
        '<xs:element name="R" form="qualified"/>'.replace(' form="qualified"', ' type="t:T"')
        + '<xs:complexType name="T"><xs:sequence><xs:element name="e" type="xs:int"/>'
        '<xs:element name="f" type="xs:int"/><xs:any namespace="##targetNamespace"/></xs:sequence></xs:complexType>'
        '<xs:element name="e" type="xs:date"/>'
    )
    with pytest.raises(SchemaError, match="two different types"):
        one(tmp_path, inside)


def test_mixed_and_nillable_elements_are_read_like_others(tmp_path: Path) -> None:
    """Text between elements and xsi:nil change no place."""
    found = one(
        tmp_path,
        '<xs:element name="R" nillable="true"><xs:complexType mixed="true"><xs:sequence>'
        f"{A0}</xs:sequence></xs:complexType></xs:element>",
    )

    assert [local(found.children), found.open] == [["a"], False]


def test_chameleon_takes_the_namespace_of_who_includes_it(tmp_path: Path) -> None:
    """A file without a namespace is part of each that includes it."""
    library = schema('<xs:element name="shared" type="xs:int"/>', "")
    outer = '<xs:include schemaLocation="library.xsd"/>' + root(
        '<xs:sequence><xs:element ref="t:shared"/></xs:sequence>'
    )
    found = read(write(tmp_path, library=library, outer=schema(outer)), "{urn:t}R", "outer")

    assert list(found.children) == ["{urn:t}shared"]


def test_redefined_type_is_the_new_one(tmp_path: Path) -> None:
    """Also where the redefined file itself uses it."""
    old = f'<xs:complexType name="T"><xs:sequence>{A1}</xs:sequence></xs:complexType><xs:element name="R" type="t:T"/>'
    new = (
        '<xs:redefine schemaLocation="old.xsd"><xs:complexType name="T">'
        f"{DERIVED.format('extension', 't:T', B0)}</xs:complexType></xs:redefine>"
    )
    found = read(write(tmp_path, old=schema(old), new=schema(new)), "{urn:t}R", "new")

    assert local(found.children) == ["a", "b"]


def test_root_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    """A misspelt root is the operator's mistake; a set without any global element says so."""
    with pytest.raises(SchemaError, match=r"no global element \{urn:t\}X; there are: \{urn:t\}R"):
        one(tmp_path, '<xs:element name="R"/>', "{urn:t}X")
    with pytest.raises(SchemaError, match="there are: none"):
        one(tmp_path, '<xs:complexType name="R"/>', "{urn:t}R")
