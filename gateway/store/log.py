"""The delivery log's entries, and what is asked about them."""

import sqlite3

from gateway.core.message import Entry
from gateway.flow.ports import Row
from gateway.store import sql

Database = sqlite3.Connection


def append(database: Database, entry: Entry) -> int:
    """The entry commits with whatever else this transaction holds, and waits for its place in the tree; its number."""
    row = {
        "kind": entry.kind,
        "at": entry.at,
        "message_id": entry.message_id,
        "body": entry.body,
        "hash": entry.hash,
    }
    number = int(database.execute(sql.ADD_ENTRY, row).fetchone()[0])
    database.execute(sql.ADD_PENDING, {"entry": number})
    return number


def leaves(database: Database, start: int, limit: int) -> list[Row]:
    """Leaves from a position on, with their entries."""
    return [dict(row) for row in database.execute(sql.LEAVES, {"start": start, "limit": limit})]


def stored(database: Database, after: int, limit: int) -> list[Row]:
    """Payloads of the messages after one, with what the log must say about them."""
    return [dict(row) for row in database.execute(sql.STORED, {"after": after, "limit": limit})]


def lost_entries(database: Database) -> list[int]:
    """Entries that are neither in the tree nor waiting for it."""
    return [int(row[0]) for row in database.execute(sql.LOST_ENTRIES)]


def entry_counts(database: Database) -> dict[str, int]:
    """How many entries there are of each kind."""
    return {row["kind"]: row["n"] for row in database.execute(sql.ENTRY_COUNTS)}


def lost_messages(database: Database) -> list[str]:
    """MessageIds that were accepted, but have no message any more."""
    return [str(row[0]) for row in database.execute(sql.LOST_MESSAGES)]


def last_standing(database: Database) -> bytes:
    """The leaf that last said what the configuration is; empty: none did."""
    row = database.execute(sql.LAST_STANDING).fetchone()
    return bytes(row["body"]) if row else b""


def entries(database: Database, message_id: str, kind: str, limit: int) -> list[Row]:
    """Entries, newest first; empty filters match all."""
    rows = database.execute(sql.ENTRIES, {"message_id": message_id, "kind": kind, "limit": limit})
    return [dict(row) for row in rows]
