"""This machine's time, chance, threads and locks."""

import asyncio
import ctypes
import fcntl
import gc
import logging
import os
import random
import secrets
import time
import uuid
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, TypeVar

from gateway.config.faults import ConfigError, ConfigFault
from gateway.core.names import MessageId, Micros

T = TypeVar("T")
MICROS_IN = 1_000  # nanoseconds
logger = logging.getLogger(__name__)
_LIBC = ctypes.CDLL(None)  # malloc_trim is glibc's; elsewhere there is nothing to do


class SystemClock:
    """Time, ids and chance of this machine."""

    def __init__(self, domain: str) -> None:
        """Make MessageIds under the domain."""
        self._domain = domain

    def now(self) -> Micros:
        """UTC microseconds."""
        return Micros(time.time_ns() // MICROS_IN)

    def message_id(self) -> MessageId:
        """A random UUID at the domain."""
        return MessageId(f"{uuid.uuid4()}@{self._domain}")  # noqa: TID251 - boot takes ids from here

    def nonce(self) -> bytes:
        """16 random bytes."""
        return secrets.token_bytes(16)

    def jitter(self) -> float:
        """From 0 to 1."""
        return random.random()  # noqa: S311 - spreads retries, keeps no secret


class Workers:
    """Runs pure work: inline below a size (a hop costs as much as a small message), else in a thread."""

    def __init__(self, inline: int) -> None:
        """Start no thread yet."""
        self._inline = inline
        self._threads = ThreadPoolExecutor(max(2, os.cpu_count() or 2), "work")

    async def __call__(self, size: int, work: Callable[[], T]) -> T:
        """The work's result."""
        if size <= self._inline:
            return work()
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def trim(self) -> None:
        """What large documents have left free goes back to the system, or the next one, in another thread, adds to it."""
        if hasattr(_LIBC, "malloc_trim"):
            # A moment later: whoever calls this still holds the last of it.
            asyncio.get_running_loop().call_later(0.1, self._threads.submit, _LIBC.malloc_trim, 0)

    def close(self) -> None:
        """The threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def calm_collector() -> None:
    """What the start made is never looked at again by the garbage collector, which also looks less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


async def every(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    """The work is done again and again until cancelled; a fault is logged and does not end it."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await work()
        except Exception:
            logger.exception("housekeeping failed; tried again")


def lock(database: Path) -> IO[str]:
    """Held as long as this process serves the database; the system frees it even after kill -9."""
    held = database.with_suffix(".lock").open("w")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.close()
        problem = "another gateway process serves this database"
        raise ConfigError(ConfigFault(database, "gateway.database", problem)) from None
    return held
