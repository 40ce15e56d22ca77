"""What the floor signs and checks: the calls that no gateway can do without, and nothing around them."""

from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from lxml import etree

from gateway.cli.keys import Kind

HEADER = b'<eb:Messaging xmlns:eb="urn:floor"><eb:MessageId>%d</eb:MessageId><eb:Digest>%s</eb:Digest></eb:Messaging>'


class Security(StrEnum):
    """How messages and receipts are secured between two subjects."""

    PLAIN = "unsigned"
    EC = "P-256"
    RSA = "RSA-3072"

    @property
    def key(self) -> Kind:
        """The kind of key that `init` makes for it."""
        return Kind.RSA if self is Security.RSA else Kind.EC


class Signing(Protocol):
    """Signs and checks with one key."""

    def sign(self, data: bytes) -> bytes:
        """The signature over SHA-256 of the data."""

    def check(self, signature: bytes, data: bytes) -> None:
        """InvalidSignature where it is not the key's."""


class Nothing:
    """Nobody signs."""

    def sign(self, _data: bytes) -> bytes:
        """Nothing."""
        return b""

    def check(self, _signature: bytes, _data: bytes) -> None:
        """Always."""


class _Curve:
    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key, self._public, self._way = key, key.public_key(), ec.ECDSA(hashes.SHA256())

    def sign(self, data: bytes) -> bytes:
        return self._key.sign(data, self._way)

    def check(self, signature: bytes, data: bytes) -> None:
        self._public.verify(signature, data, self._way)


class _Numbers:
    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        self._key, self._public = key, key.public_key()

    def sign(self, data: bytes) -> bytes:
        return self._key.sign(data, padding.PKCS1v15(), hashes.SHA256())

    def check(self, signature: bytes, data: bytes) -> None:
        self._public.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())


def signing(path: str) -> Signing:
    """With the key of a PEM file; an empty path: nobody signs."""
    if not path:
        return Nothing()
    key = load_pem_private_key(Path(path).read_bytes(), None)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return _Curve(key)
    if isinstance(key, rsa.RSAPrivateKey):
        return _Numbers(key)
    raise ValueError(path)


def header(number: int, body: bytes) -> bytes:
    """What is signed of a message: a small header with the digest of its body, parsed and canonical."""
    made = etree.fromstring(HEADER % (number, sha256(body).hexdigest().encode()))
    return etree.tostring(made, method="c14n", exclusive=True)
