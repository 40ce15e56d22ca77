"""Reads a submission: an XML body, or multipart/form-data with message, metadata and attachments."""

from collections.abc import Mapping

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from gateway.api.metadata import is_text, stated
from gateway.core.agreement import Limits
from gateway.core.errors import ErrorCode, rejected
from gateway.core.message import Payload, Peer, Received, Stated, payload
from gateway.core.names import Edge, MessageId
from gateway.core.texts import say
from gateway.web.reading import read

MAX_METADATA = 64 * 1024
FIELDS = ("message", "metadata", "attachment")


async def submission(request: web.Request, peer: Peer, limits: Limits, fresh_id: MessageId) -> Received:
    """The request as received, with everything it states."""
    query = {name: request.query.getall(name) for name in request.query if name != "dry-run"}
    if request.content_type == "multipart/form-data":
        return await _multipart(request, query, peer, limits, fresh_id)
    body = await read(request, limits.body)
    return _received(peer, body, request.headers.get("Content-Type", ""), fresh_id, stated(query, b""))


async def _multipart(
    request: web.Request, query: Mapping[str, list[str]], peer: Peer, limits: Limits, fresh_id: MessageId
) -> Received:
    found: dict[str, tuple[str, bytes]] = {}
    attachments: list[Payload] = []
    try:
        async for part in await request.multipart():
            await _part(part, found, attachments, limits)
    except (ValueError, HttpProcessingError):
        raise rejected(ErrorCode.BAD_REQUEST, "body", "multipart/form-data") from None
    if "message" not in found:
        raise rejected(ErrorCode.BAD_REQUEST, "part message", say("message_part"))
    content_type, body = found["message"]
    metadata = stated(query, found.get("metadata", ("", b""))[1])
    return _received(peer, body, content_type, fresh_id, metadata, tuple(attachments))


async def _part(part: object, found: dict[str, tuple[str, bytes]], attachments: list[Payload], limits: Limits) -> None:
    if not isinstance(part, BodyPartReader) or part.name not in FIELDS or part.name in found:
        raise rejected(ErrorCode.BAD_REQUEST, "body", say("form_parts", names=", ".join(FIELDS)))
    content_type = part.headers.get("Content-Type", "application/octet-stream")
    sizes = {"message": limits.body, "metadata": MAX_METADATA, "attachment": limits.attachment}
    content = await _content(part, sizes[part.name])
    if part.name != "attachment":
        found[part.name] = (content_type, content)
        return
    if len(attachments) >= limits.attachments:
        raise rejected(ErrorCode.TOO_LARGE, "part attachment", say("at_most", n=limits.attachments))
    if not is_text(part.filename or ""):
        raise rejected(ErrorCode.BAD_REQUEST, "part attachment", say("file_name"))
    number, media_type = len(attachments) + 1, content_type.partition(";")[0].strip().lower()
    attachments.append(payload(f"attachment-{number}@gateway", media_type, content, part.filename or ""))


async def _content(part: BodyPartReader, limit: int) -> bytes:
    content = bytearray()
    while piece := await part.read_chunk(64 * 1024):
        content += piece
        if len(content) > limit:
            raise rejected(ErrorCode.TOO_LARGE, f"part {part.name}", say("at_most_bytes", n=limit))
    return bytes(content)


def _received(  # noqa: PLR0913, PLR0917 - the pieces of one request
    peer: Peer,
    body: bytes,
    content_type: str,
    fresh_id: MessageId,
    metadata: Stated,
    attachments: tuple[Payload, ...] = (),
) -> Received:
    return Received(Edge.NATIONAL, peer, body, content_type, fresh_id, metadata, attachments)
