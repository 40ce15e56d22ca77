"""The stage types, in the order of the pipeline: flat, frozen, past participles.

Received ► Unpacked ► Authenticated ► Screened ► Validated ► Redacted ► Sealed
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from lxml import etree

from gateway.core.agreement import Agreement, MessageType, Party, System
from gateway.core.commit import Mark
from gateway.core.errors import Fault, Refused, Rejected
from gateway.core.names import Edge, Environment, MessageId, Micros, PartyId, Priority, SystemId
from gateway.core.own_properties import Linked
from gateway.core.pmode import PMode
from gateway.core.reference import Reference
from gateway.core.regulation import Turn
from gateway.core.salt import Salts
from gateway.core.signature import Signed
from gateway.core.wire import Property, Wire


@dataclass(frozen=True, slots=True)
class Answer:
    """What an edge sends back: made before the commit, sent after it."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end of the connection, as far as TLS and the token say."""

    address: str = ""
    certificate: bytes = b""  # SHA-256 fingerprint of the client certificate; empty: none
    token: bytes = b""  # SHA-256 of the bearer token; empty: none


@dataclass(frozen=True, slots=True)
class Stated:
    """What the sender says about a message. An empty field was not stated; `validate` infers it or refuses."""

    message_id: MessageId = MessageId("")
    sender: PartyId = PartyId("")
    recipients: tuple[PartyId, ...] = ()
    agreement: str = ""  # id, or id:version
    service: str = ""
    action: str = ""
    purpose: str = ""
    environment: str = ""
    conversation_id: str = ""
    ref_to_message_id: str = ""
    deadline: Micros = Micros(0)
    # The text of what stands above is what a repeat is compared by; ids are remembered for years.
    properties: tuple[Property, ...] = field(default=(), repr=False)
    wire: Wire = field(default=Wire(), repr=False)
    linked: Linked = field(default=Linked(), repr=False)  # partner edge


@dataclass(frozen=True, slots=True)
class Staged:
    """Content that lies in the store as one gzip member already, waiting for the commit that refers to it."""

    body: int
    size: int  # of the content
    packed_size: int
    packed_digest: bytes  # SHA-256 of the gzip member


@dataclass(frozen=True, slots=True)
class Payload:
    """One payload (eb:PartInfo): the document or an attachment. A large attachment is never held: `content` is empty."""

    cid: str
    media_type: str
    content: bytes
    digest: bytes  # SHA-256 of the content
    size: int  # of the content
    name: str = ""
    packed: bytes = b""  # the gzip part as it arrived; empty: not packed yet
    staged: Staged | None = None  # where the content is, if neither `content` nor `packed` holds it
    properties: tuple[Property, ...] = ()  # of its eb:PartInfo, those that are not about how it travels


def payload(cid: str, media_type: str, content: bytes, name: str = "", packed: bytes = b"") -> Payload:
    """A payload with its digest taken; without a cid, one is made of the digest."""
    digest = sha256(content).digest()
    return Payload(cid or f"{digest[:16].hex()}@gateway", media_type, content, digest, len(content), name, packed)


@dataclass(frozen=True, slots=True)
class MimePart:
    """One body part: its headers by lower-case name, and its content, or where that is staged and its digest."""

    headers: Mapping[str, str]
    content: bytes
    digest: bytes = b""  # of staged content, unpacked
    staged: Staged | None = None
    arrived: tuple[str, bytes] = ("", b"")  # digest method and digest of a staged part's bytes, decrypted
    encrypted: bool = False  # it was; `content` is plain

    @property
    def content_id(self) -> str:
        """Content-ID without <>."""
        return self.headers.get("content-id", "").strip().removeprefix("<").removesuffix(">")

    @property
    def media_type(self) -> str:
        """The type without parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Received:
    """A body and what came with it, untouched."""

    edge: Edge
    peer: Peer
    body: bytes
    content_type: str
    fresh_id: MessageId  # used where the sender names none
    stated: Stated = Stated()  # national edge: the metadata; partner edge: in the body
    attachments: tuple[Payload, ...] = ()
    room: int = 1024 * 1024  # partner edge: bytes that the document may unpack to before memory is asked for
    parts: tuple[MimePart, ...] = ()  # partner edge: the body's parts, decrypted, where it was too large to be held
    named: tuple[str, ...] = ()  # the types a request names outside its document


@dataclass(frozen=True, slots=True)
class Wrapped:
    """The SOAP envelope of a partner's message and what came beside it, decrypted: what its signature covers."""

    envelope: etree._Element
    parts: tuple[MimePart, ...]
    soap: bytes = field(default=b"", repr=False)  # the SOAP part's own bytes


class Unread(Rejected):
    """What is wrong inside a partner's message whose header could be read: to be said to its sender alone."""

    def __init__(self, *faults: Fault, stated: Stated, peer: Peer, wrapped: Wrapped | None = None) -> None:
        """With all that proves the sender; `wrapped`: None where a signature cannot be checked, what it covers being closed."""
        super().__init__(*faults, about=Refused(stated.message_id, stated.sender, stated.action))
        self.stated, self.peer, self.wrapped = stated, peer, wrapped


@dataclass(frozen=True, slots=True)
class Unpacked:
    """The statement and the payloads, parsed under the limits."""

    edge: Edge
    peer: Peer
    stated: Stated
    document: etree._Element | None  # None: an AS4 message without payload (a ping)
    payloads: tuple[Payload, ...]  # the document first
    exact: bool  # nothing was dropped in parsing: the bytes may go on as they came
    fresh_id: MessageId
    wrapped: Wrapped | None = None  # partner edge


