"""A confidentiality marking stops a message outright, however it is written."""

import re

import pytest
from lxml import etree

from gateway.core import ebms
from gateway.core.errors import ErrorCode, Rejected
from gateway.core.names import MessageId
from tests.core.making import Gateway, arrived, header, posted, prepared, sample, screened, sent, wrapped

PLAIN = sample("TransitReleaseNotice--road-through-three-states").decode()
PLACE = "<casdo:PlaceName>Каменный Лог</casdo:PlaceName>"


def refused(gateway: Gateway, body: str) -> Rejected:
    """What screening refuses the document with."""
    with pytest.raises(Rejected) as caught:
        screened(gateway, posted(gateway, body.encode(), message_id=MessageId("m@x")))
    assert caught.value.first is ErrorCode.STATE_SECRET_MARKING
    assert (caught.value.about.message_id, caught.value.about.sender) == ("m@x", "KZ.KGD")
    return caught.value


def said(text: str) -> str:
    """The sample with this as the name of a place."""
    assert PLACE in PLAIN
    return PLAIN.replace(PLACE, f"<casdo:PlaceName>{text}</casdo:PlaceName>")


def test_unmarked_document_passes(kz: Gateway) -> None:
    """The tree goes on as it was parsed."""
    found = screened(kz, posted(kz, PLAIN.encode()))

    assert found.document is found.known.unpacked.document


@pytest.mark.parametrize(
    "text",
    [
        "Секретно",
        "СЕКРЕТНО",
        "секретно",
        "x Совершенно секретно x",
        "Для служебного пользования",
        "ДЛЯ СЛУЖЕБНОГО ПОЛЬЗОВАНИЯ",
        "Аса маңызды",
        "Особой Важности",
        "ӨТЕ ҚҰПИЯ",
        "Iňňän gizlin",
        "<![CDATA[Секретно]]>",
        "Сек<!-- -->ретно",
        "Сек<?p?>ретно",
        "Сек<![CDATA[ретно]]>",
        "Сек&#1088;етно",
        "&#x421;&#x435;&#x43a;&#x440;&#x435;&#x442;&#x43d;&#x43e;",
    ],
)
def test_mark_in_a_value_stops_it(text: str, kz: Gateway) -> None:
    """In the usual cases of letters, whole or split by whatever the parser puts together again."""
    (fault,) = refused(kz, said(text)).faults

    assert (fault.path, fault.line, fault.expected) == ("", 0, "no confidentiality mark in any value")


@pytest.mark.parametrize(
    "text",
    ["Для\n  служебного пользования", "Особой\u00a0важности", "сЕкрЕтно", "Ay\u0301ratyn a\u0308hmiy\u0301etli"],
)
def test_mark_stops_it_in_any_white_space_composition_and_case(text: str, kz: Gateway) -> None:
    """A line break between its words, a no-break space, combining marks, mixed case: it reads the same."""
    refused(kz, said(text))


@pytest.mark.parametrize("value", ["Секретно", "Сек&#1088;етно"])
def test_mark_in_an_attribute_stops_it(value: str, kz: Gateway) -> None:
    """Attributes are values too."""
    refused(kz, PLAIN.replace('codeListId="2004"', f'codeListId="{value}"', 1))


@pytest.mark.parametrize(
    "hidden", ["<!-- Секретно -->", "<?p Секретно?>", "<!-- для\tСЛУЖЕБНОГО\nпользования-->", "<?p x='ӨТЕ ҚҰПИЯ'?>"]
)
def test_mark_in_what_parsing_drops_stops_it(hidden: str, kz: Gateway) -> None:
    """A comment or an instruction is no value, but who wrote the mark meant it: refused, not quietly dropped."""
    for body in (said(f"x{hidden}"), PLAIN + hidden, PLAIN.replace("?>", f"?>{hidden}", 1)):
        (fault,) = refused(kz, body).faults
        assert (fault.path, fault.line, fault.expected) == ("", 0, "no confidentiality mark in any value")


