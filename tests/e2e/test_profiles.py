"""Every profile, seen on the wire between two gateways: what is signed, by what, named how, and what can be read."""

import asyncio
import base64
import contextlib
import hashlib
import random
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from lxml import etree

from gateway.cli.keys import Kind
from tests.api.edge import MULTIPART, RESPONSE, Service, form, metadata
from tests.e2e.wire import Body, Exchange, Wire
from tests.house import SAMPLES, House, build, eventually, sample, sha256

PHYTO = (SAMPLES.parent / "phyto-notice" / "valid" / "PhytosanitaryNotice--withdrawn.xml").read_bytes()
PDF = b"%PDF-1.7\r\n--a-boundary\r\n\r\n\x00\xff a copy" * 40
PHOTO = random.Random(7).randbytes(600_000)  # noqa: S311 - larger than what is held: decrypted as it comes
DSIG, MORE, MORE21 = (
    "http://www.w3.org/2000/09/xmldsig#",
    "http://www.w3.org/2001/04/xmldsig-more#",
    "http://www.w3.org/2021/04/xmldsig-more#",
)
XENC, XENC11 = "http://www.w3.org/2001/04/xmlenc#", "http://www.w3.org/2009/xmlenc11#"
PKIPATH, X509V3, SKI = "X509PKIPathv1", "X509v3", "X509SubjectKeyIdentifier"
NS = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "eb": "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/",
    "bp": "http://docs.oasis-open.org/ebxml-bp/ebbp-signals-2.0",
    "ds": DSIG,
    "xenc": XENC,
    "xenc11": XENC11,
    "more": MORE21,
    "wsse": "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd",
    "wsu": "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd",
}
WSU_ID = f"{{{NS['wsu']}}}Id"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a profile looks like to somebody who reads the wire."""

    signature: str = ""  # empty: there is none
    token: str = ""
    transport: frozenset[str] = frozenset()  # algorithms in xenc:EncryptedKey; empty: nothing is encrypted


OAEP = frozenset({XENC11 + "rsa-oaep", XENC11 + "mgf1sha256", XENC + "sha256"})
X25519 = frozenset({XENC + "kw-aes128", MORE21 + "x25519", MORE21 + "hkdf", MORE + "hmac-sha256"})
ICS2, EDELIVERY = Seen(MORE + "rsa-sha256", PKIPATH), Seen(MORE + "rsa-sha256", X509V3, OAEP)
PROFILES = [
    ("ics2", Kind.EC, Seen(MORE + "ecdsa-sha256", PKIPATH)),
    ("ics2", Kind.RSA, ICS2),
    ("edelivery-1.15", Kind.RSA, EDELIVERY),
    ("edelivery-2.0", Kind.ED25519, Seen(MORE21 + "eddsa-ed25519", PKIPATH, X25519)),
    ("plain-tls", Kind.EC, Seen()),
]
Making = Callable[[Kind], tuple[House, ...]]


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Making:
    """One configured pair for each kind of key: RSA keys take long to make."""
    made: dict[Kind, tuple[House, ...]] = {}

    def make(kind: Kind) -> tuple[House, ...]:
        if kind not in made:
            made[kind] = build(tmp_path_factory.mktemp(kind), "KZ.KGD", "BY.GTK", kind=kind)
        return made[kind]

    return make


@dataclass(frozen=True, slots=True)
class Side:
    """A running service, and the wire from it to the other."""

    service: Service
    wire: Wire


@asynccontextmanager
async def exchanging(kz: House, by: House) -> AsyncIterator[tuple[Side, Side]]:
    """Both run, and every byte between them is seen."""
    async with contextlib.AsyncExitStack() as stack:
        wires = [await stack.enter_async_context(Wire(*way).open()) for way in ((kz, by), (by, kz))]
        sides = []
        for house, wire in zip((kz, by), wires, strict=True):
            gateway = await stack.enter_async_context(house.running())
            client = await stack.enter_async_context(house.client())
            sides.append(Side(Service(house, gateway, client), wire))
        yield sides[0], sides[1]


def agree(houses: tuple[House, ...], profile: str, **agreements: str) -> None:
    """All messages between them travel by the profile, those of these agreements by theirs."""
    for house, other in (houses, houses[::-1]):
        named = {f"parties/{other.party}": profile}
        named |= {f"agreements/{name.replace('_', '-')}": found for name, found in agreements.items()}
        for name, found in named.items():
            path = house.folder / f"{name}.toml"
            before = path.read_text().partition("[pmode]")[0]
            path.write_text(f'{before}[pmode]\nprofile = "{found}"\n' if found else before)


async def copies(sender: Service, message_id: str, *attachments: tuple[str, bytes]) -> None:
    """A document with attachments has been delivered."""
    parts = [("attachment", kind, f"{n}", content) for n, (kind, content) in enumerate(attachments)]
    document = ("message", "application/xml", "", sample(RESPONSE))
    body = form(document, metadata(message_id=message_id), *parts)
    reply = await sender.client.call("POST", "/messages", None, body, MULTIPART)
    assert reply.status == 202, reply.body
    await sender.became(message_id, "delivered")


async def taken(receiver: Service, *contents: bytes) -> None:
    """The receiver's next item is this document with these attachments."""
    (item,) = await receiver.leased()
    assert [row["sha256"] for row in item["payloads"]] == [*map(sha256, contents)]
    reply = await receiver.client.acknowledge(item)
    assert reply.status in {200, 204}


