"""Elements are found by libxml2's node paths and told by agreed names: each walk is made once, no other name is shown."""

from itertools import islice, product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gateway.core.errors import ErrorCode
from gateway.core.locate import Family, Locator, positions
from gateway.core.schema import Attribute, Child, Element
from tests.core.making import Gateway, sample
from tests.core.probe import note
from tests.core.test_explain import faults

PREFIX_OF = {"urn:probe": "p"}


def model(name: str, *children: Element) -> Element:
    """A declaration in the agreed namespace."""
    return Element(f"{{urn:probe}}{name}", "t", "", {}, {child.name: Child(child, optional=True) for child in children})


def located(text: str) -> list[str]:
    """The node paths, as libxml2 writes them, that lead to another element than they name."""
    root = etree.fromstring(text.encode())
    locator, tree = Locator(root, None, {}), root.getroottree()
    return [tree.getpath(element) for element in root.iter() if locator.find(tree.getpath(element)) is not element]


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Few names in few namespaces, so that siblings share a name, a prefix, both or neither."""
    names = st.sampled_from(["{}b", "{}c", "x:b", "y:b", '{}b xmlns="urn:x"', 'x:b xmlns:x="urn:z"'])

    def tree(depth: int) -> str:
        inside = "".join(tree(depth - 1) for _ in range(draw(st.integers(0, 4)))) if depth else ""
        start = draw(names).replace("{}", "")
        return f"<{start}>{inside}</{start.partition(' ')[0]}>"

    return f'<x:a xmlns:x="urn:x" xmlns:y="urn:y">{tree(2)}{tree(2)}</x:a>'


@given(documents())
def test_prefixed_node_path_leads_to_its_element(text: str) -> None:
    """The one law of `find`: libxml2 names an element, and that element is found."""
    shared = {"b", "c"}  # with and without a namespace of their own: the next test
    mixed = [path for path in located(text) if not shared & {step.partition("[")[0] for step in path.split("/")}]

    assert mixed == []


@pytest.mark.parametrize("inside", ['<b xmlns="urn:x"/><b/>', '<b/><b xmlns="urn:x"/><b/>'])
def test_name_without_namespace_is_another_than_in_a_default_one(inside: str) -> None:
    """A node path's name without prefix is in no namespace; one in a default namespace is written *."""
    assert located(f"<a>{inside}</a>") == []


@pytest.mark.parametrize("prefix", ["q" * 120, "q" * 94, "q" * 97, "q" * 98])
@pytest.mark.parametrize("inside", ["<{0}:b/>", "<{0}:b/><{0}:b/>", "<b/><{0}:b/>"])
def test_long_prefix_leads_to_its_element(prefix: str, inside: str) -> None:
    """libxml2 cuts it."""
    assert located(f'<a xmlns:{prefix}="urn:x">{inside.format(prefix)}</a>') == []


@pytest.mark.parametrize(("prefix", "path"), [("ы" * 60, "/p:Note/p:Code"), ("q" + "ы" * 60, "/p:Note")])
def test_long_cyrillic_prefix_is_no_crash(prefix: str, path: str, probe: Gateway) -> None:
    """Cut between letters it leads to its element; cut inside a letter the fault is told at the root."""
    (fault,) = faults(probe, note(f'<{prefix}:Code xmlns:{prefix}="urn:probe">x</{prefix}:Code>'))

    assert (fault.code, fault.path) == (ErrorCode.NOT_IN_CODE_LIST, path)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("", "a"),
        ("/a", "a"),
        ("/a/b", "b"),
        ("/a/b[2]", "a"),
        ("/a/b[0]", "a"),
        ("/a/x", "a"),
        ("/a/b/x/y", "b"),
        ("/a/*[2]", "c"),
        ("/a/*[3]", "a"),
        ("/a/" + "n" * 200, "a"),
    ],
)
def test_path_that_leads_nowhere_ends_at_the_nearest_element(path: str, found: str) -> None:
    """A fault is never without an element."""
    assert Locator(etree.fromstring("<a><b/><c/></a>"), None, {}).find(path).tag == found


def test_index_stands_only_where_siblings_share_the_name() -> None:
    """The same local name in another namespace is another name; what is unknown is counted among all."""
    root = etree.fromstring('<a xmlns="urn:probe"><b/><x:b xmlns:x="urn:x"/><c/><b/><d><b/></d></a>')
    locator = Locator(root, model("a", model("b"), model("c")), PREFIX_OF)

    paths = [locator.path(child) for child in root.iter()]

    assert paths == ["/p:a", "/p:a/p:b[1]", "/p:a/*[2]", "/p:a/p:c", "/p:a/p:b[2]", "/p:a/*[5]", "/p:a/*[5]/*[1]"]


