"""Reads a submission: an XML body, or multipart/form-data with message, metadata and attachments."""

from collections.abc import Mapping

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from gateway.api.metadata import is_text, stated
from gateway.core.errors import ErrorCode, rejected
from gateway.core.message import Payload, Peer, Received, Stated
from gateway.core.names import Edge, MessageId
from gateway.core.texts import say
from gateway.flow.upload import Gathered, Incoming, Upload, attached
from gateway.web.reading import Pace, announced, pieces, read

MAX_METADATA = 64 * 1024
FIELDS = ("message", "metadata", "attachment")


async def submission(request: web.Request, peer: Peer, upload: Upload, fresh_id: MessageId) -> Received:
    """The request as received, with everything it states."""
    query = {name: request.query.getall(name) for name in request.query if name != "dry-run"}
    if request.content_type == "multipart/form-data":
        return await _multipart(request, query, peer, upload, fresh_id)
    body = await _document(request, upload)
    return _received(peer, body, request.headers.get("Content-Type", ""), fresh_id, stated(query, b""))


async def _document(request: web.Request, upload: Upload) -> bytes:
    """The body; a small one in one go."""
    size = announced(request, upload.limits.body)
    if size is not None and size <= upload.limits.inline:
        return await read(request, upload.limits.body)
    gathered = Gathered(upload.hold, "", upload.limits.body)
    async for piece in pieces(request, upload.limits.body):
        await gathered.write(piece)
    if size is not None and gathered.size < size:
        raise ConnectionResetError
    return gathered.content()


async def _multipart(
    request: web.Request, query: Mapping[str, list[str]], peer: Peer, upload: Upload, fresh_id: MessageId
) -> Received:
    form = Form(upload)
    try:
        async for part in await request.multipart():
            await form.take(part)
    except (ValueError, HttpProcessingError):
        raise rejected(ErrorCode.BAD_REQUEST, "body", "multipart/form-data") from None
    if "message" not in form.found:
        raise rejected(ErrorCode.BAD_REQUEST, "part message", say("message_part"))
    content_type, body = form.found["message"]
    metadata = stated(query, form.found.get("metadata", ("", b""))[1])
    return _received(peer, body, content_type, fresh_id, metadata, tuple(form.attachments))


class Form:
    """The parts of a form in any order: message and metadata in memory, large attachments staged."""

    def __init__(self, upload: Upload) -> None:
        """Nothing has come."""
        self._upload, self._pace = upload, Pace()
        self.found: dict[str, tuple[str, bytes]] = {}
        self.attachments: list[Payload] = []

    async def take(self, part: object) -> None:
        """The next part."""
        if not isinstance(part, BodyPartReader) or part.name not in FIELDS or part.name in self.found:
            raise rejected(ErrorCode.BAD_REQUEST, "body", say("form_parts", names=", ".join(FIELDS)))
        content_type = part.headers.get("Content-Type", "application/octet-stream")
        if part.name == "attachment":
            await self._attach(part, content_type)
            return
        limit = self._upload.limits.body if part.name == "message" else MAX_METADATA
        gathered = Gathered(self._upload.hold, f"part {part.name}", limit)
        await self._copy(part, gathered)
        self.found[part.name] = (content_type, gathered.content())

    async def _attach(self, part: BodyPartReader, content_type: str) -> None:
        if len(self.attachments) >= self._upload.limits.attachments:
            raise rejected(ErrorCode.TOO_LARGE, "part attachment", say("at_most", n=self._upload.limits.attachments))
        if not is_text(part.filename or ""):
            raise rejected(ErrorCode.BAD_REQUEST, "part attachment", say("file_name"))
        incoming = await self._upload.attachment("part attachment", compressed=False)
        await self._copy(part, incoming)
        number, media_type = len(self.attachments) + 1, content_type.partition(";")[0].strip().lower()
        self.attachments.append(
            await attached(incoming, f"attachment-{number}@gateway", media_type, part.filename or "")
        )

    async def _copy(self, part: BodyPartReader, to: Gathered | Incoming) -> None:
        while piece := await self._pace.wait(part.read_chunk(64 * 1024)):
            await to.write(piece)


def _received(  # noqa: PLR0913, PLR0917 - the pieces of one request
    peer: Peer,
    body: bytes,
    content_type: str,
    fresh_id: MessageId,
    metadata: Stated,
    attachments: tuple[Payload, ...] = (),
) -> Received:
    return Received(Edge.NATIONAL, peer, body, content_type, fresh_id, metadata, attachments)
