"""The queue's rows: lease, pack, settle; every write is fenced by the attempt's number."""

import json
import sqlite3
from collections.abc import Mapping

from gateway.core import properties
from gateway.core.message import Entry, Header
from gateway.core.names import Environment, MessageId, Micros, PartyId, SystemId
from gateway.core.pack import Pack
from gateway.core.states import GIVEN_UP, SETTLED, Delivery, Event, after
from gateway.flow.ports import Gate, Job, Notice, Overdue, Result, Row, StoredPart
from gateway.store import lanes, numbers, sql, transactions
from gateway.store.log import append

Database = sqlite3.Connection


def lease(
    database: Database, now: Micros, until: Micros, slots: Mapping[str, int], numbered: frozenset[str]
) -> list[Job]:
    """Due deliveries of every target with free slots; the attempt is counted, and the message numbered, before it is made."""
    gates = {row["target"]: row["next_attempt_at"] for row in database.execute(sql.GATES)}
    jobs = []
    for target, free in slots.items():
        if gates.get(target, 0) > now:
            continue
        allowed = min(free, 1) if target in gates else free
        values = {"now": now, "until": until, "target": target, "slots": allowed}
        rows = database.execute(sql.LEASE, values).fetchall()  # in no order: RETURNING promises none
        if target in gates and rows:
            database.execute(sql.PROBE, {"target": target, "id": rows[0]["id"], "until": until})
        known = target in numbered
        ordered = sorted(rows, key=lambda row: (row["priority"], row["id"]))
        jobs += [_job(database, row, numbers.give(database, row, numbered=known)) for row in ordered]
    return jobs


def pullable(database: Database, now: Micros, target: str, others: frozenset[str]) -> int | None:
    """The delivery that the target would pull now: a look without a write lock."""
    values = {"now": now, "target": target, "others": json.dumps(sorted(others))}
    row = database.execute(sql.PULLABLE, values).fetchone()
    return int(row["id"]) if row else None


def pull(  # noqa: PLR0913 - what a channel leaves out, and whether its messages are numbered
    database: Database, now: Micros, until: Micros, target: str, others: frozenset[str], *, numbered: bool
) -> Job | None:
    """The delivery that the target pulls: the attempt is counted and its pack kept. Whoever comes is not behind a gate."""
    found = pullable(database, now, target, others)
    if found is None:
        return None
    row = database.execute(sql.PULL, {"id": found, "until": until}).fetchone()
    return _job(database, row, numbers.give(database, row, numbered=numbered))


def sent(database: Database, message_id: str, target: str) -> Job | None:
    """The partner's delivery of a message that was tried at least once; the one to the target before any other."""
    row = database.execute(sql.SENT, {"message_id": message_id, "target": target}).fetchone()
    return _job(database, row, row["sequence"]) if row else None


def due(database: Database, now: Micros, slots: Mapping[str, int]) -> dict[str, int]:
    """The targets among these that have something to try now: a look without a write lock."""
    gates = {row["target"]: row["next_attempt_at"] for row in database.execute(sql.GATES)}
    return {
        target: free
        for target, free in slots.items()
        if gates.get(target, 0) <= now and database.execute(sql.DUE, {"target": target, "now": now}).fetchone()
    }


def renew(database: Database, number: int, attempt: int, until: Micros) -> bool:
    """Whether the lease still was this attempt's, and now lasts longer."""
    database.execute(sql.RENEW_PROBE, {"id": number, "until": until})
    return database.execute(sql.RENEW, {"id": number, "attempt": attempt, "until": until}).rowcount == 1


def keep_pack(database: Database, job: Job, pack: Pack, entries: tuple[Entry, ...]) -> bool:
    """Whether the lease still was this attempt's; then this is what every attempt sends."""
    row = {
        "id": job.id,
        "attempt": job.attempt,
        "content_type": pack.content_type,
        "pack": pack.soap,
        "secured": pack.secured,
        "content_key": pack.content_key,
    }
    if database.execute(sql.KEEP_PACK, row).rowcount != 1:
        return False
    for entry in entries:
        append(database, entry)
    return True


def settle(database: Database, result: Result) -> bool:
    """The result, its entry, the gate and the notice, or none of them."""
    row = database.execute(sql.STATE, {"id": result.id}).fetchone()
    before = Delivery(row["state"])
    to = after(before, result.event)
    if to is None:
        return False
    moved = _confirm(database, result) if result.event is Event.RECEIPT else _settle(database, result, before, to)
    if not moved:
        return False
    _gate(database, result)
    _count(database, result, to)
    if GIVEN_UP.intersection((before, to)):
        numbers.moved(database, result.id, to, result.entry.at)
    if to in SETTLED:
        lanes.settled(database, result.target, row["lane"], result.entry.at)
    if result.notice is not None:
        add_notice(database, result.message, result.notice, result.entry.at)
    append(database, result.entry)
    return True


