"""Places: every absolute path a pattern names, and how much must go with a field."""

import pytest
from lxml import etree

from gateway.core.schema import (
    Attribute,
    Child,
    Element,
    PathError,
    Place,
    any_place,
    places,
    qualify,
    spell,
    walk,
)
from tests.core.making import Gateway

PREFIXES = {"a": "urn:a", "b": "urn:b"}
PREFIX_OF = {"urn:a": "a", "urn:b": "b"}


def element(name: str, *children: tuple[Element, bool], **attributes: bool) -> Element:
    """A declaration; each child and attribute with whether it is optional."""
    return Element(
        f"{{urn:a}}{name}",
        "t",
        "string",
        {key: Attribute(key, "string", optional) for key, optional in attributes.items()},
        {child.name: Child(child, optional) for child, optional in children},
    )


def model() -> Element:
    """R(Head(Id, Note?), Body?(Line(Id, Note?)?))."""
    identifier, note = element("Id", kind=True, scheme=False), element("Note")
    line = element("Line", (identifier, False), (note, True))
    return element(
        "R", (element("Head", (identifier, False), (note, True)), False), (element("Body", (line, True)), True)
    )


def found(pattern: str, *, removable: bool = False) -> list[tuple[str, int]]:
    """The paths and lifts of a pattern's places."""
    return [(place.path, place.lift) for place in places(model(), pattern, PREFIXES, removable=removable)]


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        ("/a:R", ["/a:R"]),
        ("/a:R/a:Head/a:Note", ["/a:R/a:Head/a:Note"]),
        ("//a:Note", ["/a:R/a:Head/a:Note", "/a:R/a:Body/a:Line/a:Note"]),
        ("//a:Body//a:Id", ["/a:R/a:Body/a:Line/a:Id"]),
        ("/a:R//a:Id", ["/a:R/a:Head/a:Id", "/a:R/a:Body/a:Line/a:Id"]),
        ("//a:R", ["/a:R"]),
        ("/a:R/*", ["/a:R/a:Head", "/a:R/a:Body"]),
        ("//*/a:Note", ["/a:R/a:Head/a:Note", "/a:R/a:Body/a:Line/a:Note"]),
        ("//a:Id/@kind", ["/a:R/a:Head/a:Id/@kind", "/a:R/a:Body/a:Line/a:Id/@kind"]),
        ("//a:Head/a:Id/@kind", ["/a:R/a:Head/a:Id/@kind"]),
        ("/a:Note", []),
        ("/a:Head", []),
        ("//b:Note", []),
        ("//Note", []),
        ("//a:Note/a:Id", []),
        ("//a:Note/@kind", []),
        ("/@kind", []),
        ("/a:R/..", []),
    ],
)
def test_pattern_names_exactly_its_places(pattern: str, paths: list[str]) -> None:
    """/ is a child, // any descendant, * any name, @ an attribute; names count with their namespace."""
    assert [path for path, _ in found(pattern)] == paths


@pytest.mark.parametrize(
    ("pattern", "lifts"),
    [
        ("//a:Note", [("/a:R/a:Head/a:Note", 0), ("/a:R/a:Body/a:Line/a:Note", 0)]),
        ("/a:R/a:Body/a:Line/a:Id", [("/a:R/a:Body/a:Line/a:Id", 1)]),
        ("//a:Line", [("/a:R/a:Body/a:Line", 0)]),
        ("//a:Id/@kind", [("/a:R/a:Head/a:Id/@kind", 0), ("/a:R/a:Body/a:Line/a:Id/@kind", 0)]),
        ("//a:Line/a:Id/@scheme", [("/a:R/a:Body/a:Line/a:Id/@scheme", 1)]),
    ],
)
def test_mandatory_field_is_lifted_to_its_nearest_optional_ancestor(pattern: str, lifts: list[tuple[str, int]]) -> None:
    """An optional attribute goes alone; a mandatory one takes its element along, or what that stands in."""
    assert found(pattern, removable=True) == lifts


@pytest.mark.parametrize("pattern", ["/a:R", "/a:R/a:Head", "//a:Id", "/a:R/a:Head/a:Id/@scheme"])
def test_field_without_an_optional_ancestor_is_a_path_error(pattern: str) -> None:
    """The agreement is refused at load: such a message could only be invalid or unstripped."""
    with pytest.raises(PathError, match="nothing optional to remove"):
        found(pattern, removable=True)


