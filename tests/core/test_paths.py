"""A path means exactly the fields it says, at load and in a document; what cannot be removed is refused at load."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gateway.core import paths
from gateway.core.schema import Attribute, Child, Element
from tests.core.making import Gateway

PREFIXES = {"a": "urn:a", "b": "urn:b"}
PREFIX_OF = {"urn:a": "a", "urn:b": "b"}
XSI = "http://www.w3.org/2001/XMLSchema-instance"


def element(name: str, *children: tuple[Element, bool], **attributes: bool) -> Element:
    """A declaration; each child and attribute with whether it is optional."""
    return Element(
        f"{{urn:a}}{name}",
        "{urn:b}t",
        "string",
        {key: Attribute(key, "string", optional) for key, optional in attributes.items()},
        {child.name: Child(child, optional) for child, optional in children},
    )


def model() -> Element:
    """R(Head(Id, Note?), Body?(Line(Id, Note?)?)); an xsi:type puts a Secret into a Note."""
    identifier, note = element("Id", kind=True, scheme=False), element("Note")
    note.derived["{urn:b}Long"] = element("Note", (element("Secret"), False))
    line = element("Line", (identifier, False), (note, True))
    return element(
        "R", (element("Head", (identifier, False), (note, True)), False), (element("Body", (line, True)), True)
    )


WHOLE = f"""<R xmlns="urn:a" xmlns:q="urn:b" xmlns:xsi="{XSI}"><Head><Id kind="1" scheme="2"/><Note/></Head><Body>
 <Line><Id scheme="3"/><Note xsi:type="q:Long"><Secret/></Note></Line></Body></R>"""


def in_document(pattern: str, text: str = WHOLE) -> list[str]:
    """The fields that the pattern finds, as paths of local names."""
    path = paths.read(pattern, PREFIXES)
    document = etree.fromstring(text)
    found = []
    for candidate, _ in paths.look([path]).candidates(document):
        names = paths.names(candidate)
        if path.matches(names):
            found.append("/".join(etree.QName(name).localname for name in names))
    return found


@pytest.mark.parametrize(
    ("pattern", "fields"),
    [
        ("/a:R", ["R"]),
        ("/a:R/a:Head/a:Note", ["R/Head/Note"]),
        ("//a:Note", ["R/Head/Note", "R/Body/Line/Note"]),
        ("//a:Body//a:Id", ["R/Body/Line/Id"]),
        ("/a:R//a:Id", ["R/Head/Id", "R/Body/Line/Id"]),
        ("//a:R", ["R"]),
        ("/a:R/*", ["R/Head", "R/Body"]),
        ("//*/a:Note", ["R/Head/Note", "R/Body/Line/Note"]),
        ("//a:Id/@kind", ["R/Head/Id"]),
        ("//a:Id/@scheme", ["R/Head/Id", "R/Body/Line/Id"]),
        ("//*/@kind", ["R/Head/Id"]),
        ("//a:Head/a:Id/@kind", ["R/Head/Id"]),
        ("//a:Note/a:Secret", ["R/Body/Line/Note/Secret"]),
        ("//a:R//a:Line//a:Secret", ["R/Body/Line/Note/Secret"]),
        ("/a:Note", []),
        ("/a:Head", []),
        ("//b:Note", []),
        ("//Note", []),
        ("//a:Note/a:Id", []),
        ("//a:Note/@kind", []),
    ],
)
def test_pattern_means_the_same_at_load_and_in_a_document(pattern: str, fields: list[str]) -> None:
    """/ is a child, // any descendant, * any name, @ an attribute; names count with their namespace, not their prefix."""
    other = WHOLE.replace("xmlns=", "xmlns:z=").replace("</", "</z:")
    for name in ("R", "Head", "Id", "Note", "Body", "Line", "Secret"):
        other = other.replace(f"<{name}", f"<z:{name}")

    assert in_document(pattern) == in_document(pattern, other) == fields
    assert paths.stands(paths.read(pattern, PREFIXES), model(), PREFIX_OF, removable=False) is bool(fields)