def test_name_at_a_place_where_it_is_not_declared_is_not_shown() -> None:
    """Not even one that the schema knows elsewhere: the sender could spell a message with them."""
    root = etree.fromstring('<a xmlns="urn:probe"><b><c/><b/></b></a>')
    locator = Locator(root, model("a", model("b"), model("c")), PREFIX_OF)

    assert [locator.path(step) for step in root[0]] == ["/p:a/p:b/*[1]", "/p:a/p:b/*[2]"]


def test_declared_knows_only_what_the_model_has() -> None:
    """Another root, no model, an unknown step, a step below one: no declaration."""
    inner = model("b")
    outer, root = model("a", inner), etree.fromstring('<a xmlns="urn:probe"><b><c><b/></c></b></a>')
    locator = Locator(root, outer, PREFIX_OF)

    assert [locator.declared(step) for step in root.iter()] == [outer, inner, None, None]
    for other in (None, model("b", inner)):
        assert [Locator(root, other, PREFIX_OF).declared(step) for step in root.iter()] == [None] * 4


@pytest.mark.parametrize("known", [None, model("other"), Element("a", "t", "")])
def test_without_its_declaration_a_root_is_a_star(known: Element | None) -> None:
    """Every step is a place then."""
    root = etree.fromstring('<a xmlns="urn:probe"><b/><b><c/></b></a>')
    locator = Locator(root, known, PREFIX_OF)

    assert [locator.path(step) for step in root.iter()] == ["/*", "/*/*[1]", "/*/*[2]", "/*/*[2]/*[1]"]


def test_path_leads_back_to_its_element(kz: Gateway) -> None:
    """Of every element of a sample: the XPath in agreed prefixes selects it and nothing else."""
    root = etree.fromstring(sample("TransitReleaseNotice--road-through-three-states"))
    locator = Locator(root, kz.kind("TransitReleaseNotice").model, kz.register.prefixes)
    prefixes = {prefix: namespace for namespace, prefix in kz.register.prefixes.items()}

    for element in root.iter():
        assert locator.declared(element) is not None
        assert root.xpath(locator.path(element), namespaces=prefixes) == [element]


def test_only_agreed_names_are_spelled() -> None:
    """Of what was expected, and of attributes."""
    locator = Locator(etree.fromstring("<a/>"), None, PREFIX_OF)

    assert locator.spell(["{urn:probe}b", "{urn:x}CANARY", "c"]) == "p:b | c"
    assert locator.spell(["{urn:x}CANARY"]) == locator.spell([]) == ""
    names = [Attribute(name, "", optional=True).name for name in ("x", "{urn:probe}x", "{urn:x}CANARY")]
    assert [locator.spell_attribute(name) for name in names] == ["x", "p:x", "*"]


def test_each_family_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many of its members are found and named."""
    looked: list[etree._Element] = []
    once = Family.__init__

    def counted(self: Family, parent: etree._Element) -> None:
        looked.append(parent)
        once(self, parent)

    monkeypatch.setattr(Family, "__init__", counted)
    root = etree.fromstring("<a>" + "<b><c/><c/></b>" * 100 + "</a>")
    locator, tree = Locator(root, None, {}), root.getroottree()

    for element, _ in product(root.iter(), range(3)):
        assert locator.find(tree.getpath(element)) is element
        assert locator.path(element)

    assert len(looked) == len(set(looked)) == 101


def test_positions_are_those_of_the_start_tags() -> None:
    """1-based, in characters; comments, instructions and CDATA that look like elements are not counted."""
    body = "<?q <a>?><a>\n<!-- <b/> --><ы/><![CDATA[<b/>]]><ы\n/> <b/></a>".encode()
    root = etree.fromstring(body, etree.XMLParser(remove_comments=True, remove_pis=True))

    found = positions(body, root, root.iter())

    assert [found[element] for element in root.iter()] == [(1, 10), (2, 14), (2, 34), (3, 4)]
    assert positions(body, root, [root[2]]) == {root[2]: (3, 4)}
    assert positions(body, root, []) == {}


def test_positions_end_before_a_name_of_the_fifth_edition() -> None:
    """The position reader does not know it; what came before keeps its position, the rest has none."""
    body = "<a><b/><\U00010400/><c/></a>".encode()
    root = etree.fromstring(body)

    assert list(islice(positions(body, root, root.iter()).values(), 9)) == [(1, 1), (1, 4)]
