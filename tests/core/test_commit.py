"""What stands for a removed part binds it, tells nothing of it, and has one place in the document."""

from copy import deepcopy
from dataclasses import replace
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gateway.core import commit
from gateway.core.commit import Mark, MisfitError, Opening
from gateway.core.removal import take_out
from gateway.core.salt import RedactionKey, Salts

DECLARED = " ".join(f"xmlns:n{n}='urn:{n}'" for n in range(990))
MOST_SECONDS = 5  # of CPU
SALT, OTHER = b"s" * 32, b"t" * 32
TEXTS = st.sampled_from(["", "", "a", " ", "\n  ", "б ", " a b ", "\r", "&", "<"])


@st.composite
def documents(draw: st.DrawFn) -> etree._Element:
    """Elements with text, white space, attributes and prefixes, in several namespaces."""
    count = draw(st.integers(1, 12))
    root = etree.Element("{urn:a}r", nsmap={None: "urn:a", "p": "urn:p"})
    elements = [root]
    for _ in range(count):
        parent = draw(st.sampled_from(elements))
        name = draw(st.sampled_from(["{urn:a}x", "{urn:a}y", "{urn:p}x", "z"]))
        child = etree.SubElement(parent, name, nsmap=draw(st.sampled_from([None, {"q": "urn:q"}])))
        child.text, child.tail = draw(TEXTS), draw(TEXTS)
        for attribute in draw(st.sets(st.sampled_from(["a", "b", "{urn:p}a"]))):
            child.set(attribute, draw(TEXTS))
        elements.append(child)
    root.text = draw(TEXTS)
    return etree.fromstring(etree.tostring(root))


def units(draw: st.DrawFn, document: etree._Element) -> list[tuple[etree._Element, str]]:
    """Some elements and attributes, none inside another one, in document order."""
    below = list(document.iter())[1:]
    whole = [each for each in below if draw(st.booleans())]
    whole = [each for each in whole if not any(above in whole for above in each.iterancestors())]
    found: list[tuple[etree._Element, str]] = []
    for each in document.iter():
        if any(step in whole for step in each.iterancestors()):
            continue
        if each in whole:
            found.append((each, ""))
        else:
            found += [(each, str(name)) for name in sorted(each.attrib) if draw(st.booleans())]
    return found


def opened(document: etree._Element, chosen: list[tuple[etree._Element, str]]) -> list[Opening]:
    """The openings of the units, while they stand."""
    tree, gone = commit.Tree(document), {element for element, attribute in chosen if not attribute}
    return [commit.opening(tree, element, attribute, "rule", gone) for element, attribute in chosen]


def marks(openings: list[Opening], salt: bytes = SALT) -> list[Mark]:
    """What stands for them."""
    return [Mark(each.place, each.offset, each.attribute, each.rule, each.commitment(salt)) for each in openings]


def delivered(document: etree._Element, chosen: list[tuple[etree._Element, str]]) -> etree._Element:
    """What is left, written and read again."""
    for element, attribute in chosen:
        if attribute:
            del element.attrib[attribute]
        else:
            take_out([element])
    return etree.fromstring(etree.tostring(document))


@given(st.data())
def test_both_ways_give_the_same_committed_digest(data: st.DataObject) -> None:
    """From the delivered document and the list, and from the original and the list; only whoever has one of them can."""
    document = data.draw(documents())
    original = deepcopy(document)
    chosen = data.draw(st.composite(units)(document))
    made = marks(opened(document, chosen))

    left = delivered(document, chosen)

    assert commit.committed(left, made) == commit.committed_of_original(original, made)


@given(st.data())
def test_any_single_change_breaks_the_committed_digest(data: st.DataObject) -> None:
    """A commitment, a place, an offset, a rule, an order, a lost mark; a text or an attribute of what is left."""
    document = data.draw(documents())
    chosen = data.draw(st.composite(units)(document).filter(bool))
    made = marks(opened(document, chosen))
    left = delivered(document, chosen)
    right = commit.committed(deepcopy(left), made)
    number = data.draw(st.integers(0, len(made) - 1))
    one = made[number]
    changed = data.draw(
        st.sampled_from(
            [
                replace(one, commitment=OTHER),
                replace(one, rule="other"),
                replace(one, place=f"{one.place.rstrip('/')}/1"),
                replace(one, place="/9999"),
                replace(one, offset=one.offset + 1) if not one.attribute else replace(one, commitment=SALT),
                None,
            ]
        )
    )
    listed = [*made[:number], *([changed] if changed else []), *made[number + 1 :]]

    assert _digest(deepcopy(left), listed) != right
    left.text = (left.text or "") + "x"
    assert _digest(deepcopy(left), made) != right
    left.set("new", "1")
    assert _digest(left, made) != right


