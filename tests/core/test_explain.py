"""Fault texts: where and what was expected, in the schema's words, never in the document's."""

import pytest
from lxml import etree

from gateway.core import explain
from gateway.core.errors import MAX_FAULTS, ErrorCode, Fault
from gateway.core.locate import Locator
from tests.core.making import Gateway, posted, prepared, refusal, sample
from tests.core.probe import note

XSI = "http://www.w3.org/2001/XMLSchema-instance"
AFTER_ID = (
    "p:Coded | p:Pattern | p:Length | p:MinLength | p:Code | p:Inclusive | p:Exclusive | p:Digits | p:Nothing | p:Text"
)
KEY = "a key that is there, and there once"

ONE_FAULT = {
    "attribute-missing": ("<p:Coded>x</p:Coded>", "ATTRIBUTE_MISSING", "/p:Coded/@agency", "string"),
    "attribute-length": (
        '<p:Coded agency="1" list="xxx"/>',
        "LENGTH_OUT_OF_RANGE",
        "/p:Coded/@list",
        "string, max length 2",
    ),
    "attribute-unknown": (
        '<p:Coded agency="1" x="2"/>',
        "ATTRIBUTE_NOT_ALLOWED",
        "/p:Coded/@*",
        "only: @list, @agency",
    ),
    "attribute-on-simple": (
        '<p:Pattern a="b">XX</p:Pattern>',
        "ATTRIBUTE_NOT_ALLOWED",
        "/p:Pattern/@*",
        "only: no attributes",
    ),
    "pattern": ("<p:Pattern>x</p:Pattern>", "PATTERN_MISMATCH", "/p:Pattern", "string, pattern [A-Z]{2}"),
    "length": ("<p:Length>x</p:Length>", "LENGTH_OUT_OF_RANGE", "/p:Length", "string, length 3"),
    "min-length": ("<p:MinLength>x</p:MinLength>", "LENGTH_OUT_OF_RANGE", "/p:MinLength", "string, min length 3"),
    "code": ("<p:Code>x</p:Code>", "NOT_IN_CODE_LIST", "/p:Code", "string, one of a | b"),
    "too-small": ("<p:Inclusive>1</p:Inclusive>", "VALUE_OUT_OF_RANGE", "/p:Inclusive", "integer, ≥ 2, ≤ 4"),
    "too-large": ("<p:Inclusive>5</p:Inclusive>", "VALUE_OUT_OF_RANGE", "/p:Inclusive", "integer, ≥ 2, ≤ 4"),
    "not-above": ("<p:Exclusive>2</p:Exclusive>", "VALUE_OUT_OF_RANGE", "/p:Exclusive", "integer, > 2, < 4"),
    "not-below": ("<p:Exclusive>4</p:Exclusive>", "VALUE_OUT_OF_RANGE", "/p:Exclusive", "integer, > 2, < 4"),
    "digits": ("<p:Digits>12345</p:Digits>", "TOO_MANY_DIGITS", "/p:Digits", "decimal, digits 4, fraction digits 1"),
    "fraction": ("<p:Digits>1.23</p:Digits>", "TOO_MANY_DIGITS", "/p:Digits", "decimal, digits 4, fraction digits 1"),
    "type": ("<p:Inclusive>x</p:Inclusive>", "VALUE_OF_WRONG_TYPE", "/p:Inclusive", "integer, ≥ 2, ≤ 4"),
    "text-in-empty": ("<p:Nothing>x</p:Nothing>", "TEXT_NOT_ALLOWED", "/p:Nothing", "elements only, no text"),
    "element-in-empty": ("<p:Nothing><p:Id/></p:Nothing>", "TEXT_NOT_ALLOWED", "/p:Nothing", "elements only, no text"),
    "element-in-text": ('<p:Coded agency="1"><p:Id/></p:Coded>', "TEXT_NOT_ALLOWED", "/p:Coded", "string"),
    "stray-text": ("text", "TEXT_NOT_ALLOWED", "", "elements only, no text"),
    "child-missing": ("<p:Box/>", "ELEMENT_MISSING", "/p:Box", "p:Inner"),
    "grandchild-missing": ("<p:Box><p:Inner/></p:Box>", "ELEMENT_MISSING", "/p:Box/p:Inner", "p:Secret"),
    "foreign-element": ('<x:Foo xmlns:x="urn:x"/>', "ELEMENT_NOT_EXPECTED", "/*[2]", AFTER_ID),
    "unknown-element": ("<p:Foo/>", "ELEMENT_NOT_EXPECTED", "/*[2]", AFTER_ID),
    "unnamed-element": ("<Foo/>", "ELEMENT_NOT_EXPECTED", "/*[2]", AFTER_ID),
    "element-twice": ("<p:Id>a</p:Id>", "ELEMENT_NOT_EXPECTED", "/p:Id[2]", AFTER_ID),
    "dangling-reference": ("<p:Pointer>2</p:Pointer>", "IDENTITY_CONSTRAINT", "", KEY),
    "key-twice": ("<p:Item>1</p:Item><p:Item>1</p:Item>", "IDENTITY_CONSTRAINT", "/p:Item[2]", KEY),
    "type-confusion": (f'<p:Text xmlns:i="{XSI}" i:type="p:X"/>', "TYPE_NOT_ALLOWED", "/p:Text/@xsi:type", ""),
    "other-prefix": ('<q:Code xmlns:q="urn:probe">x</q:Code>', "NOT_IN_CODE_LIST", "/p:Code", "string, one of a | b"),
    "second-prefix": (
        '<p:Item>1</p:Item><q:Item xmlns:q="urn:probe">1</q:Item>',
        "IDENTITY_CONSTRAINT",
        "/p:Item[2]",
        KEY,
    ),
    "default-namespace": ('<Code xmlns="urn:probe">x</Code>', "NOT_IN_CODE_LIST", "/p:Code", "string, one of a | b"),
    "nothing-expected": ("<p:Pointer/><p:Pointer/>", "ELEMENT_NOT_EXPECTED", "/p:Pointer[2]", "no element here"),
}


