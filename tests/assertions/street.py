"""Two gateways of the eDelivery profile, what they say to each other byte for byte, and a sender that is simulated."""

import gzip
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from lxml import etree

from gateway.cli.keys import Kind
from gateway.core import ebms, soap
from gateway.core.agreement import Limits, Party
from gateway.core.message import Answer, Header, Part, Peer, Received, Wrapped, payload
from gateway.core.names import SECOND, Edge, MessageId, Micros
from gateway.core.pack import Pack, body, frame, on_wire, pack
from gateway.core.pmode import PMode
from gateway.core.security import protect
from gateway.core.soap import Keyring
from gateway.core.wss.sign import PartDigest
from gateway.flow.sending import Reply, Streamed
from tests.core.making import BY, header, parts
from tests.core.wss.recipients import drawn
from tests.house import sample
from tests.peers.town import agree, rekey
from tests.town import START, SYSTEM, Town

Send = Callable[[str, str, bytes | Streamed], Awaitable[Reply]]
PROFILE = "edelivery-1.15"
TRN = sample("valid/TransitReleaseNotice--road-through-three-states")
ID = "sent@town"
NS = {
    "S12": ebms.S12,
    "eb": ebms.EB,
    "ebbp": ebms.EBBP,
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "wsse": "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd",
    "wsu": ebms.WSU,
    "xenc": "http://www.w3.org/2001/04/xmlenc#",
}
KINDS = {"edelivery-1.15": Kind.RSA, "edelivery-2.0": Kind.ED25519}


@dataclass(frozen=True, slots=True)
class Seen:
    """One message and its answer as they were on the wire."""

    envelope: etree._Element
    raw: Wrapped
    keyring: Keyring
    reply: Reply

    @property
    def opened(self) -> Wrapped:
        """The message decrypted."""
        return soap.opened(self.raw, self.keyring)

    def find(self, path: str) -> list[str]:
        """What an XPath over the message finds, as texts."""
        return _texts(self.envelope, path)

    def answered(self, path: str) -> list[str]:
        """What an XPath over the answer finds, as texts."""
        return _texts(read(self.reply.content_type, self.reply.body).envelope, path)


def _texts(root: etree._Element, path: str) -> list[str]:
    found = root.xpath(path, namespaces=NS)
    return [str(row) if isinstance(row, str) else (row.text or "") for row in found]


@dataclass
class Street:
    """KZ and BY, open, and everything that was answered."""

    town: Town
    replies: list[Reply] = field(default_factory=list)
    lost: int = 0  # how many answers still get lost

    async def open(self) -> None:
        """Both are open; their answers are kept."""
        await self.town.open()
        for node in self.town.nodes.values():
            node.loopback.send = self._recording(node.loopback.send)  # type: ignore[method-assign]

    def _recording(self, send: Send) -> Send:
        async def recorded(target: str, content_type: str, sent: bytes | Streamed) -> Reply:
            reply = await send(target, content_type, sent)
            self.replies.append(reply)
            if not self.lost:
                return reply
            self.lost -= 1
            return Reply(503, b"")

        return recorded

    @property
    def seen(self) -> Seen:
        """The last message between them."""
        target, content_type, sent = self.town.sent[-1]
        raw = read(content_type, sent)
        keyring = Keyring(self.town.nodes[target].settings.register.openers, drawn)
        return Seen(raw.envelope, raw, keyring, self.replies[-1])

    async def send(self, *attachments: tuple[str, bytes], document: bytes = TRN, **stated: object) -> Seen:
        """KZ's producer submits; KZ's gateway sends; BY answers."""
        kz = self.town["KZ.KGD"]
        received = kz.received(document, ID, ("BY.GTK",), **stated)
        extra = tuple(payload(f"p{n}@town", kind, content) for n, (kind, content) in enumerate(attachments, 1))
        await kz.intake.accept(replace(received, attachments=extra), lambda *_: Answer(202, "", b""))
        assert await kz.deliver() == 1
        return self.seen

    async def simulate(self, content_type: str, sent: bytes) -> Seen:
        """A simulated sender posts this as KZ."""
        await self.town["KZ.KGD"].loopback.send("party:BY.GTK", content_type, sent)
        return self.seen

    async def delivered(self, house: str = "BY.GTK") -> list[list[bytes]]:
        """What the consumer is given: the contents of each message's payloads."""
        desk = self.town[house].desk
        found = []
        for item in await desk.lease(SYSTEM, 100, 60, 0):
            _, contents = await desk.read(SYSTEM, item.item, item.lease)
            found.append([content.content for content in contents])
        return found

    async def state(self) -> str:
        """The state of KZ's one delivery."""
        (row,) = await self.town["KZ.KGD"].store.messages({}, 10)
        return str(row["state"])


def street(where: Path, profile: str = PROFILE) -> Street:
    """Two gateways that have agreed on a profile; not open yet."""
    town = Town(where, "KZ.KGD", "BY.GTK")
    kz, by = town.houses
    rekey(town.houses, KINDS.get(profile, Kind.EC))
    agree(kz, by.party, profile)
    agree(by, kz.party, profile)
    return Street(town)


def read(content_type: str, sent: bytes) -> Wrapped:
    """Envelope and parts as they are on the wire."""
    return soap.read(Received(Edge.PARTNER, Peer(), sent, content_type, MessageId("fresh")), Limits())


@dataclass(frozen=True, slots=True)
class Forged:
    """A message that a simulated sender makes: ours, bent before it is signed and encrypted."""

    bends: tuple[tuple[str, str], ...] = ()
    carried: bytes = b""  # in place of the document's gzip bytes
    head: Header = field(
        default_factory=lambda: header(timestamp=Micros(START), deadline=Micros(START + 3600 * SECOND))
    )

    def made(self, on: Street) -> tuple[str, bytes]:
        """Content type and body, signed over what is carried, and encrypted for BY."""
        (part,) = self._parts()
        octets = self.carried or part.packed
        made = self._pack(on, part, octets)
        return made.content_type, body(made, [(part.cid, octets)])

    def signed_before_packing(self, on: Street) -> tuple[str, bytes]:
        """The signature covers the document as it is; then it is compressed and encrypted."""
        (part,) = self._parts()
        made = self._pack(on, part, TRN)
        return made.content_type, body(made, [(part.cid, part.packed)])

    def encrypted_before_packing(self, on: Street) -> tuple[str, bytes]:
        """The document is encrypted first, and what came out is compressed."""
        (part,) = self._parts()
        made = self._pack(on, part, TRN)
        (head,), end = frame(made, [part.cid])
        return made.content_type, head + gzip.compress(on_wire(made, part.cid, TRN)) + end

    def _parts(self) -> tuple[Part, ...]:
        return parts(payload("", "application/xml", TRN))

    def _to(self, on: Street) -> tuple[Party, PMode]:
        party = on.town["KZ.KGD"].settings.register.parties[BY]
        return party, party.pmode(self.head.agreement)

    def _pack(self, on: Street, part: Part, signed: bytes) -> Pack:
        register, to = on.town["KZ.KGD"].settings.register, self._to(on)
        text = ebms.write_user_message(self.head, (part,), to[1]).decode()
        for old, new in self.bends:
            assert old in text, old
            text = text.replace(old, new, 1)
        secured = protect(text.encode(), [PartDigest(part.cid, sha256(signed).digest())], to, register, drawn)
        content_type = pack(self.head, (part,), to, register, drawn).content_type
        return Pack(content_type, secured.soap, str(secured.secured), secured.content_key)
