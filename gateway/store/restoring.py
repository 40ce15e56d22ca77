"""Content that was removed and is put back from an archive."""

import json
import sqlite3
from collections.abc import Sequence

from gateway.core.names import Edge
from gateway.flow.ports_retention import Removed, Returning
from gateway.store import exhibits, intake
from gateway.store import sql_retention as sql
from gateway.store.deliveries import parts
from gateway.store.log import append
from gateway.store.sql import ADD_BODY

Database = sqlite3.Connection


def accepted_at(database: Database, leaf: int) -> Removed | None:
    """The message whose acceptance is that leaf, with the envelopes that the log names."""
    row = database.execute(sql.ACCEPTED_AT, {"leaf": leaf}).fetchone()
    if row is None:
        return None
    told = [json.loads(bytes(each[0])) for each in database.execute(sql.TOLD, dict(row))]
    envelopes = frozenset(each[name] for each in told for name in ("sent", "envelope") if each.get(name))
    number = row["id"]
    return Removed(
        number, row["message_id"], Edge(row["edge"]), row["purged_at"] > 0, parts(database, number), envelopes
    )


def restore(database: Database, messages: Sequence[Returning]) -> bool:
    """The content of all of them is there again, with an entry for each; False, and nothing is, where one is there already."""
    if not all(database.execute(sql.IS_REMOVED, {"id": message.id}).fetchone() for message in messages):
        return False
    for message in messages:
        _restore(database, message)
        append(database, message.entry)
    return True


def _restore(database: Database, message: Returning) -> None:
    for position, body in enumerate(message.bodies):
        if isinstance(body, int):
            intake.keep(database, body)
            number = body
        else:
            number = int(database.execute(ADD_BODY, {"staged_at": 0, "data": body}).fetchone()[0])
        database.execute(sql.PUT_BACK, {"id": message.id, "position": position, "body": number})
    if message.edge is Edge.PARTNER:
        exhibits.keep(database, message.id, message.envelope)
    elif message.envelope:
        database.execute(sql.PUT_PACK_BACK, {"id": message.id, "soap": message.envelope})
    database.execute(sql.RESTORED, {"id": message.id})
