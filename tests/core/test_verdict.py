"""The verdict: libxml2's, with wrong values found wherever they stand, right ones cleared, and work bounded by counts."""

from time import process_time

import pytest
from lxml import etree

from gateway.core import verdict
from gateway.core.errors import ErrorCode, Fault
from tests.exact.making import PREFIXES, judged, kind, restricted

OFFICE = f'<xs:simpleType name="Office">{restricted("xs:string", "pattern=[0-9]{2}|[0-9]{5}")}</xs:simpleType>'
XSI = "http://www.w3.org/2001/XMLSchema-instance"


def root(content: str, more: str = "") -> str:
    """A root with that content, beside the type Office."""
    return f'<xs:element name="R"><xs:complexType>{content}</xs:complexType></xs:element>{OFFICE}{more}'


def body(inside: str, attributes: str = "") -> str:
    """A document of it."""
    return f'<R xmlns="urn:t" xmlns:t="urn:t" xmlns:xsi="{XSI}" {attributes}>{inside}</R>'


def told(faults: tuple[Fault, ...]) -> list[tuple[str, str]]:
    """Code and path of each."""
    return [(fault.code.name, fault.path) for fault in faults]


WRONG = "PATTERN_MISMATCH"
MANY = '<xs:element name="{}" type="{}" minOccurs="0" maxOccurs="unbounded"/>'
TWO = (
    '<xs:sequence><xs:element name="a" minOccurs="0"><xs:complexType><xs:sequence>'
    f"{MANY.format('o', 't:Office')}</xs:sequence></xs:complexType></xs:element>"
    f"{MANY.format('o', 'xs:string')}</xs:sequence>"
)
PLACES = {  # schema, document, what is found
    "an element": (
        root(f"<xs:sequence>{MANY.format('o', 't:Office')}</xs:sequence>"),
        "<o>12</o><o>123456</o>",
        "",
        "/t:R/t:o[2]",
    ),
    "one of two kinds of that name": (root(TWO), "<a><o>123456</o></a><o>123456</o>", "", "/t:R/t:a/t:o"),
    "an attribute": (root('<xs:attribute name="o" type="t:Office"/>'), "", 'o="123456"', "/t:R/@o"),
    "mixed faults": (
        root(f"<xs:sequence>{MANY.format('o', 't:Office')}{MANY.format('i', 'xs:int')}</xs:sequence>"),
        "<o>123456</o><i>1</i>",
        "",
        "/t:R/t:o",
    ),
}


@pytest.mark.parametrize(("inside", "text", "attributes", "path"), PLACES.values(), ids=PLACES.keys())
def test_wrong_value_is_found_where_it_stands(inside: str, text: str, attributes: str, path: str) -> None:
    """Once, at its place; control: libxml2 alone takes the document, and the gateway takes it with a right value."""
    assert kind(inside).validator().validate(etree.fromstring(body(text, attributes)))
    assert told(judged(inside, body(text, attributes))) == [(WRONG, path)]
    assert judged(inside, body(text.replace("123456", "12345"), attributes.replace("123456", "12345"))) == ()


def test_what_both_opinions_find_is_told_together() -> None:
    """libxml2's faults and the second look's, all at once."""
    inside = root(f"<xs:sequence>{MANY.format('o', 't:Office')}{MANY.format('i', 'xs:int')}</xs:sequence>")

    found = judged(inside, body("<o>123456</o><i>x</i>"))

    assert set(told(found)) == {("VALUE_OF_WRONG_TYPE", "/t:R/t:i"), (WRONG, "/t:R/t:o")}
    assert {fault.path: fault.type for fault in found} == {"/t:R/t:i": "xs:int", "/t:R/t:o": "t:Office"}


def test_element_where_none_may_stand_is_looked_at_by_nobody() -> None:
    """Its name is known elsewhere; here it is a fault of its own."""
    inside = root(
        '<xs:sequence><xs:element name="a"><xs:complexType><xs:sequence><xs:element name="o" type="t:Office"/><xs:element name="o2" minOccurs="0"/></xs:sequence></xs:complexType></xs:element></xs:sequence>'
    )
    double = root(TWO.replace("xs:string", "t:Office"))

    assert told(judged(inside, body("<a><o>12</o></a><b><o>123456</o></b>")))[0] == (
        "ELEMENT_NOT_EXPECTED",
        "/t:R/*[2]",
    )
    assert ("ELEMENT_NOT_EXPECTED", "/t:R/*[1]") in told(judged(double, body("<b><o>123456</o></b>")))


@pytest.mark.parametrize(("text", "right"), [('xsi:nil="true"', True), ('xsi:nil=" 1 "', True), ("", False)])
def test_nil_has_no_value(text: str, *, right: bool) -> None:
    """Control: without xsi:nil the empty value is wrong."""
    inside = root('<xs:sequence><xs:element name="o" nillable="true" type="t:Office"/></xs:sequence>')

    assert (judged(inside, body(f"<o {text}/>")) == ()) is right