@pytest.mark.parametrize(
    ("pattern", "fields"), [("//a:Note", 2), ("/a:R/a:Head/a:Id", 1), ("//a:Id/@kind", 2), ("/a:R/b:x", 0)]
)
def test_path_selects_elements_for_the_index(pattern: str, fields: int) -> None:
    """An attribute's path selects its owners, whether or not they have it."""
    assert len(paths.read(pattern, PREFIXES).select(etree.fromstring(WHOLE))) == fields


@pytest.mark.parametrize(
    "pattern",
    ["//a:Note", "//a:Line/a:Id", "//a:Line", "//a:Body", "//a:Id/@kind", "//a:Line/a:Id/@scheme", "//a:Secret"],
)
def test_path_with_something_optional_around_every_place_can_be_removed(pattern: str) -> None:
    """The field itself, or an element around it, below the root."""
    assert paths.stands(paths.read(pattern, PREFIXES), model(), PREFIX_OF, removable=True)


@pytest.mark.parametrize(
    ("pattern", "place"),
    [
        ("/a:R", "/a:R"),
        ("/a:R/a:Head", "/a:R/a:Head"),
        ("//a:Id", "/a:R/a:Head/a:Id"),
        ("/a:R/a:Head/a:Id/@scheme", "/a:R/a:Head/a:Id/@scheme"),
        ("//*/@scheme", "/a:R/a:Head/a:Id/@scheme"),
    ],
)
def test_field_without_an_optional_ancestor_is_a_path_error(pattern: str, place: str) -> None:
    """The agreement is refused at load, with place and type: such a message could only be invalid or unstripped."""
    with pytest.raises(paths.PathError, match=rf"^{place} \(type b:t\) is mandatory.* nothing optional to remove"):
        paths.stands(paths.read(pattern, PREFIXES), model(), PREFIX_OF, removable=True)


def test_mandatory_field_of_a_derived_type_is_a_path_error() -> None:
    """Where xsi:type can put it, it must be removable, too."""
    root = element("R")
    root.derived["{urn:b}Long"] = element("R", (element("Secret"), False))

    with pytest.raises(paths.PathError, match="/a:R/a:Secret"):
        paths.stands(paths.read("//a:Secret", PREFIXES), root, PREFIX_OF, removable=True)


@pytest.mark.parametrize(
    "pattern",
    [
        "", "a:R", "/", "//", "/a:R/", "/a:R///a:Id", "/a:R[1]", "/a:R/text()", "/@kind", "//@kind", "/a:R/@*",
        "/a:R//@kind", "/@kind/a:R", "/a:R/@kind/@kind", " /a:R", "/a:R ", "/a:R/..", "/a:R/.",
    ],
)  # fmt: skip
def test_malformed_path_is_a_path_error(pattern: str) -> None:
    """Only plain steps, an attribute last at most: other XPath would not be seen at every place."""
    with pytest.raises(paths.PathError, match="is not a path of"):
        paths.read(pattern, PREFIXES)


def test_unknown_prefix_is_a_path_error() -> None:
    """It is named."""
    with pytest.raises(paths.PathError, match="unknown prefix 'x' in '//x:Id'"):
        paths.read("//x:Id", PREFIXES)


def nested(depth: int) -> Element:
    """R(A?(B(A?…), Id)), where elements stand inside themselves."""
    root, inner = element("R"), element("A")
    identifier, other = element("Id", kind=True), element("B")
    root.children["{urn:a}A"] = Child(inner, depth > 0)
    inner.children.update({"{urn:a}B": Child(other, optional=False), "{urn:a}Id": Child(identifier, optional=False)})
    other.children["{urn:a}A"] = Child(inner, optional=True)
    return root


@pytest.mark.parametrize("pattern", ["//a:Id", "//a:B/a:A/a:B/a:A/a:Id", "//a:A//a:A//a:A//a:Id", "//a:B//a:Id/@kind"])
def test_walk_ends_where_elements_stand_in_themselves(pattern: str) -> None:
    """Every depth is covered by finitely many states."""
    path = paths.read(pattern, PREFIXES)

    assert paths.stands(path, nested(1), PREFIX_OF, removable=True)
    assert not paths.stands(paths.read("//a:Id//a:A", PREFIXES), nested(1), PREFIX_OF, removable=True)


