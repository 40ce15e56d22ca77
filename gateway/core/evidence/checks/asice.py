"""Step 10: an ASiC-E container, and the XAdES signature over the bundle in it."""

from hashlib import sha256

from gateway.core.evidence import asice
from gateway.core.evidence.bundle import instant
from gateway.core.evidence.checks.whose import Whose
from gateway.core.evidence.container import Container
from gateway.core.evidence.finding import Report, Step
from gateway.core.evidence.note import Malformed

SECOND = 1_000_000


def inner(found: Container, report: Report) -> Container:
    """1. The bundle inside, whatever is wrong around it."""
    before = report.faults()
    for misfit in found.misfits:
        report.fault(Step.CONTAINER, "the ASiC-E container", misfit)
    with report.guarded(Step.CONTAINER, "the ASiC-E container"):
        asice.opened(found)
    if report.faults() == before:
        report.ok(Step.CONTAINER, "the ASiC-E container", "an ASiC-E container in its one form")
    return Container.of(asice.inner(found))


def check_signature(found: Container, whose: Whose, report: Report) -> None:
    """10. The XAdES signature covers the bundle, and is by a certificate of the log's party."""
    name = asice.SIGNATURES
    with report.guarded(Step.XADES, name):
        opened = asice.opened(found)
        try:
            from gateway.core.evidence import xades  # noqa: PLC0415 - needs XML tools, which may be missing
        except ImportError:
            report.skip(Step.XADES, name, "the Python package signxml is not here")
            return
        attested = xades.check(opened.signatures, {asice.BUNDLE: opened.digest})
        fingerprint = sha256(attested.certificate).hexdigest()
        party = whose.trusted.party if whose.trusted else ""
        known = whose.trust.certificates(party) if whose.trust else None
        if known is None:
            report.skip(Step.XADES, name, f"no trust file names the certificates of {party or 'the log'}")
        elif fingerprint not in known:
            raise Malformed(f"not signed by a trusted certificate of {party}: {fingerprint}")
        else:
            at = instant(int(attested.at.timestamp()) * SECOND)
            report.ok(Step.XADES, name, f"signed by {party}")
            told = f"{party} signed this bundle, on {at} by its own clock (certificate {fingerprint[:16]})"
            report.proven(Step.XADES, name, told)
