"""Whose signatures count: what the verifier was told (trust.toml), and what the evidence says about itself."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.core.evidence import bundle
from gateway.core.evidence.bundle import Members
from gateway.core.evidence.finding import Report, Step
from gateway.core.evidence.keys import LARGEST, Keys
from gateway.core.evidence.note import Malformed, Verifier
from gateway.core.evidence.trust import Trust, TrustedLog


@dataclass(frozen=True, slots=True)
class Whose:
    """The keys that are looked for."""

    origin: str
    log: Verifier | None  # None: nobody says which key it is
    trusted: TrustedLog | None  # None: the evidence alone says so
    witnesses: Mapping[Verifier, str]  # as the evidence says, by party
    trust: Trust | None

    def cosigners(self) -> frozenset[Verifier]:
        """Those that count."""
        return frozenset(self.trusted.cosigners) if self.trusted else frozenset()


def whose(members: Members, origin: str, trust: Trust | None, report: Report) -> Whose:
    """The keys for a log of that name; an empty one is taken from `keys`."""
    said: Keys | None = None
    with report.guarded(Step.INDEX, bundle.KEYS):
        said = Keys.of(bundle.read(members, bundle.KEYS, LARGEST))
    origin = origin or (said.log.name if said else "")
    witnesses = said.witnesses if said else {}
    trusted = trust.log(origin) if trust else None
    report.trusted = trusted is not None
    if said is not None and said.log.name != origin:
        report.fault(Step.INDEX, bundle.KEYS, f"it is about the log {said.log.name}; the index is of {origin}")
    if trust is None:
        report.skip(Step.INDEX, "trust", "no trust given: the log's key is the one that the evidence itself names")
    elif trusted is None:
        told = f"no trusted log is called {origin}" if origin else "nothing says whose log this is"
        report.fault(Step.INDEX, "trust", told)
    elif said is not None and said.log != trusted.key:
        report.fault(Step.INDEX, bundle.KEYS, "it names another key of the log than the trusted one")
    key = trusted.key if trusted else said.log if said and said.log.name == origin else None
    return Whose(origin, key, trusted, witnesses, trust)


def require_signed(found: Whose) -> Verifier:
    """The log's key; Malformed where nobody says which it is."""
    if found.log is None:
        raise Malformed("nobody says which key the log has")
    return found.log
