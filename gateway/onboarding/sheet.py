"""The sheet that goes with exported settings: who we are, what to compare, what to set, how to test."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from gateway.core.pmode import Binding, PMode, Token
from gateway.onboarding import chains, phase4
from gateway.onboarding.pairing import Pairing, Terms

DAY = "%Y-%m-%d"
SECURITY = {
    (True, True): "signed and encrypted",
    (True, False): "signed, not encrypted (TLS keeps it secret)",
    (False, False): "neither signed nor encrypted (TLS alone); receipts are unsigned acknowledgements",
}
TOKENS = {
    Token.BST: "BinarySecurityToken X509v3 (the certificate alone)",
    Token.PKIPATH: "BinarySecurityToken X509PKIPathv1 (the whole chain; the last certificate is the signer's)",
    Token.SKI: "SubjectKeyIdentifier",
    Token.ISSUER_SERIAL: "issuer and serial number",
}
TRAPS = (
    "Sign the Body of receipts and errors, too, though it is empty: an unsigned Body is the most frequent fault (EBMS:0103).",
    "TLS: send the whole chain in the handshake, not the leaf alone; present the certificate that we know, also as a client.",
    "Answer a repeated message with its receipt again. We repeat the same bytes and MessageId until a receipt comes.",
    "Keep MessageIds for longer than the longest deadline below.",
    "Test and production are apart: another endpoint, other certificates.",
)
# Product -> its own steps.
STEPS = {
    "domibus": (
        "Put every file gateway-*.xml into conf/domibus/policies/ (there may be none).",
        "Import our message certificate into the truststore under the alias {own}, and your own key under the alias {partner}:",
        "  the names of the parties in the P-Mode are the aliases.",
        "Put our TLS certificate into the truststore of clientauthentication.xml, and your client key there, too.",
        "Upload domibus-pmode.xml (administration console, PMode, Current). If you have other partners, take over its",
        "  party, legs and processes into your own file instead: an upload replaces everything.",
        "The properties of messages are limited by the propertySet; more than it names is refused with EBMS:0010.",
        "Content-IDs are new in every message: give our legs no payloadProfile.",
        "Test: console, Connection monitoring, party {own}; we test with `gateway ping {partner}`.",
    ),
    "phase4": (
        "pmodes.json is an array of P-Modes in the form of PModeJsonConverter; load each with convertToNative and give it to",
        "  the P-Mode manager, or compare it with what your application sets.",
        "phase4.properties: keystore, truststore, how long duplicates are remembered.",
        "Sign with key identifier type {reference}.",
        "phase4 answers a duplicate with EBMS:4001: we then show the message as 'unproven' and ask an operator. Remembering",
        "  for longer than our deadline does not change this; answering with the first receipt does.",
        "Test: send to our test service (service and action in the last two P-Modes); we test with `gateway ping {partner}`.",
    ),
    "holodeck": (
        "Put holodeck/*.xml into repository/pmodes/; replace CHANGE-ME by the password of your key {partner}.",
        "Your key stands under the alias {partner}, our message certificate (and its issuers) in the trust store, alias {own}.",
        "Deliveries go to data/msg_in in these files: put your own delivery method in its place.",
        "P-Modes for what you send leave the action open: give it when you submit.",
        "Messages to the test service may be delivered like others: drop them.",
        "Test: submit a message to the test service with P-Mode test-1-send; we test with `gateway ping {partner}`.",
    ),
    "gateway": (
        "gateway party add {own}.toml      (prints the fingerprint: compare it)",
        "gateway ping {own}",
        "gateway doctor {own}              (where the ping gets no receipt)",
    ),
}


@dataclass(frozen=True, slots=True)
class Keys:
    """Our certificates, leaf first: what TLS shows, and what messages are signed with."""

    tls: tuple[x509.Certificate, ...]
    message: tuple[x509.Certificate, ...]
    minimum_tls: str
    method: str = ""  # what we sign by; empty: nothing
    unfit: str = ""  # which key is missing that the P-Mode wants


def sheet(pairing: Pairing, product: str, keys: Keys) -> bytes:
    """The README of the export."""
    facts = {"own": pairing.own.id, "partner": pairing.partner.id, "reference": phase4.reference(pairing.pmode)}
    lines = [
        f"Settings for {product}, to connect {pairing.partner.id} with {pairing.own.id}",
        "",
        f"Our PartyId    {pairing.own.id}   type {pairing.own.type or '(none: it is a URI)'}",
        f"Our endpoint   {pairing.own.endpoint}",
        f"Your PartyId   {pairing.partner.id}   type {pairing.partner.type or '(none: it is a URI)'}",
        f"Your endpoint  {pairing.partner.endpoint}   (as we know it: compare)",
        f"TLS            {keys.minimum_tls} or later, both sides show certificates; TLS 1.2 only with ECDHE and AES-GCM or ChaCha20",
        "",
        "Compare these fingerprints (SHA-256) with us over another channel than the one this file came by",
        "",
        *_certificates("TLS", keys.tls),
        *_certificates("messages", keys.message),
        "",
        *_method(product, keys.method),
        *(line for terms in pairing.terms for line in _terms(terms, pairing.pulled_from)),
        f"Steps ({product})",
        "",
        *_numbered([step.format(**facts) for step in STEPS[product]]),
        "",
        "What goes wrong most often",
        "",
        *(f"- {trap}" for trap in TRAPS),
    ]
    return ("\n".join(lines) + "\n").encode()


def _method(product: str, method: str) -> Iterator[str]:
    """What we sign by, where the partner's product does not take it by default."""
    if method and product != "gateway" and not method.startswith("rsa-"):
        yield f"LOOK: we sign by {method}. {product} is set for RSA signatures in most versions and would refuse ours"
        yield "(EBMS:0101 or EBMS:0103): tell us to use an RSA key for messages, or allow this method in your security profile."
        yield ""


