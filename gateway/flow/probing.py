"""What a look at a partner's address met, layer by layer: nouns that the probe fills and the doctor reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.core.names import Micros

OURS = "ours"  # the handshake as messages are sent: partner verified, our certificate shown
BARE = "bare"  # the same, whoever answers
ANY = "any cipher"  # TLS 1.2 with every cipher there is
ONLY_12, ONLY_13 = "TLS 1.2", "TLS 1.3"  # one version alone, with our ciphers


@dataclass(frozen=True, slots=True)
class Shake:
    """One TLS handshake; the chain is what the server sent, leaf first, as DER."""

    fault: str = ""  # OpenSSL's reason, or the kind of the system's error; empty: it succeeded
    verify: int = 0  # OpenSSL's code where the certificate was not believed
    version: str = ""
    cipher: str = ""
    chain: tuple[bytes, ...] = ()

    @property
    def succeeded(self) -> bool:
        """Whether both sides agreed."""
        return not self.fault


@dataclass(frozen=True, slots=True)
class Page:
    """What the server says to an HTTP request without a message, over a connection that both sides believe in."""

    fault: str = ""  # as of a handshake; under TLS 1.3 a refused client certificate shows here
    status: int = 0
    server: str = ""
    date: Micros | None = None  # the server's clock
    at: Micros = Micros(0)  # ours, at that moment


@dataclass(frozen=True, slots=True)
class Met:
    """A partner's address as it was met; what lies behind a fault has not been tried."""

    host: str
    port: int
    addresses: tuple[str, ...] = ()
    connected: Mapping[str, str] = field(default_factory=dict)  # address ► fault, empty where it succeeded
    shakes: Mapping[str, Shake] = field(default_factory=dict)
    page: Page | None = None