@pytest.mark.parametrize("hidden", ["<!-- CANARY7391 -->", "<?p CANARY7391?>"])
def test_unmarked_comment_does_not_go_on(hidden: str, kz: Gateway) -> None:
    """What nobody's schema judges is dropped."""
    (copy,) = prepared(kz, posted(kz, said(f"x{hidden}").encode())).copies

    assert b"CANARY7391" not in copy.payloads[0].content


def test_escapes_alone_are_no_mark(kz: Gateway) -> None:
    """A document that hides nothing passes the closer look."""
    text = "К&#1072;менный <![CDATA[Лог]]><!-- x -->"

    assert screened(kz, posted(kz, said(text).encode())).known.unpacked.exact is False


@pytest.mark.parametrize("prefix", ["ccdo:", "x:", ""])
def test_marker_element_stops_it(prefix: str, kz: Gateway) -> None:
    """Whatever its namespace; every one of them by its place, since no schema knows it, and with its position."""
    marker = f"<{prefix}ConfidentialityDegreeDetails xmlns:x='urn:x'/>"

    faults = refused(kz, PLAIN.replace(PLACE, PLACE + marker + marker)).faults

    parent = "/trn:TransitReleaseNotice/cacdo:ItineraryPointDetails[1]/"
    point = etree.fromstring(PLAIN.encode()).find("{*}ItineraryPointDetails")
    assert point is not None
    before = [str(child.tag).rpartition("}")[2] for child in point].index("PlaceName") + 1
    assert [fault.path for fault in faults] == [f"{parent}*[{before + number}]" for number in (1, 2)]
    assert {fault.expected for fault in faults} == {"no ConfidentialityDegreeDetails"}
    assert [fault.line > 100 and fault.column > 40 for fault in faults] == [True, True]


@pytest.mark.parametrize("wrapping", ["CANARY7391", "casdo:CANARY7391"])
def test_unknown_names_around_a_marker_are_not_repeated(wrapping: str, kz: Gateway) -> None:
    """Nothing the schema does not know is echoed, least of all around a secrecy marking."""
    marker = f"<{wrapping}><ccdo:ConfidentialityDegreeDetails/></{wrapping}>"

    (fault,) = refused(kz, PLAIN.replace(PLACE, PLACE + marker)).faults

    assert "CANARY7391" not in str(fault.facts())
    assert re.search(r"/cacdo:ItineraryPointDetails\[1\]/\*\[\d+\]/\*\[1\]$", fault.path)


def test_marker_in_an_unknown_document_is_told_by_places_alone(kz: Gateway) -> None:
    """Screening comes before the agreement is chosen: a root that nobody knows has no name either."""
    body = "<CANARY7391><a/><ConfidentialityDegreeDetails/></CANARY7391>"

    (fault,) = refused(kz, body).faults

    assert (fault.path, fault.line, fault.column) == ("/*/*[2]", 1, 17)


def test_marker_name_as_a_value_is_no_marker(kz: Gateway) -> None:
    """The bytes only say where to look."""
    assert screened(kz, posted(kz, said("ConfidentialityDegreeDetails").encode()))


def test_message_without_document_is_an_invalid_header(by: Gateway) -> None:
    """Only the test service takes messages without payload, and that is answered before."""
    content_type, request = wrapped(header(ebms.TEST_ACTION, ebms.TEST_SERVICE), ())

    with pytest.raises(Rejected) as caught:
        screened(by, sent(by, request, content_type))

    assert caught.value.first is ErrorCode.EBMS_0009


def test_partner_edge_screens_too(by: Gateway) -> None:
    """What a partner let through is stopped on arrival."""
    with pytest.raises(Rejected) as caught:
        screened(by, arrived(by, said("Секретно").encode(), header()))

    assert caught.value.first is ErrorCode.STATE_SECRET_MARKING
