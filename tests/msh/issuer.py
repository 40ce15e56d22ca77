"""A certification authority for a moment."""

import datetime as dt

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

START, END = dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2120, 1, 1, tzinfo=dt.UTC)


def issued(*names: str) -> tuple[tuple[bytes, bytes], tuple[bytes, bytes], bytes]:
    """Two certificates with their keys, and the certificate of their issuer."""
    key = ec.generate_private_key(ec.SECP256R1())
    authority = _certificate("AUTHORITY", "AUTHORITY", key.public_key(), key, ca=True)
    first, second = (_leaf(name, key) for name in names)
    return first, second, authority


def _leaf(name: str, issuer: ec.EllipticCurvePrivateKey) -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return _certificate(name, "AUTHORITY", key.public_key(), issuer, ca=False), private


def _certificate(
    name: str, issuer: str, public: ec.EllipticCurvePublicKey, key: ec.EllipticCurvePrivateKey, *, ca: bool
) -> bytes:
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(START)
        .not_valid_after(END)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
