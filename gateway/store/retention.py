"""Proposals to remove messages, and the removal: a few messages a commit, each with its leaf."""

import json
import sqlite3
from collections.abc import Sequence

from gateway.core.names import SECOND, Micros
from gateway.core.retention import Asked, Terms
from gateway.flow.ports import Operator, Row
from gateway.flow.ports_retention import Batch, Chosen, Old, Purge
from gateway.store import lanes
from gateway.store import sql_retention as sql
from gateway.store.log import append

Database = sqlite3.Connection
FORGOTTEN = 86_400 * SECOND  # a draft this old belongs to a command that did not end


def due(database: Database, terms: Terms) -> list[Row]:
    """How much could go, by agreement, type and what is still open; then what no agreement of these speaks of."""
    values = {"terms": _text(terms)}
    rows = [*database.execute(sql.DUE, values), *database.execute(sql.UNKNOWN, values)]
    return [dict(row) for row in rows]


def forget_drafts(database: Database, now: Micros) -> int:
    """How many choices of proposals that were never made are gone; 0: none is left, and no such proposal."""
    values = {"before": now - FORGOTTEN}
    forgotten = database.execute(sql.FORGET_CHOICES, values).rowcount
    if not forgotten:
        database.execute(sql.FORGET_DRAFTS, values)
    return forgotten


def draft(database: Database, asked: Asked, terms: Terms, now: Micros) -> int:
    """A proposal that nobody sees yet."""
    row = {"agreement": asked.agreement, "terms": _text(terms), "now": now}
    return int(database.execute(sql.DRAFT, row).fetchone()[0])


def old(database: Database, terms: Terms, after: int, limit: int) -> list[Old]:
    """Messages after one that may go."""
    return [_old(row) for row in database.execute(sql.OLD, {"terms": _text(terms), "after": after, "limit": limit})]


def choose(database: Database, purge: int, messages: Sequence[int]) -> None:
    """They belong to the proposal."""
    database.executemany(sql.CHOOSE, [(purge, message) for message in messages])


def propose(database: Database, purge: int, chosen: Chosen, operator: Operator, at: Micros) -> None:
    """The proposal can be seen."""
    row = {"id": purge, "messages": chosen.messages, "size": chosen.size, "digest": chosen.digest, "at": at}
    database.execute(sql.PROPOSE, {**row, "who": operator.who, "account": operator.account})


def approve(database: Database, purge: int, operator: Operator, at: Micros) -> bool:
    """Whether it was still waiting for an approval, and now has it."""
    row = {"id": purge, "who": operator.who, "account": operator.account, "at": at}
    return database.execute(sql.APPROVE, row).rowcount == 1


def find(database: Database, number: int) -> Purge | None:
    """One proposal."""
    row = database.execute(sql.PURGE, {"id": number}).fetchone()
    return _purge(row) if row else None


def listing(database: Database) -> list[Purge]:
    """Every proposal, newest first."""
    return [_purge(row) for row in database.execute(sql.PURGES)]


def chosen(database: Database, purge: int, terms: Terms, after: int, limit: int) -> list[Old]:
    """Messages of the proposal that have not gone, after one."""
    values = {"purge": purge, "terms": _text(terms), "after": after, "limit": limit}
    return [_old(row) for row in database.execute(sql.CHOSEN, values)]


def remove(database: Database, batch: Batch) -> bool:
    """The content of the batch is gone, with an entry for each message; False, and nothing is, where one is not to go any more.

    What a crash leaves undone is still chosen: the next run goes on from there.
    """
    if not all(_may_go(database, batch, message.id) for message in batch.gone):
        return False
    count = {"id": batch.purge, "gone": len(batch.gone), "skipped": len(batch.skipped)}
    if database.execute(sql.COUNT, count).rowcount != 1:
        return False
    database.execute(sql.NO_BODY)
    for message in batch.gone:
        _remove(database, message.id, batch.at, append(database, message.entry))
    taken = [*(message.id for message in batch.gone), *batch.skipped]
    database.executemany(sql.UNCHOOSE, [(batch.purge, message) for message in taken])
    return True


def finish(database: Database, purge: int, now: Micros) -> None:
    """Nothing of it is left to do."""
    database.execute(sql.FINISH, {"id": purge, "now": now})


def give_back(database: Database, pages: int) -> int:
    """So many unused pages are the file system's; how many are left."""
    for _ in range(pages):
        database.execute(sql.GIVE_BACK)
    return int(database.execute(sql.UNUSED).fetchone()[0])


def demand_archives(database: Database, purge: int) -> None:
    """Only what is in an archive may go."""
    database.execute(sql.DEMAND_ARCHIVES, {"id": purge})


def unarchived(database: Database, purge: int, terms: Terms, after: int, limit: int) -> list[Old]:
    """Messages of the proposal that may go and are in no archive, after one."""
    values = {"purge": purge, "terms": _text(terms), "after": after, "limit": limit}
    return [_old(row) for row in database.execute(sql.UNARCHIVED, values)]


def archived(database: Database, purge: int, messages: Sequence[int], digest: str) -> bool:
    """Whether the proposal still waited for archives; then the messages are in this one."""
    if database.execute(sql.NOTE_ARCHIVE, {"id": purge, "digest": digest}).rowcount != 1:
        return False
    database.executemany(sql.ARCHIVED, [(purge, message) for message in messages])
    return True


def _may_go(database: Database, batch: Batch, message: int) -> bool:
    values = {"id": message, "terms": _text(batch.terms), "purge": batch.purge}
    return database.execute(sql.MAY_GO, values).fetchone() is not None


def _remove(database: Database, message: int, now: Micros, entry: int) -> None:
    """Body, packs, content keys, envelope and business ids are gone; digests, receipts and the header stay.

    A body that another recipient's message still has stays with that one. A large one is swept chunk by chunk.
    """
    values = {"id": message}
    bodies = [row[0] for row in database.execute(sql.BODIES, values)]
    database.execute(sql.LEAVE_BODIES, values)
    for body in bodies:
        for statement in (sql.REMOVE_BODY, sql.RELEASE_BODY):
            database.execute(statement, {"body": body})
    movements = database.execute(sql.LANES, values).fetchall()
    for statement in (
        sql.REMOVE_BUSINESS_IDS,
        sql.REMOVE_PACKS,
        sql.REMOVE_ENVELOPE,
        sql.REMOVE_LANE,
        sql.REMOVE_DOCUMENT,
        sql.REMOVE_ANSWER,
    ):
        database.execute(statement, values)
    for target, lane in movements:
        lanes.settled(database, target, lane, now)
    database.execute(sql.REMOVED, {"id": message, "now": now, "entry": entry})
    database.execute(sql.REMOVE_TRANSACTION, values)


def _text(terms: Terms) -> str:
    return json.dumps(dict(terms), sort_keys=True)


def _old(row: sqlite3.Row) -> Old:
    return Old(row["id"], row["message_id"], row["leaf"], row["size"], row["open"], bool(row["over"]))


def _purge(row: sqlite3.Row) -> Purge:
    return Purge(
        row["id"],
        row["agreement"],
        json.loads(row["terms"]),
        row["messages"],
        row["size"],
        bytes(row["digest"]),
        row["proposed_by"],
        Micros(row["proposed_at"]),
        row["approved_by"],
        Micros(row["approved_at"]),
        bool(row["archives"]),
        tuple(row["archive"].split()),
        row["purged"],
        row["skipped"],
        Micros(row["done_at"]),
    )
