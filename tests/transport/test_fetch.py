"""Answers taken as they come: all of a large one, and a code for each way in which there is none."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from gateway.core.errors import ErrorCode
from gateway.flow.sending import SendError
from gateway.transport.https import HttpsTransport, Route
from tests.house import House

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
TARGET = "party:KZ.KGD"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n"


def served(content: bytes, *, announced: int = 0, pause: float = 0) -> Serve:
    """A server that answers with the content, in two halves."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        middle = len(content) // 2
        writer.write(HEAD % (announced or len(content)) + content[:middle])
        await writer.drain()
        await asyncio.sleep(pause)
        writer.write(content[middle:])
        writer.close()

    return serve


@pytest.fixture
async def transport() -> AsyncIterator[HttpsTransport]:
    """Without patience."""
    found = HttpsTransport(0.3, 0.3)
    await found.start()
    yield found
    await found.close()


async def fetched(transport: HttpsTransport, house: House, serve: Serve) -> bytes:
    """All that came from a server with the house's certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(house.pem, house.folder / "keys" / "gateway.key")
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.load_verify_locations(house.pem)
    transport.replace({TARGET: Route(f"https://127.0.0.1:{port}/msh", trusting)})
    try:
        async with transport.fetch(TARGET, "text/plain", b"?") as answer:
            assert (answer.status, answer.content_type) == (200, "text/plain")
            return b"".join([piece async for piece in answer.pieces])
    finally:
        server.close()


async def test_an_answer_of_any_size_comes_whole(pair: tuple[House, House], transport: HttpsTransport) -> None:
    """Larger than `send` would hold."""
    content = bytes(3_000_000)
    assert await fetched(transport, pair[0], served(content)) == content


async def test_an_answer_that_ends_early_is_none(pair: tuple[House, House], transport: HttpsTransport) -> None:
    """Nobody takes a part for the whole."""
    with pytest.raises(SendError) as error:
        await fetched(transport, pair[0], served(b"half", announced=8))
    assert error.value.code is ErrorCode.NOT_AN_ANSWER


async def test_an_answer_that_stops_coming_is_given_up(pair: tuple[House, House], transport: HttpsTransport) -> None:
    """After the time of an answer, and what its bytes have earned."""
    with pytest.raises(SendError) as error:
        await fetched(transport, pair[0], served(b"half", pause=5))
    assert error.value.code is ErrorCode.TIMED_OUT


async def test_a_target_that_is_not_there_has_its_code(transport: HttpsTransport) -> None:
    """Unknown, and closed."""
    for routes, code in (
        ({}, ErrorCode.PARTY_UNKNOWN),
        ({TARGET: Route("https://127.0.0.1:1/msh", ssl.create_default_context())}, ErrorCode.UNREACHABLE),
    ):
        transport.replace(routes)
        with pytest.raises(SendError) as error:
            async with transport.fetch(TARGET, "text/plain", b"?"):
                pass
        assert error.value.code is code
