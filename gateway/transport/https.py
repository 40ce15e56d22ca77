"""Requests over TLS to partners and webhooks; what goes wrong becomes a code of the catalogue."""

import asyncio
import io
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp

from gateway.core.errors import ErrorCode
from gateway.flow.ports import Reply, SendError

MAX_ANSWER = 1024 * 1024
AT_ONCE = 256 * 1024


@dataclass(frozen=True, slots=True)
class Route:
    """Where a target is and how it is reached."""

    url: str
    context: ssl.SSLContext
    headers: Mapping[str, str] = field(default_factory=dict)


class HttpsTransport:
    """One connection pool; routes can be replaced at any time."""

    def __init__(self, timeout: float, connect_timeout: float) -> None:
        """No routes yet."""
        self._timeout = aiohttp.ClientTimeout(total=timeout, sock_connect=connect_timeout, connect=None)
        self._routes: Mapping[str, Route] = {}
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """The pool is open."""
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=60)
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=self._timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding"),
        )

    def replace(self, routes: Mapping[str, Route]) -> None:
        """New requests take the new routes; a new context means new connections."""
        self._routes = routes

    async def close(self) -> None:
        """Every connection is closed."""
        if self._session is not None:
            await self._session.close()

    async def send(self, target: str, content_type: str, body: bytes) -> Reply:
        """The target's answer, whatever its status; SendError where there was none."""
        route = self._routes.get(target)
        if route is None or self._session is None:
            raise SendError(ErrorCode.PARTY_UNKNOWN)
        try:
            return await self._post(self._session, route, content_type, body)
        except aiohttp.ClientSSLError as error:
            raise SendError(ErrorCode.TLS_REFUSED, _reason(error)) from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise SendError(ErrorCode.UNREACHABLE, _reason(error)) from None
        except TimeoutError:
            raise SendError(ErrorCode.TIMED_OUT) from None
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
            # Under TLS 1.3 a refused client certificate looks just like this.
            raise SendError(ErrorCode.CONNECTION_RESET, _reason(error)) from None
        except (aiohttp.ClientError, ValueError, asyncio.IncompleteReadError) as error:
            raise SendError(ErrorCode.NOT_AN_ANSWER, _reason(error)) from None

    async def _post(self, session: aiohttp.ClientSession, route: Route, content_type: str, body: bytes) -> Reply:
        headers = {**route.headers, "Content-Type": content_type}
        payload = body if len(body) < AT_ONCE else io.BytesIO(body)  # a large one is written piece by piece
        async with session.post(
            route.url, data=payload, headers=headers, ssl=route.context, allow_redirects=False
        ) as response:
            answer = await response.content.read(MAX_ANSWER) if response.content_length != 0 else b""
            while not response.content.at_eof() and len(answer) < MAX_ANSWER:
                answer += await response.content.read(MAX_ANSWER - len(answer))
            return Reply(response.status, answer, response.headers.get("Content-Type", ""), _seconds(response.headers))


def _seconds(headers: Mapping[str, str]) -> int:
    """Retry-After in seconds; a date or nonsense counts as not said."""
    text = headers.get("Retry-After", "")
    return min(int(text), 24 * 3600) if text.isascii() and text.isdigit() else 0


def _reason(error: BaseException) -> str:
    """The kind of the error, and the system's own number where there is one: never an address or a body."""
    number = getattr(error, "errno", None)
    return f"{type(error).__name__} {number}" if number else type(error).__name__
