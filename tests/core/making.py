"""Makes what the stages take: gateways, headers, posted and wrapped messages."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.config.shipped import shipped
from gateway.core import ebms, pack
from gateway.core.agreement import Limits, Marks, MessageType, Party, Register
from gateway.core.authenticate import authenticate
from gateway.core.errors import Fault, Rejected
from gateway.core.evidence.notary import Notary
from gateway.core.evidence.note import CosignSigner, NoteSigner
from gateway.core.message import (
    Authenticated,
    Header,
    Identity,
    Part,
    Payload,
    Peer,
    Received,
    Redacted,
    Screened,
    Stated,
    Unpacked,
    Validated,
    payload,
)
from gateway.core.names import SECOND, Edge, Environment, Member, MessageId, Micros, PartyId
from gateway.core.pmode import PROFILES
from gateway.core.redact import redact
from gateway.core.salt import RedactionKey, Salts
from gateway.core.screen import screen
from gateway.core.seal import pack_part
from gateway.core.soap import Keyring
from gateway.core.unpack import unpack
from gateway.core.validate import validate

NOW = Micros(1_780_000_000 * SECOND)  # 28 May 2026
HOUR = 3600 * SECOND
PLAIN = PROFILES["plain-tls"]
KEYRING = Keyring((), bytes)  # nothing can be encrypted to it
NOTARY = Notary(
    NoteSigner("x/log", Ed25519PrivateKey.generate()), CosignSigner("x/witness", Ed25519PrivateKey.generate())
)
PARTY = Party(PartyId("XX"), Member("XX"), "", Environment.TEST, "", frozenset(), {})
REGISTER = Register(PARTY, "x", {}, {}, (), Limits(), Marks.of(()), (), notary=NOTARY)
FRESH = MessageId("fresh-1@kz.kgd.gateway")
SAMPLES = shipped("samples") / "eurasec-customs"
KZ, BY, RU = PartyId("KZ.KGD"), PartyId("BY.GTK"), PartyId("RU.FTS")


@dataclass(frozen=True, slots=True)
class Gateway:
    """A loaded configuration, and the token of its national system."""

    register: Register
    token: str

    @property
    def peer(self) -> Peer:
        """The national system as the edge sees it."""
        return Peer("127.0.0.1", token=sha256(self.token.encode()).digest())

    def kind(self, message_type: str) -> MessageType:
        """A message type by its name."""
        kinds = [kind for agreement in self.register.agreements for kind in agreement.messages.values()]
        return next(kind for kind in kinds if kind.type == message_type)


def plain(gateway: Gateway) -> Gateway:
    """The gateway as if nobody signed: for laws about what is inside the security."""
    register = gateway.register
    parties = {name: replace(party, pmodes={"": PLAIN}) for name, party in register.parties.items()}
    return replace(gateway, register=replace(register, own=parties[register.own.id], parties=parties))


def unruled(gateway: Gateway) -> Gateway:
    """The gateway as if no rules had been agreed: for laws about documents that are made at random."""
    agreements = tuple(
        replace(one, messages={root: replace(kind, rules=()) for root, kind in one.messages.items()})
        for one in gateway.register.agreements
    )
    return replace(gateway, register=replace(gateway.register, agreements=agreements))


def sample(name: str, folder: str = "valid") -> bytes:
    """The bytes of a sample."""
    return (SAMPLES / folder / f"{name}.xml").read_bytes()


def samples(folder: str, agreement: str = "*") -> list[Path]:
    """Every sample document of a folder, of one shipped agreement or of all."""
    return sorted(shipped("samples").glob(f"{agreement}/{folder}/*.xml"))


def certificate(party: Party) -> bytes:
    """The fingerprint of the party's certificate."""
    return next(iter(party.certificates))


