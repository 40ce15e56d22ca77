"""The store's part about keeping and removing messages."""

import sqlite3
from collections.abc import Sequence
from functools import partial

from gateway.core.message import Entry
from gateway.core.names import Micros
from gateway.core.retention import Asked, Terms
from gateway.flow.ports import Operator, Row
from gateway.flow.ports_retention import Batch, Chosen, Old, Purge, Removed, Returning
from gateway.store import intake, restoring, retention
from gateway.store.engine import Engine
from gateway.store.log import append

RELEASED = Micros(2)  # a released body has been staged "at 1": it is swept before every other


class PurgeRows:
    """See PurgeStore."""

    _engine: Engine

    async def due(self, terms: Terms) -> list[Row]:
        """See PurgeStore."""
        return await self._engine.read_aside(partial(retention.due, terms=terms))

    async def draft(self, asked: Asked, terms: Terms, now: Micros) -> int:
        """See PurgeStore."""
        while await self._engine.write(partial(retention.forget_drafts, now=now)):
            pass
        return await self._engine.write(partial(retention.draft, asked=asked, terms=terms, now=now))

    async def old(self, terms: Terms, after: int, limit: int) -> list[Old]:
        """See PurgeStore."""
        return await self._engine.read_aside(partial(retention.old, terms=terms, after=after, limit=limit))

    async def choose(self, purge: int, messages: Sequence[int]) -> None:
        """See PurgeStore."""
        await self._engine.write(partial(retention.choose, purge=purge, messages=messages))

    async def propose(self, purge: int, chosen: Chosen, operator: Operator, entry: Entry) -> None:
        """See PurgeStore."""

        def unit(database: sqlite3.Connection) -> None:
            retention.propose(database, purge, chosen, operator, entry.at)
            append(database, entry)

        await self._engine.write(unit)

    async def purge(self, number: int) -> Purge | None:
        """See PurgeStore."""
        return self._engine.read(partial(retention.find, number=number))

    async def purges(self) -> list[Purge]:
        """See PurgeStore."""
        return self._engine.read(retention.listing)

    async def chosen(self, purge: int, terms: Terms, after: int, limit: int) -> list[Old]:
        """See PurgeStore."""
        unit = partial(retention.chosen, purge=purge, terms=terms, after=after, limit=limit)
        return await self._engine.read_aside(unit)

    async def approve(self, purge: int, operator: Operator, entry: Entry) -> bool:
        """See PurgeStore."""

        def unit(database: sqlite3.Connection) -> bool:
            approved = retention.approve(database, purge, operator, entry.at)
            if approved:
                append(database, entry)
            return approved

        return await self._engine.write(unit)

    async def remove(self, batch: Batch) -> bool:
        """See PurgeStore."""
        return await self._engine.write(partial(retention.remove, batch=batch))

    async def demand_archives(self, purge: int) -> None:
        """See PurgeStore."""
        await self._engine.write(partial(retention.demand_archives, purge=purge))

    async def unarchived(self, purge: int, terms: Terms, after: int, limit: int) -> list[Old]:
        """See PurgeStore."""
        unit = partial(retention.unarchived, purge=purge, terms=terms, after=after, limit=limit)
        return await self._engine.read_aside(unit)

    async def archived(self, purge: int, messages: Sequence[int], digest: str, entry: Entry) -> bool:
        """See PurgeStore."""

        def unit(database: sqlite3.Connection) -> bool:
            noted = retention.archived(database, purge, messages, digest)
            if noted:
                append(database, entry)
            return noted

        return await self._engine.write(unit)

    async def accepted_at(self, leaf: int) -> Removed | None:
        """See RestoreStore."""
        return self._engine.read(partial(restoring.accepted_at, leaf=leaf))

    async def restore(self, messages: Sequence[Returning]) -> bool:
        """See RestoreStore."""
        return await self._engine.write(partial(restoring.restore, messages=messages))

    async def finish(self, purge: int, now: Micros) -> None:
        """See PurgeStore."""
        await self._engine.write(partial(retention.finish, purge=purge, now=now))

    async def sweep_removed(self) -> None:
        """See PurgeStore."""
        while await self._engine.write(partial(intake.sweep_chunks, before=RELEASED)):
            pass
        await self._engine.write(partial(intake.sweep, before=RELEASED))

    async def give_back(self, pages: int) -> int:
        """See PurgeStore."""
        return await self._engine.write(partial(retention.give_back, pages=pages))

    async def forget_journal(self) -> bool:
        """See PurgeStore."""
        return await self._engine.read_aside(_truncate)


def _truncate(database: sqlite3.Connection) -> bool:
    """Most of it without the write lock, then the rest with it."""
    database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    return bool(database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0)
