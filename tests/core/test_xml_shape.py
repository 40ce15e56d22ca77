"""Shape limits: size, depth, attributes, namespaces, elements; each inclusive, each under its own code."""

from time import process_time

import pytest

from gateway.core import xml
from gateway.core.agreement import Limits
from gateway.core.errors import ErrorCode
from tests.core.test_xml import SMALL, refused


def declared(least: int, end: int) -> bytes:
    """Namespace declarations with these numbers."""
    return b" ".join(b"xmlns:n%d='u%d'" % (n, n) for n in range(least, end))


SHAPES = {
    "size": (b"<a>%s</a>", b"x" * 10_000, ErrorCode.TOO_LARGE),
    "depth": (b"%s", b"<a>" * 257 + b"</a>" * 257, ErrorCode.TOO_DEEP),
    "attributes": (b"<a %s/>", b" ".join(b"a%d='1'" % n for n in range(5)), ErrorCode.TOO_MANY_ATTRIBUTES),
    "shortest-attributes": (b"<a %s/>", b"b='' c='' d='' e='' f=''", ErrorCode.TOO_MANY_ATTRIBUTES),
    "namespaces": (b"<a %s/>", b" ".join(b"xmlns:n%d='u%d'" % (n, n) for n in range(4)), ErrorCode.TOO_MANY_NAMESPACES),
    "in-scope": (b"<a %s/>", declared(0, 65), ErrorCode.TOO_MANY_NAMESPACES),
    "in-scope-of-a-child": (
        b"<a %s/></a>",
        declared(0, 40) + b"><b " + declared(40, 65),
        ErrorCode.TOO_MANY_NAMESPACES,
    ),
    "elements": (b"<a>%s</a>", b"<b></b>" * 51, ErrorCode.TOO_MANY_ELEMENTS),
    "long-name": (b"<a>%s</a>", b"<" + b"n" * 60_000 + b"/>", ErrorCode.TOO_LARGE),
}


@pytest.mark.parametrize("name", SHAPES)
def test_each_shape_limit_holds(name: str) -> None:
    """One more than the limit is refused under its own code."""
    around, inside, code = SHAPES[name]
    limits = Limits(body=SMALL.body if name == "size" else 10**6, elements=50, attributes=4, namespaces=3)
    if name in ("depth", "long-name", "in-scope", "in-scope-of-a-child"):
        limits = Limits()

    assert refused(around % inside, limits).code is code


@pytest.mark.parametrize(
    "body",
    [
        b"<a>" + b"x" * 9_993 + b"</a>",
        b"<a>" * 255 + b"</a>" * 255,
        b"<a b='1' c='2' d='3' e='4'/>",
        b"<a xmlns:n='1' xmlns:o='2' xmlns:p='3'/>",
        b"<a>" + b"<b></b>" * 49 + b"</a>",
        b"<a b='====' c='====='/>",
    ],
    ids=["size", "depth", "attributes", "namespaces", "elements", "equals-signs-in-values"],
)
def test_exactly_the_limit_is_taken(body: bytes) -> None:
    """The limits are inclusive, and signs in values are not counted as attributes."""
    limits = Limits() if body.startswith(b"<a><a>") else SMALL

    assert xml.parse(body, limits).tag == "a"


@pytest.mark.parametrize(
    "body",
    [b"<a %s/>" % declared(0, 64), b"<a>" + b"<b %s/>" % declared(0, 40) * 2 + b"</a>"],
    ids=["the limit", "beside each other"],
)
def test_namespaces_are_counted_on_and_around_an_element(body: bytes) -> None:
    """What is declared elsewhere makes nothing that is removed longer."""
    assert xml.parse(body, Limits()).tag == "a"


def test_white_space_before_the_root_is_passed_over_at_once() -> None:
    """Where a DOCTYPE is looked for, too."""
    start = process_time()

    assert refused(b" " * 90_000_000 + b"<!--<!DOCTYPE--><a/>", Limits()).code is not ErrorCode.DOCTYPE_FORBIDDEN

    assert process_time() - start < 2


def test_long_text_is_not_called_depth() -> None:
    """A text of more than libxml2's 10 MB is refused for its size, which is what is wrong with it."""
    assert refused(b"<a>" + b"x" * 10_100_000 + b"</a>", Limits()).code is ErrorCode.TOO_LARGE


def test_nothing_is_read_before_the_size() -> None:
    """A body over the limit is refused for that, whatever else is wrong with it."""
    assert refused(b"\xff\xfe<!DOCTYPE" + b"x" * 10_000).code is ErrorCode.TOO_LARGE
