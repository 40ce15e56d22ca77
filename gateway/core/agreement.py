"""What the parties agreed, as values: agreements, message types, restrictions, parties, systems.

A `Register` is one immutable snapshot of all of it. A reload makes a new one; whoever holds the old one
finishes with it.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Self
from unicodedata import normalize

from cryptography import x509
from lxml import etree

from gateway.core.errors import ErrorCode, rejected
from gateway.core.evidence.notary import Notary, PeerLog
from gateway.core.language import Language
from gateway.core.misjudged import Misjudged
from gateway.core.names import Direction, Environment, Member, Micros, PartyId, Priority, SystemId
from gateway.core.paths import Look, Path, look
from gateway.core.pmode import DEFAULT_PROFILE, PROFILES, PMode, Pull
from gateway.core.regulation import Regulation
from gateway.core.rules.plan import Plan
from gateway.core.rules.rule import Rule
from gateway.core.salt import RedactionKey
from gateway.core.schema import Element
from gateway.core.signal import Signals
from gateway.core.texts import say
from gateway.core.wss.keys import LOCAL, Signer, Suite, Verifier
from gateway.core.wss.keywrap import Opener, suits
from gateway.core.wss.trust import Trusted, readable, valid

ANY = "*"
ASCII = bytes(range(128))
# Accents that lost their letter (it was ASCII), and the two letters beyond ASCII whose small forms are in it.
UNCLEAR = re.compile("[\u0300-\u036f\u017f\u212a]")


class Action(StrEnum):
    """What happens to a restricted field."""

    STRIP = "strip"
    REFUSE = "refuse"


class Signing(StrEnum):
    """Whether senders sign their documents: only where a treaty asks for it (EA-5)."""

    NONE = "none"
    ALLOWED = "allowed"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Restriction:
    """A field that some law keeps out of messages (EA-2.2)."""

    id: str
    kind: str
    ground: str
    members: frozenset[Member]  # whose law it is; empty: every member's
    directions: frozenset[Direction]
    action: Action
    path: Path

    def binds(self, members: frozenset[Member], direction: Direction) -> bool:
        """Whether it applies to a message between these members in this direction."""
        return direction in self.directions and (not self.members or bool(self.members & members))


@dataclass(frozen=True, slots=True)
class MessageType:
    """One agreed message: its schema, its regulation, its restricted fields (EA-4.3)."""

    type: str  # eb:Action
    service: str  # eb:Service
    root: str  # {namespace}name
    regulation: Regulation  # of the transactions it opens
    deliver_within: timedelta
    priority: Priority
    attachments: frozenset[str]  # media types
    restrictions: tuple[Restriction, ...]
    index: tuple[tuple[str, Path], ...]
    model: Element
    validator: Callable[[], etree.XMLSchema]  # the calling thread's own compiled schema
    misjudged: Misjudged  # what is judged again behind it
    version: str
    valid_from: date
    valid_until: date | None  # None: until the agreement ends
    answering: bool = False  # it answers some message type
    signals: Mapping[str, str] = field(default_factory=dict)  # the code in the document -> the signal it then is
    unrequested: bool = True  # taken where nothing awaits it
    ordered_by: str = ""  # the index key whose value names the movement that keeps its order
    rules: tuple[Rule, ...] = ()
    unenforced: tuple[str, ...] = ()  # ids of optional rules whose code list the operator has not brought
    restricted: Look = field(init=False)  # for every restriction's path at once: most documents contain none
    plan: Plan = field(init=False, repr=False)  # of all the rules

    def __post_init__(self) -> None:
        """Make the look and the plan, once for all documents."""
        object.__setattr__(self, "plan", Plan.of(self.rules))
        object.__setattr__(self, "restricted", look([rule.path for rule in self.restrictions]))

    def in_force(self, day: date, late: timedelta = timedelta(0)) -> bool:
        """Whether this version of the type is taken on that day; `late`: how long after its last day it still is."""
        return self.valid_from <= day and (self.valid_until is None or day - late <= self.valid_until)

    @property
    def term(self) -> str:
        """The version and its days, as an interval of ISO 8601 (readable in any language)."""
        return f"{self.type} {self.version} {self.valid_from}/{self.valid_until or '..'}"


@dataclass(frozen=True, slots=True)
class Agreement:
    """One version of one agreement."""

    id: str
    version: str
    title: str
    environment: Environment
    members: frozenset[Member]
    purposes: frozenset[str]
    valid_from: date
    valid_until: date | None  # None: no end has been agreed
    retain: timedelta
    marks: tuple[str, ...]
    prefixes: Mapping[str, str]  # namespace -> prefix
    messages: Mapping[str, MessageType]  # by root
    signing: Signing = Signing.NONE
    signals: Signals | None = None  # how they are written

    @property
    def ref(self) -> str:
        """The value of eb:AgreementRef."""
        return f"{self.id}:{self.version}"

    def in_force(self, day: date) -> bool:
        """Whether messages may be exchanged under it on that day (EA-8)."""
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


@dataclass(frozen=True, slots=True)
class Party:
    """A gateway that speaks AS4, operated by a customs service."""

    id: PartyId
    member: Member
    authority: str
    environment: Environment
    endpoint: str
    agreements: frozenset[str]
    certificates: Mapping[bytes, str]  # SHA-256 fingerprint -> PEM; two during a rollover
    chain: str = ""  # further PEM: the issuers
    signers: Mapping[bytes, str] = field(default_factory=dict)  # who signs its documents: fingerprint -> PEM
    pull: Pull | None = None  # this gateway comes to it for messages
    pmodes: Mapping[str, PMode] = field(default_factory=dict)  # by id:version; "": where no agreement is named
    messages: Trusted = field(default_factory=Trusted)  # who signs its AS4 messages
    log: PeerLog | None = None  # its delivery log, where it takes part in the exchange of checkpoints
    readers: tuple[x509.Certificate, ...] = ()  # whom they may be encrypted for, the preferred ones first

    def pmode(self, agreement: str = "") -> PMode:
        """What is agreed with it about messages under the agreement, given as id or id:version."""
        versions = self._versions(agreement)
        found = self.pmodes.get(agreement) or (versions[-1] if versions else None)
        return found or self.pmodes.get("") or PROFILES[DEFAULT_PROFILE]

    def agrees(self, agreement: str) -> bool:
        """Whether it has a P-Mode of its own about messages under the agreement, of this version or another."""
        return bool(self._versions(agreement))

    def _versions(self, agreement: str) -> list[PMode]:
        """Those of all versions of the agreement, in the order of the files."""
        name = agreement.partition(":")[0]
        return [pmode for ref, pmode in self.pmodes.items() if ref.partition(":")[0] == name]

    def at(self, now: Micros) -> Self:
        """The party with those certificates alone that messages can be encrypted for at that time."""
        return replace(self, readers=tuple(each for each in self.readers if readable(each, now)))

    def reader(self, pmode: PMode) -> x509.Certificate | None:
        """The certificate that messages under the P-Mode are encrypted for; None where it has none of the kind."""
        return next((each for each in self.readers if suits(each, pmode.key_transport)), None)


@dataclass(frozen=True, slots=True)
class System:
    """A national system behind this gateway, what it may send and what is put in its inbox."""

    id: SystemId
    tokens: frozenset[bytes]  # SHA-256 of bearer tokens
    certificates: frozenset[bytes]  # SHA-256 fingerprints
    may_send: frozenset[str]
    receives: frozenset[str]
    webhook: str = ""
    webhook_ca: str = ""  # PEM
    webhook_token: str = field(default="", repr=False)

    def sends(self, message_type: str) -> bool:
        """Whether it may post messages of this type."""
        return ANY in self.may_send or message_type in self.may_send

    def gets(self, message_type: str) -> bool:
        """Whether incoming messages of this type are its."""
        return ANY in self.receives or message_type in self.receives


@dataclass(frozen=True, slots=True)
class Limits:
    """Shape limits that hold before any slow path (EA-3.4). Depth is fixed: 255."""

    body: int = 100 * 1024**2
    attachment: int = 1024**3
    message: int = 2 * 1024**3
    attachments: int = 16
    elements: int = 500_000
    attributes: int = 256
    namespaces: int = 1_000
    memory: int = 2 * 1024**3  # for large documents at work at one time
    inline: int = 64 * 1024  # larger bodies are handled in a thread


@dataclass(frozen=True, slots=True)
class Marks:
    """Every agreement's confidentiality marks, prepared for a quick look (IS-6.2, KT-2)."""

    texts: tuple[str, ...]  # folded
    ascii: tuple[bytes, ...]  # without any of these in a document's bytes, in lower case,
    other: tuple[str, ...]  # or of these in its characters beyond ASCII, folded, no mark stands in it unescaped

    @classmethod
    def of(cls, marks: Iterable[str]) -> Self:
        """The marks; what is looked for first is each one's longest word."""
        texts = tuple(sorted({folded(mark) for mark in marks}))
        words = {max(text.split(), key=len) for text in texts}
        beyond = {"".join(letter for letter in word if not letter.isascii()) for word in words} - {""}
        return cls(texts, tuple(sorted(word.encode() for word in words if word.isascii())), tuple(sorted(beyond)))

    def suspected(self, body: bytes) -> bool:
        """Whether a mark may stand in the bytes: quick, and never wrong in saying no."""
        beyond = body.translate(None, ASCII).decode()
        if UNCLEAR.search(beyond) or any(word in folded(beyond) for word in self.other):
            return True
        lower = body.lower() if self.ascii else b""
        return any(word in lower for word in self.ascii)

    def stands_in(self, text: str) -> bool:
        """Whether a mark stands in the text, in any case, composition and white space."""
        found = folded(text)
        return any(mark in found for mark in self.texts)


