"""Unpacking at both edges: every refusal has the ebMS code of its kind."""

import base64
import gzip
from hashlib import sha256

import pytest

from gateway.core import ebms
from gateway.core.agreement import Limits
from gateway.core.errors import ErrorCode, Rejected
from gateway.core.message import Payload, Peer, Received, Stated, Unpacked, payload
from gateway.core.names import Edge
from gateway.core.unpack import unpack
from tests.core.making import FRESH, KEYRING, NOW, codes, header, parts, soap, wrapped
from tests.reading import messaging

DOCUMENT = payload("doc@x", "application/xml", b"<a>CANARY7391</a>")
LIMITS = Limits(body=5000, attachment=6000, attachments=2)


def national(body: bytes = b"<a/>", content_type: str = "application/xml", *attachments: Payload) -> Received:
    """A posted document."""
    return Received(Edge.NATIONAL, Peer(), body, content_type, FRESH, Stated(purpose="customs"), attachments)


def partner(body: bytes, content_type: str = ebms.SOAP_TYPE) -> Received:
    """An AS4 request."""
    return Received(Edge.PARTNER, Peer(), body, content_type, FRESH)


def request(*replaced: tuple[bytes, bytes], payloads: tuple[Payload, ...] = (DOCUMENT,)) -> Received:
    """The AS4 request of some payloads, with bytes of it replaced."""
    content_type, body = wrapped(header(), parts(*payloads))
    for old, new in replaced:
        assert old in body
        body = body.replace(old, new)
    return partner(body, content_type)


def refused(received: Received) -> Rejected:
    """What it is refused with; never anything of the content."""
    with pytest.raises(Rejected) as caught:
        unpack(received, LIMITS, KEYRING)
    assert "CANARY7391" not in "".join(str(fault.facts()) for fault in caught.value.faults)
    return caught.value


def user(**changed: str) -> str:
    """A complete eb:UserMessage; a changed field is replaced by the XML given."""
    fields = {
        "MessageId": "<eb:MessageId>m@x</eb:MessageId>",
        "From": "<eb:From><eb:PartyId>urn:A</eb:PartyId><eb:Role>r</eb:Role></eb:From>",
        "To": "<eb:To><eb:PartyId>urn:B</eb:PartyId><eb:Role>r</eb:Role></eb:To>",
        "Service": "<eb:Service>urn:s</eb:Service>",
        "Action": "<eb:Action>a</eb:Action>",
        "ConversationId": "<eb:ConversationId>c</eb:ConversationId>",
        "rest": "",
        **changed,
    }
    return (
        "<eb:UserMessage><eb:MessageInfo><eb:Timestamp>2026-03-11T09:42:17Z</eb:Timestamp>{MessageId}</eb:MessageInfo><eb:PartyInfo>{From}{To}</eb:PartyInfo>"
        "<eb:CollaborationInfo>{Service}{Action}{ConversationId}</eb:CollaborationInfo>{rest}</eb:UserMessage>"
    ).format(**fields)


@pytest.mark.parametrize("content_type", ["application/xml", "text/xml", "Application/XML; charset=utf-8"])
def test_posted_document_is_taken_as_it_is(content_type: str) -> None:
    """The document first, then the attachments; the statement and the caller are those of the request."""
    picture = payload("p@x", "image/jpeg", b"jpeg")

    found = unpack(national(b"<a>1</a>", content_type, picture), LIMITS, KEYRING)

    assert [one.content for one in found.payloads] == [b"<a>1</a>", b"jpeg"]
    assert found.payloads[0].digest == sha256(b"<a>1</a>").digest()
    assert found.document is not None
    assert (found.document.text, found.exact, found.stated.purpose) == ("1", True, "customs")


@pytest.mark.parametrize("content_type", ["", "application/json", "text/plain", "application/soap+xml", "xml"])
def test_posted_document_of_another_type_is_refused(content_type: str) -> None:
    """Only XML is taken at the national edge."""
    assert codes(refused(national(content_type=content_type)).faults) == ["WRONG_CONTENT_TYPE"]


def test_document_with_a_comment_is_not_exact() -> None:
    """Its bytes may not go on: the comment was never looked at."""
    assert not unpack(national(b"<a><!-- x --></a>"), LIMITS, KEYRING).exact
    assert not unpack(request(payloads=(payload("", "text/xml", b"<a><!-- x --></a>"),)), LIMITS, KEYRING).exact


@pytest.mark.parametrize("content_type", ["", "text/xml", "application/json", "multipart/form-data; boundary=x"])
def test_request_that_is_no_soap_is_a_mime_inconsistency(content_type: str) -> None:
    """Neither SOAP nor SOAP with attachments."""
    assert codes(refused(partner(soap(user()), content_type)).faults) == ["EBMS_0007"]


def test_first_part_must_be_soap() -> None:
    """AS4 5.1.1: the SOAP part is the root part."""
    assert codes(refused(request((b"Content-Type: application/soap+xml", b"Content-Type: text/xml"))).faults) == [
        "EBMS_0007"
    ]


def test_multipart_without_any_part_is_a_mime_inconsistency() -> None:
    """A closing boundary alone is well-formed MIME to the splitter, and no message."""
    assert codes(refused(partner(b"--b--\r\n", "multipart/related; boundary=b")).faults) == ["EBMS_0007"]