def _certificates(use: str, found: Sequence[x509.Certificate]) -> Iterator[str]:
    for certificate in found:
        until = certificate.not_valid_after_utc
        yield f"{use:9} {chains.fingerprint(certificate)}"
        yield f"          {certificate.subject.rfc4514_string()}, until {_day(until)}{_issuer(certificate)}"


def _issuer(certificate: x509.Certificate) -> str:
    return " (an issuer)" if chains.is_issuer(certificate) else ""


def _day(moment: datetime) -> str:
    return moment.strftime(DAY)


def _terms(terms: Terms, pulled_from: str) -> Iterator[str]:
    pmode = terms.pmode
    yield f"Agreement {terms.ref or '(none)'}" + (f", type {terms.ref_type}" if terms.ref_type else "")
    yield ""
    yield f"profile      {pmode.profile}: {SECURITY[pmode.sign, pmode.encrypt]}"
    yield from _security(pmode)
    yield "compressed   gzip, before signing"
    yield "receipts     in the HTTP response" + (
        ", signed, non-repudiation (a digest for every part)" if pmode.sign else ""
    )
    yield f"ours to you  {_binding(pmode)}"
    yield f"yours to us  {f'we pull it (MPC {pulled_from})' if pulled_from else 'you push it'}"
    yield f"roles        ours to you: {' -> '.join(terms.roles_out)}"
    yield f"             yours to us: {' -> '.join(terms.roles_in)}"
    yield f"deadline     up to {terms.deliver_within}"
    yield f"attachments  {', '.join(terms.attachments) or 'none'}"
    for exchange in terms.exchanges:
        kind = f" (type {exchange.service_type})" if exchange.service_type else ""
        yield f"message      {exchange.action}  service {exchange.service}{kind}"
    yield ""


def _security(pmode: PMode) -> Iterator[str]:
    if pmode.sign:
        yield f"signature    {', '.join(pmode.signature_methods)}; digests {', '.join(pmode.digests)}"
        yield "             over eb:Messaging, the Body and every part; exclusive c14n"
        yield f"certificate  {TOKENS[pmode.token]}"
    if pmode.encrypt:
        yield f"encryption   {pmode.data_encryption}, key by {pmode.key_transport}"


def _binding(pmode: PMode) -> str:
    if pmode.binding is Binding.PULL:
        return f"you pull it (MPC {pmode.mpc})"
    return "we push it"


def _numbered(steps: Sequence[str]) -> Iterator[str]:
    """The steps; a line that is indented goes on with the step before it."""
    number = 0
    for step in steps:
        number += not step.startswith(" ")
        yield f"    {step}" if step.startswith(" ") else f"{number:2}. {step}"
