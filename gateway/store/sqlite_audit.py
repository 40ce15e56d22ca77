"""What the audit reads, on SQLite: in pages, beside whoever writes."""

import sqlite3
from collections.abc import AsyncIterator, Mapping
from functools import partial
from typing import Any

from gateway.flow.ports import Row
from gateway.store import sql_audit as sql
from gateway.store.engine import Engine

PAGE = 500


class AuditRows:
    """See AuditStore."""

    _engine: Engine

    async def each_head(self) -> AsyncIterator[Row]:
        """See AuditStore."""
        row: dict[str, Any] = {"after": 0, "most": await self.last_size(), "limit": PAGE}
        while page := await self._rows(sql.HEADS_FROM, row):
            for found in page:
                yield dict(found)
            row["after"] = page[-1]["size"]

    async def last_size(self) -> int:
        """See AuditStore."""
        ((most,),) = await self._rows(sql.LAST_SIZE, {})
        return int(most)

    async def nodes(self) -> dict[tuple[int, int], bytes]:
        """See AuditStore."""
        return {(row["level"], row["number"]): bytes(row["hash"]) for row in await self._rows(sql.ALL_NODES, {})}

    async def waiting(self) -> list[Row]:
        """See AuditStore."""
        return [dict(row) for row in await self._rows(sql.WAITING, {})]

    async def cosigned(self) -> AsyncIterator[Row]:
        """See AuditStore."""
        row: dict[str, Any] = {"size": 0, "party": "", "limit": PAGE}
        while page := await self._rows(sql.COSIGNED, row):
            for found in page:
                yield dict(found)
            row |= {"size": page[-1]["size"], "party": page[-1]["party"]}

    async def lost_payloads(self) -> list[str]:
        """See AuditStore."""
        return [str(row[0]) for row in await self._rows(sql.LOST_PAYLOADS, {})]

    async def lost_deliveries(self) -> list[str]:
        """See AuditStore."""
        return [str(row[0]) for row in await self._rows(sql.LOST_DELIVERIES, {})]

    async def delivered(self) -> AsyncIterator[Row]:
        """See AuditStore."""
        async for row in self._pages(sql.DELIVERED):
            yield row

    async def envelopes(self) -> AsyncIterator[Row]:
        """See AuditStore."""
        async for row in self._pages(sql.ENVELOPES):
            yield row

    async def _pages(self, statement: str) -> AsyncIterator[Row]:
        after = 0
        while page := await self._rows(statement, {"after": after, "limit": PAGE}):
            for row in page:
                yield dict(row)
            after = page[-1]["id"]

    async def _rows(self, statement: str, row: Mapping[str, object]) -> list[sqlite3.Row]:
        return await self._engine.read_aside(partial(_all, statement=statement, row=row))


def _all(database: sqlite3.Connection, statement: str, row: Mapping[str, object]) -> list[sqlite3.Row]:
    return database.execute(statement, row).fetchall()
