"""The wire between two gateways, as it is: a TLS proxy that keeps what passes, and loses receipts where a test says so."""

import asyncio
import contextlib
import hashlib
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from urllib.parse import urlsplit

from lxml import etree

from gateway.cli.process import free_port
from tests.house import House

PIECE = 256 * 1024
BAD_GATEWAY = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"  # as of a proxy
PAUSE = 0.01  # seconds
KEPT = 4 * 1024 * 1024  # bytes of a body; of a larger one only the head and the digest
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(slots=True)
class Body:
    """An HTTP message: its head, its first bytes, and the digest of all of it."""

    head: bytes
    first: bytes = b""
    size: int = 0
    digest: str = ""

    @property
    def content_type(self) -> str:
        """Of the message."""
        return next(iter(_fields(self.head, b"content-type")), b"").decode()

    @property
    def whole(self) -> bytes:
        """All of its bytes."""
        assert len(self.first) == self.size
        return self.first

    @property
    def parts(self) -> list[tuple[str, str, bytes]]:
        """Content-ID, type and bytes of each MIME part, as the standard library reads them."""
        found = message_from_bytes(b"Content-Type: " + self.content_type.encode() + b"\r\n\r\n" + self.whole)
        pieces = found.get_payload()
        assert isinstance(pieces, list)
        return [(each["Content-ID"].strip("<>"), each.get_content_type(), _octets(each)) for each in pieces]

    @property
    def envelope(self) -> etree._Element:
        """Its SOAP part, or itself."""
        content = self.parts[0][2] if self.content_type.startswith("multipart/") else self.whole
        return etree.fromstring(content)


def _octets(part: object) -> bytes:
    found = part.get_payload(decode=True)  # type: ignore[attr-defined]
    assert isinstance(found, bytes)
    return found


@dataclass(slots=True)
class Exchange:
    """A request and what answered it; an answer that was lost was nevertheless made."""

    request: Body
    answer: Body


@dataclass(slots=True)
class Wire:
    """From one gateway to the other; both keys are the test's, so that both sides take it for the other."""

    sender: House
    receiver: House
    exchanges: list[Exchange] = field(default_factory=list)
    lossy: bool = False  # whether answers are lost: BAD_GATEWAY comes instead
    halt: int = 0  # so many bytes of a request pass, and no more before this is 0 again
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Wire"]:
        """What the sender sends goes through here."""
        path = f"parties/{self.receiver.party}.toml"
        text = (self.sender.folder / path).read_text()
        endpoint = text.partition('endpoint = "')[2].partition('"')[0]
        port = free_port()
        self.sender.edit(path, endpoint, f"https://127.0.0.1:{port}/msh")
        there = urlsplit(endpoint).port or 0
        server = await asyncio.start_server(
            lambda reader, writer: self._connected((reader, writer), there), "127.0.0.1", port, ssl=self._taking()
        )
        try:
            yield self
        finally:
            server.close()
            for writer in self._writers:
                writer.transport.abort()
            while self._writers:
                await asyncio.sleep(0)
            self.sender.edit(path, f"https://127.0.0.1:{port}/msh", endpoint)

    def _taking(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        _show(context, self.receiver)
        context.load_verify_locations(self.sender.pem)
        context.verify_mode = ssl.CERT_REQUIRED
        return context

    async def _connected(self, caller: Streams, port: int) -> None:
        """Requests on one connection, passed on through one of its own; BAD_GATEWAY to all where nobody is there."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        _show(context, self.sender)
        context.load_verify_locations(self.receiver.pem)
        called: Streams | None = None
        with contextlib.suppress(OSError):
            called = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        writers = {caller[1], *([called[1]] if called else [])}
        self._writers |= writers
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                while await self._pass(caller, called):
                    pass
        finally:
            for writer in writers:
                writer.transport.abort()
            self._writers -= writers

    async def _pass(self, caller: Streams, called: Streams | None) -> bool:
        """One request and its answer; whether the connection goes on."""
        exchange = Exchange(Body(await caller[0].readuntil(b"\r\n\r\n")), Body(b""))
        self.exchanges.append(exchange)
        async for piece in _body(caller[0], exchange.request):
            while self.halt and exchange.request.size > self.halt:
                await asyncio.sleep(PAUSE)
            if called is not None:
                called[1].write(piece)
                await called[1].drain()
        answer = BAD_GATEWAY
        if called is not None:
            exchange.answer.head = await called[0].readuntil(b"\r\n\r\n")
            answer = b"".join([piece async for piece in _body(called[0], exchange.answer)])
        caller[1].write(BAD_GATEWAY if self.lossy else answer)
        await caller[1].drain()
        return called is not None and not self.lossy


async def _body(reader: asyncio.StreamReader, into: Body) -> AsyncIterator[bytes]:
    """The head, then the body as it comes; `into` knows it afterwards."""
    yield into.head
    left = int(next(_fields(into.head, b"content-length")))
    digest = hashlib.sha256()
    while left:
        piece = await reader.read(min(left, PIECE))
        if not piece:
            raise asyncio.IncompleteReadError(b"", left)
        digest.update(piece)
        left -= len(piece)
        into.size += len(piece)
        if len(into.first) < KEPT:
            into.first += piece
        yield piece
    into.digest = digest.hexdigest()


def _fields(head: bytes, name: bytes) -> Iterator[bytes]:
    rows = (line.partition(b":") for line in head.split(b"\r\n")[1:])
    return (value.strip() for key, _, value in rows if key.strip().lower() == name)


def _show(context: ssl.SSLContext, house: House) -> None:
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_cert_chain(house.pem, house.folder / "keys" / "gateway.key")
