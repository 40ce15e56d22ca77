"""What a certificate says about itself (RFC 5280 4), as questions with one answer."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa, x448, x25519
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.core.names import SECOND, Micros

E = TypeVar("E", bound=x509.ExtensionType)
LEAST_RSA = 2048  # bits
UNREADABLE = (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)  # what reading extensions may raise


def load(der: bytes) -> x509.Certificate:
    """The certificate; ValueError where the octets are none that the library reads."""
    try:
        return x509.load_der_x509_certificate(der)
    except x509.InvalidVersion:  # no ValueError, as everything else that is wrong with it
        raise ValueError("not a version of X.509") from None


def extension(certificate: x509.Certificate, kind: type[E]) -> E | None:
    """The extension of that kind; one of UNREADABLE where extensions cannot be read."""
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
    except (x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        raise ValueError("extensions that cannot be read") from None


def is_issuer(certificate: x509.Certificate) -> bool:
    """Whether it says that it issues others (basicConstraints)."""
    found = extension(certificate, x509.BasicConstraints)
    return found is not None and found.ca


def signs(certificate: x509.Certificate) -> bool:
    """Whether its keyUsage, if it has one, allows to sign messages."""
    found = extension(certificate, x509.KeyUsage)
    return found is None or found.digital_signature or found.content_commitment


def opens(certificate: x509.Certificate) -> bool:
    """Whether messages can be encrypted for it: its kind of key can, and its keyUsage, if it has one, allows it."""
    key, found = public_key(certificate), extension(certificate, x509.KeyUsage)
    if isinstance(key, rsa.RSAPublicKey):
        return found is None or found.key_encipherment or found.data_encipherment
    if isinstance(key, ec.EllipticCurvePublicKey | x25519.X25519PublicKey | x448.X448PublicKey):
        return found is None or found.key_agreement
    return False


def public_key(certificate: x509.Certificate) -> CertificatePublicKeyTypes | None:
    """Its key; none where the library does not know the algorithm (national ones)."""
    try:
        return certificate.public_key()
    except (UnsupportedAlgorithm, ValueError):
        return None


def weak(certificate: x509.Certificate) -> bool:
    """Whether its key is one that nobody should rely on."""
    key = public_key(certificate)
    return isinstance(key, dsa.DSAPublicKey) or (isinstance(key, rsa.RSAPublicKey) and key.key_size < LEAST_RSA)


def self_signed(certificate: x509.Certificate) -> bool:
    """Whether it names itself as its issuer."""
    return certificate.subject == certificate.issuer


def spki(certificate: x509.Certificate) -> bytes:
    """Its SubjectPublicKeyInfo; empty where the library does not know the algorithm."""
    key = public_key(certificate)
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) if key is not None else b""


def uris(names: Iterable[x509.GeneralName] | None) -> frozenset[str]:
    """The URIs among the names."""
    return frozenset(name.value for name in names or () if isinstance(name, x509.UniformResourceIdentifier))


def micros(moment: datetime) -> Micros:
    """The moment as it is counted here."""
    return Micros(int(moment.timestamp()) * SECOND)
