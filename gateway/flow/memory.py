"""How much of the process's memory large requests may take at one time; small ones are not asked."""

import asyncio
from collections import deque

from gateway.core.errors import ErrorCode, rejected
from gateway.core.texts import say

PATIENCE = 10.0  # seconds that a request waits for others to end; then its sender is told to come again
BESIDE = 64 * 1024 * 1024  # bytes for the buffers of attachments and for small documents in forms


class Pool:
    """So many bytes, taken and given back; who waits is served in order."""

    def __init__(self, most: int) -> None:
        """All of it is free."""
        self.most, self.free = most, most
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def take(self, size: int) -> None:
        """The bytes are this request's; UNAVAILABLE where others hold them for too long, TOO_LARGE where there are never so many."""
        if size > self.most:
            raise rejected(ErrorCode.TOO_HEAVY, expected=say("at_most_bytes", n=self.most))
        if not self._waiting and size <= self.free:
            self.free -= size
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((size, turn))
        try:
            async with asyncio.timeout(PATIENCE):
                await turn
        except BaseException as error:
            self._leave(size, turn)
            if isinstance(error, TimeoutError):
                raise rejected(ErrorCode.UNAVAILABLE, expected=say("free_memory")) from None
            raise

    def give(self, size: int) -> None:
        """The bytes are free again; whoever waits first goes on as soon as there are enough."""
        self.free += size
        while self._waiting and self._waiting[0][0] <= self.free:
            wanted, turn = self._waiting.popleft()
            self.free -= wanted
            turn.set_result(None)

    def _leave(self, size: int, turn: "asyncio.Future[None]") -> None:
        """Nobody waits any more; what was granted at the last moment is given back."""
        if (size, turn) in self._waiting:
            self._waiting.remove((size, turn))
            self.give(0)
        else:
            self.give(size)


class Memory:
    """Two pools, asked in this order, so that nobody waits for somebody who waits: bodies being read, documents at work."""

    def __init__(self, most: int, largest: int) -> None:
        """The largest body always has room to be read."""
        self.reading, self.working = Pool(2 * largest + BESIDE), Pool(most)


class Hold:
    """What one request has taken; given back as a whole."""

    def __init__(self, memory: Memory) -> None:
        """Nothing yet."""
        self._memory, self._read, self._work = memory, 0, 0

    async def read(self, size: int) -> None:
        """So many more bytes of the request may be in memory."""
        await self._memory.reading.take(size)
        self._read += size

    async def work(self, size: int) -> None:
        """The document may take so much while it is handled, and no more than this from now on."""
        if size > self._work:
            await self._memory.working.take(size - self._work)
        else:
            self._memory.working.give(self._work - size)
        self._work = size

    def end(self) -> int:
        """Nothing is held any more; the bytes that the document had taken."""
        taken = self._work
        self._memory.reading.give(self._read)
        self._memory.working.give(self._work)
        self._read = self._work = 0
        return taken