@dataclass(frozen=True, slots=True)
class Identity:
    """What makes a message the same message: the edge, the authenticated sender and the MessageId."""

    edge: Edge
    sender: PartyId  # the gateway's own at the national edge
    message_id: MessageId

    @property
    def key(self) -> bytes:
        """32 bytes for the id memory."""
        joined = b"".join(len(part).to_bytes(4, "big") + part for part in map(str.encode, self._parts()))
        return sha256(b"gw-identity-1" + joined).digest()

    def _parts(self) -> tuple[str, str, str]:
        return (self.edge.value, self.sender, self.message_id)


@dataclass(frozen=True, slots=True)
class Authenticated:
    """An unpacked message and who really sent it."""

    unpacked: Unpacked
    sender: Party
    system: System | None  # national edge: the posting system
    identity: Identity
    salts: Salts  # derived, never stored; a producer gets its own
    received: bytes  # salted digest of the document as received
    content: bytes  # salted digest of everything that makes a repeat "the same"
    pmode: PMode | None = None  # partner edge: what it had to be, and its receipt will be
    references: tuple[Reference, ...] = ()  # what its signature covers; none: it is not signed
    disagreed: tuple[Fault, ...] = ()  # partner edge: in what the header is as no P-Mode has it


@dataclass(frozen=True, slots=True)
class Screened:
    """An authenticated message that carries nothing forbidden outright."""

    known: Authenticated
    document: etree._Element


@dataclass(frozen=True, slots=True)
class Header:
    """The complete ebMS header of one message to one recipient."""

    message_id: MessageId
    conversation_id: str
    ref_to_message_id: str
    sender: PartyId
    recipient: PartyId
    agreement: str
    service: str
    action: str
    purpose: str
    environment: Environment
    timestamp: Micros
    deadline: Micros
    version: str = ""  # of the message type; the root's namespace says it to the partner
    properties: tuple[Property, ...] = ()


@dataclass(frozen=True, slots=True)
class Validated:
    """A message that is valid under one agreement, with one header for each recipient."""

    screened: Screened
    agreement: Agreement
    message_type: MessageType
    headers: tuple[Header, ...]
    recipients: tuple[Party, ...]
    signed: Signed | None = None  # the sender's signature over the document, which held


@dataclass(frozen=True, slots=True)
class Removed:
    """What a restriction took out at one place: the rule and where, never what."""

    rule: str
    path: str
    count: int


@dataclass(frozen=True, slots=True)
class RemovedUnit:
    """One part that was taken out whole: an element or an attribute, and what stands for it."""

    ordinal: int  # of its salt
    mark: Mark
    kind: str  # the rule's class
    path: str  # in agreed prefixes
    hits: tuple[Removed, ...]  # every field in it that a rule names


@dataclass(frozen=True, slots=True)
class Redaction:
    """What stands for all that was removed from one copy (docs/redaction.md)."""

    committed: bytes  # SHA-256 of the committed form
    key: str  # id of the redaction key
    units: tuple[RemovedUnit, ...]
    manifest: bytes  # SHA-256 of the manifest
    earlier: bytes = b""  # salted digest of the manifest that came with it, where that goes on without its digest


@dataclass(frozen=True, slots=True)
class Copy:
    """The message as one recipient gets it."""

    header: Header
    payloads: tuple[Payload, ...]
    removed: tuple[Removed, ...]
    index: tuple[tuple[str, str], ...]
    redaction: Redaction | None = None


@dataclass(frozen=True, slots=True)
class Redacted:
    """A copy for each recipient, each free of what that recipient may not have."""

    validated: Validated
    copies: tuple[Copy, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of the delivery log: the leaf's exact bytes, and what it is found by."""

    kind: str
    at: Micros
    message_id: str
    body: bytes
    hash: bytes  # RFC 6962 leaf hash


@dataclass(frozen=True, slots=True)
class Part:
    """A payload ready to be stored and sent: gzip bytes, and the digest and size of what they hold."""

    cid: str
    media_type: str
    name: str
    digest: bytes
    size: int
    packed: bytes
    packed_digest: bytes  # SHA-256 of the gzip bytes: what a signature covers
    staged: Staged | None = None  # where the gzip bytes are, if not here
    properties: tuple[Property, ...] = ()

    @property
    def packed_size(self) -> int:
        """Of the gzip bytes."""
        return self.staged.packed_size if self.staged else len(self.packed)


@dataclass(frozen=True, slots=True)
class SealedMessage:
    """One message as it is committed."""

    header: Header
    system: SystemId
    priority: Priority
    parts: tuple[Part, ...]
    digest_in: bytes
    removed: tuple[Removed, ...]
    index: tuple[tuple[str, str], ...]
    entry: Entry
    turn: Turn
    redaction: Redaction | None = None
    envelope: bytes = field(default=b"", repr=False)  # partner edge: the SOAP part as it came, where it is kept

    @property
    def digest_out(self) -> bytes:
        """Of the document as it goes on."""
        return self.parts[0].digest


@dataclass(frozen=True, slots=True)
class Sealed:
    """The whole unit of one acceptance: everything or nothing of it is committed."""

    known: Authenticated
    messages: tuple[SealedMessage, ...]
    push_until: Micros | None  # the receiving system has a webhook: pushing is tried until then
