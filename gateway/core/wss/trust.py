"""Whether the signer of a message is believed to be the party it says it is (eDelivery AS4 1.4.3.2, EA-3.3).

Validity, issuers and revocation are judged here and nowhere else; that the signature holds is `verify`'s business.
The paths are our own: `x509.verification` of the library is made for the web, and refuses Ed25519, which eDelivery 2.0
signs with, and brainpool curves; nor does it know certificate policies or revocation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID, SignatureAlgorithmOID

from gateway.core.errors import ErrorCode, Rejected, rejected
from gateway.core.names import Micros
from gateway.core.texts import say
from gateway.core.wss.certificate import UNREADABLE, extension, is_issuer, micros, opens, signs, weak
from gateway.core.wss.revocation import Answer, Crl, Revocation, Source, Status, status

WHERE = "wsse:Security/ds:Signature/ds:KeyInfo"
LONGEST = 8  # certificates of a path, its anchor among them
MOST = 16  # certificates that a message may bring
ANY_POLICY = "2.5.29.32.0"
BROKEN = frozenset(  # MD5 and SHA-1: somebody else's certificate can bear the same signature
    {
        SignatureAlgorithmOID.RSA_WITH_MD5,
        SignatureAlgorithmOID.RSA_WITH_SHA1,
        SignatureAlgorithmOID.DSA_WITH_SHA1,
        SignatureAlgorithmOID.ECDSA_WITH_SHA1,
    }
)
UNDERSTOOD = (
    x509.BasicConstraints,
    x509.KeyUsage,
    x509.ExtendedKeyUsage,
    x509.CertificatePolicies,
    x509.SubjectAlternativeName,
    x509.CRLDistributionPoints,
    x509.AuthorityKeyIdentifier,
    x509.SubjectKeyIdentifier,
)
ATTRIBUTES: Mapping[str, x509.ObjectIdentifier] = {
    "CN": NameOID.COMMON_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "serialNumber": NameOID.SERIAL_NUMBER,
    "organizationIdentifier": NameOID.ORGANIZATION_IDENTIFIER,
    "UID": NameOID.USER_ID,
}
ALTERNATIVES: Mapping[str, type[x509.DNSName | x509.UniformResourceIdentifier | x509.RFC822Name]] = {
    "DNS": x509.DNSName,
    "URI": x509.UniformResourceIdentifier,
    "email": x509.RFC822Name,
}
USAGE = say("trust_usage")
PINNED = say("trust_pinned")
LEAF = say("trust_leaf")
ISSUER = say("trust_issuer")
WEAK = say("trust_weak")
CRITICAL = say("trust_critical")
REVOKED = say("trust_revoked")
UNKNOWN = say("trust_unknown")
READABLE = say("trust_readable")


@dataclass(frozen=True, slots=True)
class Subject:
    """What a certificate must say to be the party's: an attribute of its subject, or an alternative name, and its value."""

    kind: str  # of ATTRIBUTES or ALTERNATIVES
    value: str

    def fits(self, certificate: x509.Certificate) -> bool:
        """Whether it says that: an attribute exactly once, so that no second one says otherwise; an alternative name among others."""
        if self.kind in ATTRIBUTES:
            found = certificate.subject.get_attributes_for_oid(ATTRIBUTES[self.kind])
            return [row.value for row in found] == [self.value]
        names = extension(certificate, x509.SubjectAlternativeName)
        return names is not None and self.value in names.get_values_for_type(ALTERNATIVES[self.kind])


@dataclass(frozen=True, slots=True)
class Trusted:
    """How a party's message certificates are believed: by fingerprint, or because of who issued them."""

    pinned: Mapping[bytes, x509.Certificate] = field(default_factory=dict)  # SHA-256 fingerprint; two in a rollover
    anchors: tuple[x509.Certificate, ...] = ()  # trusted issuers
    intermediates: tuple[x509.Certificate, ...] = ()  # known besides: issuers between, to which a message adds its own
    policy: str = ""  # OID that the certificate, and every issuer below the anchor, must be under
    subject: Subject | None = None
    revocation: Revocation = Revocation.IF_KNOWN
    said: tuple[Crl | Answer, ...] = ()  # by issuers, about revocation
    sources: tuple[Source, ...] = ()  # where they say it
    heard: tuple[Crl | Answer, ...] = ()  # what was last said there

    @property
    def known(self) -> tuple[x509.Certificate, ...]:
        """The certificates that a message need not bring itself (SKI, IssuerSerial): the party's, then issuers."""
        return (*self.pinned.values(), *self.intermediates, *self.anchors)

    def knowing(self, said: Sequence[Crl | Answer]) -> Self:
        """The same, with what its sources last said about revocation."""
        return replace(self, heard=tuple(said))


@dataclass(frozen=True, slots=True)
class _Link:
    """A certificate and the path from it back to the signer's."""

    certificate: x509.Certificate
    below: "_Link | None" = None

    def path(self) -> tuple[x509.Certificate, ...]:
        """The signer's certificate first, this one last."""
        return (*(self.below.path() if self.below else ()), self.certificate)


def judge(chain: Sequence[x509.Certificate], trusted: Trusted, now: Micros) -> None:
    """The signer (first in the chain) is believed to be the party, or Rejected (EBMS:0101) with the reason."""
    try:
        _judge(chain, trusted, now)
    except UNREADABLE:  # whoever signs chooses what stands in the certificate
        raise _refused(READABLE) from None


