"""The engine: one commit for many units, no trace of a failed one, nothing answered before the commit."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.output import CONFIG
from gateway.core.errors import Rejected
from gateway.flow.ports import NewerError
from gateway.store.engine import COMMENT, Engine, connect, migrate
from gateway.store.schema import MIGRATIONS
from tests.cli.command import gateway
from tests.house import House, sample
from tests.town import Town


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    """An engine on an empty database."""
    engine = Engine(tmp_path / "gateway.sqlite3")
    await engine.start()
    yield engine
    await engine.close()


def add(value: int) -> Any:
    """A unit that writes one row."""

    def unit(database: sqlite3.Connection) -> int:
        database.execute("INSERT INTO bodies (staged_at) VALUES (?)", (value,))
        return value

    return unit


def count(database: sqlite3.Connection) -> int:
    """How many rows there are."""
    return int(database.execute("SELECT count(*) FROM bodies").fetchone()[0])


async def test_units_that_wait_together_share_one_commit(engine: Engine) -> None:
    """A hundred writes at once cost a few commits, and each gets its own result."""
    commits: list[str] = []
    engine._writer.set_trace_callback(lambda text: commits.append(text) if text == "COMMIT" else None)
    results = await asyncio.gather(*(engine.write(add(number)) for number in range(100)))
    assert results == list(range(100))
    assert len(commits) <= 3
    assert engine.read(count) == 100


async def test_a_unit_that_fails_leaves_no_trace_and_harms_no_other(engine: Engine) -> None:
    """Its own caller gets the exception; the units beside it are committed."""

    def broken(database: sqlite3.Connection) -> None:
        add(1)(database)
        raise LookupError

    good, bad = await asyncio.gather(engine.write(add(2)), engine.write(broken), return_exceptions=True)
    assert good == 2
    assert isinstance(bad, LookupError)
    assert engine.read(count) == 1


async def test_a_commit_that_fails_is_told_to_everybody_in_it(engine: Engine) -> None:
    """Nobody is answered as if it were stored; afterwards the engine goes on."""

    class Disk:
        def __init__(self, real: sqlite3.Connection) -> None:
            self.real, self.broken = real, True

        def execute(self, text: str, *values: Any) -> Any:
            if text == "COMMIT" and self.broken:
                raise sqlite3.OperationalError("disk I/O error")
            return self.real.execute(text, *values)

        def __getattr__(self, name: str) -> Any:
            return getattr(self.real, name)

    disk = Disk(engine._writer)
    engine._writer = disk  # type: ignore[assignment]
    found = await asyncio.gather(engine.write(add(1)), engine.write(add(2)), return_exceptions=True)
    assert [type(each) for each in found] == [Rejected, Rejected]
    assert engine.read(count) == 0
    disk.broken = False
    assert await engine.write(add(3)) == 3
    assert engine.read(count) == 1


async def test_a_disk_that_refuses_even_the_rollback_does_not_end_the_writer(engine: Engine) -> None:
    """Everybody is told, now and later; nobody waits forever."""

    class Dead:
        in_transaction = True

        def execute(self, *_: Any) -> Any:
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR
            raise error

    real, engine._writer = engine._writer, Dead()  # type: ignore[assignment]
    for number in range(2):
        with pytest.raises(Rejected):
            await engine.write(add(number))
    engine._writer = real
    assert await engine.write(add(3)) == 3


async def test_another_process_that_writes_is_waited_for_without_stopping_the_loop(
    engine: Engine, tmp_path: Path
) -> None:
    """While somebody else holds the write lock, reads and timers go on; then the write happens."""
    other = connect(tmp_path / "gateway.sqlite3")
    other.execute("BEGIN IMMEDIATE")
    writing = asyncio.create_task(engine.write(add(1)))
    for _ in range(5):
        await asyncio.sleep(0.01)
        assert engine.read(count) == 0
    assert not writing.done()
    other.execute("COMMIT")
    assert await writing == 1
    other.close()


async def test_a_lock_that_is_never_given_up_ends_in_a_refusal(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The producer is told to send again."""
    monkeypatch.setattr("gateway.store.engine.LOCK_PATIENCE", 0.05)
    other = connect(tmp_path / "gateway.sqlite3")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Rejected) as refusal:
        await engine.write(add(1))
    assert refusal.value.first.status == 503
    other.execute("ROLLBACK")
    other.close()


async def test_a_caller_that_went_away_changes_nothing(engine: Engine) -> None:
    """What was committed stays; the others get their results."""
    leaving, staying = asyncio.ensure_future(engine.write(add(1))), asyncio.ensure_future(engine.write(add(2)))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == 2
    assert engine.read(count) == 2


