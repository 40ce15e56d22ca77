"""The processing mode (P-Mode): everything agreed with one party about how messages under one agreement travel.

A profile is a named set of all parameters, so that nobody has to know forty of them (docs/profiles.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

CORE = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/"
INITIATOR, RESPONDER, DEFAULT_MPC = CORE + "initiator", CORE + "responder", CORE + "defaultMPC"
PARTY_TYPE = "urn:oasis:names:tc:ebcore:partyid-type:unregistered:eurasec-gw"

FOUR_CORNERS = ("originalSender", "finalRecipient", "trackingIdentifier")  # eDelivery AS4 1.5.1: in every P-Mode


class Binding(StrEnum):
    """Who opens the connection for messages to the party (PMode.MEPBinding)."""

    PUSH = "push"
    PULL = "pull"  # the party comes for them


@dataclass(frozen=True, slots=True)
class Pull:
    """How this gateway comes to a party for messages."""

    mpc: str
    every: timedelta  # the wait after an empty channel


class Token(StrEnum):
    """How a message names the certificate that it is signed with (WSS X.509 Token Profile 1.1.1 3.1)."""

    BST = "x509v3"
    PKIPATH = "pkipath"  # the whole chain; the last certificate is the signer's
    SKI = "ski"
    ISSUER_SERIAL = "issuer-serial"


class BusinessFaults(StrEnum):
    """What answers a message whose content is at fault."""

    ERROR = "error"  # EBMS:0004 with every fault, no receipt
    SIGNAL = "signal"  # a receipt, then a processing-result message


@dataclass(frozen=True, slots=True)
class PMode:
    """One P-Mode; the names are those of AS4 1.0 and eDelivery AS4 1.4.5."""

    profile: str
    binding: Binding = Binding.PUSH
    mpc: str = DEFAULT_MPC
    party_id: str = ""  # the party's eb:PartyId; empty: the id that its file has
    own_party_id: str = ""  # ours towards it; empty: the id that our file has
    party_type: str = PARTY_TYPE  # empty: the PartyId has no type and is a URI
    own_party_type: str | None = None  # None: as party_type
    initiator_role: str = INITIATOR
    responder_role: str = RESPONDER
    party_role: str = ""  # where a role belongs to a party, whoever sends: the party's
    own_role: str = ""  # and ours
    agreement_ref: str = ""  # empty: id:version of the agreement
    agreement_stated: bool = True  # whether messages to the party bear it
    agreement_type: str = ""
    pmode_id: str = ""  # AgreementRef/@pmode
    service_type: str = ""
    properties: frozenset[str] = frozenset()  # message properties that may be sent, beyond the four corners' own
    gateway_properties: bool = True  # environment, purpose and deadline travel as message properties
    sign: bool = True
    signature_methods: tuple[str, ...] = ()  # the first that fits our key is used, every one is accepted
    digests: tuple[str, ...] = ("sha256",)
    token: Token = Token.BST
    suite: str = ""  # of [suite.<name>] in gateway.toml: national algorithms
    encrypt: bool = False
    data_encryption: str = "aes128-gcm"
    key_transport: str = "rsa-oaep"
    business_faults: BusinessFaults = BusinessFaults.ERROR

    def roles(self, *, outgoing: bool) -> tuple[str, str]:
        """The eb:Role of From and of To: of whoever sends, unless roles belong to the parties (ICS2: Trader, Customs)."""
        sends, receives = (self.own_role, self.party_role) if outgoing else (self.party_role, self.own_role)
        return sends or self.initiator_role, receives or self.responder_role

    def types(self, *, outgoing: bool) -> tuple[str, str]:
        """The @type of the PartyId in From and in To; empty: none."""
        own = self.party_type if self.own_party_type is None else self.own_party_type
        return (own, self.party_type) if outgoing else (self.party_type, own)


CLASSIC = (
    "rsa-sha256",
    "rsa-sha384",
    "rsa-sha512",
    "ecdsa-sha256",
    "ecdsa-sha384",
    "ecdsa-sha512",
)
SHA2 = ("sha256", "sha384", "sha512")
SIGNATURES = (*CLASSIC, "ed25519")
DATA_ENCRYPTIONS = ("aes128-gcm", "aes192-gcm", "aes256-gcm")
KEY_TRANSPORTS = ("rsa-oaep", "x25519", "ecdh-es")
DEFAULT_PROFILE = "ics2"
PROFILES: Mapping[str, PMode] = {
    profile.profile: profile
    for profile in (
        PMode("ics2", token=Token.PKIPATH, signature_methods=CLASSIC, digests=SHA2),
        PMode("edelivery-1.15", signature_methods=CLASSIC, digests=SHA2, encrypt=True),
        PMode(
            "edelivery-2.0",
            token=Token.PKIPATH,
            signature_methods=("ed25519", "ecdsa-sha256", "ecdsa-sha384", "ecdsa-sha512"),
            digests=SHA2,
            encrypt=True,
            key_transport="x25519",
        ),
        PMode("plain-tls", sign=False),
    )
}
