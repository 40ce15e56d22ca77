"""Whom the tests encrypt to: one key of each kind, made once, certified by one authority."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa, x25519
from cryptography.x509.oid import NameOID
from lxml import etree

from gateway.core.wss.keywrap import Oaep, Opener, local_opener
from gateway.core.wss.names import WSSE

START, END = dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2036, 1, 1, tzinfo=dt.UTC)
ISSUER = ec.generate_private_key(ec.SECP256R1())
KINDS = {
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "x25519": x25519.X25519PrivateKey.generate,
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "p521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "brainpool": lambda: ec.generate_private_key(ec.BrainpoolP256R1()),
}


@cache
def recipient(kind: str, name: str = "recipient", *, identified: bool = True) -> Opener:
    """The owner of a key of that kind; not `identified`: its certificate states no SubjectKeyIdentifier."""
    key = KINDS[kind]()
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority & sons")]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(START)
        .not_valid_after(END)
    )
    if identified:
        builder = builder.add_extension(x509.SubjectKeyIdentifier(f"{kind} {name}".encode()), critical=False)
    return local_opener(builder.sign(ISSUER, hashes.SHA256()), key)


def drawn(size: int) -> bytes:
    """Randomness that is the same every time."""
    return hashlib.shake_128(b"drawn").digest(size)


def header(extra: bytes, before: str = "", after: str = "") -> etree._Element:
    """The wsse:Security of an envelope that holds these elements."""
    text = (
        f'<S:Envelope xmlns:S="urn:s"><S:Header>{before}<wsse:Security xmlns:wsse="{WSSE}">{extra.decode()}'
        f"</wsse:Security></S:Header><S:Body>{after}</S:Body></S:Envelope>"
    )
    return next(etree.fromstring(text).iter(f"{{{WSSE}}}Security"))


@dataclass(frozen=True, slots=True)
class Counting:
    """An opener that writes down when it is asked."""

    opener: Opener
    asked: list[str]

    @property
    def certificate(self) -> x509.Certificate:
        """That of the opener."""
        return self.opener.certificate

    def unwrap(self, oaep: Oaep, wrapped: bytes) -> bytes:
        """As the opener."""
        self.asked.append(self.certificate.subject.rfc4514_string())
        return self.opener.unwrap(oaep, wrapped)

    def agree(self, ephemeral: bytes) -> bytes:
        """As the opener."""
        self.asked.append(self.certificate.subject.rfc4514_string())
        return self.opener.agree(ephemeral)