@pytest.mark.parametrize(
    "pattern",
    ["", "a:R", "/", "//", "/a:R/", "/a:R///a:Id", "/a:R[1]", "/a:R/text()", "/@kind/a:R", " /a:R", "/a:R "],
)
def test_malformed_path_is_a_path_error(pattern: str) -> None:
    """Only plain steps, an attribute last at most: other XPath would not be seen at every place."""
    with pytest.raises(PathError, match="is not a path of"):
        found(pattern)


def test_unknown_prefix_is_a_path_error() -> None:
    """It is named."""
    with pytest.raises(PathError, match="unknown prefix 'x' in '//x:Id'"):
        found("//x:Id")


def test_place_selects_what_it_says() -> None:
    """Its XPath finds the field under any prefix; an attribute's place finds the owner."""
    document = etree.fromstring('<R xmlns="urn:a"><x:Head xmlns:x="urn:a"><x:Id kind="1"/><x:Id/></x:Head><Id/></R>')
    (there, _) = places(model(), "//a:Id", PREFIXES, removable=False)
    (attribute, _) = places(model(), "//a:Id/@kind", PREFIXES, removable=True)

    assert there.select(document) == list(document[0])
    assert attribute.select(document) == [document[0][0]]
    assert (attribute.attribute, there.attribute) == ("kind", "")


def test_any_place_finds_what_one_of_them_finds() -> None:
    """One look for all: something where a place has something, nothing where there is none, or no place."""
    found = [
        *places(model(), "//a:Note", PREFIXES, removable=True),
        *places(model(), "//a:Id/@kind", PREFIXES, removable=True),
    ]
    empty, noted, kind = (
        etree.fromstring(f'<R xmlns="urn:a"><Head>{inside}</Head></R>')
        for inside in ("<Id/>", "<Note/>", "<Id kind='1'/>")
    )

    look = any_place(found, PREFIXES)

    assert [bool(look(document)) for document in (empty, noted, kind)] == [False, True, True]
    assert not any_place((), PREFIXES)(noted)


def test_mandatory_attribute_is_not_removed_alone() -> None:
    """Its place names no attribute to take out: the element is the unit."""
    (place,) = places(model(), "//a:Line/a:Id/@scheme", PREFIXES, removable=True)

    assert (place.attribute, place.lift) == ("", 1)


def test_attribute_in_a_namespace_has_a_place() -> None:
    """xml:lang, or any attribute of a global declaration."""
    declared = Attribute("{urn:b}x", "string", optional=True)
    root = Element("{urn:a}R", "t", "", {"{urn:b}x": declared})

    (place,) = places(root, "/a:R/@b:x", PREFIXES, removable=True)

    assert place.select(etree.fromstring('<R xmlns="urn:a" xmlns:q="urn:b" q:x="1"/>'))


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_element_that_can_stand_in_itself_is_a_path_error(depth: int) -> None:
    """Its places cannot be listed, so a field in it could be missed: refused at load, not walked for ever."""
    inner = outer = element("N0", (element("Note"), True))
    for number in range(1, depth):
        outer = element(f"N{number}", (outer, True))
    inner.children[outer.name] = Child(outer, optional=True)

    with pytest.raises(PathError, match="can stand inside itself"):
        list(walk(outer))


def test_walk_goes_in_document_order() -> None:
    """Each element under each of its parents, the root first."""
    names = [etree.QName(element.name).localname for _, element in walk(model())]

    assert names == ["R", "Head", "Id", "Note", "Body", "Line", "Id", "Note"]


def test_every_place_of_the_shipped_agreement_is_removable_by_its_lift(kz: Gateway) -> None:
    """What is lifted to is optional in its parent, and no nearer ancestor is."""
    for kind in kz.register.agreements[0].messages.values():
        chains = {
            spell([link.element.name for link in chain], kz.register.prefixes): chain for chain, _ in walk(kind.model)
        }
        places_of: list[Place] = [
            place for rule in kind.restrictions for place in rule.places if rule.action == "strip"
        ]
        for place in places_of:
            chain = chains[place.path.partition("/@")[0]]
            optional = [link.optional for link in reversed(chain)]
            assert place.attribute or (optional[place.lift] and not any(optional[: place.lift]))


@pytest.mark.parametrize(
    ("name", "shown"),
    [("{urn:a}x", "a:x"), ("{urn:c}x", "*"), ("x", "x"), ("{http://x/{y}}z", "*")],
)
def test_names_are_shown_with_agreed_prefixes(name: str, shown: str) -> None:
    """A namespace that is not agreed is never shown, nor what is in it."""
    assert qualify(name, PREFIX_OF) == shown