def test_doubted_value_that_nobody_can_judge_is_libxml2_s_matter() -> None:
    """A pattern that it misjudges, on a type of which only it knows the values; a right attribute beside a wrong one."""
    uri = f'<xs:simpleType name="U">{restricted("xs:anyURI", "pattern=[a-z]{2}|[a-z]{5}")}</xs:simpleType>'
    inside = root('<xs:attribute name="u" type="t:U"/><xs:attribute name="o" type="t:Office"/>', uri)

    assert judged(inside, body("", 'u="ab" o="12"')) == ()
    assert told(judged(inside, body("", 'u="ab" o="123456"'))) == [(WRONG, "/t:R/@o")]
    assert told(judged(inside, body("", 'u="abcdef"'))) == [(WRONG, "/t:R/@u")]


def test_empty_element_has_the_value_that_the_schema_names() -> None:
    """A default stands for nothing at all; control: white space is something."""
    inside = root('<xs:sequence><xs:element name="o" default="12" type="t:Office"/></xs:sequence>')

    assert judged(inside, body("<o/>")) == ()
    assert told(judged(inside, body("<o> </o>"))) == [(WRONG, "/t:R/t:o")]


CLEARED = {
    "an element": (root('<xs:sequence><xs:element name="d" type="xs:date"/></xs:sequence>'), "<d> 2026-11-21 </d>", ""),
    "an attribute": (root('<xs:attribute name="d" type="xs:dateTime"/>'), "", 'd=" 2026-11-21T10:00:00 "'),
    "an extension with attributes": (
        root(
            '<xs:sequence><xs:element name="d"><xs:complexType><xs:simpleContent><xs:extension base="xs:date">'
            '<xs:attribute name="q"/></xs:extension></xs:simpleContent></xs:complexType></xs:element></xs:sequence>'
        ),
        '<d q="1"> 2026-11-21 </d>',
        "",
    ),
}


@pytest.mark.parametrize(("inside", "text", "attributes"), CLEARED.values(), ids=CLEARED.keys())
def test_right_value_is_cleared_where_it_stands(inside: str, text: str, attributes: str) -> None:
    """Control: libxml2 alone refuses the document, and the gateway refuses it with a wrong value."""
    assert not kind(inside).validator().validate(etree.fromstring(body(text, attributes)))
    assert judged(inside, body(text, attributes)) == ()
    assert len(judged(inside, body(text.replace("-11-", "-13-"), attributes.replace("-11-", "-13-")))) == 1


def test_value_whose_type_is_not_known_is_not_cleared() -> None:
    """Under an xsi:type that the model does not hold, in an unknown place, or with elements in it, libxml2's word stands."""
    inside = root('<xs:sequence><xs:element name="d" type="xs:anySimpleType"/></xs:sequence>')
    simple = root('<xs:sequence><xs:element name="d" type="xs:date"/></xs:sequence>')
    attribute = root(
        '<xs:sequence/><xs:anyAttribute processContents="lax"/>', '<xs:attribute name="g" type="xs:QName"/>'
    )

    stated = 'xmlns:xs="http://www.w3.org/2001/XMLSchema" xsi:type="xs:date"'
    assert len(judged(inside, body(f"<d {stated}> 2026-11-21 </d>"))) == 1
    assert len(judged(simple, body("<d> 2026-11-21 <x/></d>"))) >= 1
    assert told(judged(attribute, body("", 't:g="p:x"'))) == [("VALUE_OF_WRONG_TYPE", "/t:R/@t:g")]


ITEMS = root(f"<xs:sequence>{MANY.format('i', 'xs:int')}{MANY.format('d', 'xs:date')}</xs:sequence>")


def test_very_many_faults_are_told_in_bounded_time() -> None:
    """A hundred thousand wrong siblings: the first ones are told, without a look at each one's siblings."""
    given = body("<i>x</i>" * 100_000)
    start = process_time()

    found = verdict.judge(etree.fromstring(given), kind(ITEMS), PREFIXES, given.encode())  # type: ignore[arg-type]

    assert process_time() - start < 10
    assert 20 <= len(found) <= 1000
    assert told(found)[:2] == [("VALUE_OF_WRONG_TYPE", "/t:R/t:i[1]"), ("VALUE_OF_WRONG_TYPE", "/t:R/t:i[2]")]
    assert (found[0].line, found[0].column) == (1, given.index("<i>") + 1)


def test_few_faults_of_a_large_document_are_all_told() -> None:
    """Control: the bound changes no verdict and cuts nothing where there is little to say."""
    given = body("<i>1</i>" * 50_000 + "<i>x</i>" + "<i>1</i>" * 50_000 + "<i>y</i>")

    found = verdict.judge(etree.fromstring(given), kind(ITEMS), PREFIXES, given.encode())  # type: ignore[arg-type]

    assert told(found) == [("VALUE_OF_WRONG_TYPE", f"/t:R/t:i[{n}]") for n in (50_001, 100_002)]


@pytest.mark.parametrize(("count", "codes"), [(100, []), (60_000, ["TOO_MANY_DOUBTS"])])
def test_very_many_doubts_are_refused_not_believed(count: int, codes: list[str]) -> None:
    """Where what libxml2 says wrongly hides whether it says anything right, the document is not taken."""
    given = body("<d> 2026-11-21</d>" * count)

    found = verdict.judge(etree.fromstring(given), kind(ITEMS), PREFIXES, given.encode())  # type: ignore[arg-type]

    assert [fault.code.name for fault in found] == codes
    assert found == () or found[0].code is ErrorCode.TOO_MANY_DOUBTS
