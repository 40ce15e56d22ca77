"""The bytes of a delivery attempt: read back from the store, compared with their digests, packed once."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from gateway.core import pack, push
from gateway.core.errors import ErrorCode
from gateway.flow.inbox import facts, unpacked
from gateway.flow.ports import Clock, DeliveryStore, Job, Offload, SendError, StoredPart


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request body."""

    content_type: str
    body: bytes


class Requests:
    """Makes the request for a leased delivery, by its kind."""

    def __init__(self, store: DeliveryStore, clock: Clock, offload: Offload) -> None:
        """Know where bodies are."""
        self._store, self._clock, self._offload = store, clock, offload
        self._makers: dict[str, Callable[[Job], Awaitable[Request]]] = {
            "partner": self._as4,
            "push": self._push,
            "notice": self._notice,
        }

    async def make(self, job: Job) -> Request:
        """The request; SendError where the stored bytes are not what the log says."""
        return await self._makers[job.kind](job)

    async def _as4(self, job: Job) -> Request:
        """The same bytes on every attempt: the pack was kept with the first lease (AS4 3.2)."""
        bodies = [await self._checked(part) for part in job.parts]
        parts = [(part.cid, body) for part, (body, _) in zip(job.parts, bodies, strict=True)]
        return Request(job.pack.content_type, pack.body(job.pack, parts))

    async def _push(self, job: Job) -> Request:
        contents = [await self._checked(part) for part in job.parts]
        payloads = [
            (part.media_type, part.name, content) for part, (_, content) in zip(job.parts, contents, strict=True)
        ]
        shown = facts(job.header, job.removed, job.parts)
        return Request(*push.write(job.header.message_id, shown, payloads))

    async def _notice(self, job: Job) -> Request:
        return Request(job.pack.content_type, job.pack.soap)

    async def _checked(self, part: StoredPart) -> tuple[bytes, bytes]:
        """The stored gzip bytes and their content, which equals its digest (EA-3.5: after the store, before the send)."""
        body = await self._store.body(part)
        content = await self._offload(part.size, lambda: unpacked(body, part))
        if content is None:
            raise SendError(ErrorCode.INTEGRITY_FAILURE, part.cid)
        return body, content
