"""Stored parts, read piece by piece and compared with their digests on the way (EA-3.5).

The last piece is held back until the digest is known to be right: whoever gets damaged bytes never gets all of them.
"""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

from gateway.core.errors import Rejected
from gateway.core.inflate import Inflation
from gateway.flow.ports import BodyStore, Offload, StoredPart

WHOLE = 1024 * 1024  # bytes of a message's payloads up to which it is read in one go


class DamagedError(Exception):
    """A stored part is not what its digest says."""

    def __init__(self, part: StoredPart) -> None:
        """Say which one."""
        super().__init__(part.cid)
        self.part = part


class PurgedError(DamagedError):
    """A stored part was removed after the agreed time: there is nothing to compare."""


@dataclass(frozen=True, slots=True)
class Bodies:
    """Reads the parts of stored messages."""

    store: BodyStore
    offload: Offload

    async def whole(self, part: StoredPart) -> tuple[bytes, bytes]:
        """The gzip bytes and the content of a small part; DamagedError where they are not what the digest says."""
        _require_kept(part)
        packed = b"".join([piece async for piece in self.store.pieces(part.body)])
        return packed, await self.offload(part.size, lambda: _unpacked(packed, part))

    async def packed(self, part: StoredPart) -> AsyncIterator[bytes]:
        """The gzip bytes; DamagedError before the last of them."""
        _require_kept(part)
        inflation, held = Inflation(part.size), b""
        async for chunk in self.store.pieces(part.body):
            if held:
                yield held
            await self._swallow(inflation, chunk, part)
            held = chunk
        _require(inflation, part)
        yield held

    async def content(self, part: StoredPart) -> AsyncIterator[bytes]:
        """The content; DamagedError before the last piece of it."""
        _require_kept(part)
        inflation, held = Inflation(part.size), b""
        async for chunk in self.store.pieces(part.body):
            pieces = inflation.feed(chunk)
            while piece := await self._next(pieces, part):
                if held:
                    yield held
                held = piece
        _require(inflation, part)
        if held:
            yield held

    async def verified(self, part: StoredPart) -> bool:
        """Whether the part is what its digest says."""
        try:
            async for _ in self.packed(part):
                pass
        except DamagedError:
            return False
        return True

    async def _swallow(self, inflation: Inflation, chunk: bytes, part: StoredPart) -> None:
        try:
            await self.offload(max(len(chunk), min(part.size, WHOLE)), lambda: inflation.swallow(chunk))
        except Rejected:
            raise DamagedError(part) from None

    async def _next(self, pieces: "Iterable[bytes]", part: StoredPart) -> bytes:
        try:
            return await self.offload(min(part.size, WHOLE), lambda: next(iter(pieces), b""))
        except Rejected:
            raise DamagedError(part) from None


def _require_kept(part: StoredPart) -> None:
    if part.purged:
        raise PurgedError(part)


def is_small(parts: Iterable[StoredPart]) -> bool:
    """Whether all the parts together are read in one go."""
    return sum(part.size + part.packed_size for part in parts) <= WHOLE


async def framed(heads: Iterable[bytes], bodies: Iterable[AsyncIterator[bytes]], tail: bytes) -> AsyncIterator[bytes]:
    """A multipart body: each part's bytes behind its head, then the end."""
    for head, body in zip(heads, bodies, strict=True):
        yield head
        async for piece in body:
            yield piece
    yield tail


def _unpacked(packed: bytes, part: StoredPart) -> bytes:
    inflation = Inflation(part.size)
    try:
        content = b"".join(inflation.feed(packed))
    except Rejected:
        raise DamagedError(part) from None
    _require(inflation, part)
    return content


def _require(inflation: Inflation, part: StoredPart) -> None:
    """The whole part came, and it is the one the digest was taken of."""
    try:
        inflation.finish()
    except Rejected:
        raise DamagedError(part) from None
    if inflation.digest != part.digest:
        raise DamagedError(part)
