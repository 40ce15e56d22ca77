"""Simple types: the own judge knows the built-in types, white space, every facet, lists and unions, and what it cannot know."""

import pytest

from gateway.core.errors import ErrorCode
from gateway.core.lexical import LexicalError, value
from gateway.core.simple import Unknown, fault
from tests.exact.making import restricted, simple

TEXTS = {  # built-in type: what it takes, what it does not
    "string": (["", " a\n"], []),
    "boolean": (["true", " 0 "], ["TRUE", "2"]),
    "decimal": (["1", "-1.", "+.5"], ["", ".", "1e3", "1,5"]),
    "integer": (["-0", "007"], ["1.0", "1."]),
    "nonPositiveInteger": (["0", "-5"], ["1"]),
    "positiveInteger": (["1"], ["0"]),
    "long": (["-9223372036854775808"], ["9223372036854775808"]),
    "unsignedByte": (["255"], ["256", "-1"]),
    "float": (["1", "1e39", "-1e39", "NaN", "-INF"], ["+INF", "1e", "nan"]),
    "double": (["1.5E-3", "INF"], ["Infinity", "0x1"]),
    "hexBinary": (["", "0aFF"], ["0", "0g", "0a 0b"]),
    "base64Binary": (["", "YQ==", "YWI=", "YWJj", "Y Q = ="], ["YQ=", "YR==", "YWJ=", "Y!==", "Y=Q="]),
    "language": (["en", "kk-Cyrl"], ["", "en_US", "a1"]),
    "dateTime": (["2026-11-21T24:00:00.0", "2026-11-21T23:59:59.999Z"], ["2026-11-21", "2026-11-21T24:00:01"]),
    "date": (
        ["2024-02-29", "-0001-12-31", "12026-01-01+14:00"],
        ["0000-01-01", "2023-02-29", "2026-13-01", "02026-01-01"],
    ),
    "time": (["24:00:00", "00:00:00.1-05:30"], ["25:00:00", "10:00"]),
    "gYearMonth": (["2026-11"], ["2026-00"]),
    "gYear": (["2026Z"], ["26"]),
    "gMonthDay": (["--02-29"], ["--02-30"]),
    "gDay": (["---31"], ["---32", "---1"]),
    "gMonth": (["--12"], ["--13"]),
    "duration": (["P1Y2M3DT4H5M6.7S", "-P1D", "PT0S"], ["P", "PT", "P1S", "P1YT", "PT.5S", "P-1D"]),
    "Name": (["a:b"], ["1a"]),
    "NCName": (["_a"], ["a:b"]),
    "NMTOKEN": (["1a"], ["a b"]),
    "NMTOKENS": (["a", " a\n b "], ["", " "]),
    "anySimpleType": ([" anything "], []),
}


def of(base: str, *facets: str, more: str = "") -> object:
    """A type that restricts a built-in one."""
    return simple(f'<xs:simpleType name="T">{restricted(base, *facets)}</xs:simpleType>{more}')


@pytest.mark.parametrize("builtin", TEXTS)
def test_builtin_type_takes_what_the_specification_says(builtin: str) -> None:
    """Both ways: each row's second list is its control."""
    right, wrong = TEXTS[builtin]
    kind = of(f"xs:{builtin}") if builtin != "anySimpleType" else None

    if kind is None:
        assert value(builtin, right[0]) == right[0]
        return
    assert [text for text in right if fault(kind, text) is not None] == []
    assert [text for text in wrong if fault(kind, text) is None] == []