def _count(database: Database, result: Result, to: Delivery) -> None:
    """What the result means beyond the delivery: for the inbox item, or for the transaction of our message."""
    now = result.entry.at
    if to is Delivery.DELIVERED and result.kind == "push":
        database.execute(sql.ACKNOWLEDGE_PUSHED, {"now": now, "message": result.message})
        transactions.taken_over(database, result.message)
        lanes.taken_over(database, result.message, now)
    elif to is Delivery.DELIVERED and result.kind == "partner":
        transactions.arrived(database, result.message, now)
    elif to in GIVEN_UP and result.kind == "partner":
        transactions.not_arrived(database, result.message, now)


def add_notice(database: Database, message: int, notice: Notice, now: Micros) -> None:
    """The notice about the message waits for its webhook."""
    row = {
        "message": message,
        "kind": "notice",
        "target": notice.target,
        "priority": 0,
        "state": Delivery.QUEUED.value,
        "lane": "",
        "next_attempt_at": now,
        "deadline": notice.deadline,
        "content_type": "application/json",
        "pack": notice.text,
    }
    database.execute(sql.ADD_DELIVERY, row)


def overdue(database: Database, now: Micros) -> list[Overdue]:
    """Deliveries past their deadline, the longest overdue first."""
    return [_overdue(database, row) for row in database.execute(sql.OVERDUE, {"now": now}).fetchall()]


def gate(database: Database, target: str) -> Gate | None:
    """The target's gate, if it is closed."""
    row = database.execute(sql.GATE, {"target": target}).fetchone()
    return Gate(*row) if row else None


def gates(database: Database) -> list[Row]:
    """Every target that waits as a whole."""
    return [dict(row) for row in database.execute(sql.GATES)]


def close_gate(  # noqa: PLR0913, PLR0917 - the columns of one row
    database: Database, target: str, until: Micros, code: str, now: Micros, probe: int = 0
) -> None:
    """The target as a whole waits until then; one failure more, where it was the probe that failed."""
    row = {"target": target, "next_attempt_at": until, "code": code, "now": now, "id": probe}
    database.execute(sql.CLOSE_GATE, row)


def open_gate(database: Database, target: str) -> None:
    """The target answers."""
    database.execute(sql.OPEN_GATE, {"target": target})


def body(database: Database, number: int) -> bytes | None:
    """The bytes of a body that stands in its row; None for one in chunks."""
    (data,) = database.execute(sql.BODY, {"body": number}).fetchone() or (b"",)
    return data if data is None else bytes(data)


def chunk(database: Database, number: int, position: int) -> bytes | None:
    """One chunk of a body; None behind the last."""
    row = database.execute(sql.CHUNK, {"body": number, "position": position}).fetchone()
    return bytes(row[0]) if row else None


def parts(database: Database, message: int) -> tuple[StoredPart, ...]:
    """The payloads of a message in order."""
    return tuple(StoredPart(*row) for row in database.execute(sql.PAYLOADS, {"message": message}))


def header(row: Row | sqlite3.Row) -> Header:
    """The complete header that a message row holds."""
    return Header(
        MessageId(row["message_id"]),
        row["conversation_id"],
        row["ref_to_message_id"],
        PartyId(row["sender"]),
        PartyId(row["recipient"]),
        row["agreement"],
        row["service"],
        row["type"],
        row["purpose"],
        Environment(row["environment"]),
        Micros(row["timestamp"]),
        Micros(row["deadline"]),
        row["version"],
        properties.read(row["properties"]),
    )


def _job(database: Database, row: sqlite3.Row, number: int) -> Job:
    message = database.execute(sql.MESSAGE, {"message": row["message"]}).fetchone()
    return Job(
        row["id"],
        row["attempts"],
        row["kind"],
        row["target"],
        row["message"],
        header(message),
        SystemId(message["system"]),
        message["removed"],
        parts(database, row["message"]),
        Micros(row["deadline"]),
        Pack(row["content_type"], row["pack"] or b"", row["secured"], row["content_key"]),
        number,
    )


def _overdue(database: Database, row: sqlite3.Row) -> Overdue:
    message = database.execute(sql.MESSAGE, {"message": row["message"]}).fetchone()
    return Overdue(
        row["id"],
        row["attempts"],
        row["kind"],
        row["target"],
        row["message"],
        header(message),
        SystemId(message["system"]),
    )


def _confirm(database: Database, result: Result) -> bool:
    """A valid receipt wins from any state and from any attempt."""
    row = {"id": result.id, "receipt": result.receipt, "settled_at": result.entry.at}
    return database.execute(sql.CONFIRM, row).rowcount == 1


def _settle(database: Database, result: Result, before: Delivery, to: Delivery) -> bool:
    row = {
        "id": result.id,
        "attempt": result.attempt,
        "before": before.value,
        "state": to.value,
        "next_attempt_at": result.next_attempt_at,
        "code": result.code,
        "detail": result.detail,
        "receipt": result.receipt or None,
        "settled_at": 0 if to is Delivery.QUEUED else result.entry.at,
    }
    return database.execute(sql.SETTLE, row).rowcount == 1


def _gate(database: Database, result: Result) -> None:
    if result.event is Event.EXPIRE or result.unasked:
        return  # the target was not asked: nothing was learnt about whether it answers
    if result.gate_until is None:
        open_gate(database, result.target)
        return
    close_gate(database, result.target, result.gate_until, result.code, result.entry.at, result.id)
