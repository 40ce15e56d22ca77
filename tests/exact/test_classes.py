"""One law for each class of values that a bare validator misjudges; each row's control shows who errs, and how."""

import pytest

from tests.exact.making import judged, libxml2_takes, restricted, takes, typed, xmlschema_takes

OFFICE = restricted("xs:string", "pattern=[0-9]{2}|[0-9]{5}|[0-9]{8}")
NOT = False

LIBXML2 = {  # simple type, text, whether it is a value by the specification; libxml2 alone says the contrary
    "counted alternatives, one more than five": (OFFICE, "123456", NOT),
    "counted alternatives, one more than eight": (OFFICE, "123456789", NOT),
    "counted alternatives in a group": (restricted("xs:string", "pattern=K([0-9]{2}|[0-9]{5})"), "K123456", NOT),
    "shorter alternative first": (restricted("xs:string", "pattern=(a{2}|a{5})b"), "aab", True),
    "stray letter in base64": ("xs:base64Binary", "YQ=!=", NOT),
    "other space in base64": ("xs:base64Binary", "Y\u00a0Q==", NOT),
    "next line behind base64": ("xs:base64Binary", "YQ==\u0085", NOT),
    "white space around dateTime": ("xs:dateTime", " 2026-11-21T10:00:00Z ", True),
    "white space around date": ("xs:date", "\n2026-11-21\t", True),
    "white space around time": ("xs:time", " 10:00:00 ", True),
    "white space around duration": ("xs:duration", " P1D ", True),
    "white space around gYear": ("xs:gYear", " 2026", True),
    "white space around gYearMonth": ("xs:gYearMonth", " 2026-11", True),
    "white space around gDay": ("xs:gDay", "---21 ", True),
    "white space around INF": ("xs:double", " INF ", True),
    "a year of many digits": ("xs:gYear", "9" * 30, True),
    "a duration of many digits": ("xs:duration", f"P{'9' * 30}Y", True),
    "exponent without digits": ("xs:double", "1e", NOT),
    "exponent without digits in a float": ("xs:float", "1E+", NOT),
    "point without digits in a duration": ("xs:duration", "PT1.S", NOT),
    "seconds that begin with the point": ("xs:duration", "PT.5S", NOT),
    "no token where there must be one": ("xs:NMTOKENS", "", NOT),
    "bound that cannot be compared": (
        restricted("xs:dateTime", "maxInclusive=2000-12-31T23:59:59-14:00"),
        "2001-01-01T00:00:00",
        NOT,
    ),
    "wrong item of a list": ('<xs:list itemType="xs:base64Binary"/>', "YQ== Y!Q==", NOT),
    "wrong member of a union": ('<xs:union memberTypes="xs:int xs:duration"/>', "PT1.S", NOT),
}
XMLSCHEMA = {  # the same, where xmlschema alone says the contrary
    "Arabic-Indic digits": ("xs:int", "\u0664\u0665", NOT),
    "full-width digits": ("xs:int", "\uff14\uff15", NOT),
    "underscore between digits": ("xs:int", "4_518", NOT),
    "no-break space around a number": ("xs:int", "\u00a045", NOT),
    "other spaces around a number": ("xs:int", "45\u2003", NOT),
    "next line behind a number": ("xs:int", "45\u0085", NOT),
}
AGREED = {  # cases that partners' validators differ on; the gateway's verdict is the specification's
    "white space inside a decimal": ("xs:decimal", "4 518", NOT),
    "white space around a decimal": ("xs:decimal", "\t4518 ", True),
    "400 digits": ("xs:integer", "9" * 400, True),
    "400 digits are no long": ("xs:long", "9" * 400, NOT),
    "25 digits with a point": ("xs:decimal", "1." + "3" * 30, True),
    "year 0000": ("xs:date", "0000-01-01", NOT),
    "year before 0001": ("xs:date", "-0001-01-01", True),
    "a leap day": ("xs:date", "2024-02-29", True),
    "no leap day": ("xs:date", "2023-02-29", NOT),
    "no leap day of a century": ("xs:date", "1900-02-29", NOT),
    "a leap day without a year": ("xs:gMonthDay", "--02-29", True),
    "zone -00:00": ("xs:dateTime", "2026-11-21T10:00:00-00:00", True),
    "zone of 14 hours": ("xs:dateTime", "2026-11-21T10:00:00+14:00", True),
    "zone of more": ("xs:dateTime", "2026-11-21T10:00:00+14:01", NOT),
    "24:00:00": ("xs:dateTime", "2026-11-21T24:00:00", True),
    "24:00:01": ("xs:dateTime", "2026-11-21T24:00:01", NOT),
    "a leap second": ("xs:dateTime", "2026-12-31T23:59:60Z", NOT),
    "small z": ("xs:dateTime", "2026-11-21T10:00:00z", NOT),
    "leading zeros": ("xs:int", "0000000000000000000000000000045", True),
    "plus sign": ("xs:int", "+45", True),
    "minus zero is not positive": ("xs:positiveInteger", "-0", NOT),
    "minus zero is unsigned": ("xs:unsignedByte", "-0", True),
    "an emoji is one character": (restricted("xs:string", "maxLength=1"), "\U0001f69a", True),
    "two emojis are two": (restricted("xs:string", "maxLength=1"), "\U0001f69a\U0001f69a", NOT),
    "next line is a character": (restricted("xs:string", "length=2"), "a\u0085", True),
    "next line is no white space": (restricted("xs:token", "pattern=a"), "a\u0085", NOT),
    "Arabic-Indic digits are \\d": (restricted("xs:string", "pattern=\\d+"), "\u0664\u0665", True),
    "Arabic-Indic digits are not [0-9]": (restricted("xs:string", "pattern=[0-9]+"), "\u0664\u0665", NOT),
    "+INF is of version 1.1": ("xs:double", "+INF", NOT),
    "equal in value": (restricted("xs:decimal", "enumeration=1.50"), "01.5", True),
    "equal in zone": (restricted("xs:dateTime", "enumeration=2026-01-01T00:00:00Z"), "2026-01-01T03:00:00+03:00", True),
}


