"""What one acceptance writes: message, payloads, id memory, delivery or inbox item, log entry."""

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict

from gateway.core import properties
from gateway.core.arrival import Outcome, arrival
from gateway.core.errors import ErrorCode, rejected
from gateway.core.message import Answer, Authenticated, Entry, Identity, Sealed, SealedMessage
from gateway.core.names import Edge, MessageId, Micros, SystemId
from gateway.core.texts import say
from gateway.flow.ports import Remembered
from gateway.store import exhibits, lanes, numbers, sql, transactions, witness
from gateway.store.log import append

Database = sqlite3.Connection
CHUNK = 256 * 1024  # bodies above this are staged ahead, in chunks of this size


def find(database: Database, key: bytes) -> Remembered | None:
    """What is remembered under the key."""
    row = database.execute(sql.REMEMBERED, {"key": key}).fetchone()
    return Remembered(row[0], Answer(row[1], row[2], row[3]), row[4]) if row else None


def conversation(database: Database, message_id: MessageId, system: SystemId) -> str:
    """The ConversationId of that message of the system; empty: it has none."""
    row = database.execute(sql.CONVERSATION_OF, {"message_id": message_id, "system": system}).fetchone()
    return str(row[0]) if row else ""


def keep_key(database: Database, key: str, now: Micros) -> None:
    """It is known that salts are derived from the redaction key with this id."""
    database.execute(sql.KEEP_KEY, {"id": key, "since": now})


def keys_missed(database: Database, there: Collection[str]) -> list[str]:
    """Ids of redaction keys that are not there, but needed: a repeat could not be told from a conflict."""
    gone = [str(row[0]) for row in database.execute(sql.KEYS) if row[0] not in there]
    return [key for key in gone if database.execute(sql.KEY_IN_USE, {"id": key}).fetchone()]


def stage(database: Database, body: int, position: int, data: bytes, now: Micros) -> int:
    """One more chunk of a large body is there, waiting for the commit that refers to it; its id."""
    if not body:
        body = int(database.execute(sql.ADD_BODY, {"staged_at": now, "data": None}).fetchone()[0])
    elif database.execute(sql.TOUCH_BODY, {"body": body, "now": now}).rowcount != 1:
        raise _swept()
    database.execute(sql.ADD_CHUNK, {"body": body, "position": position, "data": data})
    return body


def release(database: Database, bodies: Sequence[int]) -> None:
    """Those that no message refers to are the next to be swept."""
    for body in bodies:
        database.execute(sql.RELEASE_BODY, {"body": body})


def sweep_chunks(database: Database, before: Micros) -> int:
    """How many chunks of bodies that nobody referred to were removed: a few at a time, small messages go between."""
    return database.execute(sql.SWEEP_CHUNKS, {"before": before}).rowcount


def sweep(database: Database, before: Micros) -> int:
    """How many staged bodies without chunks were removed."""
    return database.execute(sql.SWEEP_BODIES, {"before": before}).rowcount


def _swept() -> Exception:
    return rejected(ErrorCode.UNAVAILABLE, expected=say("staged_attachment"))


def add(database: Database, sealed: Sealed, answer: Answer, staged: Mapping[int, int]) -> Remembered:
    """Everything of the acceptance, or the earlier answer where the identity is already taken."""
    known = sealed.known
    now = sealed.messages[0].header.timestamp
    if not remember(database, known.identity, known, answer, now):
        earlier = find(database, known.identity.key)
        if earlier is None:
            raise unstable()
        return earlier
    bodies = dict(staged)
    for message in sealed.messages:
        _require_own_id(database, sealed, message, answer)
        _add_message(database, sealed, message, bodies)
        kept = [part.digest for part in message.parts]
        if came := arrival(known, Outcome.ACCEPTED, kept, message.entry.at):
            numbers.arrive(database, came)
    witness.told(database, known, now)
    return Remembered(known.content, answer, known.salts.key.id)


def unstable() -> Exception:
    """What was remembered a moment ago is gone."""
    return rejected(ErrorCode.UNAVAILABLE, expected=say("stable_memory"))


def admit(database: Database, sealed: Sealed) -> None:
    """Rejected where a message of the unit is not awaited now."""
    for message in sealed.messages:
        transactions.admit(database, sealed.known.identity.edge, message)


def remember(database: Database, identity: Identity, known: Authenticated, answer: Answer, now: Micros) -> bool:
    """Whether the identity was free, and is now remembered with its answer."""
    row = {
        "key": identity.key,
        "content": known.content,
        "status": answer.status,
        "content_type": answer.content_type,
        "answer": answer.body,
        "at": now,
        "redaction_key": known.salts.key.id,
    }
    return database.execute(sql.REMEMBER, row).rowcount == 1


