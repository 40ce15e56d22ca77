"""What issuers say about certificates that they have taken back: lists (RFC 5280 5) and OCSP answers (RFC 6960).

A `Crl` or `Answer` exists only where its signature held; whether it is up to date shows when it is asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import Self, cast

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from gateway.core.names import SECOND, Micros
from gateway.core.wss.certificate import UNREADABLE, extension, is_issuer, micros, spki, uris

SKEW = 300 * SECOND  # clocks differ; a list of a future beyond that is not used
UNDATED = 86_400 * SECOND  # how long an answer without nextUpdate counts
UNDERSTOOD = (x509.IssuingDistributionPoint, x509.AuthorityKeyIdentifier, x509.CRLNumber)

CERT_ID = ("serial_number", "issuer_name_hash", "issuer_key_hash")  # RFC 6960 4.1.1


class Revocation(StrEnum):
    """What is asked about revocation before a certificate is believed."""

    NONE = "none"
    IF_KNOWN = "if-known"  # what is listed as revoked is refused; silence is not
    REQUIRED = "required"  # refused, too, where no list or answer that is up to date speaks of it


class Status(StrEnum):
    """What is known of a certificate's revocation."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


class UnusableError(Exception):
    """A list or answer that proves nothing: says why."""


@dataclass(frozen=True, slots=True)
class Crl:
    """A revocation list whose issuer's signature held."""

    issuer: x509.Name
    key: bytes  # the issuer's SubjectPublicKeyInfo
    issued_at: Micros
    until: Micros  # nextUpdate
    revoked: frozenset[int]  # serial numbers
    points: frozenset[str] = frozenset()  # only of certificates that name one of these distribution points
    users: bool = True  # speaks of end-entity certificates,
    issuers: bool = True  # of issuers' certificates

    @classmethod
    def read(cls, content: bytes, issuers: Sequence[x509.Certificate]) -> Self:
        """The list in PEM or DER; UnusableError where none of the issuers signed it, or it speaks of less than it seems to."""
        found = _load(content)
        if found.next_update_utc is None:
            raise UnusableError("it does not say when the next one comes (nextUpdate)")
        signer = next((issuer for issuer in issuers if _lists(issuer, found)), None)
        if signer is None:
            raise UnusableError("it is not signed by one of the issuers that are configured")
        strange = [row.oid for row in found.extensions if row.critical and not isinstance(row.value, UNDERSTOOD)]
        scope = _scope(found)
        if strange or (scope is not None and (scope.indirect_crl or scope.only_some_reasons or scope.relative_name)):
            raise UnusableError(
                "it is a delta, indirect or otherwise partial list; expected a complete one of one issuer"
            )
        return cls(
            found.issuer,
            spki(signer),
            micros(found.last_update_utc),
            micros(found.next_update_utc),
            frozenset(row.serial_number for row in found),
            uris(scope.full_name if scope else None),
            users=scope is None or not (scope.only_contains_ca_certs or scope.only_contains_attribute_certs),
            issuers=scope is None or not (scope.only_contains_user_certs or scope.only_contains_attribute_certs),
        )

    def covers(self, certificate: x509.Certificate, issuer: x509.Certificate | None) -> bool:
        """Whether the list is that of the certificate's issuer, for certificates of its kind."""
        same = self.issuer == certificate.issuer and (issuer is None or spki(issuer) == self.key)
        kind = self.issuers if is_issuer(certificate) else self.users
        return same and kind and (not self.points or bool(self.points & distribution_points(certificate)))

    def heard(self, certificate: x509.Certificate) -> Status:
        """What it says of a certificate that it covers."""
        return Status.REVOKED if certificate.serial_number in self.revoked else Status.GOOD


@dataclass(frozen=True, slots=True)
class Answer:
    """An OCSP answer about one certificate whose responder's signature held."""

    certificate: bytes  # its SHA-256 fingerprint
    status: Status
    issued_at: Micros
    until: Micros

    @classmethod
    def read(cls, content: bytes, certificate: x509.Certificate, issuer: x509.Certificate, now: Micros) -> Self:
        """The answer in DER; UnusableError where it is not about the certificate or not by whom its issuer lets answer."""
        try:
            found = ocsp.load_der_ocsp_response(content)
            if found.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
                raise UnusableError(f"the responder answers {found.response_status.name}")
            asked = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, found.hash_algorithm).build()
            if any(getattr(found, part) != getattr(asked, part) for part in CERT_ID):
                raise UnusableError("it is about another certificate")
            _require_responder(found, issuer, now)
        except (*UNREADABLE, UnsupportedAlgorithm, InvalidSignature, TypeError):
            raise UnusableError("it is no OCSP answer signed by the issuer or by a responder that it named") from None
        issued_at = micros(found.this_update_utc)
        until = micros(found.next_update_utc) if found.next_update_utc else Micros(issued_at + UNDATED)
        said = Status(found.certificate_status.name.lower())
        return cls(certificate.fingerprint(hashes.SHA256()), said, issued_at, until)

    def heard(self, _: x509.Certificate) -> Status:
        """What it says of the certificate that it is about."""
        return self.status


