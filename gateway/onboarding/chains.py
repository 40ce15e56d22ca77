"""Certificates in the forms that other products take: PEM, PKCS #7, PKIPath; never anything but certificates."""

from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

SEQUENCE = 0x30
SHORT = 0x80  # lengths below stand in one byte (X.690 8.1.3)


def certificates(content: bytes) -> tuple[x509.Certificate, ...]:
    """The certificates of a PEM, DER or PKCS #7 file, as they stand there; ValueError where it is none of these."""
    readers = (
        x509.load_pem_x509_certificates,
        pkcs7.load_pem_pkcs7_certificates,
        pkcs7.load_der_pkcs7_certificates,
        lambda body: [x509.load_der_x509_certificate(body)],
    )
    for read in readers:
        try:
            if found := read(content):
                return tuple(found)
        except ValueError:
            continue
    raise ValueError("neither PEM nor DER nor PKCS #7 with certificates")


def ordered(found: Sequence[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    """The same certificates, those of parties first, then issuers: as a party's PEM file has them."""
    return tuple(sorted(found, key=is_issuer))


def is_issuer(certificate: x509.Certificate) -> bool:
    """Whether it may issue others: part of a chain, not an identity."""
    try:
        return bool(certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
    except x509.ExtensionNotFound:
        return False


def pem(found: Sequence[x509.Certificate]) -> bytes:
    """All of them, one after the other."""
    return b"".join(each.public_bytes(Encoding.PEM) for each in found)


def p7b(found: Sequence[x509.Certificate]) -> bytes:
    """A PKCS #7 file without signature, which Java's and Windows' tools import as a chain."""
    return pkcs7.serialize_certificates(list(found), Encoding.DER)


def pkipath(found: Sequence[x509.Certificate]) -> bytes:
    """A chain, leaf first, as X.509's PkiPath: a SEQUENCE whose last certificate is the leaf (WSS X.509 1.1.1 3.1)."""
    body = b"".join(each.public_bytes(Encoding.DER) for each in reversed(found))
    return bytes([SEQUENCE]) + _length(len(body)) + body


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 in hex, as every tool shows it but for the colons."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def _length(size: int) -> bytes:
    if size < SHORT:
        return bytes([size])
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([SHORT | len(octets)]) + octets
