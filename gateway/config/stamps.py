"""`[stamps]` of gateway.toml: who says at what time our checkpoints existed (docs/evidence.md)."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from pydantic import Field, StringConstraints

from gateway.config.faults import Faults
from gateway.config.strict import Strict
from gateway.config.units import Duration
from gateway.core.evidence.stamp import Authority, stamps
from gateway.core.names import SECOND, Micros

MaybeUrl = Annotated[str, StringConstraints(pattern=r"^(https?://[^\s/]+(/\S*)?)?$")]
MaybeOid = Annotated[str, StringConstraints(pattern=r"^([0-2](\.\d{1,18}){1,15})?$")]
NEVER = timedelta(0)


class StampsSection(Strict):
    """The time-stamp authority."""

    url: MaybeUrl = Field("", description="where it is asked (RFC 3161 over http); absent: checkpoints are not stamped")
    certificate: str = Field("", description="PEM: the authority's certificate, then its issuers up to the root")
    every: Duration = Field(timedelta(hours=1), description="how often, where there is something new")
    stop_after: Duration = Field(
        NEVER, description="nothing is accepted once something waits that long for a stamp; 0 seconds: never stopped"
    )
    clock: Duration = Field(
        timedelta(minutes=1), description="a stamp that differs more from our clock is a security event"
    )
    policy: MaybeOid = Field("", description="OID of the policy that is demanded; absent: the authority's own")


def authority(folder: Path, section: StampsSection, faults: Faults) -> Authority | None:
    """The authority; None where there is none, or what is said about it cannot be used."""
    path = folder / "gateway.toml"
    if bool(section.url) != bool(section.certificate):
        faults.add(path, "stamps", "expected url and certificate together, or neither")
        return None
    if not section.url:
        if section.stop_after != NEVER:
            faults.add(path, "stamps.stop_after", "expected an authority to wait for: url and certificate")
        return None
    if section.every <= NEVER:
        faults.add(path, "stamps.every", "expected at least 1 second")
    if NEVER < section.stop_after <= section.every:
        faults.add(path, "stamps.stop_after", "expected longer than `every`: each stamp would come too late")
    try:
        chain = x509.load_pem_x509_certificates((folder / section.certificate).read_bytes())
    except (OSError, ValueError):
        faults.add(path, "stamps.certificate", f"{section.certificate} is no PEM file with certificates")
        return None
    if problem := _unusable(chain):
        faults.add(path, "stamps.certificate", f"{section.certificate}: {problem}")
        return None
    times = (_micros(section.every), _micros(section.stop_after), _micros(section.clock))
    return Authority(section.url, tuple(chain), *times, section.policy)


def _unusable(chain: Sequence[x509.Certificate]) -> str:
    """What keeps the certificates from proving a stamp; empty: nothing."""
    own, *issuers = chain
    if not stamps(own):
        return "the first certificate is not for time stamps alone (extendedKeyUsage critical, timeStamping)"
    step = own
    for _ in chain:
        if _issued(step, step):
            return ""
        above = next((each for each in issuers if _issued(step, each)), None)
        if above is None:
            return f"the issuer of {step.subject.rfc4514_string()} is missing; expected all up to the root"
        step = above
    return "its certificates issue each other"


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _micros(duration: timedelta) -> Micros:
    return Micros(int(duration.total_seconds()) * SECOND)
