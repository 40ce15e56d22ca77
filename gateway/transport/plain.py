"""Asks issuers and authorities: over http, as usual for them, because they have signed what they answer."""

import aiohttp

from gateway.core.errors import ErrorCode
from gateway.core.evidence.stamp import LARGEST
from gateway.flow.sending import SendError

MOST = 32 * 1024 * 1024  # bytes of an answer
SECONDS = 30.0
OCSP = "application/ocsp-request"
STAMP = "application/timestamp-query"
SUCCESS = 200


async def fetch(url: str, question: bytes, most: int = MOST, seconds: float = SECONDS) -> bytes:
    """What is at the URL, or its answer to a question about revocation; SendError where there is none, or it is too large or too late."""
    return await _asked(url, (OCSP, question) if question else None, most, seconds)


async def ask(url: str, question: bytes, seconds: float = SECONDS) -> bytes:
    """A time-stamp authority's answer (RFC 3161 3.4); SendError where there is none, or it is too large or too late."""
    return await _asked(url, (STAMP, question), LARGEST, seconds)


async def _asked(url: str, posted: tuple[str, bytes] | None, most: int, seconds: float) -> bytes:
    limit = aiohttp.ClientTimeout(total=seconds)
    kind, data = posted or ("", None)
    method, headers = ("POST", {"Content-Type": kind}) if posted else ("GET", {})
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
        raise SendError(ErrorCode.TIMED_OUT, _host(url)) from None
    except (aiohttp.ClientError, OSError, ValueError):
        raise SendError(ErrorCode.UNREACHABLE, _host(url)) from None


def _host(url: str) -> str:
    """Who was asked, for the logging: what stands before it may be a password, and behind it a token."""
    return url.partition("://")[2].partition("/")[0].rpartition("@")[2]
