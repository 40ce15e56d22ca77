"""Who makes signature values and who checks them: two protocols, and the ones that work in this process.

Signing repeats itself (PKCS #1 v1.5, Ed25519, ECDSA by RFC 6979), so that a repeated message gets the identical
receipt. RSA-PSS does not: its salt is random.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, cast

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from gateway.core.wss.algorithms import METHODS, Key, Method

HASHES: Mapping[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
RSA_BITS = range(2048, 8192 + 1)  # AS4 eDelivery 1.15: MinimalStrength 128; above, checking is an attack on time
CURVES = frozenset({"secp256r1", "secp384r1", "secp521r1", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1"})
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | Ed25519PrivateKey


class Signer(Protocol):
    """Signs with one key, whose certificate is the first of the chain."""

    @property
    def method(self) -> str:
        """The signature method's name."""

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        """The certificate and its issuers, leaf first."""

    def sign(self, data: bytes) -> bytes:
        """The octets of ds:SignatureValue (ECDSA: r and s, each as long as the curve's order)."""


class Verifier(Protocol):
    """Checks signature values."""

    def verify(self, method: str, certificate: x509.Certificate, signature: bytes, data: bytes) -> bool:
        """Whether the certificate's key made the signature over the data by the method."""


class Suite(Signer, Verifier, Protocol):
    """Does both by one method of its own: national algorithms (docs/suites.md)."""


def local_signer(chain: tuple[x509.Certificate, ...], private_key: PrivateKey, method: str = "") -> Signer:
    """A signer in this process; without a method, the one that suits the key. ValueError where they do not fit."""
    public = private_key.public_key()
    if not chain or chain[0].public_key() != public:
        raise ValueError("the private key is not that of the first certificate")
    chosen = METHODS.get(method or _suiting(public))
    if chosen is None or not fits(chosen, public):
        raise ValueError("the signature method does not fit the key")
    return _Local(chosen.name, tuple(chain), private_key)


def fits(method: Method, public: object) -> bool:
    """Whether the key is of the method's kind and strong enough."""
    if isinstance(public, rsa.RSAPublicKey):
        return method.key is Key.RSA and public.key_size in RSA_BITS
    if isinstance(public, ec.EllipticCurvePublicKey):
        return method.key is Key.EC and public.curve.name in CURVES
    return method.key is Key.ED25519 and isinstance(public, Ed25519PublicKey)


def public_key(certificate: x509.Certificate) -> CertificatePublicKeyTypes | None:
    """The certificate's key; None where this process does not know its kind."""
    try:
        return certificate.public_key()
    except (UnsupportedAlgorithm, ValueError):
        return None


@dataclass(frozen=True, slots=True)
class _Local:
    method: str
    chain: tuple[x509.Certificate, ...]
    private_key: PrivateKey

    def sign(self, data: bytes) -> bytes:
        row, key = METHODS[self.method], self.private_key
        if isinstance(key, rsa.RSAPrivateKey):
            return key.sign(data, _padding(row), HASHES[row.hash])
        if isinstance(key, ec.EllipticCurvePrivateKey):
            made = key.sign(data, ec.ECDSA(HASHES[row.hash], deterministic_signing=True))
            size = _order_size(key.curve)
            return b"".join(number.to_bytes(size, "big") for number in decode_dss_signature(made))
        return key.sign(data)


class _LocalVerifier:
    def verify(self, method: str, certificate: x509.Certificate, signature: bytes, data: bytes) -> bool:
        row = METHODS.get(method)
        if row is None:
            return False
        try:
            _check(row, public_key(certificate), signature, data)
        except InvalidSignature:
            return False
        return True


LOCAL: Verifier = _LocalVerifier()


def _check(row: Method, key: CertificatePublicKeyTypes | None, signature: bytes, data: bytes) -> None:
    """InvalidSignature where it is not valid."""
    if not fits(row, key):
        raise InvalidSignature
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, data, _padding(row), HASHES[row.hash])
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(_der(signature, _order_size(key.curve)), data, ec.ECDSA(HASHES[row.hash]))
    else:
        cast("Ed25519PublicKey", key).verify(signature, data)


def _der(signature: bytes, size: int) -> bytes:
    """The pair r, s as cryptography takes them (RFC 9231 2.3.6)."""
    if len(signature) != 2 * size:
        raise InvalidSignature
    return encode_dss_signature(int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big"))


def _padding(row: Method) -> padding.AsymmetricPadding:
    hashing = HASHES[row.hash]  # RFC 9231 2.3.10: the mask by the same hash, the salt as long as the hash
    return padding.PSS(padding.MGF1(hashing), hashing.digest_size) if row.pss else padding.PKCS1v15()


def _order_size(curve: ec.EllipticCurve) -> int:
    return (curve.key_size + 7) // 8


def _suiting(public: object) -> str:
    if isinstance(public, ec.EllipticCurvePublicKey):
        return next(name for bits, name in CURVE_METHODS if public.key_size <= bits)
    return "ed25519" if isinstance(public, Ed25519PublicKey) else "rsa-sha256"


CURVE_METHODS = ((256, "ecdsa-sha256"), (384, "ecdsa-sha384"), (1024, "ecdsa-sha512"))
