"""One signed SOAP part of a message, ours or the partner's: octets, signature, references, certificate (part of step 8)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from gateway.core.evidence import bundle, elements
from gateway.core.evidence.bundle import Members, instant
from gateway.core.evidence.checks.whose import Whose
from gateway.core.evidence.facts import Kept
from gateway.core.evidence.finding import Report, Step, called
from gateway.core.evidence.note import Malformed
from gateway.core.evidence.signing import BODY, EXCLUSIVE, Envelope, Reference, SignedInfo
from gateway.core.wss.algorithms import METHODS
from gateway.core.wss.keys import LOCAL

MOST_REFERENCES, MOST_ELEMENTS = 100, 10
LARGEST_PEM = 64 * 1024
SECOND = 1_000_000
Part = Callable[[Reference], str]  # what is wrong with a part that is referred to; empty: nothing


@dataclass(frozen=True, slots=True)
class Expected:
    """What a SOAP part must be."""

    base: str  # messages/<n>/envelope or messages/<n>/receipt
    kept: Kept
    signer: str  # the party whose certificate it is
    since: int  # it was signed after this, or the log took it in then
    until: int  # and before this
    names: Sequence[str]  # of the message's members
    whole: bool  # the Body, too, must be signed


@dataclass(frozen=True, slots=True)
class Opened:
    """A SOAP part, and what is signed in it: nothing where it is not signed."""

    envelope: Envelope
    references: tuple[Reference, ...]
    signer: str = ""  # SHA-256 of the certificate, in hex; empty: nobody trusted signed it, as far as can be told


def check_envelope(members: Members, expected: Expected, part: Part, whose: Whose, report: Report) -> Opened | None:
    """The SOAP part as it was kept, its signature checked on the octets; None where it cannot be read."""
    name = expected.kept.file
    with report.guarded(Step.MESSAGES, name):
        if name != f"{expected.base}.xml":
            raise Malformed(f"expected under the name {expected.base}.xml")
        content = bundle.read(members, name, elements.LARGEST)
        if sha256(content).hexdigest() != expected.kept.digest:
            raise Malformed("its SHA-256 is another than facts.json says")
        envelope = Envelope.of(content)
        if envelope.signature is None:
            return _unsigned(expected, envelope, report)
        certificate = _certificate(members, expected, whose, report)
        references, signer = _signed(members, expected, envelope, certificate, report)
        _covered(members, expected, envelope, references, report)
        _parts(expected, references, part, report)
        return Opened(envelope, references, signer if _known(expected, signer, whose) else "")
    return None


def _unsigned(expected: Expected, envelope: Envelope, report: Report) -> Opened:
    if expected.kept.why != "unsigned":
        raise Malformed("it has no signature, and facts.json does not say so")
    if any(name.startswith(f"{expected.base}.") and name != expected.kept.file for name in expected.names):
        raise Malformed("it has no signature, but the bundle has octets or a certificate of one")
    report.unproven(
        Step.MESSAGES,
        expected.kept.file,
        f"that {called(expected.signer)} wrote {expected.kept.file}: it is not signed",
    )
    return Opened(envelope, ())


def _signed(
    members: Members, expected: Expected, envelope: Envelope, certificate: x509.Certificate | None, report: Report
) -> tuple[tuple[Reference, ...], str]:
    """The signature over ds:SignedInfo, whose octets are those of the SOAP part; what it refers to, and who made it."""
    name = f"{expected.base}.signed-info"
    octets = bundle.read(members, name, elements.LARGEST)
    if octets != envelope.signed_info():
        raise Malformed(f"{name} is not the canonical form of its ds:SignedInfo")
    found = SignedInfo.of(octets)
    if len(found.references) > MOST_REFERENCES or sum(not row.cid for row in found.references) > MOST_ELEMENTS:
        raise Malformed(f"more than {MOST_REFERENCES} references, or {MOST_ELEMENTS} to elements")
    if found.method not in METHODS:
        report.skip(Step.MESSAGES, name, f"the signature method {found.method} is not known here")
    elif certificate is not None:
        if LOCAL.verify(found.method, certificate, envelope.value(), octets):
            return found.references, certificate.fingerprint(SHA256()).hex()
        told = "the signature does not hold: not made over these octets by this certificate's key"
        report.fault(Step.MESSAGES, name, told)
    return found.references, ""


def _known(expected: Expected, signer: str, whose: Whose) -> bool:
    """Whether the reader trusts that it is the party's."""
    known = whose.trust.certificates(expected.signer) if whose.trust else None
    return known is not None and signer in known


