"""Makes what signatures need: keys and certificates, one of each kind for all laws, and signed envelopes."""

import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID
from lxml import etree

from gateway.core import ebms, xml
from gateway.core.agreement import Limits
from gateway.core.errors import Rejected
from gateway.core.reference import DS
from gateway.core.wss import canonical, names
from gateway.core.wss.carried import Carried, Octets
from gateway.core.wss.keys import PrivateKey, Signer, local_signer
from gateway.core.wss.sign import How, PartDigest, sign
from gateway.core.wss.verify import Allowed, Verified, verify

SINCE = datetime(2026, 1, 1)  # noqa: DTZ001 - certificates say UTC without a zone
EVERY = Allowed(
    frozenset(
        {"rsa-sha256", "rsa-sha384", "rsa-sha512", "rsa-pss-sha256", "rsa-pss-sha384", "rsa-pss-sha512"}
        | {"ecdsa-sha256", "ecdsa-sha384", "ecdsa-sha512", "ed25519"}
    ),
    frozenset({"sha256", "sha384", "sha512"}),
)
KINDS = {
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "weak": lambda: rsa.generate_private_key(65537, 1024),  # noqa: S505 - refused
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "p521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "brainpool": lambda: ec.generate_private_key(ec.BrainpoolP256R1()),
    "koblitz": lambda: ec.generate_private_key(ec.SECP256K1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
}


def key(kind: str, n: int = 0) -> PrivateKey:
    """The key of a kind; the n-th, where a law needs two."""
    return _key(kind, n)


@cache
def _key(kind: str, _: int) -> PrivateKey:
    return KINDS[kind]()


def name(*rows: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    """A distinguished name."""
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in rows])


LEAF = name((NameOID.COMMON_NAME, "Leaf"))


@dataclass(frozen=True, slots=True)
class Wish:
    """What a law wants of a certificate."""

    subject: x509.Name = LEAF
    issuer: x509.Name | None = None
    serial: int = 4096
    days: int = 3650
    identifier: bool = True


def certificate(private_key: PrivateKey, wish: Wish = Wish(), issuer_key: PrivateKey | None = None) -> x509.Certificate:
    """A certificate for the key; signed by itself unless an issuer's key is given."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(wish.subject)
        .issuer_name(wish.issuer or wish.subject)
        .public_key(private_key.public_key())
        .serial_number(wish.serial)
        .not_valid_before(SINCE)
        .not_valid_after(SINCE + timedelta(days=wish.days))
    )
    if wish.identifier:
        builder = builder.add_extension(
            x509.SubjectKeyIdentifier.from_public_key(private_key.public_key()), critical=False
        )
    by = issuer_key or private_key
    return builder.sign(by, None if isinstance(by, ed25519.Ed25519PrivateKey) else hashes.SHA256())


@cache
def signer(kind: str = "p256", method: str = "", n: int = 0) -> Signer:
    """A signer with a key of the kind."""
    own = key(kind, n)
    return local_signer((certificate(own),), own, method)


def soap(text: str = "KZ.KGD", more: str = "") -> bytes:
    """A SOAP envelope as core/ebms writes it, with this text in its header."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<S12:Envelope xmlns:S12="{ebms.S12}" xmlns:eb="{ebms.EB}" xmlns:wsu="{ebms.WSU}"><S12:Header>'
        '<eb:Messaging S12:mustUnderstand="true" wsu:Id="messaging"><eb:UserMessage><eb:PartyId>'
        f"{text}</eb:PartyId>{more}</eb:UserMessage></eb:Messaging>"
        '</S12:Header><S12:Body wsu:Id="body"/></S12:Envelope>'
    ).encode()


HOW = How()
PARTS = {"a@x": b"\x1f\x8b one", "b@x": b"\x1f\x8b two"}


def carried(parts: Mapping[str, bytes] = PARTS, media_type: str = "application/gzip") -> dict[str, Carried]:
    """The parts as they came."""
    return {cid: Octets(media_type, octets) for cid, octets in parts.items()}


def digests(parts: Mapping[str, Carried], how: How) -> list[PartDigest]:
    """The parts as they are signed."""
    return [PartDigest(cid, part.digest(how.digest) or b"") for cid, part in parts.items()]


def signed(
    by: Signer | None = None,
    how: How = HOW,
    parts: Mapping[str, bytes] = PARTS,
    envelope: bytes = b"",
) -> bytes:
    """A signed envelope over the parts."""
    return sign(envelope or soap(), digests(carried(parts), how), by or signer(), how)


def checked(
    message: bytes | etree._Element,
    parts: Mapping[str, Carried] | None = None,
    allowed: Allowed = EVERY,
    known: Sequence[x509.Certificate] = (),
) -> Verified:
    """The message verified as it would be on arrival."""
    envelope = xml.parse(message, Limits()) if isinstance(message, bytes) else message
    return verify(envelope, carried() if parts is None else parts, allowed, known)


def resigned(root: etree._Element, by: Signer | None = None, method: str = "") -> bytes:
    """The message with digests of elements and the signature value made anew, as its rightful signer would."""
    info, value = next(root.iter(names.SIGNED_INFO)), next(root.iter(names.SIGNATURE_VALUE))
    for row in info.iterfind(f"{{{DS}}}Reference"):
        found = next((each for each in root.iter("*") if row.get("URI") == f"#{each.get(names.IDS[0])}"), None)
        method_of = row.find(f"{{{DS}}}DigestMethod")
        if found is not None and method_of is not None:
            made = hashlib.new(
                method_of.get("Algorithm", "").rpartition("#")[2], canonical.element(found, _prefixes(row))
            ).digest()
            row[-1].text = b64encode(made).decode()
    signing = next(each for each in info if each.tag == f"{{{DS}}}SignatureMethod")
    signing.set("Algorithm", method or signing.get("Algorithm", ""))
    value.text = b64encode((by or signer()).sign(canonical.element(info, _prefixes(info[0])))).decode()
    return etree.tostring(root)


def _prefixes(place: etree._Element) -> str:
    found = place.find(f".//{names.INCLUSIVE}")
    return found.get("PrefixList", "") if found is not None else ""


def refusal(
    message: bytes | etree._Element,
    parts: Mapping[str, Carried] | None = None,
    allowed: Allowed = EVERY,
    known: Sequence[x509.Certificate] = (),
) -> tuple[str, str]:
    """The code that the message is refused with, and what was expected."""
    try:
        checked(message, parts, allowed, known)
    except Rejected as found:
        (fault,) = found.faults
        return fault.code.code, str(fault.expected)
    raise AssertionError("the message was taken")


def parsed() -> etree._Element:
    """A signed message."""
    return etree.fromstring(signed())


def one(root: etree._Element, tag: str) -> etree._Element:
    """The first element of this name."""
    return next(root.iter(tag))
