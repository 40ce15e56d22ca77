"""Days that are reconciled with partners: what was delivered, what both signed, where they differ."""

import sqlite3
from datetime import date, timedelta

from gateway.core.evidence.reconciliation import bounds
from gateway.core.message import Entry
from gateway.core.names import Micros
from gateway.flow.ports_days import Came, Day, Sent
from gateway.store import sql_numbers as sql
from gateway.store.log import append

Database = sqlite3.Connection
EPOCH = date(1970, 1, 1)


def first_days(database: Database) -> dict[str, Micros]:
    """For each partner, when numbered messages began to go either way."""
    return {row["party"]: Micros(row["since"]) for row in database.execute(sql.FIRST_DAYS)}


def delivered(database: Database, party: str, day: date) -> list[Sent]:
    """What the partner has confirmed of that day's messages to it."""
    since, until = bounds(day)
    found: dict[str, tuple[str, list[bytes]]] = {}
    row = {"since": since, "until": until, "target": f"party:{party}"}
    for each in database.execute(sql.DELIVERED, row):
        found.setdefault(each["message_id"], (each["type"], []))[1].append(bytes(each["digest"]))
    return [Sent(message_id, kind, tuple(digests)) for message_id, (kind, digests) in found.items()]


def came(database: Database, party: str, day: date) -> list[Came]:
    """What we have receipted of that day's messages from it, and still have."""
    since, until = bounds(day)
    rows = database.execute(sql.CAME, {"party": party, "since": since, "until": until})
    return [Came(row[0], row[1], bytes(row[2]), bytes(row[3]), row[4]) for row in rows]


def day(database: Database, party: str, wanted: date) -> Day:
    """How far it is reconciled with the partner."""
    row = database.execute(sql.RECONCILIATION, {"party": party, "day": _number(wanted)}).fetchone()
    return _day(row) if row else Day(party, wanted)


def days(database: Database, party: str, wanted: date | None, limit: int) -> list[Day]:
    """Those that were begun, the newest first; empty filters match all."""
    row = {"party": party, "day": _number(wanted) if wanted else 0, "limit": limit}
    return [_day(found) for found in database.execute(sql.RECONCILIATIONS, row)]


def keep_marks(database: Database, party: str, wanted: date, marks: str) -> None:
    """What is remembered of the partner's list of the day is this."""
    database.execute(sql.KEEP_MARKS, {"party": party, "day": _number(wanted), "marks": marks})


def keep(database: Database, kept: Day, entry: Entry | None) -> None:
    """The day is as far as that; the entry is in the log where the result is a new one."""
    before = day(database, kept.party, kept.day)
    row = {
        "party": kept.party,
        "day": _number(kept.day),
        "state": kept.state,
        "note": kept.note,
        "differences": kept.differences,
        "tried_at": kept.tried_at,
    }
    database.execute(sql.KEEP_RESULT, row)
    if entry is not None and before.result != kept.result:
        append(database, entry)


def _number(wanted: date) -> int:
    return (wanted - EPOCH).days


def _day(row: sqlite3.Row) -> Day:
    return Day(
        row["party"],
        EPOCH + timedelta(days=row["day"]),
        row["state"],
        bytes(row["note"]),
        row["marks"],
        bytes(row["differences"]),
        Micros(row["tried_at"]),
    )
