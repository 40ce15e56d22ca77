"""How a content key travels: under the recipient's RSA key (OAEP), or wrapped by a key agreed with it (XML Encryption 5.5, 5.6)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from gateway.core.wss import ciphers
from gateway.core.wss.certificate import public_key

Randomness = Callable[[int], bytes]
Agreeing = x25519.X25519PrivateKey | ec.EllipticCurvePrivateKey
NOT_OPENED = (ValueError, InvalidUnwrap, UnsupportedAlgorithm)  # all that a wrong, altered or foreign key can raise
MASKS = {f"mgf1{name}": algorithm for name, algorithm in ciphers.HASHES.items()}
KINDS = {
    ciphers.OAEP: rsa.RSAPublicKey,
    ciphers.OAEP_MGF1P: rsa.RSAPublicKey,
    ciphers.X25519: x25519.X25519PublicKey,
    ciphers.ECDH: ec.EllipticCurvePublicKey,
}
EXTRA = 8  # octets that make the bias of a reduced random number too small to matter (FIPS 186-5 A.2.1)


@dataclass(frozen=True, slots=True)
class Oaep:
    """The parameters of RSA-OAEP (XML Encryption 1.1 5.5.2)."""

    digest: str = "sha1"
    mgf: str = "mgf1sha1"
    label: bytes = b""

    @property
    def padding(self) -> padding.OAEP:
        """As the library takes it."""
        return padding.OAEP(padding.MGF1(MASKS[self.mgf]), ciphers.HASHES[self.digest], self.label or None)


@dataclass(frozen=True, slots=True)
class Derivation:
    """How a wrapping key is made from an agreed secret: HKDF (RFC 5869) or ConcatKDF (XML Encryption 1.1 5.4.1)."""

    method: str
    hash: str
    size: int
    salt: bytes = b""
    info: bytes = b""

    def key(self, secret: bytes) -> bytes:
        """The wrapping key."""
        algorithm = ciphers.HASHES[self.hash]
        if self.method == ciphers.CONCAT:
            return ConcatKDFHash(algorithm, self.size, self.info).derive(secret)
        return HKDF(algorithm, self.size, self.salt or None, self.info).derive(secret)


@dataclass(frozen=True, slots=True)
class Agreement:
    """A key agreement with the recipient, as it travels: the sender's public key of one use and the derivation."""

    method: str
    ephemeral: bytes  # SubjectPublicKeyInfo, DER
    derivation: Derivation


class Opener(Protocol):
    """One of our keys that content keys are encrypted to; whatever cannot be opened is a ValueError."""

    @property
    def certificate(self) -> x509.Certificate:
        """The certificate that partners encrypt to."""

    def unwrap(self, oaep: Oaep, wrapped: bytes) -> bytes:
        """What was encrypted to an RSA key."""

    def agree(self, ephemeral: bytes) -> bytes:
        """The secret shared with the owner of that public key (SubjectPublicKeyInfo, DER)."""


@dataclass(frozen=True, slots=True)
class LocalOpener:
    """A key held in this process."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey | Agreeing

    def unwrap(self, oaep: Oaep, wrapped: bytes) -> bytes:
        """What was encrypted to an RSA key."""
        if not isinstance(self.key, rsa.RSAPrivateKey):
            raise ValueError  # noqa: TRY004 - as the protocol says
        return self.key.decrypt(wrapped, oaep.padding)

    def agree(self, ephemeral: bytes) -> bytes:
        """The secret shared with the owner of that public key."""
        return _shared(self.key, load_der_public_key(ephemeral))


def local_opener(certificate: x509.Certificate, key: object) -> Opener:
    """An opener for an RSA, X25519 or elliptic curve key that belongs to the certificate; else a ValueError."""
    if not isinstance(key, rsa.RSAPrivateKey | x25519.X25519PrivateKey | ec.EllipticCurvePrivateKey):
        raise ValueError(type(key).__name__)  # noqa: TRY004 - the operator's mistake, not the program's
    if _spki(key.public_key()) != _spki(certificate.public_key()):
        raise ValueError(certificate.subject.rfc4514_string())
    return LocalOpener(certificate, key)


def transport(recipient: x509.Certificate, oaep: Oaep, content_key: bytes) -> bytes:
    """The content key under the recipient's RSA key; OAEP's own randomness is the library's."""
    public = recipient.public_key()
    if not isinstance(public, rsa.RSAPublicKey):
        raise ValueError(type(public).__name__)  # noqa: TRY004 - the operator's mistake, not the program's
    return public.encrypt(content_key, oaep.padding)


def agree(
    recipient: x509.Certificate, method: str, derivation: Derivation, randomness: Randomness
) -> tuple[Agreement, bytes]:
    """An agreement with a key of this one use, and the wrapping key that comes of it."""
    public = recipient.public_key()
    if not suits(recipient, method):
        raise ValueError(method)
    own: Agreeing = (
        _scalar(public.curve, randomness)
        if isinstance(public, ec.EllipticCurvePublicKey)
        else x25519.X25519PrivateKey.from_private_bytes(randomness(32))
    )
    return Agreement(method, _spki(own.public_key()), derivation), derivation.key(_shared(own, public))


def wrap(wrapping_key: bytes, content_key: bytes) -> bytes:
    """AES key wrap (RFC 3394)."""
    return aes_key_wrap(wrapping_key, content_key)


def opened(opener: Opener, way: Oaep | Agreement, wrapped: bytes) -> bytes | None:
    """The content key as this opener makes it out, None where it does not."""
    try:
        if isinstance(way, Oaep):
            return opener.unwrap(way, wrapped)
        return aes_key_unwrap(way.derivation.key(opener.agree(way.ephemeral)), wrapped)
    except NOT_OPENED:
        return None


def suits(certificate: x509.Certificate, method: str) -> bool:
    """Content keys can travel to the certificate's owner by that method: rsa-oaep, x25519, ecdh-es."""
    return isinstance(public_key(certificate), KINDS[method])


def fits(opener: Opener, way: Oaep | Agreement) -> bool:
    """The opener's key is of the kind that the content key was encrypted to."""
    return suits(opener.certificate, ciphers.OAEP if isinstance(way, Oaep) else way.method)


def _shared(own: object, other: object) -> bytes:
    """The Diffie-Hellman secret of two keys of one kind and curve."""
    if isinstance(own, x25519.X25519PrivateKey) and isinstance(other, x25519.X25519PublicKey):
        return own.exchange(other)
    if isinstance(own, ec.EllipticCurvePrivateKey) and isinstance(other, ec.EllipticCurvePublicKey):
        return own.exchange(ec.ECDH(), other)
    raise ValueError


def _scalar(curve: ec.EllipticCurve, randomness: Randomness) -> ec.EllipticCurvePrivateKey:
    number = int.from_bytes(randomness((curve.key_size + 7) // 8 + EXTRA))
    return ec.derive_private_key(number % (curve.group_order - 1) + 1, curve)


def _spki(public: PublicKeyTypes) -> bytes:
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