def test_first_place_of_a_recursive_element_counts_for_itself() -> None:
    """Optional further down does not help where it is mandatory at the top."""
    with pytest.raises(paths.PathError, match=r"^/a:R/a:A/a:Id "):
        paths.stands(paths.read("//a:Id", PREFIXES), nested(0), PREFIX_OF, removable=True)
    assert paths.stands(paths.read("//a:B//a:Id", PREFIXES), nested(0), PREFIX_OF, removable=True)


STEPS = st.lists(st.tuples(st.sampled_from(["/", "//"]), st.sampled_from(["A", "B", "*"])), min_size=1, max_size=4)
TREES = st.recursive(
    st.just("<{0}/>"), lambda inner: st.lists(inner, max_size=3).map(lambda c: "<{0}>" + "".join(c) + "</{0}>")
)


@given(STEPS, TREES, st.randoms(use_true_random=False))
def test_matching_agrees_with_xpath(steps: list[tuple[str, str]], tree: str, chance: object) -> None:
    """By another engine: libxml2 selects the same elements."""
    document = etree.fromstring(tree.replace("{0}", "A"))
    for each in document.iter():
        each.tag = "{urn:a}" + chance.choice("AB")  # type: ignore[attr-defined]
    path = paths.read("".join(axis + (name if name == "*" else f"a:{name}") for axis, name in steps), PREFIXES)

    ours = [found for found, _ in paths.look([path]).candidates(document) if path.matches(paths.names(found))]

    assert ours == path.select(document)


def test_look_tells_which_path_means_an_element() -> None:
    """By its number, in document order; one that has not the attribute is none; without paths there is none."""
    wanted = [paths.read(pattern, PREFIXES) for pattern in ("//a:Note", "//a:Id/@kind", "/a:R/*", "//a:Head/a:Note")]
    document = etree.fromstring(WHOLE)

    named = [(etree.QName(found).localname, number) for found, number in paths.look(wanted[:2]).candidates(document)]
    numbers = [number for found, number in paths.look(wanted).candidates(document) if found.tag == "{urn:a}Note"]

    assert named == [("Id", 1), ("Note", 0), ("Note", 0)]
    assert numbers == [0, 3, 2, 0, 3, 2]
    assert list(paths.look(()).candidates(document)) == []


def unit_of(pattern: str, text: str = WHOLE) -> list[tuple[str, str]]:
    """The unit of each field: local name and attribute."""
    path, document = paths.read(pattern, PREFIXES), etree.fromstring(text)
    found = []
    for field in path.select(document):
        unit = paths.unit(paths.chain(field, model()), path.attribute)
        found.append((etree.QName(unit[0]).localname, unit[1]) if unit else ("", ""))
    return found


@pytest.mark.parametrize(
    ("pattern", "units"),
    [
        ("//a:Note", [("Note", ""), ("Note", "")]),
        ("//a:Line/a:Id", [("Line", "")]),
        ("//a:Id", [("", ""), ("Line", "")]),
        ("//a:Id/@kind", [("Id", "kind"), ("Id", "kind")]),
        ("//a:Line/a:Id/@scheme", [("Line", "")]),
        ("//a:Head/a:Id/@scheme", [("", "")]),
        ("//a:Secret", [("Note", "")]),
        ("/a:R", [("", "")]),
    ],
)
def test_unit_is_the_nearest_optional_one(pattern: str, units: list[tuple[str, str]]) -> None:
    """An optional attribute goes alone; a mandatory one takes its element along, or what that stands in."""
    assert unit_of(pattern) == units


def test_what_no_schema_declares_goes_alone() -> None:
    """An open content model let it stand, so nothing demands it; what is left is validated again."""
    strange = f'<R xmlns="urn:a" xmlns:xsi="{XSI}"><Head><Id/><x:X xmlns:x="urn:b" y="1"><x:Z/></x:X></Head></R>'

    assert unit_of("//b:Z", strange) == [("Z", "")]
    assert unit_of("//b:X/@y", strange) == [("X", "y")]
    assert unit_of("//a:Id/@strange", strange) == [("Id", "strange")]


@pytest.mark.parametrize(
    ("stated", "known"),
    [("q:Long", True), (" q:Long ", True), ("Long", False), ("q:Other", False), ("z:Long", False)],
)
def test_xsi_type_changes_what_is_declared(stated: str, *, known: bool) -> None:
    """Its prefix counts by its namespace; a type that does not stand there changes nothing."""
    document = etree.fromstring(WHOLE.replace("q:Long", stated))
    secret = document[1][0][1][0]

    assert (paths.chain(secret, model())[-1].child is not None) is known


