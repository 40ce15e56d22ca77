"""Round after round, whatever one of them meets."""

import asyncio
from collections.abc import Awaitable, Callable
from logging import Logger


async def rounds(turn: Callable[[], Awaitable[object]], pause: float, logger: Logger, trouble: str) -> None:
    """One after each pause, until cancelled; a fault, which is the store's, is told and waited out."""
    while True:
        try:
            await turn()
        except Exception:
            logger.exception(trouble)
        await asyncio.sleep(pause)
