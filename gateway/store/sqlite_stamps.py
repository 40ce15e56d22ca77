"""The stamps' port on SQLite."""

from functools import partial

from gateway.core.message import Entry
from gateway.core.names import Micros
from gateway.flow.ports_stamps import Kept, Standing
from gateway.store import stamps
from gateway.store.engine import Engine


class StampRows:
    """See StampStore."""

    _engine: Engine

    async def stamping(self) -> Standing | None:
        """See StampStore."""
        return self._engine.read(stamps.standing)

    async def begin_stamping(self, now: Micros) -> None:
        """See StampStore."""
        await self._engine.write(partial(stamps.begin, now=now))

    async def end_stamping(self) -> None:
        """See StampStore."""
        await self._engine.write(stamps.end)

    async def keep_stamp(self, kept: Kept) -> None:
        """See StampStore."""
        await self._engine.write(partial(stamps.keep, kept=kept))

    async def stamps(self) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
        """See AuditStore."""
        return await self._engine.read_aside(stamps.compared)

    async def miss_stamp(self, *entries: Entry) -> bool:
        """See StampStore."""
        return await self._engine.write(partial(stamps.miss, entries=entries))
