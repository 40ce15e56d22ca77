"""Request bodies, read under a limit."""

from aiohttp import web

from gateway.core.errors import ErrorCode, rejected
from gateway.core.texts import say


async def read(request: web.BaseRequest, limit: int) -> bytes:
    """The whole body; TOO_LARGE as soon as it is clear that it is."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise rejected(ErrorCode.WRONG_CONTENT_TYPE, "Content-Encoding", say("not_encoded"))
    if (request.content_length or 0) > limit:
        raise _too_large(limit)
    if request.content_length is not None:
        return await request.content.readexactly(request.content_length) if request.content_length else b""
    pieces, size = [], 0
    async for piece in request.content.iter_chunked(64 * 1024):
        size += len(piece)
        if size > limit:
            raise _too_large(limit)
        pieces.append(piece)
    return b"".join(pieces)


def _too_large(limit: int) -> Exception:
    return rejected(ErrorCode.TOO_LARGE, expected=say("at_most_bytes", n=limit))
