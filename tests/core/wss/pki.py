"""Certificates of every kind, made on the fly: issuers, leaves, lists and OCSP answers."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.core.names import SECOND, Micros

DAY = dt.timedelta(days=1)
TODAY = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
NOW = Micros(int(TODAY.timestamp()) * SECOND)
EDDSA = (ed25519.Ed25519PrivateKey, ed448.Ed448PrivateKey)
CA = x509.BasicConstraints(ca=True, path_length=None)
RSA_SHA256, RSA_SHA1 = (bytes.fromhex(f"06092a864886f70d0101{last}") for last in ("0b", "05"))
P256, SM2 = bytes.fromhex("06082a8648ce3d030107"), bytes.fromhex("06082a811ccf5501822d")
USES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
    "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip


def at(days: float) -> Micros:
    """That many days from today."""
    return Micros(int((TODAY + days * DAY).timestamp()) * SECOND)


@cache
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """One for the whole run: they are dear."""
    return rsa.generate_private_key(65537, bits)


def curve_key() -> ec.EllipticCurvePrivateKey:
    """A fresh P-256 key."""
    return ec.generate_private_key(ec.SECP256R1())


def usage(*names: str) -> x509.KeyUsage:
    """The keyUsage with these bits."""
    return x509.KeyUsage(**{name: name in names for name in USES})


def name(common: str) -> x509.Name:
    """A subject."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


@dataclass(frozen=True, slots=True)
class Holder:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: Any

    @property
    def pem(self) -> bytes:
        """The certificate in PEM."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """The key in PEM."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def fingerprint(self) -> bytes:
        """SHA-256."""
        return self.certificate.fingerprint(hashes.SHA256())


def issue(  # noqa: PLR0913 - a certificate has many sides
    subject: str | x509.Name,
    issuer: Holder | None = None,
    *extensions: x509.ExtensionType,
    key: Any = None,
    days: tuple[float, float] = (-10, 10),
    digest: Any = None,
    critical: bool = True,
) -> Holder:
    """A certificate by the issuer, or by itself."""
    key = key or curve_key()
    shown = name(subject) if isinstance(subject, str) else subject
    by = issuer.key if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(shown)
        .issuer_name(issuer.certificate.subject if issuer else shown)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(TODAY + days[0] * DAY)
        .not_valid_after(TODAY + days[1] * DAY)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return Holder(builder.sign(by, None if isinstance(by, EDDSA) else digest or hashes.SHA256()), key)


def by_sha1(subject: str, *extensions: x509.ExtensionType) -> Holder:
    """A certificate that says it was signed with SHA-1, which the library signs with no more."""
    found = issue(subject, issue("root", None, CA, key=rsa_key()), *extensions)
    der = found.certificate.public_bytes(Encoding.DER)
    assert der.count(RSA_SHA256) == 2
    return Holder(x509.load_der_x509_certificate(der.replace(RSA_SHA256, RSA_SHA1)), found.key)


def by_curve_unknown(subject: str) -> x509.Certificate:
    """A certificate whose key is on the Chinese curve SM2, which the library does not know."""
    der = issue(subject).certificate.public_bytes(Encoding.DER)
    assert der.count(P256) == 1
    return x509.load_der_x509_certificate(der.replace(P256, SM2))


def without_end(found: bytes) -> bytes:
    """The list without its nextUpdate: the second UTCTime; its signature does not hold any more."""
    listed = x509.load_der_x509_crl(found)
    tbs = listed.tbs_certlist_bytes
    head = 3 if tbs[1] == 0x81 else 2
    end = tbs.index(b"\x17\x0d", tbs.index(b"\x17\x0d") + 1)
    rest = found[found.index(tbs) + len(tbs) :]
    return _sequence(_sequence(tbs[head:end] + tbs[end + 15 :]) + rest)


def _sequence(content: bytes) -> bytes:
    size = len(content)
    return b"\x30" + (bytes([size]) if size < 128 else bytes([0x81, size])) + content


def crl(
    issuer: Holder,
    revoked: Iterable[x509.Certificate] = (),
    *extensions: x509.ExtensionType,
    days: tuple[float, float] = (-1, 1),
    name: x509.Name | None = None,
) -> bytes:
    """The issuer's list, in DER."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(name or issuer.certificate.subject)
        .last_update(TODAY + days[0] * DAY)
        .next_update(TODAY + days[1] * DAY)
    )
    for each in revoked:
        row = x509.RevokedCertificateBuilder().serial_number(each.serial_number).revocation_date(TODAY - DAY)
        builder = builder.add_revoked_certificate(row.build())
    for extension in extensions:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(issuer.key, None if isinstance(issuer.key, EDDSA) else hashes.SHA256()).public_bytes(
        Encoding.DER
    )


def answer(  # noqa: PLR0913 - an answer has many sides, too
    certificate: x509.Certificate,
    issuer: Holder,
    responder: Holder | None = None,
    *,
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    days: tuple[float, float | None] = (-1, 1),
    shown: Holder | None = None,
) -> bytes:
    """What the responder says of the certificate, in DER."""
    by = responder or issuer
    revoked = status is ocsp.OCSPCertStatus.REVOKED
    built = ocsp.OCSPResponseBuilder().add_response(
        certificate,
        issuer.certificate,
        hashes.SHA256(),
        status,
        TODAY + days[0] * DAY,
        TODAY + days[1] * DAY if days[1] is not None else None,
        TODAY - DAY if revoked else None,
        None,
    )
    if responder:
        built = built.certificates([(shown or responder).certificate])
    built = built.responder_id(ocsp.OCSPResponderEncoding.HASH, by.certificate)
    return built.sign(by.key, None if isinstance(by.key, EDDSA) else hashes.SHA256()).public_bytes(Encoding.DER)


ANSWERS = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING])
x25519_key = x25519.X25519PrivateKey.generate
ed25519_key = ed25519.Ed25519PrivateKey.generate
