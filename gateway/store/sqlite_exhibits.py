"""The port of exports of evidence on SQLite."""

from collections.abc import Iterator
from functools import partial

from gateway.core.evidence.container import Source
from gateway.flow.ports import Row, StoredPart
from gateway.flow.ports_exhibits import Exhibited, Subject
from gateway.store import deliveries, exhibits, log
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

    async def landmarks(self, size: int) -> list[Row]:
        """See LogFolderStore."""
        return await self._engine.read_aside(partial(exhibits.landmarks, size=size))

    async def newest_cosigned(self) -> Row | None:
        """See LogFolderStore."""
        return await self._engine.read_aside(exhibits.newest_cosigned)

    async def leaves_from(self, start: int, limit: int) -> list[Row]:
        """See LogFolderStore."""
        return await self._engine.read_aside(partial(log.leaves, start=start, limit=limit))

    def content(self, part: StoredPart) -> Source:
        """See ExhibitStore."""
        return partial(self._pieces, part.body)

    def _pieces(self, body: int) -> Iterator[bytes]:
        data = self._engine.read(partial(deliveries.body, number=body))
        if data is not None:
            yield data
            return
        position = 0
        while (found := self._engine.read(partial(deliveries.chunk, number=body, position=position))) is not None:
            yield found
            position += 1
