"""What was observed about a partner, and what a check finds in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

from cryptography import x509

from gateway.core.agreement import Party
from gateway.flow.ping import Ping
from gateway.flow.probing import ANY, BARE, ONLY_12, ONLY_13, OURS, Met
from gateway.onboarding.heard import Heard


class Layer(IntEnum):
    """How far a look came: what lies further cannot be judged."""

    FILES = 0
    NAME = 1
    CONNECTION = 2
    TLS = 3
    HTTP = 4
    AS4 = 5


class Verdict(StrEnum):
    """What a check comes to."""

    FINE = "fine"
    WARNING = "warning"
    FAULT = "fault"
    SKIPPED = "not reached"


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that was observed about one partner."""

    own: Party
    partner: Party
    met: Met
    now: datetime
    minimum_tls: str
    tls: tuple[x509.Certificate, ...]  # ours, leaf first
    message: tuple[x509.Certificate, ...] = ()  # ours
    partner_tls: tuple[x509.Certificate, ...] = ()  # as its file has them
    partner_message: tuple[x509.Certificate, ...] = ()
    unfit: str = ""  # which key or certificate is missing that the P-Mode wants
    ping: Ping | None = None
    heard: Heard | None = None
    again: Heard | None = None  # the answer to the same bytes once more

    @property
    def reached(self) -> Layer:
        """The furthest layer that can be judged: the first one that fails is judged, too."""
        if not self.met.addresses:
            return Layer.NAME
        if not any(not fault for fault in self.met.connected.values()):
            return Layer.CONNECTION
        if not self.met.shakes[OURS].succeeded:
            return Layer.TLS
        if self.ping is None or (self.met.page is not None and self.met.page.fault):
            return Layer.HTTP
        return Layer.AS4

    @property
    def presented(self) -> tuple[x509.Certificate, ...]:
        """What the server showed, leaf first, whether it is believed or not."""
        shakes = (self.met.shakes.get(name) for name in (OURS, BARE, ANY, ONLY_12, ONLY_13))
        shown = next((each.chain for each in shakes if each and each.chain), ())
        return tuple(x509.load_der_x509_certificate(each) for each in shown)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: a row of the advice, and what stands in its places."""

    key: str
    verdict: Verdict = Verdict.FAULT
    places: Mapping[str, object] = field(default_factory=dict)
