"""Looks at an address layer by layer: name, connection, TLS in several ways, an HTTP request without a message."""

import http.client
import socket
import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from gateway.core.names import SECOND, Micros
from gateway.flow.probing import BARE, OURS, Met, Page, Shake

DER = 2  # _ssl.ENCODING_DER


@dataclass(frozen=True, slots=True)
class Where:
    """An address, and how long each step may take in seconds."""

    host: str
    port: int
    path: str
    timeout: float


def probe(where: Where, contexts: Mapping[str, ssl.SSLContext], now: Callable[[], Micros]) -> Met:
    """Everything that shows without sending a message; no step is tried after one that it needs has failed.

    1. the name  2. each of its addresses  3. TLS with each context  4. HTTP, where both sides believe each other
    """
    # 1. The name.
    addresses = _addresses(where)
    # 2. Each address: one that is dead behind a name is met now and then only.
    connected = {address: _connects(address, where) for address in addresses}
    if not any(not fault for fault in connected.values()):
        return Met(where.host, where.port, addresses, connected)
    # 3. TLS: as messages are sent, and in ways that tell why that fails.
    shakes = {name: shake(where, context) for name, context in contexts.items()}
    # 4. HTTP.
    page = _page(where, contexts[OURS], now) if shakes[OURS].succeeded else None
    return Met(where.host, where.port, addresses, connected, shakes, page)


def presented(where: Where, context: ssl.SSLContext) -> Met:
    """The chain that a server sends, whoever it is."""
    addresses = _addresses(where)
    return Met(where.host, where.port, addresses, {}, {BARE: shake(where, context)} if addresses else {})


def shake(where: Where, context: ssl.SSLContext) -> Shake:
    """One handshake with whatever came of it."""
    try:
        with _tls(where, context) as tls:
            version, (cipher, _, _) = tls.version() or "", tls.cipher() or ("", "", 0)
            return Shake(version=version, cipher=cipher, chain=_chain(tls))
    except ssl.SSLCertVerificationError as error:
        return Shake(fault=_reason(error), verify=error.verify_code)
    except (OSError, ValueError) as error:
        return Shake(fault=_reason(error))


def _tls(where: Where, context: ssl.SSLContext) -> ssl.SSLSocket:
    plain = socket.create_connection((where.host, where.port), where.timeout)
    try:
        return context.wrap_socket(plain, server_hostname=where.host)
    except BaseException:
        plain.close()
        raise


def _addresses(where: Where) -> tuple[str, ...]:
    try:
        found = socket.getaddrinfo(where.host, where.port, type=socket.SOCK_STREAM)
    except OSError:
        return ()
    return tuple(dict.fromkeys(str(row[4][0]) for row in found))


def _connects(address: str, where: Where) -> str:
    try:
        socket.create_connection((address, where.port), where.timeout).close()
    except OSError as error:
        return _reason(error)
    return ""


def _page(where: Where, context: ssl.SSLContext, now: Callable[[], Micros]) -> Page:
    """GET: no AS4 server does anything for it, but its first answer tells whether we are believed."""
    connection = http.client.HTTPSConnection(where.host, where.port, timeout=where.timeout, context=context)
    try:
        connection.request("GET", where.path)
        answer = connection.getresponse()
        at = now()
        return Page("", answer.status, answer.headers.get("Server", ""), _date(answer.headers.get("Date", "")), at)
    except (OSError, http.client.HTTPException) as error:
        return Page(_reason(error))
    finally:
        connection.close()


def _date(text: str) -> Micros | None:
    try:
        return Micros(int(parsedate_to_datetime(text).timestamp()) * SECOND)
    except (ValueError, OverflowError):
        return None


def _chain(tls: ssl.SSLSocket) -> tuple[bytes, ...]:
    """What the server sent: Python has had it in public since 3.13 only."""
    if public := getattr(tls, "get_unverified_chain", None):
        return tuple(public())
    sent: Iterable[ssl._Certificate] = tls._sslobj.get_unverified_chain() or ()  # type: ignore[attr-defined, name-defined] # noqa: SLF001
    return tuple(each.public_bytes(DER) for each in sent)


def _reason(error: BaseException) -> str:
    """OpenSSL's reason, or the kind of the error."""
    return str(getattr(error, "reason", "") or type(error).__name__)
