"""The files' shapes. Every setting of every file stands here once, with its default and its meaning."""

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from gateway.config.ciphers import STRONG, Ciphers
from gateway.config.log import LogSection, PeerLogSection
from gateway.config.pmodes import PModeSection
from gateway.config.pulling import PullSection
from gateway.config.rule_sections import AnyRule
from gateway.config.security import As4Section, MessagesSection
from gateway.config.stamps import StampsSection
from gateway.config.strict import Name, Strict
from gateway.config.suites import SuiteSection
from gateway.config.units import Duration, Size
from gateway.core.agreement import Action
from gateway.core.language import Language
from gateway.core.names import Direction, Environment
from gateway.core.patterns import Giver, Pattern

MemberCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
HexDigest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Url = Annotated[str, StringConstraints(pattern=r"^https://[^\s/]+(/\S*)?$")]
MaybeUrl = Annotated[str, StringConstraints(pattern=r"^(https://[^\s/]+(/\S*)?)?$")]
MaybeFileName = Annotated[str, StringConstraints(pattern=r"^[^/\\]*$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[^/\\]+$")]
Paths = Annotated[  # one is written without brackets
    tuple[str, ...], BeforeValidator(lambda found: (found,) if isinstance(found, str) else found), Field(min_length=1)
]
Domain = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]{0,100}$")]
Port = Annotated[int, Field(ge=0, le=65535)]


class GatewaySection(Strict):
    """Who this gateway is and where it keeps things."""

    party: Name = Field(description="this gateway's own PartyId: the name of its file in parties/")
    domain: Domain = Field(description="right-hand side of the MessageIds made here")
    database: str = Field("data/gateway.sqlite3", description="the SQLite file; paths are relative to this file")
    redaction_key: str = Field("keys/redaction.key", description="32 random bytes in hex; salts are derived from it")
    older_redaction_keys: list[str] = Field(
        [], description="keys that salts were derived from before; as long as the id memory names them"
    )
    reload_every: Duration = Field(
        timedelta(seconds=2), description="how often changed configuration files are looked for"
    )


class EdgeSection(Strict):
    """One listening side: address, certificate, TLS version."""

    host: str = Field("127.0.0.1", description="address to listen on; «::» is every address, IPv6 and IPv4")
    port: Port = Field(description="port to listen on; 0 takes a free one")
    certificate: str = Field(description="PEM: certificate, then its issuers")
    key: str = Field(description="PEM: private key")
    minimum_tls: Literal["1.2", "1.3"] = Field("1.3", description="lowest TLS version that is spoken")
    ciphers: Ciphers = Field(STRONG, description="cipher suites of TLS 1.2, where it is allowed, in OpenSSL's words")


class ApiSection(EdgeSection):
    """The listening side for national systems."""

    language: Language = Field(Language.EN, description="en, ru or kk: of faults where the reader asks for none")


class LimitsSection(Strict):
    """Shape limits, checked before anything slow (EA-3.4)."""

    body: Size = Field(100 * 1024**2, description="largest XML document, uncompressed")
    attachment: Size = Field(1024**3, description="largest attachment, uncompressed")
    message: Size = Field(2 * 1024**3, description="document and attachments together, uncompressed")
    attachments: int = Field(16, ge=0, le=60, description="most attachments of a message")
    elements: int = Field(
        200_000, ge=1, description="most elements of a document; a large one may have one for every 40 bytes"
    )
    attributes: int = Field(256, ge=1, description="most attributes of an element")
    namespaces: int = Field(1_000, ge=1, description="most occurrences of xmlns in a document")
    memory: Size = Field(
        2 * 1024**3, description="memory for large documents at work at one time; others wait, then 503"
    )
    inline: Size = Field(64 * 1024, description="larger bodies are handled in a thread")