def folded(text: str) -> str:
    """The text composed, without case, its white space single blanks."""
    return " ".join(normalize("NFC", text).casefold().split())


@dataclass(frozen=True, slots=True)
class Register:
    """Everything that was agreed and configured, at one moment."""

    own: Party
    domain: str  # right-hand side of the MessageIds made here
    parties: Mapping[PartyId, Party]
    systems: Mapping[SystemId, System]
    agreements: tuple[Agreement, ...]
    limits: Limits
    marks: Marks
    keys: tuple[RedactionKey, ...]  # salts are derived from the first; the others made those of earlier messages
    notary: Notary = field(kw_only=True)  # our keys of the delivery log
    language: Language = Language.EN  # for national readers who ask for none
    signers: tuple[Signer, ...] = ()  # our keys for AS4 messages, the newest of a kind first
    suites: Mapping[str, Suite] = field(default_factory=dict)  # national algorithms, by name
    openers: tuple[Opener, ...] = ()  # our keys that partners encrypt to, older ones included

    def receiver(self, message_type: str) -> System | None:
        """The system whose inbox takes messages of this type."""
        exact = [system for system in self.systems.values() if message_type in system.receives]
        return next(iter(exact), None) or next((s for s in self.systems.values() if ANY in s.receives), None)

    def at(self, now: Micros) -> Self:
        """The register with those of our keys alone that sign at that time: nobody believes one whose certificate ended."""
        signers = tuple(each for each in self.signers if valid(each.chain[0], now))
        return self if len(signers) == len(self.signers) else replace(self, signers=signers)

    def signer_of(self, pmode: PMode) -> Signer:
        """Our key that the P-Mode's methods allow, in the order of its methods; that of its suite, where it has one."""
        if pmode.suite:
            return self.suites[pmode.suite]
        found = (each for method in pmode.signature_methods for each in self.signers if each.method == method)
        signer = next(found, None)
        if signer is None:  # `gateway check` warns of a configuration that leads here
            wanted = say("signing_key", methods=", ".join(pmode.signature_methods))
            raise rejected(ErrorCode.UNAVAILABLE, "as4.key", wanted)
        return signer

    def verifier_of(self, pmode: PMode) -> Verifier:
        """Who checks signatures by the P-Mode's methods."""
        return self.suites[pmode.suite] if pmode.suite else LOCAL

    def methods_of(self, pmode: PMode) -> frozenset[str]:
        """The signature methods that are taken under the P-Mode: with a suite, its own alone."""
        return frozenset({self.suites[pmode.suite].method} if pmode.suite else pmode.signature_methods)

    @property
    def prefixes(self) -> Mapping[str, str]:
        """Every agreement's prefixes: namespace -> prefix."""
        return {ns: prefix for agreement in self.agreements for ns, prefix in agreement.prefixes.items()}
