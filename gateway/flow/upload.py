"""A large request on its way in: what it holds in memory, and its attachments, staged chunk by chunk.

What no commit has referred to when the request ends is let go and swept.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO

from gateway.core.agreement import Limits
from gateway.core.errors import ErrorCode, rejected
from gateway.core.inflate import PLAIN_GZIP, Deflation, Inflation
from gateway.core.message import MimePart, Payload, Staged, payload
from gateway.core.texts import say
from gateway.flow.memory import Hold, Memory
from gateway.flow.ports import Clock, Offload, StagingStore

CHUNK = 256 * 1024  # bytes of a stored chunk; an attachment no larger is not staged
LARGE = 64 * 1024 * 1024  # bytes of memory worth giving back to the system at once
STEP = 1024 * 1024  # bytes by which the memory of a growing document is asked for
SOAP_LIMIT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Uploads:
    """Begins the uploads of one process."""

    store: StagingStore
    clock: Clock
    offload: Offload
    memory: Memory
    freed: Callable[[], None] = lambda: None  # told when a large document's memory is free again

    @asynccontextmanager
    async def begin(self, limits: Limits, *, keep: bool = True) -> AsyncIterator["Upload"]:
        """An upload that leaves nothing behind but what a message refers to; without `keep` nothing is stored at all."""
        upload = Upload(self, limits, Hold(self.memory), keep)
        try:
            yield upload
        finally:
            if upload.hold.end() > LARGE:
                self.freed()
            if upload.bodies:
                await self.store.release(upload.bodies)


@dataclass(slots=True)
class Upload:
    """One request."""

    by: Uploads
    limits: Limits
    hold: Hold
    keep: bool
    bodies: list[int] = field(default_factory=list)
    unpacked: int = 0  # of all attachments so far

    async def attachment(self, name: str, *, compressed: bool) -> "Incoming":
        """The next attachment begins."""
        await self.hold.read(2 * CHUNK)
        allowed = min(self.limits.attachment, self.limits.message - self.unpacked)
        return Incoming(self, name, allowed, compressed=compressed)


class Incoming:
    """An attachment as it comes: hashed, packed and staged; a small one is only gathered."""

    def __init__(self, upload: Upload, name: str, allowed: int, *, compressed: bool) -> None:
        """Nothing has come; `compressed`: what comes is a gzip member."""
        self._upload, self._name, self._allowed = upload, name, allowed
        self._coming, self._waiting = bytearray(), bytearray()
        self._inflation = Inflation(allowed) if compressed else None
        self._deflation: Deflation | None = Deflation()
        self._hash, self._packed_hash, self._size = sha256(), sha256(), 0
        self._body = self._position = self._packed = 0

    async def write(self, data: bytes) -> None:
        """The next bytes."""
        self._coming += data
        if len(self._coming) > CHUNK:
            await self._move()

    async def content(self) -> bytes | None:
        """All that came, if it is small; else None: it is staged."""
        if self._size:
            await self._move()
            return None
        if self._inflation is None:
            self._count(bytes(self._coming))
            self._upload.unpacked += self._size
        return bytes(self._coming)

    async def part(self, head: MimePart) -> MimePart:
        """The body part that came."""
        content = await self.content()
        return MimePart(head.headers, b"", *await self.staged()) if content is None else MimePart(head.headers, content)

    async def staged(self) -> tuple[bytes, Staged]:
        """The digest of the content and where it is, once all of it has come and is durable."""
        if self._inflation is not None:
            self._inflation.finish()
        if self._deflation is not None:
            self._waiting += self._deflation.finish()
        await self._store(bytes(self._waiting))
        digest = self._inflation.digest if self._inflation is not None else self._hash.digest()
        return digest, Staged(self._body, self._size, self._packed, self._packed_hash.digest())

    async def _move(self) -> None:
        """What has come is packed, and whole chunks of it are durable."""
        data, self._coming = bytes(self._coming), bytearray()
        if not self._size and self._inflation is not None and data[3:4] == PLAIN_GZIP:
            self._deflation = None  # the gzip part stays as it came
        before = self._size
        await self._upload.by.offload(CHUNK, lambda: self._pack(data))
        self._upload.unpacked += self._size - before
        while len(self._waiting) >= CHUNK:
            chunk, self._waiting = bytes(self._waiting[:CHUNK]), self._waiting[CHUNK:]
            await self._store(chunk)

    def _pack(self, data: bytes) -> None:
        if self._inflation is None:
            self._count(data)
            self._waiting += self._deflation.feed(data) if self._deflation else b""
            return
        for piece in self._inflation.feed(data):
            if self._deflation is not None:
                self._waiting += self._deflation.feed(piece)
        if self._deflation is None:
            self._waiting += data
        self._size = self._inflation.size

    def _count(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > self._allowed:
            raise rejected(ErrorCode.TOO_LARGE, self._name, say("at_most_bytes", n=self._allowed))
        self._hash.update(data)

    async def _store(self, chunk: bytes) -> None:
        upload = self._upload
        if upload.keep:
            body = await upload.by.store.stage(self._body, self._position, chunk, upload.by.clock.now())
            if not self._body:
                upload.bodies.append(body)
            self._body = body
        self._position += 1
        self._packed += len(chunk)
        self._packed_hash.update(chunk)


class Gathered:
    """A document as it comes: in memory, up to its limit."""

    def __init__(self, hold: Hold, name: str, limit: int) -> None:
        """Nothing has come."""
        self._hold, self._name, self._limit = hold, name, limit
        self._content, self._held, self.size = BytesIO(), 0, 0

    async def write(self, data: bytes) -> None:
        """The next bytes."""
        size = self.size + len(data)
        if size > self._limit:
            raise rejected(ErrorCode.TOO_LARGE, self._name, say("at_most_bytes", n=self._limit))
        if size > self._held:
            step = min(max(self._held, STEP), self._limit)
            await self._hold.read(step)
            self._held += step
        self._content.write(data)
        self.size = size

    def content(self) -> bytes:
        """All of it; not a copy."""
        return self._content.getvalue()

    async def part(self, head: MimePart) -> MimePart:
        """The body part that came."""
        return MimePart(head.headers, self.content())


async def attached(incoming: Incoming, cid: str, media_type: str, name: str) -> Payload:
    """The attachment of a form as a payload, here or staged."""
    content = await incoming.content()
    if content is not None:
        return payload(cid, media_type, content, name)
    digest, staged = await incoming.staged()
    return Payload(cid, media_type, b"", digest, staged.size, name, b"", staged)