def faults(gateway: Gateway, body: bytes) -> tuple[Fault, ...]:
    """Every fault of a document that is posted."""
    return refusal(gateway, posted(gateway, body, purpose="customs")).faults


@pytest.mark.parametrize(("inside", "code", "path", "expected"), ONE_FAULT.values(), ids=ONE_FAULT.keys())
def test_each_kind_of_fault_has_its_code_path_and_expectation(
    inside: str, code: str, path: str, expected: str | None, probe: Gateway
) -> None:
    """One row for every kind the validator knows."""
    found = [fault for fault in faults(probe, note(inside)) if fault.code is ErrorCode[code]]

    assert [fault.path for fault in found] == [f"/p:Note{path}"]
    assert expected is None or found[0].expected == expected


def test_one_fault_is_told_once(probe: Gateway) -> None:
    """A pattern and an enumeration fault of one value are two; the same code at the same place is one."""
    found = faults(probe, note("<p:Pattern>x</p:Pattern><p:Code>x</p:Code><p:Inclusive>1</p:Inclusive>"))

    assert [fault.path for fault in found] == ["/p:Note/p:Pattern", "/p:Note/p:Code", "/p:Note/p:Inclusive"]


def test_position_is_that_of_the_start_tag_in_the_body(probe: Gateway) -> None:
    """1-based line and column in characters; comments and instructions, which the tree has not, are counted."""
    body = note("\n<!-- <p:Code> --><?p <p:Code>?>\n  <p:Text>ырғақ<p:Foo/></p:Text>").replace(
        b"<p:Note", b"<?q?><!-- \n --><p:Note", 1
    )

    (fault,) = faults(probe, body)

    assert (fault.path, fault.line, fault.column) == ("/p:Note/p:Text/*[1]", 4, 16)


def test_faults_without_a_body_have_no_position(probe: Gateway) -> None:
    """After redaction there is no body that the sender knows."""
    document = etree.fromstring(note("<p:Code>x</p:Code>"))
    kind = probe.kind("Note")
    validator = kind.validator()
    assert not validator.validate(document)

    (fault,) = explain.explain(Locator(document, kind.model, probe.register.prefixes), validator.error_log)

    assert (fault.path, fault.line, fault.column) == ("/p:Note/p:Code", 0, 0)


def test_names_outside_the_agreed_namespaces_are_not_told(probe: Gateway) -> None:
    """What the agreement has no prefix for is left out of what was expected."""
    document = etree.fromstring(note("<p:Foo/>"))
    kind = probe.kind("Note")
    validator = kind.validator()
    assert not validator.validate(document)

    (fault,) = explain.explain(Locator(document, kind.model, {}), validator.error_log)

    assert fault.expected == "no element here"


def test_more_faults_than_the_maximum_are_cut(probe: Gateway) -> None:
    """One more than the maximum is kept, so that the answer can say there are more."""
    body = note("".join(f"<p:Item>{number // 2}</p:Item>" for number in range(2 * MAX_FAULTS + 10)))

    found = refusal(probe, posted(probe, body, purpose="customs"))

    assert (len(found.faults), found.more) == (MAX_FAULTS, 1)


def test_value_that_reads_like_the_validator_changes_no_path(probe: Gateway) -> None:
    """The path is the element's, whatever the value says."""
    (fault,) = faults(probe, note("<p:Code>attribute 'agency'</p:Code>"))

    assert fault.path == "/p:Note/p:Code"


def test_name_of_the_fifth_edition_is_a_fault_like_any_other(probe: Gateway) -> None:
    """libxml2 takes names with letters that were added later; the answer is a fault, not an internal error."""
    (fault,) = faults(probe, note("<\U00010400/>"))

    assert (fault.code, fault.path, fault.line, fault.column) == (ErrorCode.ELEMENT_NOT_EXPECTED, "/p:Note/*[2]", 0, 0)


def test_long_prefix_changes_no_path(probe: Gateway) -> None:
    """A prefix may be as long as its sender likes."""
    prefix = "q" * 120

    (fault,) = faults(probe, note(f'<{prefix}:Code xmlns:{prefix}="urn:probe">x</{prefix}:Code>'))

    assert fault.path == "/p:Note/p:Code"


def test_valid_document_has_no_fault(kz: Gateway) -> None:
    """The schema that explains is the one that judges."""
    assert prepared(kz, posted(kz, sample("ProcessingResult--rejected")))