class DeliverySection(Strict):
    """How hard and how long deliveries are tried; the end is the message type's deadline."""

    in_flight: int = Field(16, ge=1, le=256, description="requests under way to one target")
    timeout: Duration = Field(timedelta(seconds=60), description="longest wait for a target's answer")
    connect_timeout: Duration = Field(timedelta(seconds=10), description="longest wait for a connection")
    first_retry: Duration = Field(timedelta(seconds=1), description="wait after the first failure; doubles")
    longest_retry: Duration = Field(timedelta(minutes=15), description="longest wait between attempts of a message")
    longest_probe: Duration = Field(timedelta(minutes=1), description="longest wait between probes of a target")
    pull_retry: Duration = Field(
        timedelta(minutes=1),
        description="longest wait for the receipt of a pulled message; then it can be pulled again",
    )
    minimum_tls: Literal["1.2", "1.3"] = Field("1.3", description="lowest TLS version to a target")
    ciphers: Ciphers = Field(STRONG, description="cipher suites of TLS 1.2 to a target, where it is allowed")


class SystemSection(Strict):
    """A national system: how it is known, what it may send, what it gets."""

    id: Name = Field(description="the system's name")
    token_sha256: list[HexDigest] = Field([], description="SHA-256 of its bearer tokens, in hex")
    certificates: list[str] = Field([], description="PEM files of its client certificates")
    may_send: list[str] = Field(description="message types it may post; * for all")
    receives: list[str] = Field([], description="message types put in its inbox; * for all that no other system names")
    webhook: MaybeUrl = Field("", description="URL that messages and notices are pushed to")
    webhook_ca: str = Field("", description="PEM: whom the webhook's certificate must come from")
    webhook_token: str = Field("", description="bearer token sent to the webhook")


class GatewayFile(Strict):
    """gateway.toml."""

    gateway: GatewaySection
    api: ApiSection
    msh: EdgeSection
    as4: As4Section = As4Section()
    log: LogSection = LogSection()
    stamps: StampsSection = StampsSection()
    limits: LimitsSection = LimitsSection()
    delivery: DeliverySection = DeliverySection()
    system: list[SystemSection] = Field(default_factory=list)
    suite: dict[Name, SuiteSection] = Field(default_factory=dict)


class PartyFile(Strict):
    """parties/<id>.toml: one gateway that speaks AS4, this one's own included."""

    id: Name = Field(description="PartyId; the file has the same name")
    member: MemberCode = Field(description="the state, ISO 3166-1 alpha-2")
    authority: str = Field(description="the customs service that operates it")
    environment: Environment = Field(description="test or production; both sides must be the same")
    endpoint: Url = Field(description="where AS4 messages for it are posted")
    certificate: FileName = Field(
        description="<id>.pem beside this file: its certificates (two in a rollover), then issuers"
    )
    signers: MaybeFileName = Field("", description="<id>.signers.pem beside this file: who signs its documents (EA-5)")
    agreements: list[Name] = Field(description="ids of the agreements in use with it")
    messages: MessagesSection = MessagesSection()
    pull: PullSection | None = None
    pmode: PModeSection = PModeSection()
    log: PeerLogSection | None = None


class RestrictionSection(Strict):
    """A field that a law keeps out of messages (EA-2.2)."""

    id: Name = Field(description="the rule's name in answers and log entries")
    path: str = Field(description="/prefix:step and //prefix:step; /@name last for an attribute")
    kind: str = Field(alias="class", description="personal-data, commercial, enforcement, official, free-text, …")
    ground: str = Field(description="the legal ground")
    members: list[MemberCode] = Field([], description="whose law it is; empty: every member's")
    direction: Literal["out", "in", "both"] = Field("both", description="which way it binds")
    action: Action = Field(Action.STRIP, description="strip, or refuse the message")

    @property
    def directions(self) -> frozenset[Direction]:
        """The direction as a set."""
        return frozenset(Direction) if self.direction == "both" else frozenset({Direction(self.direction)})


class GiversSection(Strict):
    """Who gives the signals about a message: none, receipt (the AS4 receipt counts), gateway, inbox, system."""

    received: Giver | None = Field(None, description="who says «received»; absent: what the pattern needs")
    accepted: Giver | None = Field(
        None, description="who says «accepted for processing»; inbox: when it is acknowledged"
    )


