"""The processing mode (P-Mode): everything agreed with one party about how messages under one agreement travel.

A profile is a named set of all parameters, so that nobody has to know forty of them (docs/profiles.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

CORE = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/"
INITIATOR, RESPONDER, DEFAULT_MPC = CORE + "initiator", CORE + "responder", CORE + "defaultMPC"
PARTY_TYPE = "urn:oasis:names:tc:ebcore:partyid-type:unregistered:eurasec-gw"


class Binding(StrEnum):
    """Who opens the connection for messages to the party (PMode.MEPBinding)."""

    PUSH = "push"
    PULL = "pull"  # the party comes for them


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
    party_type: str = PARTY_TYPE  # empty: the PartyId has no type and is a URI
    initiator_role: str = INITIATOR
    responder_role: str = RESPONDER
    agreement_ref: str = ""  # empty: id:version of the agreement
    agreement_type: str = ""
    pmode_id: str = ""  # AgreementRef/@pmode
    service_type: str = ""
    properties: frozenset[str] = frozenset()  # message properties that may be sent, beyond the four corners' own
    compress: bool = True
    sign: bool = True
    signature_methods: tuple[str, ...] = ()  # the first that fits our key is used, every one is accepted
    digests: tuple[str, ...] = ("sha256",)
    token: Token = Token.BST
    suite: str = ""  # of [suite.<name>] in gateway.toml: national algorithms
    encrypt: bool = False
    data_encryption: str = "aes128-gcm"
    key_transport: str = "rsa-oaep"
    business_faults: BusinessFaults = BusinessFaults.ERROR


CLASSIC = (
    "rsa-sha256",
    "rsa-sha384",
    "rsa-sha512",
    "ecdsa-sha256",
    "ecdsa-sha384",
    "ecdsa-sha512",
)
SHA2 = ("sha256", "sha384", "sha512")
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
