"""Answers that are made while they are sent."""

import asyncio
from collections.abc import AsyncIterator, Mapping

from aiohttp import web

from gateway.core.errors import Rejected

STALL = 60.0  # seconds that a reader may take no bytes


async def stream(
    request: web.BaseRequest, headers: Mapping[str, str], size: int, pieces: AsyncIterator[bytes]
) -> web.StreamResponse:
    """The pieces are sent; where they end early, the connection is broken off, so that nobody takes a part for the whole."""
    response = web.StreamResponse(headers=dict(headers))
    response.content_length = size
    await response.prepare(request)
    try:
        async for piece in pieces:
            async with asyncio.timeout(STALL):
                await response.write(piece)
        await response.write_eof()
    except (Rejected, TimeoutError):
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionAbortedError from None
    return response