class MessageSection(Strict):
    """One message type and its regulation (EA-4.3)."""

    type: Name = Field(description="eb:Action")
    version: Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)*$")] = Field(
        "1.0", description="of the type's composition; two may be in force on one day"
    )
    valid_from: date | None = Field(None, description="first day of this version (UTC); absent: the agreement's")
    valid_until: date | None = Field(None, description="last day of this version (UTC); absent: no end agreed")
    service: str = Field(description="eb:Service; a URI where [pmode] has no service_type")
    root: str = Field(description="{namespace}name of the root element")
    schema_file: Paths = Field(alias="schema", description="entry file of the XSD set, or several, under xsd/")
    open_content: Literal["refuse", "allow"] = Field(
        "refuse", description="allow: content that no schema declares may stand beside restricted fields"
    )
    pattern: Pattern = Field(description="transaction pattern")
    receipt_within: Duration = Field(description="when the partner's receipt is due")
    accept_within: Duration | None = Field(None, description="when the signal «accepted for processing» is due")
    answer_within: Duration | None = Field(None, description="when the answer is due")
    deliver_within: Duration = Field(description="the deadline: how long delivery is tried")
    answers: list[Name] = Field([], description="the message types that answer it")
    signals: GiversSection = GiversSection()
    unrequested: Literal["accept", "refuse"] = Field(
        "refuse", description="an answer or signal that follows nothing known here, as its request predates the gateway"
    )
    priority: Literal["urgent", "high", "normal", "low"] = Field("normal", description="who goes first")
    attachments: list[str] = Field([], description="media types of attachments; none by default")
    index: dict[str, str] = Field({}, description="business ids that operators search by: name = path")
    ordered_by: str = Field("", description="index key: messages with the same value arrive in the order of acceptance")
    restricted: list[RestrictionSection] = Field(default_factory=list)
    rule: list[AnyRule] = Field([], description="requirements for filling: the kinds and their keys are in rules.md")


class SignalTexts(Strict):
    """One text for each signal."""

    received: str = Field(description="received: durable and readable (P.MSG.RCV)")
    accepted: str = Field(description="accepted for processing (P.MSG.PRS)")
    error: str = Field(description="error: rejected or cancelled (P.MSG.ERR)")


class SignalsSection(Strict):
    """How gateways and systems tell each other how far a transaction is: an ordinary message, made from templates."""

    type: Name = Field(description="the message type of signals; without a signal's code it is an ordinary message")
    code: str = Field(description="path of the signal's code in it")
    document: str = Field(description="path of a document's own business id")
    reference: str = Field(description="path of the business id that a document refers to")
    errors: dict[str, str] = Field({}, description="the gateway's error code = the published one; * for all others")
    codes: SignalTexts = Field(description="what stands at `code`")
    templates: SignalTexts = Field(
        description="the documents; {document}, {reference}, {at}, {code}, {text} are filled in"
    )


class SignatureSection(Strict):
    """Senders' signatures over their whole documents: demanded only where a treaty asks for them (EA-5)."""

    demand: Literal["allowed", "required"] = Field(
        description="whether a document may, or must, bear its sender's signature"
    )
    ground: str = Field(min_length=1, description="the treaty that gives the signature its force")


class AgreementFile(Strict):
    """agreements/<id>.toml: one version of one agreement, our machine-readable technical conditions (EA-4.4)."""

    id: Name = Field(description="the agreement's name")
    version: str = Field(description="the version of these technical conditions")
    title: str = Field(description="what it is called")
    environment: Environment = Field(description="test or production")
    members: list[MemberCode] = Field(description="the states that concluded it")
    purposes: list[Name] = Field(min_length=1, description="purposes a message may have (EA-2.3)")
    valid_from: date = Field(description="first day of exchange")
    valid_until: date | None = Field(None, description="last day of exchange; absent: no end agreed (EA-8)")
    retain: Duration = Field(description="how long messages are kept")
    signature: SignatureSection | None = Field(None, description="senders' signatures; absent: documents bear none")
    marks: list[str] = Field([], description="confidentiality marks that stop a message (IS-6.2, KT-2)")
    prefixes: dict[str, str] = Field(description="prefix = namespace, for paths here and in fault reports")
    restricted: list[RestrictionSection] = Field([], description="restrictions of every type in which the path occurs")
    signals: SignalsSection | None = Field(None, description="how signals are written; absent: there are none")
    rule: list[AnyRule] = Field([], description="rules of every type in which all their paths can stand")
    message: list[MessageSection] = Field(min_length=1)
    pmode: PModeSection = PModeSection()
