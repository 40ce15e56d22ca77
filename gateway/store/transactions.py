"""Transactions' rows: opened, moved and ended in the commit of what moves them; every move is the table's."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from functools import lru_cache

from gateway.core.errors import ErrorCode, Fault, Refused, Rejected
from gateway.core.message import Header, SealedMessage
from gateway.core.names import Edge, Micros
from gateway.core.patterns import ABOUT_ANSWER, BY, Event, Giver, Pattern, Role, State
from gateway.core.regulation import (
    ANSWER_TAKEN,
    EVENT_OF,
    TAKEN,
    Regulation,
    Transaction,
    advance,
    concerns,
    delivered,
    opened,
    taken,
    undelivered,
)
from gateway.core.texts import say
from gateway.flow.ports import Row
from gateway.flow.transactions import Known
from gateway.store import sql

Database = sqlite3.Connection
Match = tuple[int, Event, Transaction]  # a transaction, what the message is in it, what it becomes
# Filter ► condition. Only these stand in a statement; values are always bound.
FILTERS = {
    "late": "t.late_at > 0",
    "state": "t.state = :state",
    "partner": "t.partner = :partner",
    "type": "m.type = :type",
    "system": "m.system = :system",
    "before": "t.id < :before",
    "identifier": """t.id IN (
        SELECT CASE WHEN opening > 0 THEN opening ELSE id END FROM messages WHERE message_id = :identifier
        UNION ALL SELECT id FROM messages WHERE conversation_id = :identifier AND conversation_id <> message_id)""",
}
TRANSACTIONS = """
    SELECT t.*, m.message_id, m.conversation_id, m.type, m.agreement, m.system, m.purpose
    FROM transactions t JOIN messages m ON m.id = t.id WHERE {conditions} ORDER BY t.id DESC LIMIT :limit
"""
TOLD = frozenset({State.CANCELLED, State.REJECTED, State.LAPSED})  # the national system hears of these


def place(database: Database, edge: Edge, message: SealedMessage) -> tuple[int, str]:
    """The transaction that the message follows and as which event, moved; (0, "") where it follows none.

    Rejected where its transaction does not await it, or where nothing is known and that is not agreed.
    """
    if message.turn.own:
        return _own(database, message)
    if not message.turn.follows:
        return 0, ""
    found = _awaiting(database, edge, message)
    if found is None:
        return 0, ""
    number, event, moved = found
    keep(database, number, moved, event)
    if event is Event.ANSWER:
        row = {"id": number, "answer": message.header.message_id, "answer_document": message.turn.document}
        database.execute(sql.KEEP_ANSWER, row)
    return number, event.value


def reference(database: Database, number: int, step: str) -> str:
    """The MessageId that the step of the transaction answers: of its answer, or else of its first message."""
    row = database.execute(sql.REFERENCE, {"id": number}).fetchone()
    return str(row["answer" if step in ABOUT_ANSWER else "message_id"])


def _own(database: Database, message: SealedMessage) -> tuple[int, str]:
    """The transaction after this gateway's own signal; an error comes after the end and moves nothing."""
    number, event = message.turn.own, Event(message.turn.event)
    row = database.execute(sql.TRANSACTION, {"id": number}).fetchone()
    moved = None if event is Event.ERROR else advance(read(row), event, message.header.timestamp)
    if moved is not None:
        keep(database, number, moved)
    return number, event.value


def open_new(database: Database, edge: Edge, number: int, message: SealedMessage) -> None:
    """The message has opened a transaction; on both sides the row has the message's own number."""
    header = message.header
    role = Role.INITIATOR if edge is Edge.NATIONAL else Role.RESPONDER
    found = opened(message.turn.regulation, role, header.timestamp)
    row = {
        "id": number,
        "partner": partner(edge, header),
        "role": role.value,
        "regulation": to_text(found.regulation),
        "document": message.turn.document,
        **_values(found),
    }
    database.execute(sql.ADD_TRANSACTION, row)


def partner(edge: Edge, header: Header) -> str:
    """The other side of a message."""
    return header.recipient if edge is Edge.NATIONAL else header.sender


def arrived(database: Database, message: int, now: Micros) -> None:
    """The partner's checked receipt for one of our messages counts in its transaction."""
    _delivery(database, message, now, reached=True)


def not_arrived(database: Database, message: int, now: Micros) -> None:
    """One of our messages failed for good."""
    _delivery(database, message, now, reached=False)


def taken_over(database: Database, message: int) -> None:
    """The national system took the message over: its acceptance may be owed now."""
    row = database.execute(sql.TRANSACTION_OF, {"message": message}).fetchone()
    if row is None or row["step"] not in ("", Event.ANSWER):
        return
    before = read(row)
    keep(database, row["id"], taken(before, ANSWER_TAKEN if row["step"] else TAKEN))


def is_over(database: Database, message: int) -> bool:
    """Whether the message belongs to a cancelled transaction, and is not the signal that says so."""
    row = database.execute(sql.TRANSACTION_OF, {"message": message}).fetchone()
    return row is not None and row["state"] == State.CANCELLED and row["step"] != Event.ERROR


def keep(database: Database, number: int, found: Transaction, event: Event | None = None) -> None:
    """The row is the transaction as it now is; an end that the event has led to is still to be told."""
    untold = event.value if event and found.state in TOLD else ""
    database.execute(sql.KEEP_TRANSACTION, {"id": number, "tell": untold, **_values(found)})


