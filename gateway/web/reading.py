"""Request bodies, read under a limit."""

from aiohttp import web

from gateway.core.errors import ErrorCode, rejected


async def read(request: web.BaseRequest, limit: int) -> bytes:
    """The whole body; TOO_LARGE as soon as it is clear that it is."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise rejected(ErrorCode.WRONG_CONTENT_TYPE, "Content-Encoding", "none: bodies are sent as they are")
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
    return rejected(ErrorCode.TOO_LARGE, expected=f"at most {limit} bytes")