def _certificate(members: Members, expected: Expected, whose: Whose, report: Report) -> x509.Certificate | None:
    """The signer's certificate: one of the party's that are trusted, valid at that time; None where it is not here."""
    name = f"{expected.base}.pem"
    if name not in expected.names:
        told = f"that {called(expected.signer)} signed {expected.kept.file}: its certificate is not here"
        report.unproven(Step.MESSAGES, expected.kept.file, told)
        report.skip(Step.MESSAGES, expected.kept.file, "a signature whose certificate is not here was not checked")
        return None
    try:
        found = x509.load_pem_x509_certificate(bundle.read(members, name, LARGEST_PEM))
    except (ValueError, x509.InvalidVersion):
        raise Malformed(f"{name} is no certificate") from None
    fingerprint = found.fingerprint(SHA256()).hex()
    if whose.trust is None or whose.trust.certificates(expected.signer) is None:
        report.skip(Step.MESSAGES, name, f"no trust file names the certificates of {called(expected.signer)}")
    elif not _known(expected, fingerprint, whose):
        told = f"not one of the trusted certificates of {expected.signer}: {fingerprint}"
        report.fault(Step.MESSAGES, name, told)
    since, until = (int(each.timestamp()) * SECOND for each in (found.not_valid_before_utc, found.not_valid_after_utc))
    if until < expected.since or since > expected.until:
        told = f"valid from {instant(since)} to {instant(until)}, but used on {instant(expected.since)} or later"
        report.fault(Step.MESSAGES, name, told)
    return found


def _covered(
    members: Members, expected: Expected, envelope: Envelope, references: tuple[Reference, ...], report: Report
) -> None:
    """Each element that is referred to: its octets are in the bundle, in canonical form, and have the digest."""
    rows = [each for each in references if not each.cid]
    targets: list[object] = []
    for number, row in enumerate(rows, 1):
        name = f"{expected.base}.covered/{number}"
        with report.guarded(Step.MESSAGES, name):
            target = _target(envelope, row)
            targets.append(target)
            content = bundle.read(members, name, elements.LARGEST)
            if content != elements.canonical(target, row.transforms[0][1].split()):
                raise Malformed(f"not the canonical form of {target.qname}")
            if not row.covers(content):
                raise Malformed("its digest is another than the one that is signed")
    wanted = [envelope.messaging, *([envelope.root.one(BODY)] if expected.whole else [])]
    for each in wanted:
        if each not in targets:
            report.fault(Step.MESSAGES, expected.kept.file, f"the signature does not cover {each.qname}")
    known = {f"{expected.base}.covered/{number}" for number in range(1, len(rows) + 1)}
    for name in expected.names:
        if name.startswith(f"{expected.base}.covered/") and name not in known:
            report.fault(Step.MESSAGES, name, "nothing in the signature refers to it")


def _target(envelope: Envelope, row: Reference) -> elements.Element:
    if not row.uri.startswith("#") or [each for each, _ in row.transforms] != [EXCLUSIVE]:
        raise Malformed(f"a reference to {row.uri or 'nothing'} by other transforms than AS4 has")
    return envelope.target(row.uri)


def _parts(expected: Expected, references: tuple[Reference, ...], part: Part, report: Report) -> None:
    for row in (each for each in references if each.cid):
        if flaw := part(row):
            report.fault(Step.MESSAGES, expected.kept.file, f"reference to {row.uri}: {flaw}")
