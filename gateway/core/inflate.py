"""One gzip member, unpacked and hashed or made piece by piece; no more of it is in memory than one piece."""

import zlib
from collections.abc import Iterator
from hashlib import sha256

from gateway.core.errors import ErrorCode, rejected
from gateway.core.texts import say

GZIP_WINDOW = 31  # zlib: gzip header, 32 KB window; the header's time is 0
PLAIN_GZIP = b"\x00"  # the flags of a gzip member without name, comment or extra fields: nothing can hide in it
LEVEL = 1  # gzip's fastest: 3 times quicker than the default, a few per cent larger
STORED = 0  # as it is, in a gzip member
WORTH = 0.95  # content that shrinks to no less than this is not compressed
PIECE = 256 * 1024  # most bytes unpacked at once


class Inflation:
    """What has come out of a gzip member so far; more than `allowed` bytes are refused as they come (gzip bombs)."""

    def __init__(self, allowed: int) -> None:
        """Nothing has come yet."""
        self._reader, self._hash, self._allowed = zlib.decompressobj(GZIP_WINDOW), sha256(), allowed
        self.size = 0

    @property
    def digest(self) -> bytes:
        """SHA-256 of what has come out."""
        return self._hash.digest()

    def feed(self, packed: bytes) -> Iterator[bytes]:
        """The pieces that the next packed bytes hold, each counted and hashed before it is handed out."""
        data = packed
        while True:
            piece, data = self._unpack(data)
            if piece:
                self.size += len(piece)
                self._hash.update(piece)
                yield piece
            if self._reader.eof or (len(piece) < PIECE and not data):
                break

    def swallow(self, packed: bytes) -> None:
        """The next packed bytes are counted and hashed, and what they hold is let go."""
        for _ in self.feed(packed):
            pass

    def finish(self) -> None:
        """The member is complete and nothing comes behind it."""
        if not self._reader.eof or self._reader.unused_data:
            raise rejected(ErrorCode.EBMS_0303, "payload", say("one_member"))

    def _unpack(self, data: bytes) -> tuple[bytes, bytes]:
        if self._reader.eof and data:
            raise rejected(ErrorCode.EBMS_0303, "payload", say("one_member"))
        most = min(PIECE, self._allowed - self.size + 1)
        try:
            piece = self._reader.decompress(data, most)
        except zlib.error:
            raise rejected(ErrorCode.EBMS_0303, "payload", "gzip") from None
        if self.size + len(piece) > self._allowed:
            raise rejected(ErrorCode.EBMS_0303, "payload", say("at_most_inflated", n=self._allowed))
        return piece, self._reader.unconsumed_tail


class Deflation:
    """One gzip member made piece by piece; what does not shrink (images, PDF) is only wrapped."""

    def __init__(self) -> None:
        """Its first piece decides."""
        self._writer: zlib._Compress | None = None

    def feed(self, content: bytes) -> bytes:
        """The gzip bytes that the next content gives."""
        if self._writer is None:
            level = LEVEL if len(zlib.compress(content, LEVEL)) <= WORTH * len(content) else STORED
            self._writer = zlib.compressobj(level, wbits=GZIP_WINDOW)
        return self._writer.compress(content)

    def finish(self) -> bytes:
        """The last of them."""
        last = self.feed(b"")  # of no content at all, too
        return last + (self._writer.flush() if self._writer else b"")


def repacked(packed: bytes, allowed: int) -> bytes:
    """The same content in a gzip member in which nothing else can hide."""
    deflation = Deflation()
    return b"".join([*map(deflation.feed, Inflation(allowed).feed(packed)), deflation.finish()])
