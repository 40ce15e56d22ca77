"""A gateway goes on with the database that its predecessor wrote."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.flow.ports_exhibits import Subject
from gateway.store.engine import connect, migrate
from gateway.store.schema import MIGRATIONS
from tests.flow.exporting import exported, exporter
from tests.town import Town

VERSION = 8  # before checkpoints
ROWS = (Path(__file__).parent / f"version_{VERSION}.sql").read_text()
KZ, BY = "KZ.KGD", "BY.GTK"


def written(path: Path) -> None:
    """The database as the predecessor left it."""
    path.parent.mkdir(exist_ok=True)
    database = connect(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gateway.store.engine.MIGRATIONS", MIGRATIONS[:VERSION])
        patch.setattr("gateway.store.engine.APPEND_ONLY", ("log_entries", "log_leaves", "log_heads"))
        migrate(database)
    database.execute("PRAGMA foreign_keys = OFF")
    for statement in ROWS.splitlines():
        database.execute(statement)
    database.close()


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """KZ, with that database, and BY, which is new."""
    found = Town(tmp_path, KZ, BY)
    written(found.houses[0].folder / "data" / "gateway.sqlite3")
    await found.open()
    found.clock.advance(3600)  # it was off for a while
    yield found
    await found.close()


async def test_what_was_accepted_before_is_delivered_and_has_its_evidence(town: Town) -> None:
    """The log goes on under checkpoints, over the same leaves; what waited gets its number; nothing is at fault."""
    kz = town[KZ]
    before = await kz.store.newest_head()
    assert before is None, "a head without a checkpoint is nobody's to see"
    assert await kz.store.delivery_counts() == {"delivered": 1, "queued": 1}
    await kz.deliver()
    assert await kz.store.delivery_counts() == {"delivered": 2}
    assert [(row["party"], row["given"]) for row in await kz.store.numbers()] == [(BY, 1)]
    assert len(await kz.take_all()) == 1
    await kz.check()
    for name in ("came@town", "queued@town"):
        assert [facts.message_id for facts in (await exported(kz, "message", name)).facts] == [name]
    sent = await exporter(kz).gather(Subject("message", "sent@town"))
    assert {"messages/1/envelope.xml", "messages/1/receipt.xml"} <= sent.members.keys(), "signed by keys of that time"


def test_every_row_is_as_it_was(tmp_path: Path) -> None:
    """Each column that there was has its value."""
    path = tmp_path / "gateway.sqlite3"
    written(path)
    database = connect(path)
    names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    columns = {name: ", ".join(row[1] for row in database.execute(f"PRAGMA table_info({name})")) for name in names}
    before = {name: held(database, name, columns[name]) for name in names}
    migrate(database)
    assert {name: held(database, name, columns[name]) for name in names} == before
    database.close()


def held(database: sqlite3.Connection, table: str, columns: str) -> list[tuple[object, ...]]:
    """The rows, in these columns."""
    return sorted(tuple(row) for row in database.execute(f"SELECT {columns} FROM {table}"))  # noqa: S608 - names from the schema
