"""PEM files: which certificates are in them, whose, until when."""

import ssl
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

EXPIRES_SOON = 30  # days


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate of a PEM file."""

    fingerprint: bytes
    pem: str
    subject: str
    not_before: datetime
    not_after: datetime
    issuer: bool  # a CA certificate: part of the chain, not an identity

    def state(self, now: datetime) -> str:
        """Valid, or why not."""
        if now < self.not_before:
            return f"not valid before {self.not_before:%Y-%m-%d}"
        if now > self.not_after:
            return f"expired on {self.not_after:%Y-%m-%d}"
        days = (self.not_after - now).days
        return f"expires in {days} days" if days < EXPIRES_SOON else "valid"


def read(path: Path) -> tuple[Certificate, ...]:
    """Every certificate in the file, in order; OSError or ValueError where there is none."""
    return parse(path.read_bytes())


def parse(pem: bytes) -> tuple[Certificate, ...]:
    """Every certificate in the text, in order; ValueError where there is none."""
    return tuple(_certificate(found) for found in x509.load_pem_x509_certificates(pem))


def belong_together(certificate: Path, key: Path) -> bool:
    """Whether the two PEM files are a certificate and its private key."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError):
        return False
    return True


def _certificate(found: x509.Certificate) -> Certificate:
    try:
        issuer = found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        issuer = False
    return Certificate(
        found.fingerprint(hashes.SHA256()),
        found.public_bytes(Encoding.PEM).decode(),
        found.subject.rfc4514_string(),
        found.not_valid_before_utc,
        found.not_valid_after_utc,
        issuer,
    )
