"""The floor's store: bodies, a hash-linked log and receipts in SQLite, committed in groups."""

import asyncio
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Any

WINDOW = 0.002  # seconds that a group commit waits for company
TABLES = """
    CREATE TABLE messages (id INTEGER PRIMARY KEY, body BLOB NOT NULL);
    CREATE TABLE log (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, digest BLOB NOT NULL, head BLOB NOT NULL);
    CREATE TABLE receipts (message INTEGER PRIMARY KEY, at INTEGER NOT NULL, digest BLOB NOT NULL);
"""
MESSAGE = "INSERT INTO messages (id, body) VALUES (?, ?)"
LOG = "INSERT INTO log (id, at, digest, head) VALUES (?, ?, ?, ?)"
RECEIPT = "INSERT INTO receipts (message, at, digest) VALUES (?, ?, ?)"


class Ledger:
    """What the floor keeps; nothing of it is there before its group's commit."""

    def __init__(self, path: str) -> None:
        """Make a new file; nothing is written before `run`."""
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._database.executescript(f"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; {TABLES}")
        self._thread, self._filled = ThreadPoolExecutor(1), asyncio.Event()
        self._rows: dict[str, list[tuple[Any, ...]]] = {MESSAGE: [], LOG: [], RECEIPT: []}
        self._futures: list[asyncio.Future[None]] = []
        self._head, self._number = b"", 0

    async def keep(self, body: bytes, digest: bytes) -> int:
        """The message's number, once body and log row are durable."""
        self._number = number = self._number + 1
        self._head = sha256(self._head + digest).digest()
        self._rows[MESSAGE].append((number, body))
        self._rows[LOG].append((number, time.time_ns() // 1000, digest, self._head))
        await self._committed()
        return number

    async def confirm(self, number: int, digest: bytes) -> None:
        """The receipt is durable."""
        self._rows[RECEIPT].append((number, time.time_ns() // 1000, digest))
        await self._committed()

    def _committed(self) -> "asyncio.Future[None]":
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._futures.append(future)
        self._filled.set()
        return future

    async def run(self) -> None:
        """Commits group after group; while one is written, the next one gathers."""
        while True:
            await self._filled.wait()
            await asyncio.sleep(WINDOW)
            self._filled.clear()
            rows, self._rows = self._rows, {statement: [] for statement in self._rows}
            futures, self._futures = self._futures, []
            await asyncio.get_running_loop().run_in_executor(self._thread, self._write, rows)
            for future in futures:
                if not future.done():
                    future.set_result(None)

    def _write(self, rows: dict[str, list[tuple[Any, ...]]]) -> None:
        self._database.execute("BEGIN IMMEDIATE")
        for statement, values in rows.items():
            self._database.executemany(statement, values)
        self._database.execute("COMMIT")
