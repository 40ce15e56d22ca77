"""The bytes of a delivery attempt: read back from the store, compared with their digests, packed once."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from gateway.core import pack, push
from gateway.core.errors import ErrorCode
from gateway.core.wss.encrypt import writer
from gateway.core.wss.gcm import OVERHEAD
from gateway.flow.bodies import Bodies, DamagedError, framed, is_small
from gateway.flow.inbox import facts
from gateway.flow.ports import DeliveryStore, Job, Offload, StoredPart
from gateway.flow.sending import SendError, Streamed


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request body; a large one is read from the store while it is sent."""

    content_type: str
    body: bytes | Streamed

    @property
    def size(self) -> int:
        """Bytes of the body."""
        return self.body.size if isinstance(self.body, Streamed) else len(self.body)


class Requests:
    """Makes the request for a leased delivery, by its kind."""

    def __init__(self, store: DeliveryStore, offload: Offload) -> None:
        """Know where bodies are."""
        self._bodies = Bodies(store, offload)
        self._makers: dict[str, Callable[[Job], Awaitable[Request]]] = {
            "partner": self._as4,
            "push": self._push,
            "notice": self._notice,
        }

    async def make(self, job: Job) -> Request:
        """The request; SendError where the stored bytes are not what the log says, of a large one while it is sent."""
        try:
            return await self._makers[job.kind](job)
        except DamagedError as damage:
            raise SendError(ErrorCode.INTEGRITY_FAILURE, damage.part.cid) from None

    async def _as4(self, job: Job) -> Request:
        """The same bytes on every attempt: the pack was kept with the first lease (AS4 3.2)."""
        if is_small(job.parts):
            parts = [(part.cid, (await self._bodies.whole(part))[0]) for part in job.parts]
            return Request(job.pack.content_type, pack.body(job.pack, parts))
        heads, end = pack.frame(job.pack, [part.cid for part in job.parts])
        overhead = OVERHEAD if job.pack.content_key else 0
        size = sum(part.packed_size + overhead for part in job.parts)
        streamed = _streamed(heads, lambda: (self._sent(job, part) for part in job.parts), size, end)
        return Request(job.pack.content_type, streamed)

    async def _sent(self, job: Job, part: StoredPart) -> AsyncIterator[bytes]:
        """A part's bytes, encrypted where the message is."""
        if not job.pack.content_key:
            async for piece in self._bodies.packed(part):
                yield piece
            return
        encrypting = writer(job.pack.content_key, part.cid)
        async for piece in self._bodies.packed(part):
            yield encrypting.feed(piece)
        yield encrypting.finish()

    async def _push(self, job: Job) -> Request:
        shown, message_id = facts(job.header, job.removed, job.parts), job.header.message_id
        if is_small(job.parts):
            payloads = [(part.media_type, part.name, (await self._bodies.whole(part))[1]) for part in job.parts]
            return Request(*push.write(message_id, shown, payloads))
        content_type, heads, end = push.frame(message_id, shown, [(part.media_type, part.name) for part in job.parts])
        size = sum(part.size for part in job.parts)
        return Request(content_type, _streamed(heads, lambda: map(self._bodies.content, job.parts), size, end))

    async def _notice(self, job: Job) -> Request:
        return Request(job.pack.content_type, job.pack.soap)


def _streamed(
    heads: Sequence[bytes], bodies: Callable[[], Iterable[AsyncIterator[bytes]]], size: int, end: bytes
) -> Streamed:
    async def pieces() -> AsyncIterator[bytes]:
        try:
            async for piece in framed(heads, bodies(), end):
                yield piece
        except DamagedError as damage:
            raise SendError(ErrorCode.INTEGRITY_FAILURE, damage.part.cid) from None

    return Streamed(sum(map(len, heads)) + size + len(end), pieces)