@dataclass(frozen=True, slots=True)
class Source:
    """Where an issuer says what it has revoked: a list, or a responder that is asked about one certificate."""

    url: str
    issuers: tuple[x509.Certificate, ...]  # one of them has signed what is said
    certificate: x509.Certificate | None = None  # what a responder is asked about

    @property
    def question(self) -> bytes:
        """What is posted (RFC 6960 A.1); nothing where a list is fetched."""
        return question(self.certificate, self.issuers[0]) if self.certificate else b""

    def read(self, content: bytes, now: Micros) -> Crl | Answer:
        """What was said, UnusableError where it proves nothing."""
        if self.certificate is None:
            return Crl.read(content, self.issuers)
        return Answer.read(content, self.certificate, self.issuers[0], now)


def status(
    certificate: x509.Certificate, issuer: x509.Certificate | None, said: Sequence[Crl | Answer], now: Micros
) -> Status:
    """What is known: the newest list and the newest answer count; «good» only as long as they are up to date."""
    shown = certificate.fingerprint(hashes.SHA256())
    lists: list[Crl | Answer] = [each for each in said if isinstance(each, Crl) and each.covers(certificate, issuer)]
    answers: list[Crl | Answer] = [each for each in said if isinstance(each, Answer) and each.certificate == shown]
    newest = [max(group, key=attrgetter("issued_at")) for group in (lists, answers) if group]
    heard = [(each.heard(certificate), each.issued_at - SKEW <= now <= each.until) for each in newest]
    if any(each is Status.REVOKED for each, _ in heard):  # also in a list that is out of date
        return Status.REVOKED
    return Status.GOOD if (Status.GOOD, True) in heard else Status.UNKNOWN


def question(certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
    """The OCSP request about the certificate, in DER (RFC 6960 4.1)."""
    built = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA256()).build()
    return built.public_bytes(Encoding.DER)


def distribution_points(certificate: x509.Certificate) -> frozenset[str]:
    """Where the certificate says its issuer's list is."""
    found = extension(certificate, x509.CRLDistributionPoints)
    return frozenset(uri for point in found or () for uri in uris(point.full_name))


def responders(certificate: x509.Certificate) -> frozenset[str]:
    """Where the certificate says its issuer answers OCSP requests."""
    rows = extension(certificate, x509.AuthorityInformationAccess) or ()
    return uris([row.access_location for row in rows if row.access_method == AuthorityInformationAccessOID.OCSP])


def _load(content: bytes) -> x509.CertificateRevocationList:
    pem = content.lstrip().startswith(b"-----BEGIN")
    try:
        found = (x509.load_pem_x509_crl if pem else x509.load_der_x509_crl)(content)
        len(found.extensions)  # they can be read
    except UNREADABLE:
        raise UnusableError("it is no revocation list in PEM or DER") from None
    return found


def _lists(issuer: x509.Certificate, found: x509.CertificateRevocationList) -> bool:
    """Whether the list is the issuer's: its name, its keyUsage, its signature (RFC 5280 6.3.3 f, g)."""
    usage = extension(issuer, x509.KeyUsage)
    if issuer.subject != found.issuer or (usage is not None and not usage.crl_sign):
        return False
    try:
        return found.is_signature_valid(cast("ec.EllipticCurvePublicKey", issuer.public_key()))  # or TypeError
    except (TypeError, ValueError, UnsupportedAlgorithm):
        return False


def _scope(found: x509.CertificateRevocationList) -> x509.IssuingDistributionPoint | None:
    try:
        return found.extensions.get_extension_for_class(x509.IssuingDistributionPoint).value
    except x509.ExtensionNotFound:
        return None


def _require_responder(found: ocsp.OCSPResponse, issuer: x509.Certificate, now: Micros) -> None:
    """The issuer itself signed it, or a certificate that it issued for answering (RFC 6960 4.2.2.2)."""
    for responder in (issuer, *found.certificates):
        if responder != issuer:
            purposes = extension(responder, x509.ExtendedKeyUsage)
            if purposes is None or ExtendedKeyUsageOID.OCSP_SIGNING not in purposes:
                continue
            if not micros(responder.not_valid_before_utc) <= now <= micros(responder.not_valid_after_utc):
                continue
            responder.verify_directly_issued_by(issuer)
        try:
            return _verify(responder, found)
        except InvalidSignature:
            continue
    raise InvalidSignature


def _verify(responder: x509.Certificate, found: ocsp.OCSPResponse) -> None:
    """InvalidSignature, TypeError or ValueError where the answer's signature is not the responder's."""
    key, data, digest = responder.public_key(), found.tbs_response_bytes, found.signature_hash_algorithm
    if isinstance(key, rsa.RSAPublicKey) and digest is not None:
        key.verify(found.signature, data, padding.PKCS1v15(), digest)
    elif isinstance(key, ec.EllipticCurvePublicKey) and digest is not None:
        key.verify(found.signature, data, ec.ECDSA(digest))
    elif isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        key.verify(found.signature, data)
    else:
        raise InvalidSignature
