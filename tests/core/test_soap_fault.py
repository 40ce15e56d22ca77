"""A SOAP Fault instead of a signal is told by its code, and by nothing that might quote a message."""

import pytest

from gateway.core import ebms
from gateway.core.agreement import Limits
from gateway.core.soap_fault import S11, fault_code

SUBCODE = "<S:Subcode><S:Value xmlns:w='urn:wsse'>w:InvalidSecurity</S:Value></S:Subcode>"


def twelve(value: str, more: str = "") -> bytes:
    """A SOAP 1.2 envelope with a Fault whose Reason quotes what it should not."""
    return (
        f"<S:Envelope xmlns:S='{ebms.S12}'><S:Body><S:Fault><S:Code><S:Value>{value}</S:Value>{more}</S:Code>"
        "<S:Reason><S:Text xml:lang='en'>cannot take 880101300123</S:Text></S:Reason></S:Fault></S:Body></S:Envelope>"
    ).encode()


ELEVEN = (
    f"<s:Envelope xmlns:s='{S11}'><s:Body><s:Fault><faultcode>s:Server</faultcode><faultstring>secret</faultstring>"
    "</s:Fault></s:Body></s:Envelope>"
).encode()
MIME = b"--b\r\nContent-Type: application/soap+xml\r\n\r\n" + twelve("S:Receiver") + b"\r\n--b--\r\n"


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (twelve("S:Receiver"), "application/soap+xml; charset=UTF-8", "Receiver"),
        (twelve("S:Sender", SUBCODE), "application/soap+xml", "Sender/InvalidSecurity"),
        (twelve("Sender"), "Application/SOAP+XML", "Sender"),
        (ELEVEN, "text/xml", "Server"),
        (MIME, 'multipart/related; boundary=b; type="application/soap+xml"', "Receiver"),
        (twelve("cannot take 880101300123"), "application/soap+xml", ""),
        (twelve(""), "application/soap+xml", ""),
        (twelve("S:Sender"), "text/html", ""),
        (b"<html/>", "application/soap+xml", ""),
        (b"not XML", "text/xml", ""),
        (b"", "multipart/related", ""),
    ],
)
def test_only_its_code_is_told(body: bytes, content_type: str, code: str) -> None:
    """SOAP 1.2 and 1.1, alone or in MIME; what cannot be a QName is not repeated."""
    assert fault_code(body, content_type, Limits()) == code