def test_step_that_names_a_head_means_the_members_of_its_group() -> None:
    """Under the root's model, by the head's name; a step that names a member means that member alone."""
    head, member, other = element("Head"), element("Member"), element("Other")
    member = replace(member, heads=("{urn:a}Head",))
    root = element("R", (head, True), (member, True), (other, True))
    document = etree.fromstring('<R xmlns="urn:a"><Member a="1"/><Head/><Other/></R>')
    groups = paths.members(root)

    def found(pattern: str) -> list[str]:
        path = paths.read(pattern, PREFIXES, groups)
        seen = [each for each, _ in paths.look([path]).candidates(document) if path.matches(paths.names(each))]
        assert path.attribute or seen == path.select(document)
        return [etree.QName(each).localname for each in seen]

    assert groups == {"{urn:a}Head": frozenset({"{urn:a}Member"})}
    assert found("//a:Head") == found("/a:R/a:Head") == ["Member", "Head"]
    assert found("//a:Member") == found("//a:Head/@a") == ["Member"]
    assert paths.stands(paths.read("/a:R/a:Head", PREFIXES, groups), root, PREFIX_OF, removable=True)


def test_type_without_namespace_is_found_by_its_name() -> None:
    """A schema without target namespace has such types."""
    root = element("R")
    root.derived["Long"] = element("R", (element("Secret"), True))
    document = etree.fromstring(f'<x:R xmlns:x="urn:a" xmlns:xsi="{XSI}" xsi:type="Long"><x:Secret/></x:R>')

    assert paths.chain(document[0], root)[-1].child is root.derived["Long"].children["{urn:a}Secret"]


@pytest.mark.parametrize(
    ("pattern", "text", "shown"),
    [
        ("//a:Line/a:Id", WHOLE, "/a:R/a:Body/a:Line/a:Id"),
        ("//a:Head/a:Id/@kind", WHOLE, "/a:R/a:Head/a:Id/@kind"),
        ("//*/@y", '<R xmlns="urn:a"><Head><CANARY y="1"/></Head></R>', "/a:R/a:Head/*/@y"),
        (
            "//a:Line//a:Secret",
            '<R xmlns="urn:a"><Line><CANARY><Secret/></CANARY></Line></R>',
            "/a:R/a:Line/*/a:Secret",
        ),
    ],
)
def test_place_is_shown_in_agreed_names_alone(pattern: str, text: str, shown: str) -> None:
    """A name that neither the schema nor the path knows is never echoed: it may hold anything."""
    path = paths.read(pattern, PREFIXES)
    candidates = [found for found, _ in paths.look([path]).candidates(etree.fromstring(text))]
    field = next(found for found in candidates if path.matches(paths.names(found)))

    assert paths.spell(paths.chain(field, model()), path, PREFIX_OF) == shown


def test_every_restriction_of_the_shipped_agreement_can_be_removed(kz: Gateway) -> None:
    """At every place in every type, as the load has checked; control: what is refused could not be."""
    kinds = list(kz.register.agreements[0].messages.values())
    rules = [(kind, rule) for kind in kinds for rule in kind.restrictions]
    for kind, rule in [row for row in rules if row[1].action == "strip"]:
        assert paths.stands(rule.path, kind.model, kz.register.prefixes, removable=True)
    refused = [row for row in rules if row[1].action == "refuse"]
    assert refused
    for kind, rule in refused:
        with pytest.raises(paths.PathError):
            paths.stands(rule.path, kind.model, kz.register.prefixes, removable=True)


@pytest.mark.parametrize(
    ("pattern", "declared", "can"),
    [
        ("//a:B", ["{n}A"], False),
        ("//a:B", ["{n}A", "{n}B"], True),
        ("/a:A/*", ["{n}C"], True),
        ("//a:B/@x", ["{n}B"], True),
    ],
)
def test_path_ends_only_in_names_that_are_declared(pattern: str, declared: list[str], *, can: bool) -> None:
    """Which saves the walk through a whole schema, and never hides a field."""
    assert paths.read(pattern, {"a": "n"}).ends_in(declared) is can
