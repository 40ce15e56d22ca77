"""What goes over the wire between two running gateways of ours, looked at as the other makes would (as4.md, traps)."""

import base64
import hashlib
from dataclasses import dataclass

import pytest
from lxml import etree

from gateway.cli.keys import Kind
from gateway.core import mime
from gateway.core.pmode import PROFILES
from tests.api.edge import rows
from tests.house import House, eventually, sample
from tests.peers.town import agree, rekey, tapped

TRN = "valid/TransitReleaseNotice--road-through-three-states"
KINDS = {"ics2": Kind.EC, "edelivery-1.15": Kind.RSA, "edelivery-2.0": Kind.ED25519, "plain-tls": Kind.EC}
NS = {
    "S12": "http://www.w3.org/2003/05/soap-envelope",
    "eb": "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/",
    "ebbp": "http://docs.oasis-open.org/ebxml-bp/ebbp-signals-2.0",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "wsse": "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd",
    "wsu": "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd",
    "xenc": "http://www.w3.org/2001/04/xmlenc#",
}
X509 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#"
TOKENS = {"ics2": "X509PKIPathv1", "edelivery-1.15": "X509v3", "edelivery-2.0": "X509PKIPathv1"}
SIGNED_INFO = "S12:Header/wsse:Security/ds:Signature/ds:SignedInfo/ds:Reference"


@dataclass(frozen=True, slots=True)
class Seen:
    """One message and its answer."""

    soap: mime.MimePart
    parts: tuple[mime.MimePart, ...]
    envelope: etree._Element
    answer: etree._Element


@pytest.fixture(params=KINDS)
async def seen(request: pytest.FixtureRequest, pair: tuple[House, House]) -> tuple[str, Seen]:
    """A document that KZ sent and BY took, under each profile in turn."""
    kz, by = pair
    rekey(pair, KINDS[request.param])
    agree(kz, by.party, request.param)
    agree(by, kz.party, request.param)
    async with tapped(kz, by) as tap, kz.running(), kz.client() as national:
        reply = await national.post(sample(TRN), {"to": by.party})
        assert reply.status == 202, reply
        await eventually(lambda: rows(kz, "SELECT state FROM deliveries") == [("delivered",)])
    (sent,), (answer,) = tap.sent, tap.answers
    assert rows(by, "SELECT count(*) FROM inbox") == [(1,)]
    soap, *parts = mime.split(sent.body, sent.content_type)
    assert sent.content_type.startswith("multipart/related;")
    return request.param, Seen(soap, tuple(parts), _parsed(soap.content), _parsed(answer.body))


async def test_the_wire_is_what_other_products_read(seen: tuple[str, Seen]) -> None:
    """MIME, header, security and receipt of one exchange.

    1. MIME: the envelope first, binary parts named by the header  2. header: Messaging must be understood, Body is empty
    3. security: in the order of processing, over everything  4. receipt: repeats the references, signed with its Body
    """
    profile, found = seen
    _mime(profile, found)
    _header(found)
    if not PROFILES[profile].sign:
        assert found.envelope.find("S12:Header/wsse:Security", NS) is None
        return
    _security(profile, found)
    _receipt(found)


def _mime(profile: str, found: Seen) -> None:
    heads = [found.soap.headers, *(part.headers for part in found.parts)]
    encrypted = PROFILES[profile].encrypt
    assert [head["content-transfer-encoding"] for head in heads] == ["binary"] * 2
    assert heads[0]["content-type"].startswith("application/soap+xml")
    assert heads[1]["content-type"] == ("application/octet-stream" if encrypted else "application/gzip")
    assert found.parts[0].content.startswith(b"\x1f\x8b") is not encrypted
    hrefs = found.envelope.xpath("//eb:PartInfo/@href", namespaces=NS)
    assert hrefs == [f"cid:{part.content_id}" for part in found.parts]


def _header(found: Seen) -> None:
    messaging, body = found.envelope.find("S12:Header/eb:Messaging", NS), found.envelope.find("S12:Body", NS)
    assert messaging is not None
    assert body is not None
    assert messaging.get(f"{{{NS['S12']}}}mustUnderstand") == "true"
    assert len(body) == 0
    assert body.text is None
    properties = messaging.xpath(".//eb:PartProperties/eb:Property/@name", namespaces=NS)
    assert {"MimeType", "CompressionType", "CharacterSet"} <= set(properties)


def _security(profile: str, found: Seen) -> None:
    (security,) = found.envelope.findall("S12:Header/wsse:Security", NS)
    names = [etree.QName(child).localname for child in security]
    order = ["BinarySecurityToken", "EncryptedKey", "EncryptedData", "BinarySecurityToken", "Signature"]
    left = [name for name in order if PROFILES[profile].encrypt or name in ("BinarySecurityToken", "Signature")]
    assert names in (left, left[1:])  # the recipient may be named without a token
    assert security.xpath("wsse:BinarySecurityToken/@ValueType", namespaces=NS)[-1] == X509 + TOKENS[profile]
    uris = [row.get("URI") for row in found.envelope.iterfind(SIGNED_INFO, NS)]
    assert uris == ["#messaging", "#body", *(f"cid:{part.content_id}" for part in found.parts)]
    if PROFILES[profile].encrypt:
        assert security.xpath("xenc:EncryptedData/@MimeType", namespaces=NS) == ["application/gzip"]
    else:
        digest = found.envelope.findall(SIGNED_INFO, NS)[-1].find("ds:DigestValue", NS)
        assert digest is not None
        assert digest.text == base64.b64encode(hashlib.sha256(found.parts[0].content).digest()).decode()


def _receipt(found: Seen) -> None:
    proof = "S12:Header/eb:Messaging/eb:SignalMessage/eb:Receipt/ebbp:NonRepudiationInformation/ebbp:MessagePartNRInformation"
    repeated = found.answer.findall(f"{proof}/ds:Reference", NS)
    assert [_facts(row) for row in repeated] == [_facts(row) for row in found.envelope.iterfind(SIGNED_INFO, NS)]
    own = [row.get("URI") for row in found.answer.iterfind(SIGNED_INFO, NS)]
    assert own == ["#messaging", "#body"]  # and no part of the request: phase4's issue 17
    assert found.answer.find("S12:Body", NS) is not None


def _facts(reference: etree._Element) -> tuple[object, ...]:
    return reference.get("URI"), *[(child.tag, child.get("Algorithm"), child.text) for child in reference.iter()]


def _parsed(envelope: bytes) -> etree._Element:
    return etree.fromstring(envelope, etree.XMLParser(resolve_entities=False))