def _digest(document: etree._Element, listed: list[Mark]) -> bytes:
    try:
        return commit.committed(document, listed)
    except MisfitError:
        return b""


ELEMENT = Opening("/1/2", 3, "", "rule", b"<a></a>", "\n ")
ATTRIBUTE = Opening("/1/2", 0, "{urn:a}n", "rule", b"value", "")
CHANGES: list[tuple[Opening, dict[str, object]]] = [
    (each, change)
    for each in (ELEMENT, ATTRIBUTE)
    for change in ({"place": "/1/3"}, {"offset": 4}, {"rule": "rul"}, {"content": b"x"})
]
CHANGES += [(ELEMENT, {"following": "\n"}), (ELEMENT, {"attribute": "n"}), (ATTRIBUTE, {"attribute": ""})]
CHANGES += [
    (ATTRIBUTE, {"attribute": "n"}),
    (ATTRIBUTE, {"attribute": "{urn:an}"}),
    (ATTRIBUTE, {"attribute": "{urn:}an"}),
]


@pytest.mark.parametrize(("opening", "change"), CHANGES)
def test_commitment_binds_everything(opening: Opening, change: dict[str, object]) -> None:
    """Rule, place, offset, kind, name, content and the white space behind it; and the salt."""
    changed = replace(opening, **change)

    assert changed.commitment(SALT) != opening.commitment(SALT)
    assert opening.commitment(OTHER) != opening.commitment(SALT)
    assert opening.commitment(SALT) == replace(opening).commitment(SALT)


def test_fields_do_not_run_into_each_other() -> None:
    """Moving a letter from one field to the next gives another commitment."""
    one, two = replace(ELEMENT, rule="ab", content=b"c"), replace(ELEMENT, rule="a", content=b"bc")

    assert one.commitment(SALT) != two.commitment(SALT)


TWINS = {
    "prefix of a value": (
        '<r xmlns:i="urn:i"><u xmlns:p="urn:1" i:type="p:T">v</u></r>',
        '<r xmlns:i="urn:i"><u xmlns:p="urn:2" i:type="p:T">v</u></r>',
    ),
    "prefix bound further up": (
        '<r xmlns:i="urn:i" xmlns:p="urn:1"><u i:type="p:T">v</u></r>',
        '<r xmlns:i="urn:i" xmlns:p="urn:2"><u i:type="p:T">v</u></r>',
    ),
    "prefix of a name": ('<r xmlns:p="urn:1"><u><p:a/></u></r>', '<r xmlns:q="urn:1"><u><q:a/></u></r>'),
    "white space inside": ("<r><u>v</u></r>", "<r><u>v </u></r>"),
    "white space behind": ("<r><u>v</u> </r>", "<r><u>v</u></r>"),
    "white space before": ("<r> <u>v</u></r>", "<r><u>v</u></r>"),
    "white space moved": ("<r> <u>v</u></r>", "<r><u>v</u> </r>"),
    "element and text": ("<r><u>v</u></r>", "<r><u>v<w/></u></r>"),
}


@pytest.mark.parametrize(("first", "second"), TWINS.values(), ids=TWINS.keys())
def test_originals_that_differ_never_share_a_committed_digest(first: str, second: str) -> None:
    """Each with its unit removed under the same salt."""
    digests = []
    for text in (first, second):
        document = etree.fromstring(text)
        chosen = [(document[0], "")]
        made = marks(opened(document, chosen))
        digests.append(commit.committed(delivered(document, chosen), made))

    assert len(set(digests)) == 2


@pytest.mark.parametrize("name", ["prefix of a value", "prefix bound further up"])
def test_exclusive_canonical_form_would_take_the_twins_for_one(name: str) -> None:
    """Control: what a value's prefix means is lost in it, not in the inclusive form."""
    units = [etree.fromstring(text)[0] for text in TWINS[name]]

    exclusive = {etree.tostring(unit, method="c14n", exclusive=True) for unit in units}
    inclusive = {commit.canonical(unit) for unit in units}

    assert (len(exclusive), len(inclusive)) == (1, 2)