async def test_what_was_written_before_closing_is_there_afterwards(tmp_path: Path) -> None:
    """Closing waits for everything in the queue."""
    engine = Engine(tmp_path / "gateway.sqlite3")
    await engine.start()
    writes = [asyncio.ensure_future(engine.write(add(number))) for number in range(50)]
    await asyncio.sleep(0)
    await engine.close()
    assert [await write for write in writes] == list(range(50))
    database = connect(tmp_path / "gateway.sqlite3")
    assert count(database) == 50
    database.close()


def test_a_database_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    """It is not touched."""
    database = connect(tmp_path / "gateway.sqlite3")
    database.execute("PRAGMA user_version = 99")
    with pytest.raises(NewerError, match="version 99"):
        migrate(database)
    database.close()


def test_a_command_on_a_database_of_a_newer_program_ends_in_one_line(pair: tuple[House, House]) -> None:
    """Exit code 3: file, its version and the one that is known; no traceback, nothing left open."""
    path = pair[0].folder / "data" / "gateway.sqlite3"
    database = connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()
    ended = gateway("messages", "--config", pair[0].folder)
    assert ended.code == CONFIG
    assert (f"{path}: the database has version 99" in ended.err, ended.err.count("\n")) == (True, 1)


def test_messages_stored_before_versions_were_have_none(tmp_path: Path) -> None:
    """A database of an older program is brought up to date, row by row as it was."""
    database = connect(tmp_path / "gateway.sqlite3")
    for statement in COMMENT.sub("", MIGRATIONS[0]).split(";"):
        database.execute(statement)
    database.execute("PRAGMA user_version = 1")
    columns = [row["name"] for row in database.execute("PRAGMA table_info(messages)") if row["name"] != "id"]
    database.execute("PRAGMA foreign_keys = OFF")
    database.execute(
        f"INSERT INTO messages ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",  # noqa: S608 - column names
        [b"x" if name.startswith("digest") else "7" for name in columns],
    )
    migrate(database)
    (row,) = database.execute("SELECT * FROM messages")
    assert (row["type"], row["version"]) == ("7", "")
    database.close()


def test_what_waits_for_its_first_signature_gets_the_digests_that_it_covers(tmp_path: Path) -> None:
    """Of bodies in their row and in chunks, whatever order those were written in; what is delivered is not read again."""
    database = connect(tmp_path / "gateway.sqlite3")
    for script in MIGRATIONS[:6]:
        for statement in COMMENT.sub("", script).split(";"):
            database.execute(statement)
    database.execute("PRAGMA user_version = 6")
    database.execute("PRAGMA foreign_keys = OFF")
    database.executemany("INSERT INTO bodies VALUES (?, 0, ?)", [(1, b"row"), (2, None), (3, b"done"), (4, b"came")])
    chunks = [bytes([number]) * 1000 for number in range(12)]
    rows = [(2, number, chunk) for number, chunk in enumerate(chunks)]
    database.executemany("INSERT INTO chunks VALUES (?, ?, ?)", sorted(rows, key=lambda row: row[1] * 7 % 12))
    payloads = [(10, 0, 1), (10, 1, 2), (11, 0, 3), (12, 0, 4)]
    database.executemany("INSERT INTO payloads VALUES (?, ?, 'c', 't', '', x'', 1, 1, ?)", payloads)
    values = "(message, kind, target, priority, state, next_attempt_at, deadline) VALUES (?, ?, 'party:X', 1, ?, 0, 0)"
    database.executemany(
        f"INSERT INTO deliveries {values}",
        [(10, "partner", "queued"), (10, "notice", "delivered"), (11, "partner", "delivered"), (12, "push", "queued")],
    )

    migrate(database)

    found = [bytes(row[0]) for row in database.execute("SELECT packed_digest FROM payloads ORDER BY body")]
    assert found == [sha256(b"row").digest(), sha256(b"".join(chunks)).digest(), b"", b""]
    database.close()


def test_commits_are_durable_and_deletions_leave_nothing_behind(tmp_path: Path) -> None:
    """The settings that everything rests on are those of every connection."""
    path = tmp_path / "gateway.sqlite3"
    first = connect(path)
    migrate(first)
    second = connect(path)
    for database in (first, second):
        found = {
            name: database.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "auto_vacuum")
        }
        assert found == {
            "journal_mode": "wal",
            "synchronous": 2,
            "foreign_keys": 1,
            "secure_delete": 1,
            "auto_vacuum": 2,
        }
        database.close()


@pytest.mark.parametrize("table", ["log_entries", "log_leaves", "log_heads"])
async def test_log_tables_refuse_update_and_delete(town: Town, table: str) -> None:
    """By trigger: mistakes are stopped, even with SQL at hand."""
    kz = town["KZ.KGD"]
    await kz.post(sample("valid/ProcessingResult--rejected"), to=("BY.GTK",))
    await kz.sequence()
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET rowid = rowid + 1"):  # noqa: S608
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            await kz.real._engine.write(lambda database, text=statement: database.execute(text))
