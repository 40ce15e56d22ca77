"""Unpacked ► Authenticated: who really sent it, and whether it was seen before."""

from dataclasses import astuple, replace
from hashlib import sha256

from gateway.core.agreed import Agreed, agreed, sender_of
from gateway.core.agreement import Party, Register, System
from gateway.core.errors import ErrorCode, Fault, Refused, Rejected
from gateway.core.message import Authenticated, Identity, Peer, Stated, Unpacked, Wrapped
from gateway.core.names import Micros, PartyId
from gateway.core.reference import Reference
from gateway.core.salt import RedactionKey, Salts, prefixed
from gateway.core.security import prove
from gateway.core.texts import say


def authenticate(unpacked: Unpacked, register: Register, now: Micros) -> Authenticated:
    """The message bound to its sender; a sender that certificate, token or signature does not prove is refused (EA-3.3)."""
    if unpacked.wrapped is None:
        return _bound(unpacked, register.own, system_of(unpacked.peer, register), register)
    sender, found, references = proved(unpacked.stated, unpacked.peer, unpacked.wrapped, register, now)
    bound = _bound(replace(unpacked, stated=found.stated), sender, None, register)
    return replace(bound, pmode=found.pmode, references=references, disagreed=found.faults)


def proved(
    stated: Stated, peer: Peer, wrapped: Wrapped | None, register: Register, now: Micros
) -> tuple[Party, Agreed, tuple[Reference, ...]]:
    """The sender, what is agreed with it about the message, and what its signature covers."""
    sender = _party_of(stated, peer, register)
    found = agreed(stated, sender, register)
    try:
        return sender, found, prove(wrapped, (sender, found.pmode), register, now) if wrapped else ()
    except Rejected as refusal:
        about = Refused(stated.message_id, stated.sender, stated.action, found.pmode)
        raise Rejected(*refusal.faults, about=about) from None


def require_agreed(known: Authenticated) -> None:
    """Rejected where no P-Mode fits the header; said only after a repeat got its old answer: what is agreed may change."""
    if known.disagreed:
        about = Refused(known.identity.message_id, known.sender.id, known.unpacked.stated.action)
        raise Rejected(*known.disagreed, about=about)


def authenticate_own(unpacked: Unpacked, register: Register) -> Authenticated:
    """A message that this gateway itself has made, bound to its own party."""
    return _bound(unpacked, register.own, None, register)


def _bound(unpacked: Unpacked, sender: Party, system: System | None, register: Register) -> Authenticated:
    message_id = unpacked.stated.message_id or unpacked.fresh_id
    # A system's MessageIds become the gateway's own on the wire, so they must be unique among all systems.
    identity = Identity(unpacked.edge, sender.id, message_id)
    salts = _salts(register.keys[0], identity, unpacked)
    return Authenticated(
        unpacked, sender, system, identity, salts, _received(unpacked, salts), _content(unpacked, system, salts)
    )


def under(known: Authenticated, register: Register, key: str) -> Authenticated:
    """The message as it was known under the redaction key with that id, which was the newest one then."""
    if key == known.salts.key.id:
        return known
    # Without an id it was remembered before there were several: under the oldest.
    found = next((each for each in register.keys if each.id == key), None) if key else register.keys[-1]
    if found is None:
        raise Rejected(Fault(ErrorCode.UNAVAILABLE, expected=say("redaction_key", name=key)))
    salts = _salts(found, known.identity, known.unpacked)
    received, content = _received(known.unpacked, salts), _content(known.unpacked, known.system, salts)
    return replace(known, salts=salts, received=received, content=content)


def system_of(peer: Peer, register: Register) -> System:
    """The national system that the token or certificate proves."""
    for system in register.systems.values():
        if peer.token in system.tokens or peer.certificate in system.certificates:
            return system
    raise Rejected(Fault(ErrorCode.NOT_AUTHENTICATED, expected=say("known_caller")))


def party_of(peer: Peer, register: Register) -> Party | None:
    """The partner that the client certificate belongs to."""
    return next((party for party in register.parties.values() if peer.certificate in party.certificates), None)


def _party_of(stated: Stated, peer: Peer, register: Register) -> Party:
    party = sender_of(stated, register)
    if party is None or peer.certificate not in party.certificates:
        about = Refused(stated.message_id, stated.sender, stated.action)
        raise Rejected(Fault(ErrorCode.EBMS_0101, "eb:From", expected=say("party_of_certificate")), about=about)
    return party


def _salts(key: RedactionKey, identity: Identity, unpacked: Unpacked) -> Salts:
    """Salts nobody can guess, the same for the same message (docs/redaction.md)."""
    digest = unpacked.payloads[0].digest if unpacked.payloads else b""
    fields = (identity.edge.encode(), identity.sender.encode(), identity.message_id.encode(), digest)
    return Salts(key, prefixed(*fields))


def _received(unpacked: Unpacked, salts: Salts) -> bytes:
    return salts.received(unpacked.payloads[0].content if unpacked.payloads else b"")


def _content(unpacked: Unpacked, system: System | None, salts: Salts) -> bytes:
    """What must be equal for a repeat: the header fields, each payload's name, type and bytes, the posting system."""
    said, wire = unpacked.stated, unpacked.stated.wire
    if wire.sender:  # as it was sent: what stands for it in our files may have another name by then
        said = replace(
            said, sender=PartyId(wire.sender), recipients=(PartyId(wire.recipient),), agreement=wire.agreement
        )
    stated = repr((system.id if system else "", said)).encode()
    digest = sha256(b"gw-content-1" + salts.salt() + sha256(stated).digest())
    # What only repeats the header was not remembered at first.
    told = ("originalSender", wire.sender, ""), ("finalRecipient", wire.recipient, "")
    if properties := tuple(each for each in said.properties if astuple(each) not in told):
        digest.update(sha256(repr(properties).encode()).digest())
    for payload in unpacked.payloads:
        digest.update(sha256(repr((payload.media_type, payload.name)).encode()).digest())
        digest.update(payload.digest)
        if properties := tuple(each for each in payload.properties if each.name != "FileName"):  # that is its name
            digest.update(sha256(repr(properties).encode()).digest())
    return digest.digest()