def test_forged_stand_in_does_not_give_the_digest_of_a_removal() -> None:
    """An original that holds the stand-in itself is refused; under another prefix it is another document."""
    honest = etree.fromstring("<r><u>v</u></r>")
    chosen = [(honest[0], "")]
    made = marks(opened(honest, chosen))
    commitment = made[0].commitment.hex()
    digest = commit.committed(delivered(honest, chosen), made)
    stand_in = f'<{{0}}:removed xmlns:{{0}}="{commit.NAMESPACE}" c="{commitment}" rule="rule"/>'
    same, other = (f"<r>{stand_in.format(prefix)}</r>".encode() for prefix in (commit.PREFIX, "x"))

    assert commit.committed(etree.fromstring(same), []) == digest
    assert commit.committed(etree.fromstring(other), []) != digest
    assert commit.reserved(etree.fromstring(same), same)
    assert commit.reserved(etree.fromstring(other), other)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<r/>", []),
        (f"<r>{commit.PREFIX} {commit.NAMESPACE}</r>", []),
        (f'<r a="{commit.NAMESPACE}"/>', []),
        (f'<r xmlns:x="{commit.NAMESPACE}"/>', ["r"]),
        (f'<r><a><b xmlns:x="{commit.NAMESPACE}"/></a></r>', ["b"]),
        (f'<r><a xmlns:{commit.PREFIX}="urn:any"/></r>', ["a"]),
        (f'<r><a xmlns="{commit.NAMESPACE}"/></r>', ["a"]),
        ('<r><a xmlns:x="urn:eurasec-gw&#58;redaction:1"/></r>', ["a"]),
        ("<r><a xmlns = '&#117;rn:eurasec-gw:redaction:1'/></r>", ["a"]),
        ('<r xmlns:x="urn:a&amp;b">&amp;</r>', []),
    ],
)
def test_use_of_the_reserved_names_is_found(text: str, found: list[str]) -> None:
    """As namespace or as prefix, escaped or not, used or only declared; in a text they are a text."""
    named = [etree.QName(each).localname for each in commit.reserved(etree.fromstring(text), text.encode())]

    assert named == found


@pytest.mark.parametrize(
    "mark",
    [
        Mark("/3", 0, "", "r", SALT),
        Mark("/1/1/1", 0, "", "r", SALT),
        Mark("/2/1", 1, "", "r", SALT),
        Mark("/1", 9, "", "r", SALT),
        Mark("/2", 0, "a", "r", SALT),
        Mark("/2/1", 0, "a", "r", SALT),
    ],
)
def test_mark_without_a_place_is_a_misfit(mark: Mark) -> None:
    """No such element, or not so many characters before it."""
    with pytest.raises(MisfitError):
        commit.committed(etree.fromstring("<r>ab<a/></r>"), [mark])


def test_root_is_no_removed_unit() -> None:
    """Its attributes may be."""
    with pytest.raises(MisfitError):
        commit.committed_of_original(etree.fromstring("<r/>"), [Mark("/", 0, "", "r", SALT)])
    assert commit.committed_of_original(etree.fromstring("<r a='1'/>"), [Mark("/", 0, "a", "r", SALT)])
    assert commit.committed(etree.fromstring("<r/>"), [Mark("/", 0, "a", "r", SALT)])


def test_relative_namespace_name_is_not_canonical() -> None:
    """Canonical XML does not define it: told, not guessed."""
    with pytest.raises(commit.NotCanonicalError):
        commit.canonical(etree.fromstring('<r xmlns="relative"/>'))


def test_salts_are_unlike_and_hidden() -> None:
    """For each ordinal, each key and each message; the key shows only by its id."""
    key, other = RedactionKey(b"k" * 32), RedactionKey(b"l" * 32)
    made = [Salts(each, covered).salt(n) for each in (key, other) for covered in (b"a", b"b") for n in (0, 1, 2)]

    assert len(set(made)) == len(made)
    assert Salts(key, b"a").salt() == made[0]
    assert key.id != other.id
    assert len(key.id) == 16
    assert b"k" * 32 not in (key.id.encode(), repr(key).encode(), repr(Salts(key, b"a")).encode())


@pytest.mark.parametrize(
    "body",
    [
        "<a>&amp;" + ("xmlns" + "a" * 9_990) * 900 + "</a>",
        f"<a {DECLARED}>gw-redaction" + "<b/>" * 100_000 + "</a>",
    ],
    ids=["a text full of the sign", "many elements under many declarations"],
)
def test_reserved_names_are_looked_for_in_bounded_time(body: str) -> None:
    """A text may say what it likes: it declares nothing."""
    start = process_time()

    assert commit.reserved(etree.fromstring(body), body.encode()) == []

    assert process_time() - start < MOST_SECONDS


def test_longest_prefix_is_found() -> None:
    """A namespace that is written with an escape is found under every prefix that there can be."""
    prefix = "p" * 49_900
    body = f"<a xmlns:{prefix}='urn:eurasec-gw:redaction&#58;1'/>"

    assert len(commit.reserved(etree.fromstring(body), body.encode())) == 1
