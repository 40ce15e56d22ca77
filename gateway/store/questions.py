"""What operators and producers ask about messages and change on deliveries."""

import sqlite3
from collections.abc import Mapping

from gateway.core.names import Edge, Micros
from gateway.core.states import GIVEN_UP, SETTLED, Delivery
from gateway.flow.ports import Move, Row, StoredMessage
from gateway.store import lanes, numbers, sql, transactions
from gateway.store.deliveries import header, parts
from gateway.store.log import append

Database = sqlite3.Connection

# Filter ► condition. Only these stand in a statement; values are always bound.
FILTERS = {
    "message_id": "(m.message_id = :message_id OR m.submission_id = :message_id)",
    "conversation_id": "(m.message_id = :conversation_id OR m.conversation_id = :conversation_id AND m.conversation_id <> m.message_id)",
    "type": "m.type = :type",
    "sender": "m.sender = :sender",
    "recipient": "m.recipient = :recipient",
    "edge": "m.edge = :edge",
    "state": "d.state = :state",
    "business_id": "m.id IN (SELECT message FROM business_ids WHERE value = :business_id)",
}
MESSAGES = """
    SELECT m.*, d.id AS delivery, d.kind AS delivery_kind, d.target, d.state, d.attempts, d.next_attempt_at,
        d.code, d.detail, d.settled_at, d.deadline AS delivery_deadline, i.id AS item, i.acknowledged_at, i.lease_until,
        t.state AS transaction_state, coalesce(t.late_at, 0) AS late_at
    FROM messages m LEFT JOIN deliveries d ON d.message = m.id LEFT JOIN inbox i ON i.id = m.id
    LEFT JOIN transactions t ON t.id = CASE WHEN m.opening > 0 THEN m.opening ELSE m.id END
    WHERE {conditions} ORDER BY m.id DESC, d.id LIMIT :limit
"""


def submission(database: Database, identifier: str) -> list[Row]:
    """Messages that national systems posted under the id."""
    return [dict(row) for row in database.execute(sql.SUBMISSION, {"id": identifier})]


def deliveries(database: Database, message: int) -> list[Row]:
    """The deliveries of a message."""
    return [dict(row) for row in database.execute(sql.DELIVERIES_OF, {"message": message})]


def delivery_counts(database: Database) -> dict[str, int]:
    """How many deliveries there are in each state."""
    return {row["state"]: row["n"] for row in database.execute(sql.DELIVERY_COUNTS)}


def entries_of(database: Database, message_id: str) -> list[Row]:
    """Log entries about a MessageId, oldest first."""
    return [dict(row) for row in database.execute(sql.LEAF_OF, {"message_id": message_id})]


def messages(database: Database, filters: Mapping[str, str], limit: int) -> list[Row]:
    """Messages and their deliveries, newest first."""
    conditions = " AND ".join(FILTERS[name] for name in filters) or "1 = 1"
    rows = database.execute(MESSAGES.format(conditions=conditions), {**filters, "limit": limit})
    return [dict(row) for row in rows]


def exchanged(database: Database, row: Row) -> list[tuple[int, StoredMessage]]:
    """The next messages of a time, each with its number and its payloads; `row`: after, since, until, type, limit."""
    return [
        (found["id"], StoredMessage(Edge(found["edge"]), header(found), parts(database, found["id"])))
        for found in database.execute(sql.EXCHANGED, row).fetchall()
    ]


def refusals(database: Database, since: Micros, until: Micros) -> int:
    """How many refusals the log has from a time on and before another."""
    return int(database.execute(sql.REFUSALS, {"since": since, "until": until}).fetchone()[0])


def move(database: Database, change: Move) -> bool:
    """Whether the delivery was still in the state the operator saw, and now is in the other, logged."""
    row = {
        "id": change.id,
        "before": change.before.value,
        "state": change.after.value,
        "next_attempt_at": change.next_attempt_at,
        "deadline": change.deadline,
        "detail": "",
        "code": "",
        "settled_at": 0 if change.after in (Delivery.QUEUED, Delivery.WAITING, Delivery.HELD) else change.entry.at,
    }
    delivery = database.execute(sql.DELIVERY, {"id": change.id}).fetchone()
    if change.after is Delivery.QUEUED and transactions.is_over(database, delivery["message"]):
        return False  # what was cancelled on both sides does not go out any more
    if change.after is Delivery.QUEUED and delivery["purged_at"]:
        return False
    if database.execute(sql.MOVE, row).rowcount != 1:
        return False
    if delivery["kind"] == "partner" and change.after in GIVEN_UP:
        transactions.not_arrived(database, delivery["message"], change.entry.at)
    numbers.moved(database, change.id, change.after, change.entry.at)
    if change.after is Delivery.QUEUED:
        lanes.released(database, change.id)
    if change.after in SETTLED:
        lanes.settled(database, delivery["target"], delivery["lane"], change.entry.at)
    append(database, change.entry)
    return True
