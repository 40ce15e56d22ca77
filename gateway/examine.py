"""What the doctor's commands are wired from: a party's address, and TLS in the ways that tell why it fails."""

import ssl
from urllib.parse import urlsplit

from gateway.config import tls
from gateway.config.load import Settings
from gateway.core.agreement import Party
from gateway.flow.probing import ANY, BARE, ONLY_12, ONLY_13, OURS, Met
from gateway.machine import SystemClock
from gateway.transport.probe import Where, presented, probe

HTTPS = 443


def examine(settings: Settings, party: Party) -> Met:
    """The partner's address, looked at layer by layer with our keys."""
    timeout = settings.file.delivery.connect_timeout.total_seconds()
    return probe(_where(party.endpoint, timeout), contexts(settings, party), SystemClock("").now)


def fetch(settings: Settings, endpoint: str) -> Met:
    """The certificates that a server sends; nothing is believed, nothing but a handshake is sent."""
    timeout = settings.file.delivery.connect_timeout.total_seconds()
    return presented(_where(endpoint, timeout), tls.unverified_context(settings))


def contexts(settings: Settings, party: Party) -> dict[str, ssl.SSLContext]:
    """Each way of shaking hands by its name."""
    return {
        OURS: tls.partner_context(settings, party),
        BARE: tls.unverified_context(settings),
        ONLY_12: tls.unverified_context(settings, "1.2"),
        ONLY_13: tls.unverified_context(settings, "1.3"),
        ANY: tls.unverified_context(settings, "1.2", "ALL"),
    }


def _where(endpoint: str, timeout: float) -> Where:
    url = urlsplit(endpoint)
    try:
        port = HTTPS if url.port is None else url.port
    except ValueError:
        port = 0  # no such port: nothing listens there
    return Where(url.hostname or "", port, url.path or "/", timeout)
