"""Work for each partner beside that for the others: who is slow holds up nobody else."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from logging import Logger

from gateway.flow.rounds import rounds

Work = Callable[[], Coroutine[None, None, int]]


class Apart:
    """One piece of work at a time for each name."""

    def __init__(self, patience: float = 5.0) -> None:
        """Nothing is under way; a round waits so many seconds for what it began."""
        self._patience = patience
        self._tasks: dict[str, asyncio.Task[int]] = {}

    async def each(self, works: Mapping[str, Work]) -> int:
        """Begun for every name whose last work has ended; the sum of what ended. A fault is raised once all others went on."""
        fresh = {name: asyncio.create_task(work()) for name, work in works.items() if name not in self._tasks}
        self._tasks |= fresh
        if fresh:
            await asyncio.wait(fresh.values(), timeout=self._patience)
        ended = {name: task for name, task in self._tasks.items() if task.done()}
        self._tasks = {name: task for name, task in self._tasks.items() if name not in ended}
        faults = [fault for task in ended.values() if (fault := task.exception())]
        for fault in faults:
            raise fault
        return sum(task.result() for task in ended.values())

    async def rounds(self, turn: Callable[[], Awaitable[object]], pause: float, logger: Logger, trouble: str) -> None:
        """Round after round until cancelled; then nothing is under way any more."""
        try:
            await rounds(turn, pause, logger, trouble)
        finally:
            await self.stop()

    async def stop(self) -> None:
        """What is under way is cancelled and has ended."""
        tasks = tuple(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks.clear()
