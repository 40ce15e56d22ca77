"""What is kept, and read again, to prove a message: signed envelopes, receipts, entries, checkpoints."""

import sqlite3
from collections.abc import Sequence

from gateway.core.names import Edge, Micros
from gateway.flow.ports import Row
from gateway.flow.ports_exhibits import Exhibited, Subject
from gateway.store import sql_exhibits as sql
from gateway.store.deliveries import header, parts

Database = sqlite3.Connection


def keep(database: Database, message: int, soap: bytes) -> None:
    """The SOAP part that the message came with is kept, where there is one to keep."""
    if soap:
        database.execute(sql.KEEP_ENVELOPE, {"message": message, "soap": soap})


def exhibited(database: Database, subject: Subject, limit: int) -> list[Exhibited]:
    """The messages that the subject names, in the order they were accepted."""
    values = {"value": subject.value, "name": subject.name, "limit": limit}
    rows = database.execute(sql.EXHIBITED[subject.kind], values).fetchall()
    return [_exhibited(database, row) for row in rows]


def entries_about(database: Database, message_id: str) -> list[Row]:
    """Entries about a MessageId, the oldest first."""
    return [dict(row) for row in database.execute(sql.ENTRIES_ABOUT, {"message_id": message_id})]


def checkpoints_from(database: Database, size: int) -> list[Row]:
    """The smallest heads that cover that size: any, cosigned, stamped; each once."""
    found = [database.execute(each, {"size": size}).fetchone() for each in (sql.COVERING, sql.COSIGNED, sql.STAMPED)]
    rows: Sequence[Row] = [dict(row) for row in found if row is not None]
    return [*{row["size"]: row for row in rows}.values()]


def landmarks(database: Database, size: int) -> list[Row]:
    """The head of that size, and of the smaller ones those that are stamped or were each partner's last to cosign."""
    return [dict(row) for row in database.execute(sql.LANDMARKS, {"size": size})]


def newest_cosigned(database: Database) -> Row | None:
    """The newest head that a partner has cosigned."""
    row = database.execute(sql.NEWEST_COSIGNED).fetchone()
    return dict(row) if row else None


def _exhibited(database: Database, row: sqlite3.Row) -> Exhibited:
    number = row["id"]
    sent = database.execute(sql.SENT_TO_PARTNER, {"message": number}).fetchone()
    came = database.execute(sql.ENVELOPE, {"message": number}).fetchone()
    pack = sent["pack"] if sent else came["soap"] if came else b""
    return Exhibited(
        number,
        row["entry"],
        Edge(row["edge"]),
        header(row),
        row["removed"],
        Micros(row["purged_at"]),
        parts(database, number),
        bytes(pack or b""),
        bytes((sent["receipt"] if sent else b"") or b""),
        sent["state"] if sent else "",
    )