def read(row: sqlite3.Row) -> Transaction:
    """The transaction of a row."""
    return Transaction(
        of_text(row["regulation"]),
        Role(row["role"]),
        State(row["state"]),
        Micros(row["since"]),
        frozenset(filter(None, row["seen"].split(","))),
        Micros(row["due"]),
        Micros(row["late_at"]),
        row["owed"],
        row["code"],
    )


@lru_cache(1024)
def to_text(regulation: Regulation) -> str:
    """The regulation as its transaction keeps it: what was agreed when it was opened counts to its end."""
    return json.dumps(asdict(regulation), separators=(",", ":"))


@lru_cache(1024)
def of_text(text: str) -> Regulation:
    """The regulation that a transaction kept."""
    found = json.loads(text)
    found["pattern"], found["answers"] = Pattern(found["pattern"]), tuple(found["answers"])
    return Regulation(**{**found, "received": Giver(found["received"]), "accepted": Giver(found["accepted"])})


def _values(found: Transaction) -> dict[str, object]:
    return {
        "state": found.state.value,
        "since": found.since,
        "seen": ",".join(sorted(found.seen)),
        "due": found.due,
        "late_at": found.late_at,
        "owed": found.owed,
        "code": found.code,
    }


def listing(database: Database, filters: Mapping[str, str | int], limit: int) -> list[Known]:
    """Transactions, newest first."""
    conditions = " AND ".join(FILTERS[name] for name in filters) or "1 = 1"
    rows = database.execute(TRANSACTIONS.format(conditions=conditions), {**filters, "limit": limit})
    return [known(row) for row in rows]


def history(database: Database, number: int) -> list[Row]:
    """The messages of a transaction, oldest first."""
    return [dict(row) for row in database.execute(sql.TRANSACTION_MESSAGES, {"id": number})]


def known(row: sqlite3.Row) -> Known:
    """A row of a transaction and its first message."""
    return Known(read(row), dict(row))


def admit(database: Database, edge: Edge, message: SealedMessage) -> None:
    """Rejected where the message would not be taken now."""
    if message.turn.follows:
        _awaiting(database, edge, message)


def _awaiting(database: Database, edge: Edge, message: SealedMessage) -> Match | None:
    """The oldest transaction that awaits the message, and what it becomes; None where it follows nothing.

    1. by RefToMessageId  2. by the conversation  3. by the business id that it refers to. Where one of the first two
    names transactions that such a message concerns, one of them has to await it; a business id is no proof. It counts
    for national systems alone, where they state no MessageId: a partner's gateway has looked it up already.
    """
    header, turn, other = message.header, message.turn, partner(edge, message.header)
    alone = edge is Edge.NATIONAL and not header.ref_to_message_id
    for name, statement, key in (
        ("ref_to_message_id", sql.TRANSACTIONS_BY_REFERENCE, header.ref_to_message_id),
        ("conversation_id", sql.TRANSACTIONS_BY_CONVERSATION, header.conversation_id),
        ("", sql.TRANSACTIONS_BY_DOCUMENT, turn.reference if alone else ""),
    ):
        rows = database.execute(statement, {"key": key, "partner": other}).fetchall() if key else []
        concerned = [(row["id"], read(row), event) for row in rows if (event := _event(row, edge, message))]
        if match := next(_takers(concerned, edge, header.timestamp), None):
            return match
        if concerned and name and not turn.opens:
            raise _refused(message, ErrorCode.UNEXPECTED_MESSAGE, name, say("awaiting_transaction"))
    if not turn.unrequested and not turn.opens:
        raise _refused(message, ErrorCode.UNKNOWN_REFERENCE, "ref_to_message_id", say("known_message"))
    return None


def _event(row: sqlite3.Row, edge: Edge, message: SealedMessage) -> Event | None:
    """What the message would be in the transaction; None where the agreement knows no such message in it."""
    before = read(row)
    event = EVENT_OF[message.turn.follows, _sender(before.role, edge)]
    return event if concerns(before.regulation, event, message.header.action) else None


def _takers(concerned: Iterable[tuple[int, Transaction, Event]], edge: Edge, now: Micros) -> Iterator[Match]:
    """Those of the transactions that await the message."""
    for number, before, event in concerned:
        sender = _sender(before.role, edge)
        moved = advance(before, event, now, sender) if BY.get(event) in (None, sender) else None
        if moved is not None:
            yield number, event, moved


def _sender(role: Role, edge: Edge) -> Role:
    """Which side of the transaction a message at this edge comes from."""
    if edge is Edge.NATIONAL:
        return role
    return Role.RESPONDER if role is Role.INITIATOR else Role.INITIATOR


def _refused(message: SealedMessage, code: ErrorCode, name: str, expected: str) -> Rejected:
    header = message.header
    return Rejected(
        Fault(code, name, expected=expected), about=Refused(header.message_id, header.sender, header.action)
    )


def _delivery(database: Database, message: int, now: Micros, *, reached: bool) -> None:
    row = database.execute(sql.TRANSACTION_OF, {"message": message}).fetchone()
    if row is None:
        return
    before = read(row)
    event = (delivered if reached else undelivered)(before.regulation, row["step"])
    moved = advance(before, event, now) if event else None
    if event is not None and moved is not None:
        keep(database, row["id"], moved, event)
