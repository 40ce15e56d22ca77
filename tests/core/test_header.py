"""What an ebMS header may not say: each published error of reading it, and the header that says nothing wrong."""

import pytest

from gateway.core import ebms
from gateway.core.header import faults
from gateway.core.message import payload
from tests import reading
from tests.core.making import header, parts

MU = "S12:mustUnderstand"
OTHER = f"xmlns:S12='{ebms.S12}' xmlns='urn:other'"
RM = "http://docs.oasis-open.org/ws-rx/wsrm/200702"
WSR = "http://docs.oasis-open.org/wsrm/2004/06/ws-reliability-1.1.xsd"
FRAGMENT = "http://docs.oasis-open.org/ebxml-msg/ns/v3.0/mf/2010/04/"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
PARTY = f'<eb:PartyId type="{ebms.PARTY_TYPE}">KZ.KGD</eb:PartyId>'


def written() -> str:
    """A message as this gateway writes it."""
    carried = payload("a@x", "application/xml", b"<a/>"), payload("b@x", "application/pdf", b"%PDF")
    return ebms.write_user_message(header(), parts(*carried)).decode()


def found(soap: str) -> list[tuple[str, str]]:
    """Code and place of every fault."""
    messaging, _ = reading.messaging(soap.encode(), ebms.SOAP_TYPE)
    return [(fault.code.code, fault.path) for fault in faults(messaging)]


def test_what_is_written_here_is_not_refused() -> None:
    """Payloads named by cid, gzip, UTF-8, typed parties, a URI as service, an empty Body."""
    assert found(written()) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (PARTY, "<eb:PartyId>KZ.KGD</eb:PartyId>", ("EBMS:0003", "eb:From/eb:PartyId")),
        (PARTY, '<eb:PartyId type=" ">KZ KGD</eb:PartyId>', ("EBMS:0003", "eb:From/eb:PartyId")),
        (PARTY.replace("KZ.KGD", "BY.GTK"), "<eb:PartyId>BY</eb:PartyId>", ("EBMS:0003", "eb:To/eb:PartyId")),
        ("<eb:Service>urn:eurasec-gw:service:transit<", "<eb:Service>transit<", ("EBMS:0003", "eb:Service")),
        (">TransitReleaseNotice<", f">{ebms.TEST_ACTION}<", ("EBMS:0003", "eb:Action")),
        ('href="cid:a@x"', 'href="https://example.org/a.xml"', ("EBMS:0011", "eb:PartInfo[1]")),
        ('href="cid:b@x"', 'href=""', ("EBMS:0011", "eb:PartInfo[2]")),
        ('href="cid:b@x"', "", ("EBMS:0008", "eb:PartInfo[2]")),
        ('href="cid:b@x"', 'href="#body"', ("EBMS:0011", "eb:PartInfo[2]")),
        (">application/gzip<", ">application/zip<", ("EBMS:0001", "eb:PartInfo[1] CompressionType")),
        (">UTF-8<", ">!utf*<", ("EBMS:0001", "eb:PartInfo[1] CharacterSet")),
        (">UTF-8<", "><", ("EBMS:0001", "eb:PartInfo[1] CharacterSet")),
        ('<S12:Body wsu:Id="body"/>', "<S12:Body><a/></S12:Body>", ("EBMS:0008", "S12:Body")),
        ("</S12:Header>", f"<r:Sequence xmlns:r='{RM}'/></S12:Header>", ("EBMS:0201", "S12:Header")),
        ("<S12:Header>", f"<S12:Header><r:Request xmlns:r='{WSR}'/>", ("EBMS:0201", "S12:Header")),
        ("</S12:Header>", f"<m:MessageFragment xmlns:m='{FRAGMENT}'/></S12:Header>", ("EBMS:0008", "S12:Header")),
        ("</S12:Header>", f"<o {OTHER} {MU}='true'/></S12:Header>", ("EBMS:0008", "S12:Header")),
        ("<S12:Header>", f"<S12:Header><o {OTHER} {MU}=' 1 '/>", ("EBMS:0008", "S12:Header")),
    ],
)
def test_each_fault_has_its_published_code(old: str, new: str, fault: tuple[str, str]) -> None:
    """The header above with one thing bent (ebMS 6.7.1, AS4 3.1, eDelivery AS4 1.4.2.3)."""
    soap = written()
    assert old in soap

    assert found(soap.replace(old, new, 1)) == [fault]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (PARTY, "<eb:PartyId>urn:oasis:names:tc:ebcore:partyid-type:iso6523:0088:1</eb:PartyId>"),
        (PARTY, "<eb:PartyId/>"),
        ("<eb:Service>urn:eurasec-gw:service:transit<", '<eb:Service type="t">transit<'),
        (">TransitReleaseNotice<", ">test<"),
        (">UTF-8<", ">ISO-8859-5<"),
        ('<S12:Body wsu:Id="body"/>', '<S12:Body wsu:Id="body"> <!-- nothing --> </S12:Body>'),
        ("</S12:Header>", f"<!-- --><w:Security xmlns:w='{WSSE}' {MU}='true'/></S12:Header>"),
        ("</S12:Header>", f"<o {OTHER} {MU}='false'/><p xmlns=''/></S12:Header>"),
        ("<eb:PayloadInfo>", "<eb:PayloadInfo xmlns:x='urn:x'><x:other/>"),
    ],
)
def test_what_looks_like_one_is_none(old: str, new: str) -> None:
    """A URI without type, a type without URI, headers that may be passed over, empty values (told elsewhere)."""
    soap = written()
    assert old in soap

    assert found(soap.replace(old, new, 1)) == []


def test_the_test_service_has_the_test_action() -> None:
    """Both together are no fault; the service alone may have other actions (ebMS 5.2.2.9)."""
    service = f"<eb:Service>{ebms.TEST_SERVICE}<"
    soap = written().replace("<eb:Service>urn:eurasec-gw:service:transit<", service)

    assert found(soap) == []
    assert found(soap.replace(">TransitReleaseNotice<", f">{ebms.TEST_ACTION}<")) == []


def test_all_faults_are_told_at_once() -> None:
    """Of both parties, the service and every part."""
    bare = written().replace(f' type="{ebms.PARTY_TYPE}"', "").replace("urn:eurasec-gw:service:transit", "transit")

    assert [code for code, _ in found(bare.replace(">application/gzip<", ">x<"))] == ["EBMS:0003"] * 3 + [
        "EBMS:0001"
    ] * 2


def test_signals_and_messages_without_a_service_are_left_to_others() -> None:
    """Nothing is invented about what is missing: that is EBMS:0009, told where the header is read."""
    soap = written()
    start, end = soap.index("<eb:Service>"), soap.index("</eb:Service>") + len("</eb:Service>")
    signal = ebms.write_receipt("r@x", header().timestamp, "m@x").decode()

    assert found(soap[:start] + soap[end:]) == []
    assert found(signal) == []