def algorithms(root: etree._Element, path: str) -> list[str]:
    """Every Algorithm below the path."""
    return [str(value) for found in root.findall(path, NS) for value in found.xpath(".//@Algorithm")]


def references(root: etree._Element, path: str) -> list[tuple[str, str, str, str]]:
    """URI, transforms, digest method and value of every ds:Reference below the path."""
    return [
        (
            found.get("URI", ""),
            " ".join(map(str, found.xpath("ds:Transforms/ds:Transform/@Algorithm", namespaces=NS))),
            found.find("ds:DigestMethod", NS).get("Algorithm"),
            found.findtext("ds:DigestValue", "", NS),
        )
        for found in root.iterfind(f"{path}/ds:Reference", NS)
    ]


SIGNED_INFO = "s:Header/wsse:Security/ds:Signature/ds:SignedInfo"


def require_signed(body: Body, seen: Seen) -> None:
    """One signature as the profile has it, over Messaging, Body and the parts that are there."""
    root = body.envelope
    assert len(root.findall(".//ds:Signature", NS)) == bool(seen.signature)
    if not seen.signature:
        assert root.find("s:Header/wsse:Security", NS) is None
        return
    assert [each.get("Algorithm") for each in root.iterfind(f"{SIGNED_INFO}/ds:SignatureMethod", NS)] == [
        seen.signature
    ]
    own = [root.find(path, NS) for path in ("s:Header/eb:Messaging", "s:Body")]
    ids = [f"#{each.get(WSU_ID)}" for each in own]
    cids = [f"cid:{cid}" for cid, _, _ in body.parts[1:]] if body.content_type.startswith("multipart/") else []
    rows = references(root, SIGNED_INFO)
    assert sorted(uri for uri, *_ in rows) == sorted(ids + cids)
    assert {digest for _, _, digest, _ in rows} == {XENC + "sha256"}
    digests = {uri: base64.b64decode(value) for uri, _, _, value in rows}
    for uri, element in zip(ids, own, strict=True):
        octets = etree.tostring(element, method="c14n", exclusive=True)
        assert digests[uri] == hashlib.sha256(octets).digest()
    token = root.find("s:Header/wsse:Security/ds:Signature/ds:KeyInfo/wsse:SecurityTokenReference/wsse:Reference", NS)
    assert token.get("ValueType").endswith(seen.token)
    (bst,) = root.xpath(".//wsse:BinarySecurityToken[@wsu:Id=$id]", namespaces=NS, id=token.get("URI")[1:])
    assert bst.get("ValueType").endswith(seen.token)


def require_payloads(body: Body, seen: Seen, contents: list[bytes]) -> None:
    """The parts are gzip of the contents, and what is signed is that; encrypted ones are noise of the right length."""
    root, parts = body.envelope, body.parts[1:]
    assert len(parts) == len(contents)
    digests = {uri: base64.b64decode(value) for uri, *_, value in references(root, SIGNED_INFO)}
    assert set(algorithms(root, ".//xenc:EncryptedKey")) >= seen.transport
    data = {each.get("Algorithm") for each in root.iterfind(".//xenc:EncryptedData/xenc:EncryptionMethod", NS)}
    assert data == ({XENC11 + "aes128-gcm"} if seen.transport else set())
    if seen.transport:
        uris = [str(each) for each in root.xpath(".//xenc:CipherReference/@URI", namespaces=NS)]
        assert sorted(uris) == sorted(f"cid:{cid}" for cid, _, _ in parts)
    for (cid, media_type, octets), content in zip(parts, contents, strict=True):
        assert media_type == ("application/octet-stream" if seen.transport else "application/gzip")
        if seen.transport:
            assert readable(octets) is None
            assert readable(octets[12:]) is None
            assert hashlib.sha256(octets).digest() not in digests.values()
        else:
            assert readable(octets) == content
            assert not digests or digests[f"cid:{cid}"] == hashlib.sha256(octets).digest()