FACETS = {  # base, facet: right, wrong, code
    ("xs:string", "length=2"): (["ab", "жқ", "\U0001f69aa"], ["a", "abc"], "LENGTH_OUT_OF_RANGE"),
    ("xs:string", "minLength=2"): (["ab"], ["a"], "LENGTH_OUT_OF_RANGE"),
    ("xs:string", "maxLength=1"): (["", "\U0001f69a"], ["ab"], "LENGTH_OUT_OF_RANGE"),
    ("xs:hexBinary", "length=1"): (["0a"], ["0a0b"], "LENGTH_OUT_OF_RANGE"),
    ("xs:base64Binary", "maxLength=1"): (["YQ=="], ["YWI="], "LENGTH_OUT_OF_RANGE"),
    ("xs:anyURI", "maxLength=1"): ([], ["urn:x"], "LENGTH_OUT_OF_RANGE"),
    ("xs:NMTOKENS", "length=2"): (["a b"], ["a", "a b c"], "LENGTH_OUT_OF_RANGE"),
    ("xs:token", "pattern=a b"): ([" a  b "], ["ab"], "PATTERN_MISMATCH"),
    ("xs:normalizedString", "pattern=a b"): (["a\tb"], ["a  b"], "PATTERN_MISMATCH"),
    ("xs:string", "enumeration=a"): (["a"], [" a"], "NOT_IN_CODE_LIST"),
    ("xs:decimal", "enumeration=1.50"): (["1.5", "01.500"], ["1.51"], "NOT_IN_CODE_LIST"),
    ("xs:boolean", "pattern=true|1"): (["true", "1"], ["0"], "PATTERN_MISMATCH"),
    ("xs:double", "enumeration=NaN"): (["NaN"], ["1"], "NOT_IN_CODE_LIST"),
    ("xs:date", "enumeration=2026-01-01Z"): (["2026-01-01+00:00"], ["2026-01-01"], "NOT_IN_CODE_LIST"),
    ("xs:duration", "enumeration=P1Y"): (["P12M"], ["P365D"], "NOT_IN_CODE_LIST"),
    ("xs:integer", "minInclusive=2"): (["2", "+03"], ["1"], "VALUE_OUT_OF_RANGE"),
    ("xs:integer", "maxInclusive=2"): (["2"], ["3"], "VALUE_OUT_OF_RANGE"),
    ("xs:integer", "minExclusive=2"): (["3"], ["2"], "VALUE_OUT_OF_RANGE"),
    ("xs:integer", "maxExclusive=2"): (["1"], ["2"], "VALUE_OUT_OF_RANGE"),
    ("xs:float", "maxInclusive=16777216"): (["16777217"], ["16777219"], "VALUE_OUT_OF_RANGE"),
    ("xs:float", "maxInclusive=3.4e38"): (["-1e39"], ["1e39"], "VALUE_OUT_OF_RANGE"),
    ("xs:date", "minInclusive=2026-03-01"): (["2026-03-01", "2026-12-31"], ["2026-02-28"], "VALUE_OUT_OF_RANGE"),
    ("xs:dateTime", "maxExclusive=2026-01-01T00:00:00Z"): (
        ["2026-01-01T13:59:00+14:00", "2025-12-31T09:59:59"],
        ["2025-12-31T12:00:00", "2026-01-01T00:00:00Z"],
        "VALUE_OUT_OF_RANGE",
    ),
    ("xs:gYear", "maxInclusive=2026"): (["2026", "-0001"], ["2027"], "VALUE_OUT_OF_RANGE"),
    ("xs:duration", "maxInclusive=P30D"): (["P29D", "PT720H"], ["P1M", "P31D"], "VALUE_OUT_OF_RANGE"),
    ("xs:decimal", "totalDigits=3"): (["001.20", "123", "0", "0.00", "100"], ["1234", "1.234"], "TOO_MANY_DIGITS"),
    ("xs:decimal", "fractionDigits=1"): (["1.50", "12345.1", "0.00"], ["1.51"], "TOO_MANY_DIGITS"),
    ("xs:time", "minInclusive=10:00:00"): (["10:00:00", "23:59:59"], ["09:59:59"], "VALUE_OUT_OF_RANGE"),
}


