"""Requests over TLS to partners and webhooks; what goes wrong becomes a code of the catalogue."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field

import aiohttp

from gateway.core.errors import ErrorCode
from gateway.flow.sending import SMALL, Fetched, Reply, SendError, Streamed

PIECE = 256 * 1024
QUESTION = 20.0  # seconds that a small answer may take
SLOWEST = 256 * 1024  # bytes a second: a body gets this much more time than the time limit of an answer


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
        self._timeout, self._connect_timeout = timeout, connect_timeout
        self._routes: Mapping[str, Route] = {}
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """The pool is open."""
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=60)
        self._session = aiohttp.ClientSession(
            connector=connector,
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

    async def send(self, target: str, content_type: str, body: bytes | Streamed) -> Reply:
        """The target's answer, whatever its status; SendError where there was none, or where the body was cut short."""
        session, route = self._found(target)
        outgoing = _Outgoing(body)
        try:
            with told():
                return await self._post(session, route, content_type, outgoing)
        except SendError:
            if outgoing.cut is not None:
                raise outgoing.cut from None
            raise

    @contextlib.asynccontextmanager
    async def fetch(self, target: str, content_type: str, body: bytes) -> AsyncIterator[Fetched]:
        """The target's answer as it comes; SendError where there is none, and where it comes too slowly."""
        session, route = self._found(target)
        request = session.post(
            route.url,
            data=body,
            headers={**route.headers, "Content-Type": content_type},
            ssl=route.context,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=self._connect_timeout, sock_read=self._timeout, connect=None
            ),
        )
        with told():
            response = await request
        async with response:
            answer = response.headers.get("Content-Type", "")
            yield Fetched(response.status, answer, response.content_length, self._pieces(response))

    async def _pieces(self, response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
        """The body; every byte of it that came gives it more time."""
        until = asyncio.get_running_loop().time() + self._timeout
        while True:
            with told():
                async with asyncio.timeout_at(until):
                    piece = await response.content.readany()
            if not piece:
                return
            until += len(piece) / SLOWEST
            yield piece

    def _found(self, target: str) -> tuple[aiohttp.ClientSession, Route]:
        route = self._routes.get(target)
        if route is None or self._session is None:
            raise SendError(ErrorCode.PARTY_UNKNOWN)
        return self._session, route

    async def _post(
        self, session: aiohttp.ClientSession, route: Route, content_type: str, outgoing: "_Outgoing"
    ) -> Reply:
        headers = {**route.headers, "Content-Type": content_type, "Content-Length": str(outgoing.size)}
        total = self._timeout + outgoing.size / SLOWEST
        async with session.post(
            route.url,
            data=outgoing.data(),
            headers=headers,
            ssl=route.context,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=total, sock_connect=self._connect_timeout, connect=None),
        ) as response:
            return await _reply(response)

    async def ask(self, target: str, path: str, body: bytes | None = None, most: int = SMALL) -> Reply:
        """See Asker; what is larger has more time."""
        session, route = self._found(target)
        with told():
            async with session.request(
                "GET" if body is None else "POST",
                route.url + path,
                data=body,
                headers={**route.headers, **({} if body is None else {"Content-Type": "application/octet-stream"})},
                ssl=route.context,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(
                    total=min(self._timeout, QUESTION) + max(0, most + len(body or b"") - SMALL) / SLOWEST,
                    sock_connect=self._connect_timeout,
                    connect=None,
                ),
            ) as response:
                return await _reply(response, most)


async def _reply(response: aiohttp.ClientResponse, most: int = SMALL) -> Reply:
    """As much of the answer as is believed."""
    answer = bytearray(
        await response.content.read(most) if response.content_length != 0 else b""
    )  # however small its pieces
    while not response.content.at_eof() and len(answer) < most:
        answer += await response.content.read(most - len(answer))
    return Reply(response.status, bytes(answer), response.headers.get("Content-Type", ""), _seconds(response.headers))


@contextlib.contextmanager
def told() -> Iterator[None]:
    """What goes wrong with a connection becomes a SendError with its code."""
    try:
        yield
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


class _Outgoing:
    """A body on its way: a large one goes piece by piece, and why it was cut short is kept."""

    def __init__(self, body: bytes | Streamed) -> None:
        self._body = body
        self.size = body.size if isinstance(body, Streamed) else len(body)
        self.cut: SendError | None = None

    def data(self) -> bytes | AsyncIterator[bytes]:
        """The bytes, or their pieces."""
        if isinstance(self._body, Streamed):
            return self._watched(self._body)
        return self._body if self.size < PIECE else self._cut_up(self._body)

    async def _watched(self, body: Streamed) -> AsyncIterator[bytes]:
        try:
            async for piece in body.pieces():
                yield piece
        except SendError as error:
            self.cut = error
            raise

    async def _cut_up(self, body: bytes) -> AsyncIterator[bytes]:
        for at in range(0, len(body), PIECE):
            yield body[at : at + PIECE]


def _seconds(headers: Mapping[str, str]) -> int:
    """Retry-After in seconds; a date or nonsense counts as not said."""
    text = headers.get("Retry-After", "")
    return min(int(text), 24 * 3600) if text.isascii() and text.isdigit() else 0


def _reason(error: BaseException) -> str:
    """The kind of the error, and the system's own number where there is one: never an address or a body."""
    number = getattr(error, "errno", None)
    return f"{type(error).__name__} {number}" if number else type(error).__name__
