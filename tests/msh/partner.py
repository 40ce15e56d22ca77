"""A partner as its requests look: makes AS4 messages with the product's own packer, bent where a test bends them."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp

from gateway.core import ebms, pack
from gateway.core.agreement import Limits
from gateway.core.ebms import Signal
from gateway.core.message import Header, payload
from gateway.core.names import Environment, MessageId, Micros, PartyId
from gateway.core.seal import pack_part
from tests.core.making import unsigned
from tests.house import House, sample
from tests.reading import messaging

TRN = "valid/TransitReleaseNotice--road-through-three-states"
HEADER = Header(
    message_id=MessageId("by-1@by.example"),
    conversation_id="talk",
    ref_to_message_id="",
    sender=PartyId("BY.GTK"),
    recipient=PartyId("KZ.KGD"),
    agreement="eurasec-customs:1.0",
    service="urn:eurasec-gw:service:transit",
    action="TransitReleaseNotice",
    purpose="customs",
    environment=Environment.TEST,
    timestamp=Micros(1_795_000_000_000_000),
    deadline=Micros(4_000_000_000_000_000),
)


@dataclass(frozen=True, slots=True)
class Message:
    """One AS4 request, ready to be posted."""

    content_type: str
    body: bytes
    parts: tuple[tuple[str, bytes], ...] = ()  # cid, digest of the content

    def bent(self, old: bytes, new: bytes) -> "Message":
        """The same request with a text replaced; the text must be there."""
        assert old in self.body
        return replace(self, body=self.body.replace(old, new))


def message(document: bytes = b"", *attachments: tuple[str, bytes], **header: Any) -> Message:
    """A complete request for a document (a valid one unless given) and (media type, content) attachments."""
    contents = [payload("", "application/xml", document or sample(TRN))]
    contents += [
        payload(f"a-{n}@by.example", kind, content, f"{n}.bin") for n, (kind, content) in enumerate(attachments)
    ]
    parts = tuple(pack_part(content) for content in contents)
    packed = unsigned(replace(HEADER, **header), parts)
    body = pack.body(packed, [(part.cid, part.packed) for part in parts])
    return Message(packed.content_type, body, tuple((f"cid:{part.cid}", part.digest) for part in parts))


def ping(**header: Any) -> Message:
    """A message to the test service, without payload (ebMS 5.2.2)."""
    test = {"service": ebms.TEST_SERVICE, "action": ebms.TEST_ACTION, "agreement": ""}
    packed = unsigned(replace(HEADER, **{**test, **header}))
    return Message(ebms.SOAP_TYPE, packed.soap)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gateway answered."""

    status: int
    content_type: str
    body: bytes

    @property
    def signal(self) -> Signal:
        """The receipt or the errors in it."""
        header, _ = messaging(self.body, self.content_type, Limits())
        found = ebms.read_signal(header)
        assert found is not None
        return found

    @property
    def codes(self) -> list[str]:
        """The published codes of its errors; empty for a receipt."""
        return [published for _, published, _ in (*self.signal.errors, *self.signal.warnings)]


@dataclass(frozen=True, slots=True)
class Wire:
    """A partner's connection pool to a gateway's partner edge."""

    url: str
    session: aiohttp.ClientSession = field(repr=False)

    async def send(self, sent: Message, path: str = "/msh") -> Answer:
        """The answer to one request."""
        headers = {"Content-Type": sent.content_type}
        async with self.session.post(f"{self.url}{path}", data=sent.body, headers=headers) as reply:
            return Answer(reply.status, reply.headers.get("Content-Type", ""), await reply.read())


def tls(to: House, certificate: House | None) -> ssl.SSLContext:
    """Believes the one gateway's certificate, shows the other's."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(to.pem)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if certificate is not None:
        context.load_cert_chain(certificate.pem, certificate.folder / "keys" / "gateway.key")
    return context


@asynccontextmanager
async def wire(port: int, context: ssl.SSLContext, connections: int = 0) -> AsyncIterator[Wire]:
    """An open pool; with one connection every request takes the same one."""
    connector = aiohttp.TCPConnector(ssl=context, limit=connections, keepalive_timeout=60)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield Wire(f"https://127.0.0.1:{port}", session)
