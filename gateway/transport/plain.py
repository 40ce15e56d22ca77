"""Fetches lists and answers about revocation: over http, as usual for them, because their issuers have signed them."""

import aiohttp

from gateway.core.errors import ErrorCode
from gateway.flow.sending import SendError

MOST = 32 * 1024 * 1024  # bytes of an answer
SECONDS = 30.0
ASKS = {"Content-Type": "application/ocsp-request"}
SUCCESS = 200


async def fetch(url: str, question: bytes, most: int = MOST, seconds: float = SECONDS) -> bytes:
    """What is at the URL, or its answer to what is posted; SendError where there is none, or it is too large or too late."""
    limit = aiohttp.ClientTimeout(total=seconds)
    method, data, headers = ("POST", question, ASKS) if question else ("GET", None, {})
    try:
        async with (
            aiohttp.ClientSession(timeout=limit) as session,
            session.request(method, url, data=data, headers=headers, max_redirects=3) as answer,
        ):
            if answer.status != SUCCESS:
                raise SendError(ErrorCode.HTTP_TEMPORARY, str(answer.status))
            content = bytearray()
            async for piece in answer.content.iter_chunked(64 * 1024):
                content += piece
                if len(content) > most:
                    raise SendError(ErrorCode.TOO_LARGE, f"more than {most} bytes")
            return bytes(content)
    except TimeoutError:
        raise SendError(ErrorCode.TIMED_OUT, url) from None
    except (aiohttp.ClientError, OSError, ValueError):
        raise SendError(ErrorCode.UNREACHABLE, url) from None
