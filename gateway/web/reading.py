"""Request bodies, read under a limit of size and of time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable

from aiohttp import web

from gateway.core.errors import ErrorCode, rejected
from gateway.core.texts import say

GRACE = 60.0  # seconds that any body may take
SLOWEST = 64 * 1024  # bytes a second: what has come gives a body this much more time


async def read(request: web.BaseRequest, limit: int) -> bytes:
    """The whole body; TOO_LARGE as soon as it is clear that it is."""
    size = announced(request, limit)
    if size is not None:
        try:
            async with asyncio.timeout(GRACE + size / SLOWEST):
                return await request.content.readexactly(size) if size else b""
        except TimeoutError:
            raise rejected(ErrorCode.TOO_SLOW, expected=say("at_least_rate", n=SLOWEST)) from None
    return b"".join([piece async for piece in pieces(request, limit)])


def announced(request: web.BaseRequest, limit: int) -> int | None:
    """The size that the request names; None where it names none."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise rejected(ErrorCode.WRONG_CONTENT_TYPE, "Content-Encoding", say("not_encoded"))
    if (request.content_length or 0) > limit:
        raise _too_large(limit)
    return request.content_length


async def pieces(request: web.BaseRequest, limit: int) -> AsyncIterator[bytes]:
    """The body as it comes; TOO_LARGE and TOO_SLOW as soon as it is."""
    pace, size = Pace(), 0
    announced(request, limit)
    while piece := await pace.wait(request.content.readany()):
        size += len(piece)
        if size > limit:
            raise _too_large(limit)
        yield piece


class Pace:
    """Gives a body more time with every byte of it that came."""

    def __init__(self) -> None:
        """From now on."""
        self._until = asyncio.get_running_loop().time() + GRACE

    async def wait(self, coming: Awaitable[bytes]) -> bytes:
        """What came; TOO_SLOW where it took too long."""
        try:
            async with asyncio.timeout_at(self._until):
                piece = await coming
        except TimeoutError:
            raise rejected(ErrorCode.TOO_SLOW, expected=say("at_least_rate", n=SLOWEST)) from None
        self._until += len(piece) / SLOWEST
        return piece


def _too_large(limit: int) -> Exception:
    return rejected(ErrorCode.TOO_LARGE, expected=say("at_most_bytes", n=limit))
