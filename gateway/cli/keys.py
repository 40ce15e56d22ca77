"""Makes key pairs with self-signed certificates: one for connections, and those that messages are signed and opened with."""

import datetime as dt
import ipaddress
from dataclasses import dataclass
from enum import StrEnum

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALID_DAYS = 825
RSA_BITS = 3072
Signing = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
Private = Signing | x25519.X25519PrivateKey
USES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


class Kind(StrEnum):
    """Which keys messages are signed and opened with (docs/certificates.md)."""

    EC = "ec"
    RSA = "rsa"
    ED25519 = "ed25519"


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key, in PEM."""

    certificate: bytes
    key: bytes


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose keys they are."""

    party: str
    member: str
    authority: str

    @property
    def name(self) -> x509.Name:
        """The subject of its certificates: CN is the PartyId."""
        return x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, self.member),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, self.authority[:64]),
                x509.NameAttribute(NameOID.COMMON_NAME, self.party),
            ]
        )


def connecting(owner: Owner, host: str) -> Pair:
    """For TLS: both edges, and calling partners (P-256)."""
    key = ec.generate_private_key(ec.SECP256R1())
    purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
    return _pair(owner, key, key, x509.SubjectAlternativeName(_names(host)), purposes)


def messaging(owner: Owner, kind: Kind) -> tuple[Pair, ...]:
    """For messages: the pair that signs; where it cannot open what is encrypted, one that can behind it."""
    if kind is Kind.EC:
        curve = ec.generate_private_key(ec.SECP256R1())
        return (_pair(owner, curve, curve, _usage("digital_signature", "key_agreement")),)
    if kind is Kind.RSA:
        numbers = rsa.generate_private_key(65537, RSA_BITS)
        return (_pair(owner, numbers, numbers, _usage("digital_signature", "key_encipherment")),)
    signing = ed25519.Ed25519PrivateKey.generate()
    opening = _pair(owner, x25519.X25519PrivateKey.generate(), signing, _usage("key_agreement"))
    return _pair(owner, signing, signing, _usage("digital_signature")), opening


def sealing() -> bytes:
    """An Ed25519 key for the delivery log, in PEM."""
    return ed25519.Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _pair(owner: Owner, key: Private, by: Signing, *extensions: x509.ExtensionType) -> Pair:
    """X25519 keys sign nothing: the owner's Ed25519 key signs their certificate."""
    now = dt.datetime.now(dt.UTC)  # noqa: TID251 - a certificate's dates, not a message's
    public = key.public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(owner.name)
        .issuer_name(owner.name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(days=VALID_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=isinstance(extension, x509.KeyUsage))
    certificate = builder.sign(by, None if isinstance(by, ed25519.Ed25519PrivateKey) else hashes.SHA256())
    return Pair(
        certificate.public_bytes(Encoding.PEM),
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    )


def _usage(*names: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{name: name in names for name in USES})


def _names(host: str) -> list[x509.GeneralName]:
    names: list[x509.GeneralName] = [x509.DNSName("localhost")]
    try:
        names.append(x509.IPAddress(ipaddress.ip_address(host)))
    except ValueError:
        names.append(x509.DNSName(host))
    return names