def readable(octets: bytes) -> bytes | None:
    """What anybody can read of a part."""
    try:
        return zlib.decompress(octets, 31)
    except zlib.error:
        return None


def require_receipt(exchange: Exchange, seen: Seen) -> None:
    """Signed over Messaging and Body, and it repeats what the message's signature covers (AS4 5.1.8)."""
    require_signed(exchange.answer, seen)
    assert exchange.answer.envelope.find(".//xenc:EncryptedKey", NS) is None
    path = "s:Header/eb:Messaging/eb:SignalMessage/eb:Receipt/bp:NonRepudiationInformation/bp:MessagePartNRInformation"
    repeated = references(exchange.answer.envelope, path)
    if seen.signature:
        assert sorted(repeated) == sorted(references(exchange.request.envelope, SIGNED_INFO))
    else:
        assert [uri for uri, *_ in repeated] == [f"cid:{cid}" for cid, _, _ in exchange.request.parts[1:]]


@pytest.mark.parametrize(("profile", "kind", "seen"), PROFILES, ids=[f"{row[0]}-{row[1]}" for row in PROFILES])
async def test_documents_with_attachments_travel_by_the_profile(
    pairs: Making, profile: str, kind: Kind, seen: Seen
) -> None:
    """Both ways, held and streamed: they arrive as they were, and the wire shows what the profile promises."""
    houses = pairs(kind)
    agree(houses, profile)
    async with exchanging(*houses) as (kz, by):
        for sender, receiver in ((kz, by), (by, kz)):
            for number, attachments in enumerate(([PDF, b"\xff\xd8 photo"], [PDF, PHOTO])):
                kinds = zip(("application/pdf", "image/jpeg"), attachments, strict=True)
                await copies(sender.service, f"{profile}-{number}@{sender.service.house.party}", *kinds)
                await taken(receiver.service, sample(RESPONSE), *attachments)
                exchange = sender.wire.exchanges[-1]
                require_signed(exchange.request, seen)
                require_payloads(exchange.request, seen, [sample(RESPONSE), *attachments])
                require_receipt(exchange, seen)
            assert len(sender.wire.exchanges) == 2, "one attempt each"
        await asyncio.gather(kz.service.check(), by.service.check())


async def test_one_party_has_another_profile_under_each_agreement(pairs: Making) -> None:
    """The agreement that a message is under says how it travels, and its receipt with it; at one time, on one connection."""
    houses = pairs(Kind.RSA)
    agree(houses, "", eurasec_customs="ics2", phyto_notice="edelivery-1.15")
    async with exchanging(*houses) as (kz, by):
        for sender, receiver in ((kz, by), (by, kz)):
            party = sender.service.house.party
            reply = await sender.service.client.post(PHYTO, {"message_id": f"phyto@{party}"})
            assert reply.status == 202, reply.body
            await sender.service.became(f"phyto@{party}", "delivered")
            await taken(receiver.service, PHYTO)
            await copies(sender.service, f"customs@{party}", ("application/pdf", PDF))
            await taken(receiver.service, sample(RESPONSE), PDF)
            phyto, customs = sender.wire.exchanges
            for exchange, seen, contents in ((phyto, EDELIVERY, [PHYTO]), (customs, ICS2, [sample(RESPONSE), PDF])):
                require_signed(exchange.request, seen)
                require_payloads(exchange.request, seen, contents)
                require_receipt(exchange, seen)
    agree(houses, "ics2", eurasec_customs="", phyto_notice="")


async def test_a_profile_that_one_side_alone_has_delivers_nothing(pairs: Making) -> None:
    """The control: what one side sends unsigned or readable, the other refuses by name, and nothing is listed."""
    houses = pairs(Kind.RSA)
    for ours, theirs in (("plain-tls", "ics2"), ("ics2", "edelivery-1.15")):
        agree(houses, ours)
        path = houses[1].folder / "parties" / f"{houses[0].party}.toml"
        path.write_text(path.read_text().replace(ours, theirs))
        async with exchanging(*houses) as (kz, by):
            name = f"{ours}@{kz.service.house.party}"
            reply = await kz.service.client.post(sample(RESPONSE), {"message_id": name})
            assert reply.status == 202, reply.body
            await eventually(lambda: kz.service.rows("SELECT 1 FROM deliveries WHERE code = 'EBMS:0103'"))
            assert await by.service.client.lease() == []