def _require_own_id(database: Database, sealed: Sealed, message: SealedMessage, answer: Answer) -> None:
    """The MessageId to one of several recipients is nobody else's."""
    known = sealed.known
    if message.header.message_id == known.identity.message_id:
        return
    own = Identity(known.identity.edge, known.identity.sender, message.header.message_id)
    if not remember(database, own, known, answer, message.header.timestamp):
        raise rejected(ErrorCode.DUPLICATE_CONFLICT, "message_id", say("free_ids"))


def _add_message(database: Database, sealed: Sealed, message: SealedMessage, bodies: dict[int, int]) -> None:
    edge = sealed.known.identity.edge
    opening, step = transactions.place(database, edge, message)
    row = _row(database, sealed, message, (opening, step))
    number = int(database.execute(sql.ADD_MESSAGE, row).fetchone()[0])
    if message.turn.opens and not opening:
        transactions.open_new(database, edge, number, message)
    _add_payloads(database, number, message, bodies)
    exhibits.keep(database, number, message.envelope)
    for name, value in message.index:
        database.execute(sql.ADD_BUSINESS_ID, {"message": number, "name": name, "value": value})
    if edge is Edge.NATIONAL:
        _add_delivery(database, number, message, f"party:{message.header.recipient}", message.header.deadline)
    else:
        _add_inbox(database, number, message)
        if sealed.push_until is not None:
            _add_delivery(database, number, message, f"system:{message.system}", sealed.push_until)


def _row(database: Database, sealed: Sealed, message: SealedMessage, place: tuple[int, str]) -> dict[str, object]:
    """The message's columns, its entry already in the log; `place`: the transaction it belongs to, and its step there."""
    header, edge = message.header, sealed.known.identity.edge
    opening, step = place
    ref = header.ref_to_message_id
    if edge is Edge.NATIONAL and opening and not ref:
        # Both sides mean the same transaction, whatever it was found by (EEC Board Decision 5 of 2015, paras 37, 102).
        ref = transactions.reference(database, opening, step)
    return {
        "edge": edge.value,
        "submission_id": sealed.known.identity.message_id,
        "message_id": header.message_id,
        "conversation_id": header.conversation_id,
        "ref_to_message_id": ref,
        "sender": header.sender,
        "recipient": header.recipient,
        "system": message.system,
        "agreement": header.agreement,
        "service": header.service,
        "type": header.action,
        "version": header.version,
        "purpose": header.purpose,
        "environment": header.environment.value,
        "priority": message.priority.value,
        "digest_in": message.digest_in,
        "digest_out": message.digest_out,
        "removed": json.dumps([asdict(removed) for removed in message.removed]) if message.removed else "[]",
        "entry": append(database, message.entry),
        "timestamp": header.timestamp,
        "deadline": header.deadline,
        "opening": opening,
        "step": step,
        "properties": properties.kept(header.properties),
    }


def _add_payloads(database: Database, number: int, message: SealedMessage, bodies: dict[int, int]) -> None:
    for position, part in enumerate(message.parts):
        if part.staged is not None:
            bodies[id(part)] = part.staged.body
        if id(part) not in bodies:
            body = int(database.execute(sql.ADD_BODY, {"staged_at": 0, "data": part.packed}).fetchone()[0])
            bodies[id(part)] = body
        elif part.staged is not None or part.packed_size > CHUNK:
            keep(database, bodies[id(part)])
        row = {
            "message": number,
            "position": position,
            "cid": part.cid,
            "media_type": part.media_type,
            "name": part.name,
            "digest": part.digest,
            "size": part.size,
            "packed_size": part.packed_size,
            "body": bodies[id(part)],
            "packed_digest": part.packed_digest,
            "properties": properties.kept(part.properties),
        }
        database.execute(sql.ADD_PAYLOAD, row)


def keep(database: Database, body: int) -> None:
    """A staged body is referred to: nobody sweeps it any more; Rejected where somebody has."""
    if database.execute(sql.KEEP_BODY, {"body": body}).rowcount != 1:
        raise _swept()


def _add_delivery(database: Database, number: int, message: SealedMessage, target: str, deadline: Micros) -> None:
    row = {
        "message": number,
        "kind": "partner" if target.startswith("party:") else "push",
        "target": target,
        "priority": message.priority.value,
        "state": lanes.first_state(database, target, message.turn.lane).value,
        "lane": message.turn.lane,
        "next_attempt_at": message.entry.at,
        "deadline": deadline,
        "content_type": "",
        "pack": None,
    }
    database.execute(sql.ADD_DELIVERY, row)


def _add_inbox(database: Database, number: int, message: SealedMessage) -> None:
    row = {
        "id": number,
        "system": message.system,
        "priority": message.priority.value,
        "arrived_at": message.entry.at,
        "lane": message.turn.lane,
    }
    database.execute(sql.ADD_INBOX, row)


def append_all(database: Database, entries: tuple[Entry, ...]) -> None:
    """The entries are in the log, waiting for their place in the tree."""
    for entry in entries:
        append(database, entry)
