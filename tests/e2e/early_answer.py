"""A gateway with its protection removed, for the control of the kill tests: it answers before the commit."""

import asyncio
import sys
from typing import Any

from gateway import boot
from gateway.cli import main
from gateway.core.message import Answer, Sealed
from gateway.flow.ports import Remembered
from gateway.store.sqlite import SqliteStore

DELAY = 0.2  # seconds the commit comes too late: what a busy disk does


class EarlyStore(SqliteStore):
    """Says that a message is stored, and stores it afterwards."""

    async def add(self, sealed: Sealed, answer: Answer) -> Remembered:
        """The answer at once; the commit later."""
        asyncio.get_running_loop().call_later(DELAY, self._later, sealed, answer)
        return Remembered(sealed.known.content, answer, sealed.known.salts.key.id)

    def _later(self, *unit: Any) -> None:
        task = asyncio.ensure_future(super().add(*unit))
        task.add_done_callback(lambda done: done.exception())


if __name__ == "__main__":
    boot.SqliteStore = EarlyStore  # type: ignore[misc]
    sys.exit(main())