@pytest.mark.parametrize("row", FACETS, ids=str)
def test_facet_is_judged_by_value(row: tuple[str, str]) -> None:
    """Each with its own code; each row's right texts are its control."""
    right, wrong, code = FACETS[row]
    kind = of(*row)

    assert [text for text in right if fault(kind, text) is not None] == []
    assert [fault(kind, text) for text in wrong] == [ErrorCode[code]] * len(wrong)


def test_every_step_of_derivation_holds() -> None:
    """Patterns of one step are alternatives, those of two steps both have to match; facets add up."""
    more = f'<xs:simpleType name="B">{restricted("xs:string", "pattern=a.*", "pattern=b.*", "minLength=2")}</xs:simpleType>'
    kind = of("t:B", "pattern=.*z", "maxLength=3", more=more)

    assert [text for text in ("az", "bxz", "cz", "a", "axxz", "z") if fault(kind, text) is None] == ["az", "bxz"]


def test_list_is_judged_item_by_item() -> None:
    """Each item by its own type, the number of items by the list's facets."""
    inside = '<xs:simpleType name="L"><xs:list itemType="xs:byte"/></xs:simpleType>'
    kind = of("t:L", "maxLength=2", more=inside)

    assert [text for text in ("", "1", " 1\n2 ", "1 x", "1 300", "1 2 3") if fault(kind, text) is None] == [
        "",
        "1",
        " 1\n2 ",
    ]


def test_union_takes_what_a_member_takes() -> None:
    """With the member's white space; a wrong value is of the wrong type; an unknown member leaves it open."""
    kind = simple('<xs:simpleType name="T"><xs:union memberTypes="xs:byte xs:date"/></xs:simpleType>')
    uncertain = simple('<xs:simpleType name="T"><xs:union memberTypes="xs:QName xs:byte"/></xs:simpleType>')

    assert [text for text in ("1", " 2026-01-01 ", "x") if fault(kind, text) is None] == ["1", " 2026-01-01 "]
    assert fault(kind, "x") is ErrorCode.VALUE_OF_WRONG_TYPE
    assert fault(uncertain, "1") is None
    with pytest.raises(Unknown):
        fault(uncertain, "x")


UNKNOWN = {
    "prefix of a QName": (of("xs:QName"), "a:b"),
    "length of a QName": (of("xs:QName", "maxLength=1"), "a:b"),
    "enumeration of QNames": (of("xs:QName", "enumeration=a"), "a"),
    "anyURI": (of("xs:anyURI"), "http://["),
    "name beyond ASCII": (of("xs:NCName"), "ж"),
    "NaN against a bound": (of("xs:double", "maxInclusive=1"), "NaN"),
    "times with a zone": (of("xs:time", "maxInclusive=10:00:00Z"), "09:00:00Z"),
    "date of very many digits": (of("xs:gYear"), "9" * 2000),
    "duration of very many digits": (of("xs:duration"), f"P{'9' * 2000}Y"),
    "very long number": (of("xs:decimal"), "9" * 200_000),
    "pattern with too many states": (of("xs:string", "pattern=((a{1,999}){1,999}){1,999}"), "a"),
}


@pytest.mark.parametrize(("kind", "text"), UNKNOWN.values(), ids=UNKNOWN.keys())
def test_what_only_others_can_tell_is_left_open(kind: object, text: str) -> None:
    """libxml2's verdict stands."""
    with pytest.raises(Unknown):
        fault(kind, text)


def test_wrong_length_of_a_uri_is_a_fault_all_the_same() -> None:
    """The length is known, whatever the text is."""
    assert fault(of("xs:anyURI", "maxLength=1"), "urn:x") is ErrorCode.LENGTH_OUT_OF_RANGE


def test_values_of_different_kinds_are_not_equal() -> None:
    """A moment or a duration is only ever compared with its like."""
    moment, duration = value("date", "2026-01-01"), value("duration", "P1D")

    assert moment != duration
    assert duration != moment
    assert len({moment, value("date", "2026-01-01"), duration, value("duration", "PT24H")}) == 2
    with pytest.raises(LexicalError):
        value("date", "tomorrow")
