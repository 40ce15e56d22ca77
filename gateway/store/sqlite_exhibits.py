"""The port of exports of evidence on SQLite."""

from functools import partial

from gateway.flow.ports import Row
from gateway.flow.ports_exhibits import Exhibited, Subject
from gateway.store import exhibits
from gateway.store.engine import Engine


class ExhibitRows:
    """See ExhibitStore."""

    _engine: Engine

    async def exhibited(self, subject: Subject, limit: int) -> list[Exhibited]:
        """See ExhibitStore."""
        return await self._engine.read_aside(partial(exhibits.exhibited, subject=subject, limit=limit))

    async def entries_about(self, message_id: str) -> list[Row]:
        """See ExhibitStore."""
        return await self._engine.read_aside(partial(exhibits.entries_about, message_id=message_id))

    async def checkpoints_from(self, size: int) -> list[Row]:
        """See ExhibitStore."""
        return await self._engine.read_aside(partial(exhibits.checkpoints_from, size=size))
