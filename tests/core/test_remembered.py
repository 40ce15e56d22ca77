"""What is remembered of a message outlives the program that took it: a repeat is still the same message for the next one."""

import gzip
from dataclasses import replace

import pytest

from gateway.core.authenticate import authenticate
from gateway.core.message import Authenticated, Peer, Received
from gateway.core.names import Edge, MessageId, Micros
from gateway.core.salt import RedactionKey
from gateway.core.unpack import unpack
from tests.core.making import KEYRING, KZ, Gateway, certificate

# As the program without message signatures wrote it to BY, and what it remembered of it under this key.
CONTENT = "aac5f01414583150fe171285d446238f6927edad39f40db9daa02f07a759d2f2"
KEY = RedactionKey(bytes(32))
TYPE = "urn:oasis:names:tc:ebcore:partyid-type:unregistered:eurasec-gw"
CORE = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/"
PART = (
    '<eb:PartInfo href="cid:{cid}"><eb:PartProperties><eb:Property name="MimeType">{kind}</eb:Property>'
    '<eb:Property name="CompressionType">application/gzip</eb:Property>'
    '<eb:Property name="Digest">{digest}</eb:Property>{name}</eb:PartProperties></eb:PartInfo>'
)
NAME = '<eb:Property name="FileName">invoice.pdf</eb:Property>'
SOAP = (
    f'<S12:Envelope xmlns:S12="http://www.w3.org/2003/05/soap-envelope" xmlns:eb="{CORE}"><S12:Header>'
    '<eb:Messaging S12:mustUnderstand="true"><eb:UserMessage><eb:MessageInfo>'
    "<eb:Timestamp>2026-05-28T20:26:40.000Z</eb:Timestamp><eb:MessageId>m-1@kz.kgd</eb:MessageId></eb:MessageInfo>"
    f'<eb:PartyInfo><eb:From><eb:PartyId type="{TYPE}">KZ.KGD</eb:PartyId><eb:Role>{CORE}initiator</eb:Role></eb:From>'
    f'<eb:To><eb:PartyId type="{TYPE}">BY.GTK</eb:PartyId><eb:Role>{CORE}responder</eb:Role></eb:To></eb:PartyInfo>'
    "<eb:CollaborationInfo><eb:AgreementRef>eurasec-customs:1.0</eb:AgreementRef>"
    "<eb:Service>urn:eurasec-gw:service:verification</eb:Service><eb:Action>DocumentVerificationResponse</eb:Action>"
    "<eb:ConversationId>c-1</eb:ConversationId></eb:CollaborationInfo><eb:MessageProperties>"
    '<eb:Property name="originalSender">KZ.KGD</eb:Property><eb:Property name="finalRecipient">BY.GTK</eb:Property>'
    '<eb:Property name="environment">test</eb:Property><eb:Property name="purpose">customs</eb:Property>'
    '<eb:Property name="deadline">2026-05-28T21:26:40.000Z</eb:Property></eb:MessageProperties>'
    f"<eb:PayloadInfo>{PART.format(cid='a@kz', kind='application/xml', digest='KRFDY/dJoCJraYjdo8okkqlUEXq2tfOCcGwgMA2rwHk=', name='')}"
    f"{PART.format(cid='b@kz', kind='application/pdf', digest='MV1Cm3cUzttq0ErDEkAUUldpJjBFfzyIJTxb7OrHYCc=', name=NAME)}</eb:PayloadInfo>"
    "</eb:UserMessage></eb:Messaging></S12:Header><S12:Body/></S12:Envelope>"
)


def taken(by: Gateway, soap: str) -> Authenticated:
    """The message as BY knows it under the key."""
    parts = [("", soap.encode()), ("a@kz", gzip.compress(b"<a/>")), ("b@kz", gzip.compress(b"%PDF"))]
    heads = (
        f"--x\r\nContent-Type: application/{'gzip' if cid else 'soap+xml'}\r\nContent-ID: <{cid}>\r\n\r\n"
        for cid, _ in parts
    )
    body = (
        b"".join(head.encode() + content + b"\r\n" for head, (_, content) in zip(heads, parts, strict=True)) + b"--x--"
    )
    peer = Peer(certificate=certificate(by.register.parties[KZ]))
    received = Received(Edge.PARTNER, peer, body, 'multipart/related; boundary="x"', MessageId("fresh@by"))
    register = replace(by.register, keys=(KEY,))
    return authenticate(unpack(received, register.limits, KEYRING), register, Micros(1_780_000_000_000_000))


def test_a_repeat_of_what_an_earlier_version_took_is_the_same_message(by: Gateway) -> None:
    """Its receipt was lost, the partner sends it again after an upgrade: it gets the old answer, no refusal."""
    assert taken(by, SOAP).content.hex() == CONTENT


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"originalSender">KZ.KGD<', '"originalSender">KZ.X<'),
        ('"finalRecipient">BY.GTK<', '"finalRecipient">BY.X<'),
        ('"finalRecipient">', '"finalRecipient" type="t">'),
        ('"environment"', '"trackingIdentifier">1</eb:Property><eb:Property name="environment"'),
        ("invoice.pdf", "other.pdf"),
        ("</eb:PartProperties>", '<eb:Property name="Kind">x</eb:Property></eb:PartProperties>'),
    ],
)
def test_a_property_that_says_something_else_is_another_message(by: Gateway, old: str, new: str) -> None:
    """Only what the header says anyway does not count."""
    assert old in SOAP
    assert taken(by, SOAP.replace(old, new)).content.hex() != CONTENT
