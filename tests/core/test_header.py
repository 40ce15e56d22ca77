"""What an ebMS header may not say: each published error of reading it, and the header that says nothing wrong."""

import pytest
from lxml import etree

from gateway.core import ebms
from gateway.core.header import faults
from gateway.core.message import payload
from tests import reading
from tests.core.making import header, parts

RM = "http://docs.oasis-open.org/ws-rx/wsrm/200702"
WSR = "http://docs.oasis-open.org/wsrm/2004/06/ws-reliability-1.1.xsd"
FRAGMENT = "http://docs.oasis-open.org/ebxml-msg/ns/v3.0/mf/2010/04/"


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
        ('href="cid:a@x"', 'href="https://example.org/a.xml"', ("EBMS:0011", "eb:PartInfo[1]")),
        ('href="cid:b@x"', 'href=""', ("EBMS:0011", "eb:PartInfo[2]")),
        ('href="cid:b@x"', 'href="cid:"', ("EBMS:0011", "eb:PartInfo[2]")),
        ('href="cid:b@x"', "", ("EBMS:0008", "eb:PartInfo[2]")),
        ('href="cid:b@x"', 'href="#body"', ("EBMS:0011", "eb:PartInfo[2]")),
        (">application/gzip<", ">application/zip<", ("EBMS:0003", "eb:PartInfo[1] CompressionType")),
        (">UTF-8<", ">!utf*<", ("EBMS:0001", "eb:PartInfo[1] CharacterSet")),
        (">UTF-8<", "><", ("EBMS:0001", "eb:PartInfo[1] CharacterSet")),
        ('<S12:Body wsu:Id="body"/>', "<S12:Body><a/></S12:Body>", ("EBMS:0008", "S12:Body")),
        ("</S12:Header>", f"<r:Sequence xmlns:r='{RM}'/></S12:Header>", ("EBMS:0201", "S12:Header")),
        ("<S12:Header>", f"<S12:Header><r:Request xmlns:r='{WSR}'/>", ("EBMS:0201", "S12:Header")),
        ("</S12:Header>", f"<m:MessageFragment xmlns:m='{FRAGMENT}'/></S12:Header>", ("EBMS:0008", "S12:Header")),
    ],
)
def test_each_fault_has_its_published_code(old: str, new: str, fault: tuple[str, str]) -> None:
    """A message of ours with one thing bent (ebMS 6.7.1, AS4 3.1, eDelivery AS4 1.4.2.3)."""
    soap = written()
    assert old in soap

    assert found(soap.replace(old, new, 1)) == [fault]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (">UTF-8<", ">ISO-8859-5<"),
        ('<S12:Body wsu:Id="body"/>', '<S12:Body wsu:Id="body"> <!-- nothing --> </S12:Body>'),
        ("<eb:PayloadInfo>", "<eb:PayloadInfo xmlns:x='urn:x'><x:other/>"),
    ],
)
def test_what_looks_like_one_is_none(old: str, new: str) -> None:
    """Another encoding, a comment in the Body, elements of another namespace."""
    soap = written()
    assert old in soap

    assert found(soap.replace(old, new, 1)) == []


def test_all_faults_are_told_at_once() -> None:
    """Of the envelope and of every part."""
    bent = (
        written().replace(">application/gzip<", ">x<").replace('<S12:Body wsu:Id="body"/>', "<S12:Body><a/></S12:Body>")
    )

    assert [code for code, _ in found(bent)] == ["EBMS:0008", "EBMS:0003", "EBMS:0003"]


def test_signals_have_nothing_of_it() -> None:
    """A receipt is no user message; an eb:Messaging that stands alone has no other headers."""
    signal = ebms.write_receipt("r@x", header().timestamp, "m@x").decode()

    assert found(signal) == []
    assert faults(etree.Element(f"{{{ebms.EB}}}Messaging")) == []
