"""phase4's settings for this pair: its P-Modes as the JSON that its PModeJsonConverter reads, and its properties.

phase4 is a library: whoever built the partner's access point loads the P-Modes into its P-Mode manager, or only
compares them. The names of the keys are phase4's own, its spelling `RecepetionAwareness` included.
"""

import json
from collections.abc import Iterator
from typing import Any

from gateway.core.pmode import CORE, Binding, PMode, Token
from gateway.onboarding.pairing import RETRY_COUNT, RETRY_MINUTES, Exchange, Pairing, Side, Terms

# (name, whether every message has it)
PROPERTIES = (("originalSender", True), ("finalRecipient", True), ("trackingIdentifier", False))
TOKENS = {Token.BST: "BST_DIRECT_REFERENCE", Token.SKI: "SKI_KEY_IDENTIFIER", Token.ISSUER_SERIAL: "ISSUER_SERIAL"}
PROPERTIES_FILE = """\
# What this pair needs in phase4.properties (or application.properties). Passwords are yours.
org.apache.wss4j.crypto.provider=org.apache.wss4j.common.crypto.Merlin
org.apache.wss4j.crypto.merlin.keystore.type=pkcs12
org.apache.wss4j.crypto.merlin.keystore.file=keys/as4.p12
org.apache.wss4j.crypto.merlin.keystore.password=CHANGE-ME
org.apache.wss4j.crypto.merlin.keystore.alias=%(partner)s
org.apache.wss4j.crypto.merlin.keystore.private.password=CHANGE-ME
# Holds the certificates of %(own)s-message.pem, and nothing that you do not trust.
org.apache.wss4j.crypto.merlin.truststore.type=pkcs12
org.apache.wss4j.crypto.merlin.truststore.file=keys/trust.p12
org.apache.wss4j.crypto.merlin.truststore.password=CHANGE-ME
# Our retries go on until the message's deadline: ids have to be remembered for longer than that (phase4's default: 10).
phase4.incoming.duplicatedisposal.minutes=%(minutes)d
# Errors come with HTTP 403 and 503, too.
phase4.http.response.accept.allstatuscodes=true
"""


def write(pairing: Pairing) -> dict[str, bytes]:
    """The P-Modes and the properties, by file name."""
    pmodes = [each for terms in (*pairing.terms, pairing.test) for each in _pmodes(terms, pairing)]
    longest = max(terms.deliver_within for terms in pairing.terms)
    facts = {"partner": pairing.partner.id, "own": pairing.own.id, "minutes": 2 * longest.total_seconds() // 60}
    return {
        "pmodes.json": (json.dumps(pmodes, indent=2, ensure_ascii=False) + "\n").encode(),
        "phase4.properties": (PROPERTIES_FILE % facts).encode(),
    }


def reference(pmode: PMode) -> str:
    """phase4's ECryptoKeyIdentifierType for our token, or what has to be done where it has none."""
    return TOKENS.get(
        pmode.token, "BST_DIRECT_REFERENCE, with the whole chain (X509PKIPathv1; WSS4J: useSingleCertificate false)"
    )


def _pmodes(terms: Terms, pairing: Pairing) -> Iterator[dict[str, Any]]:
    """Both directions of every exchange."""
    own, partner = pairing.own, pairing.partner
    for exchange in terms.exchanges:
        yield _pmode(terms, exchange, (own, partner), (terms.roles_out, terms.pmode.binding))
        yield _pmode(
            terms, exchange, (partner, own), (terms.roles_in, Binding.PULL if pairing.pulled_from else Binding.PUSH)
        )


def _pmode(
    terms: Terms, exchange: Exchange, sides: tuple[Side, Side], way: tuple[tuple[str, str], Binding]
) -> dict[str, Any]:
    (sender, receiver), (roles, binding) = sides, way
    found: dict[str, Any] = {
        "id": f"{sender.id}-{receiver.id}-{terms.name}-{exchange.name}",
        "Initiator": _party(sender, roles[0]),
        "Responder": _party(receiver, roles[1]),
    }
    if terms.ref:
        found["Agreement"] = terms.ref
    return found | {
        "MEP": CORE + "oneWay",
        "MEPBinding": CORE + binding.value,
        "Leg1": _leg(terms.pmode, exchange, receiver),
        "PayloadServices": {"CompressionMode": "gzip"},
        "RecepetionAwareness": {
            "ReceptionAwareness": True,
            "Retry": True,
            "MaxRetries": RETRY_COUNT,
            "RetryIntervalMS": RETRY_MINUTES * 60_000 // RETRY_COUNT,
            "DuplicateDetection": True,
        },
    }


def _party(side: Side, role: str) -> dict[str, str]:
    return ({"IDType": side.type} if side.type else {}) | {"IDValue": side.id, "Role": role}


def _leg(pmode: PMode, exchange: Exchange, receiver: Side) -> dict[str, Any]:
    business = {"Service": exchange.service, "Action": exchange.action, "MPCID": pmode.mpc}
    business |= {"ServiceType": exchange.service_type} if exchange.service_type else {}
    rows = [{"Name": name, "DataType": "string", "Mandatory": needed} for name, needed in PROPERTIES]
    return {
        "Protocol": {"Address": receiver.endpoint, "SOAPVersion": "1.2"},
        "BusinessInfo": business | {"Properties": rows},
        "ErrorHandling": {
            "ReportAsResponse": True,
            "ReportProcessErrorNotifyConsumer": True,
            "ReportProcessErrorNotifyProducer": True,
            "ReportDeliveryFailuresNotifyProducer": True,
        },
        "Security": _security(pmode),
    }


def _security(pmode: PMode) -> dict[str, Any]:
    found: dict[str, Any] = {
        "WSSVersion": "1.1.1",
        "PModeAuthorize": False,
        "SendReceipt": True,
        "SendReceiptReplyPattern": "response",
        "SendReceiptNonRepudiation": pmode.sign,
    }
    if pmode.sign:
        found |= {"X509SignatureAlgorithm": "rsa-sha-256", "X509SignatureHashFunction": "sha-256"}
    if pmode.encrypt:
        found |= {"X509EncryptionAlgorithm": pmode.data_encryption, "X509EncryptionMinimumStrength": 128}
    return found
