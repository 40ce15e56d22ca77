"""Time stamps of checkpoints, and since when one is awaited."""

import json
import sqlite3
from hashlib import sha256

from gateway.core.message import Entry
from gateway.core.names import Micros
from gateway.flow.ports_stamps import Kept, Standing
from gateway.store import sql_stamps as sql
from gateway.store.log import append

Database = sqlite3.Connection


def standing(database: Database) -> Standing | None:
    """How far stamps have come; None where nobody waits for them. The entry about a stamp needs none of its own."""
    row = database.execute(sql.STANDING).fetchone()
    if row is None:
        return None
    waiting = database.execute(sql.WAITING, {"size": row["size"]}).fetchone()
    return Standing(row["since"], bool(row["missing"]), row["last"], Micros(waiting["at"] if waiting else 0))


def begin(database: Database, now: Micros) -> None:
    """The time without a stamp counts from now on, unless it counts already."""
    database.execute(sql.BEGIN, {"now": now})


def end(database: Database) -> None:
    """Nobody waits for stamps any more."""
    database.execute(sql.END)


def keep(database: Database, kept: Kept) -> None:
    """The stamp, what the log says about it, and from when the time without one counts, together."""
    row = {"size": kept.size, "at": kept.at, "kept_at": kept.kept_at, "response": kept.response}
    database.execute(sql.KEEP, row)
    database.execute(sql.CAME, {"now": kept.kept_at})
    for each in kept.entries:
        append(database, each)


def compared(database: Database) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """Every stamp that is kept, and every one that the log says is kept: size and digest, of one moment."""
    database.execute("BEGIN")
    try:
        kept = [(row["size"], sha256(row["response"]).hexdigest()) for row in database.execute(sql.KEPT)]
        told = [json.loads(row["body"]) for row in database.execute(sql.TOLD)]
    finally:
        database.execute("COMMIT")
    return kept, [(leaf["size"], leaf["response"]) for leaf in told]


def miss(database: Database, entries: tuple[Entry, ...]) -> bool:
    """Whether this is the first miss of an outage: then it is in the log."""
    if database.execute(sql.MISSED).rowcount != 1:
        return False
    for each in entries:
        append(database, each)
    return True
