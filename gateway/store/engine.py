"""The SQLite engine: one writer, many units in one commit, readers that never wait.

Units run on the event loop (a few microseconds each); only the commit, which waits for the disk, is made
in a thread. While it runs, the next units gather: that is the group commit.
"""

import asyncio
import contextlib
import re
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from gateway.core.errors import ErrorCode, rejected
from gateway.core.texts import say
from gateway.flow.ports import NewerError
from gateway.store.schema import APPEND_ONLY, APPEND_ONLY_TRIGGER, MIGRATIONS

T = TypeVar("T")
Unit = Callable[[sqlite3.Connection], T]
MAX_BATCH = 256
GATHER = 0.002  # seconds that units gather when the batch before had several; a single one never waits
LOCK_PATIENCE = 10.0  # seconds: another process (an operator's command) may hold the write lock shortly
LOCK_PAUSE = 0.005
COMMENT = re.compile(r"--.*")


@dataclass(slots=True)
class Waiting:
    """A unit in the queue and whom its result goes to."""

    unit: Unit[Any]
    future: asyncio.Future[Any]


def connect(path: Path) -> sqlite3.Connection:
    """A connection with the durability and integrity settings that everything here rests on."""
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10, cached_statements=256)
    database.row_factory = sqlite3.Row
    for pragma in (
        "auto_vacuum = INCREMENTAL",  # counts only before the first table
        "journal_mode = WAL",
        "synchronous = FULL",  # an acknowledged commit outlives a power cut
        "foreign_keys = ON",
        "secure_delete = ON",
        "cache_size = -65536",
        "temp_store = MEMORY",
        "busy_timeout = 0",  # from here on the engine waits, without stopping the loop
    ):
        database.execute(f"PRAGMA {pragma}")
    return database


class _Digest:
    """SHA-256 over rows of bytes, as an aggregate that migrations call."""

    def __init__(self) -> None:
        self._hash = sha256()

    def step(self, data: bytes) -> None:
        """The next row."""
        self._hash.update(data)

    def finalize(self) -> bytes:
        """Of all rows."""
        return self._hash.digest()


def migrate(database: sqlite3.Connection) -> None:
    """The tables are at the newest version; a database of a newer program is refused."""
    database.execute("PRAGMA busy_timeout = 10000")
    database.create_aggregate("digest_of", 1, _Digest)  # type: ignore[arg-type]  # the stubs know no bytes
    database.execute("BEGIN IMMEDIATE")
    version = database.execute("PRAGMA user_version").fetchone()[0]
    if version > len(MIGRATIONS):
        database.execute("ROLLBACK")
        message = f"the database has version {version}, this program knows up to {len(MIGRATIONS)}"
        raise NewerError(message)
    for script in MIGRATIONS[version:]:
        for statement in COMMENT.sub("", script).split(";"):
            database.execute(statement)
    for table in APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            database.execute(APPEND_ONLY_TRIGGER.format(table=table, verb=verb))
    database.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    database.execute("COMMIT")
    database.execute("PRAGMA busy_timeout = 0")


class Engine:
    """The database file, opened: `write` returns after the commit, `read` sees all that was committed."""

    def __init__(self, path: Path) -> None:
        """Open and migrate; nothing runs before `start`."""
        self._writer = connect(path)
        try:
            migrate(self._writer)
        except NewerError as error:
            self._writer.close()
            raise NewerError(f"{path}: {error}") from None
        self._reader = connect(path)
        self._aside = connect(path)
        self._thread = ThreadPoolExecutor(1, "commit")
        self._aside_thread = ThreadPoolExecutor(1, "read")
        self._queue: asyncio.Queue[Waiting] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self.committed: Callable[[], None] = lambda: None  # called after each commit

    async def start(self) -> asyncio.Task[None]:
        """The writer runs, in the task that is returned; it ends only with `close`."""
        self._task = asyncio.create_task(self._run(), name="store-writer")
        return self._task

    async def close(self) -> None:
        """Every unit in the queue is committed, the files are closed."""
        if self._task is not None:
            await self.write(lambda _: None)  # behind everything that waits
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._thread.shutdown()
        self._aside_thread.shutdown()
        for database in (self._writer, self._reader, self._aside):
            database.close()

    async def write(self, unit: Unit[T]) -> T:
        """What the unit returned, once it is durable. A failed commit raises Rejected(UNAVAILABLE)."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait(Waiting(unit, future))
        return await future

    def read(self, unit: Unit[T]) -> T:
        """What the unit read, now, on the loop: only for a few rows."""
        return unit(self._reader)

    async def read_aside(self, unit: Unit[T]) -> T:
        """What the unit read, in a thread: for lists and large bodies."""
        return await asyncio.get_running_loop().run_in_executor(self._aside_thread, unit, self._aside)

    async def _run(self) -> None:
        busy = False
        while True:
            batch = [await self._queue.get()]
            if busy:
                await asyncio.sleep(GATHER)  # under load a commit for several costs each of them less
            while len(batch) < MAX_BATCH and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            busy = len(batch) > 1
            if not await self._commit(batch):
                # A unit failed, so nothing of the batch was kept: each again in a transaction of its own. Savepoints
                # would spare this, but cost every unit of every batch a third of its time.
                for waiting in batch:
                    await self._commit([waiting])

    async def _commit(self, batch: list[Waiting]) -> bool:
        """Whether everybody in the batch has been answered; False where one of several units failed."""
        try:
            await self._begin()
            results = [waiting.unit(self._writer) for waiting in batch]
            # The commit point. Before it nothing of the batch exists; after it all of it is durable.
            await asyncio.get_running_loop().run_in_executor(self._thread, self._writer.execute, "COMMIT")
        except Exception as error:  # noqa: BLE001 - handed to whose unit it is
            self._roll_back()
            if len(batch) > 1:
                return False
            _resolve(batch[0].future, None, _told(error))
            return True
        for waiting, result in zip(batch, results, strict=True):
            _resolve(waiting.future, result, None)
        self.committed()
        return True

    def _roll_back(self) -> None:
        """Nothing of the batch is kept; a disk that refuses even this refuses the next batch, too, and is told then."""
        with contextlib.suppress(sqlite3.Error):
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")

    async def _begin(self) -> None:
        """The write lock is held; another process's short transaction is waited for without stopping the loop."""
        deadline = asyncio.get_running_loop().time() + LOCK_PATIENCE
        while True:
            try:
                self._writer.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
                if not busy or asyncio.get_running_loop().time() > deadline:
                    raise
                await asyncio.sleep(LOCK_PAUSE)
            else:
                return


def _told(error: Exception) -> Exception:
    """What the caller of a failed unit gets: a store that cannot be written is no bug of the unit."""
    if not isinstance(error, sqlite3.OperationalError):
        return error
    refusal = rejected(ErrorCode.UNAVAILABLE, expected=say("writable_store"))
    refusal.__cause__ = error
    return refusal


def _resolve(future: "asyncio.Future[Any]", result: object, failure: Exception | None) -> None:
    if future.done():  # the caller went away; what was committed stays committed
        return
    if failure is None:
        future.set_result(result)
    else:
        future.set_exception(failure)