@pytest.mark.parametrize(
    ("envelope", "expected"),
    [
        (b"", "the body is not well-formed XML"),
        (b"<a", "the body is not well-formed XML"),
        (b"<!DOCTYPE a><a/>", "a DOCTYPE is not allowed"),
        (b"<a>\xff</a>", "only UTF-8 is allowed"),
        (b"<a/>", "exactly one eb:Messaging"),
        (soap(user()).replace(b"<S12:Body/>", b"").replace(b"S12:Header", b"S12:Body"), "exactly one eb:Messaging"),
        (soap("</eb:Messaging><eb:Messaging>"), "exactly one eb:Messaging"),
        (soap(""), "exactly one eb:UserMessage"),
        (soap(user() + user()), "exactly one eb:UserMessage"),
        (soap("<eb:SignalMessage/>"), "exactly one eb:UserMessage"),
    ],
)
def test_envelope_without_one_user_message_is_an_invalid_header(envelope: bytes, expected: str) -> None:
    """Whatever is wrong with the SOAP part itself is EBMS:0009, named by our own catalogue."""
    (fault,) = refused(partner(envelope)).faults

    assert (fault.code, fault.expected) == (ErrorCode.EBMS_0009, expected)


def test_missing_header_fields_are_told_all_at_once() -> None:
    """One answer names every required field, so that one correction suffices."""
    (empty, blank) = (
        refused(partner(soap(text)))
        for text in ("<eb:UserMessage/>", user(Service="", Action="<eb:Action> </eb:Action>"))
    )

    assert [fault.path for fault in empty.faults] == [
        "eb:Timestamp",
        "eb:MessageId",
        "eb:From",
        "eb:From/eb:Role",
        "eb:To",
        "eb:To/eb:Role",
        "eb:Service",
        "eb:Action",
        "eb:ConversationId",
    ]
    assert set(codes(empty.faults)) == {"EBMS_0009"}
    assert [fault.path for fault in blank.faults] == ["eb:Service", "eb:Action"]
    assert (blank.about.message_id, blank.about.sender) == ("m@x", "urn:A")


@pytest.mark.parametrize("side", ["From", "To"])
def test_two_party_ids_are_inconsistent(side: str) -> None:
    """eDelivery: exactly one PartyId on each side."""
    text = f"<eb:{side}><eb:PartyId>urn:A</eb:PartyId><eb:PartyId>urn:B</eb:PartyId><eb:Role>r</eb:Role></eb:{side}>"

    (fault,) = refused(partner(soap(user(**{side: text})))).faults

    assert (fault.code, fault.path) == (ErrorCode.EBMS_0003, f"eb:{side}")


@pytest.mark.parametrize("text", ["tomorrow", "2026-03-11T09:42:17"])
def test_unreadable_deadline_is_an_invalid_header(text: str) -> None:
    """A deadline that names no instant cannot be kept."""
    rest = f"<eb:MessageProperties><eb:Property name='deadline'>{text}</eb:Property></eb:MessageProperties>"

    (fault,) = refused(partner(soap(user(rest=rest)))).faults

    assert (fault.code, fault.path) == (ErrorCode.EBMS_0009, "eb:Property deadline")


def test_ping_has_no_document() -> None:
    """A message to the test service carries nothing; plain SOAP is enough (ebMS 5.2.2)."""
    head = header(ebms.TEST_ACTION, ebms.TEST_SERVICE)

    found = unpack(partner(ebms.write_user_message(head, ())), LIMITS, KEYRING)

    assert (found.document, found.payloads, found.exact) == (None, (), False)
    assert (found.stated.service, found.stated.action) == (ebms.TEST_SERVICE, ebms.TEST_ACTION)


def test_receipt_in_mime_is_read_like_plain_soap() -> None:
    """The signals of some peers come as multipart/related with one part."""
    receipt = ebms.write_receipt("r@x", NOW, "m@x")
    body = b"--b\r\nContent-Type: application/soap+xml\r\n\r\n" + receipt + b"\r\n--b--"

    found, others = messaging(body, "multipart/related; boundary=b", LIMITS)

    signal = ebms.read_signal(found)
    assert signal is not None
    assert (signal.ref_to_message_id, others) == ("m@x", ())


def test_refused_payload_still_says_whose_it_is() -> None:
    """The error refers to the message: id, sender and type come from the header."""
    about = refused(request((b"Content-ID: <doc@x>", b"Content-ID: <other>"))).about

    assert (about.message_id, about.sender, about.type) == (header().message_id, "KZ.KGD", "TransitReleaseNotice")


def gzipped(content: bytes) -> bytes:
    """Gzip as a partner makes it."""
    return gzip.compress(content, 9, mtime=0)


def content_of(found: Unpacked) -> list[bytes]:
    """The contents of all payloads."""
    return [one.content for one in found.payloads]


def carrying(packed: bytes, content: bytes = b"", properties: str = "", href: str = "cid:doc@x") -> Received:
    """A request with one part, described by hand."""
    digest = base64.b64encode(sha256(content).digest()).decode()
    properties = properties or (
        f"<eb:Property name='CompressionType'>{ebms.GZIP}</eb:Property>"
        "<eb:Property name='MimeType'>application/xml</eb:Property>"
    )
    info = (
        f"<eb:PayloadInfo><eb:PartInfo href='{href}'><eb:PartProperties>{properties}"
        f"<eb:Property name='Digest'>{digest}</eb:Property></eb:PartProperties></eb:PartInfo></eb:PayloadInfo>"
    )
    body = (
        b"--b\r\nContent-Type: application/soap+xml\r\n\r\n"
        + soap(user(rest=info))
        + b"\r\n--b\r\nContent-Type: application/xml\r\nContent-ID: <doc@x>\r\n\r\n"
        + packed
        + b"\r\n--b--"
    )
    return partner(body, "multipart/related; boundary=b")