def posted(
    gateway: Gateway,
    body: bytes,
    *,
    to: Iterable[PartyId] = (BY,),
    attachments: tuple[Payload, ...] = (),
    **stated: object,
) -> Received:
    """A document as a national system posts it."""
    said = replace(Stated(recipients=tuple(to)), **stated)
    return Received(Edge.NATIONAL, gateway.peer, body, "application/xml; charset=utf-8", FRESH, said, attachments)


def header(
    message_type: str = "TransitReleaseNotice", service: str = "urn:eurasec-gw:service:transit", **changes: object
) -> Header:
    """The header of a message from KZ.KGD to BY.GTK."""
    made = Header(
        MessageId("m-1@kz.kgd.gateway"),
        "c-1",
        "",
        KZ,
        BY,
        "eurasec-customs:1.0",
        service,
        message_type,
        "customs",
        Environment.TEST,
        NOW,
        Micros(NOW + HOUR),
    )
    return replace(made, **changes)


def parts(*payloads: Payload) -> tuple[Part, ...]:
    """The payloads as gzip parts."""
    return tuple(map(pack_part, payloads))


def unsigned(head: Header, packed: tuple[Part, ...] = ()) -> pack.Pack:
    """The message as it is packed where nobody signs."""
    return pack.pack(head, packed, (PARTY, PLAIN), REGISTER, bytes)


def wrapped(head: Header, packed: tuple[Part, ...]) -> tuple[str, bytes]:
    """Content type and body of the AS4 request."""
    made = unsigned(head, packed)
    return made.content_type, pack.body(made, [(part.cid, part.packed) for part in packed])


def taken(*payloads: Payload) -> Authenticated:
    """An unsigned message with these payloads."""
    unpacked = Unpacked(Edge.PARTNER, Peer(), Stated(), None, payloads, exact=True, fresh_id=FRESH)
    identity = Identity(Edge.PARTNER, PARTY.id, FRESH)
    return Authenticated(unpacked, PARTY, None, identity, Salts(RedactionKey(bytes(32)), b""), b"", b"", PLAIN)


def arrived(gateway: Gateway, body: bytes, head: Header, *attachments: Payload) -> Received:
    """A document as the header's sender sends it to this gateway."""
    content_type, request = wrapped(head, parts(payload("", "application/xml", body), *attachments))
    return sent(gateway, request, content_type, head.sender)


def sent(gateway: Gateway, request: bytes, content_type: str, sender: PartyId = KZ) -> Received:
    """An AS4 request as it comes from a partner."""
    peer = Peer("192.0.2.1", certificate=certificate(gateway.register.parties[sender]))
    return Received(Edge.PARTNER, peer, request, content_type, FRESH)


def soap(messaging: str) -> bytes:
    """A SOAP envelope around the inside of eb:Messaging."""
    return (
        f'<S12:Envelope xmlns:S12="{ebms.S12}" xmlns:eb="{ebms.EB}"><S12:Header><eb:Messaging>{messaging}'
        "</eb:Messaging></S12:Header><S12:Body/></S12:Envelope>"
    ).encode()


def known(gateway: Gateway, received: Received) -> Authenticated:
    """The message unpacked and authenticated."""
    return authenticate(unpack(received, gateway.register.limits, KEYRING), gateway.register, NOW)


def screened(gateway: Gateway, received: Received) -> Screened:
    """The message up to screening."""
    return screen(known(gateway, received), gateway.register)


def validated(gateway: Gateway, received: Received) -> Validated:
    """The message up to validation."""
    return validate(screened(gateway, received), gateway.register, NOW)


def prepared(gateway: Gateway, received: Received) -> Redacted:
    """The message through every stage before the seal."""
    return redact(validated(gateway, received))


def refusal(gateway: Gateway, received: Received) -> Rejected:
    """What the stages refuse the message with."""
    try:
        prepared(gateway, received)
    except Rejected as found:
        return found
    message = "the message was taken"
    raise AssertionError(message)


def codes(faults: Iterable[Fault]) -> list[str]:
    """The names of the faults' codes, in order."""
    return [fault.code.name for fault in faults]