def valid(certificate: x509.Certificate, now: Micros) -> bool:
    """Whether that time is between the certificate's days."""
    return not _undated(certificate, now)


def readable(certificate: x509.Certificate, now: Micros) -> bool:
    """Whether messages can be encrypted for the certificate at that time."""
    return opens(certificate) and valid(certificate, now)


def _judge(chain: Sequence[x509.Certificate], trusted: Trusted, now: Micros) -> None:
    """In order.

    1. It may sign, and is valid now.
    2. It is one of the pinned ones, or a path of valid issuers leads from it to an anchor.
    3. Policy and subject are those agreed.
    4. Nobody on the path has been revoked.
    """
    leaf, *brought = chain
    # 1
    if fault := _undated(leaf, now) or ("" if signs(leaf) else USAGE):
        raise _refused(fault)
    # 2
    if not trusted.anchors and leaf.fingerprint(hashes.SHA256()) not in trusted.pinned:
        raise _refused(PINNED)
    path = _path(leaf, brought, trusted, now) if trusted.anchors else (leaf,)
    below = path[:-1] or path  # all that somebody above has issued
    # 3
    if trusted.policy and not all(_under(each, trusted.policy) for each in below):
        raise _refused(say("trust_policy", oid=trusted.policy))
    subject = trusted.subject
    if subject is not None and not subject.fits(leaf):
        raise _refused(say("trust_subject", kind=subject.kind, value=subject.value))
    # 4
    if trusted.revocation is not Revocation.NONE:
        for certificate, issuer in zip(below, (*path[1:], None), strict=False):
            _require_unrevoked(certificate, issuer, trusted, now)


def _path(
    leaf: x509.Certificate, brought: Sequence[x509.Certificate], trusted: Trusted, now: Micros
) -> tuple[x509.Certificate, ...]:
    """From the leaf to an anchor, by the shortest way; each certificate is reached once, so that no loop costs anything."""
    if is_issuer(leaf):
        raise _refused(LEAF)
    why = _unfit(leaf)
    if why:
        raise _refused(why)
    reached, left = [_Link(leaf)], [*brought[:MOST], *trusted.intermediates]
    for link in reached:
        path = link.path()
        for issuer in (*trusted.anchors, *left) if len(path) < LONGEST else ():
            if not _issued(link.certificate, issuer):
                continue
            anchor = issuer in trusted.anchors
            fault = _unfit_issuer(issuer, len(path) - 1, now) or _unfit(issuer, anchor=anchor)
            if not fault and anchor:
                return (*path, issuer)
            if not fault:
                reached.append(_Link(issuer, link))
            why = why or fault
        left = [each for each in left if all(each != found.certificate for found in reached)]
    raise _refused(why or ISSUER)


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    if certificate.issuer != issuer.subject:
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return False
    return True


def _unfit_issuer(issuer: x509.Certificate, between: int, now: Micros) -> str:
    """Why it may not have issued, with that many issuers between it and the leaf; empty where it may (RFC 5280 6.1.4)."""
    constraints = extension(issuer, x509.BasicConstraints)
    usage = extension(issuer, x509.KeyUsage)
    if constraints is None or not constraints.ca or (usage is not None and not usage.key_cert_sign):
        return ISSUER
    if constraints.path_length is not None and between > constraints.path_length:
        return ISSUER
    return _undated(issuer, now)


def _unfit(certificate: x509.Certificate, *, anchor: bool = False) -> str:
    """Why nobody should rely on it, whoever issued it; an anchor is believed without its signature."""
    if weak(certificate) or (certificate.signature_algorithm_oid in BROKEN and not anchor):
        return WEAK
    strange = any(row.critical and not isinstance(row.value, UNDERSTOOD) for row in certificate.extensions)
    return CRITICAL if strange else ""


def _undated(certificate: x509.Certificate, now: Micros) -> str:
    """Why it is not valid now."""
    if now < micros(certificate.not_valid_before_utc):
        return say("trust_early", day=f"{certificate.not_valid_before_utc:%Y-%m-%d}")
    if now > micros(certificate.not_valid_after_utc):
        return say("trust_expired", day=f"{certificate.not_valid_after_utc:%Y-%m-%d}")
    return ""


def _under(certificate: x509.Certificate, policy: str) -> bool:
    """Whether it was issued under the policy; for an issuer, any policy will do (RFC 5280 4.2.1.4)."""
    rows = extension(certificate, x509.CertificatePolicies) or ()
    found = {row.policy_identifier.dotted_string for row in rows}
    return policy in found or (is_issuer(certificate) and ANY_POLICY in found)


def _require_unrevoked(
    certificate: x509.Certificate, issuer: x509.Certificate | None, trusted: Trusted, now: Micros
) -> None:
    found = status(certificate, issuer, (*trusted.said, *trusted.heard), now)
    if found is Status.REVOKED:
        raise _refused(REVOKED)
    if found is Status.UNKNOWN and trusted.revocation is Revocation.REQUIRED:
        raise _refused(UNKNOWN)


def _refused(expected: str) -> Rejected:
    return rejected(ErrorCode.EBMS_0101, WHERE, expected)