@pytest.mark.parametrize(("simple", "text", "right"), LIBXML2.values(), ids=LIBXML2.keys())
def test_where_libxml2_errs_the_verdict_is_the_specification_s(simple: str, text: str, *, right: bool) -> None:
    """Control: libxml2 alone says the contrary."""
    assert takes(simple, text) is right
    assert libxml2_takes(simple, text) is not right


@pytest.mark.parametrize(("simple", "text", "right"), XMLSCHEMA.values(), ids=XMLSCHEMA.keys())
def test_where_xmlschema_errs_the_verdict_is_the_specification_s(simple: str, text: str, *, right: bool) -> None:
    """Control: xmlschema alone says the contrary."""
    assert takes(simple, text) is right
    assert xmlschema_takes(simple, text) is not right


@pytest.mark.parametrize(("simple", "text", "right"), AGREED.values(), ids=AGREED.keys())
def test_where_validators_differ_the_verdict_is_the_specification_s(simple: str, text: str, *, right: bool) -> None:
    """Whatever a partner's product says."""
    assert takes(simple, text) is right


@pytest.mark.parametrize("right", ["12", "12345", "12345678"])
def test_values_beside_the_wrong_ones_are_taken(right: str) -> None:
    """Control: the second look refuses nothing that is right."""
    assert takes(OFFICE, right)


def test_xmlschema_refuses_a_number_for_its_length() -> None:
    """Control: the gateway judges digits, however many."""
    assert takes("xs:integer", "9" * 5000)
    assert not xmlschema_takes("xs:integer", "9" * 5000)


XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
BODY = '<t:R xmlns:t="urn:t" xmlns:xs="http://www.w3.org/2001/XMLSchema" {} xsi:type="{}">1</t:R>'


@pytest.mark.parametrize("stated", ["t:none", "z:none", "", "t:", "a:b:c", "xs:date", "none", "t:R"])
def test_unknown_type_is_one_clean_fault(stated: str) -> None:
    """xsi:type with a name that is none, or none for here, is a fault that says what may stand there."""
    (fault,) = judged(typed("xs:int"), BODY.format(XSI, stated))

    assert (fault.code.name, fault.path, fault.expected) == ("TYPE_NOT_ALLOWED", "/t:R/@xsi:type", "xs:int")


def test_derived_type_is_taken() -> None:
    """Control: a type that is derived from the declared one may be named."""
    assert judged(typed("xs:int"), BODY.format(XSI, "xs:byte")) == ()


def test_value_of_a_named_type_is_judged_by_that_type() -> None:
    """What libxml2 takes wrongly is found under xsi:type, too; the path is the same."""
    inside = typed("xs:string") + f'<xs:simpleType name="Office">{OFFICE}</xs:simpleType>'

    (fault,) = judged(inside, BODY.format(XSI, "t:Office").replace(">1<", ">123456<"))

    assert (fault.code.name, fault.path, fault.type) == ("PATTERN_MISMATCH", "/t:R", "t:Office")
    assert judged(inside, BODY.format(XSI, "t:Office").replace(">1<", ">12345<")) == ()
