"""What the keeper writes: a timer that passed, a signal that was owed; each only where it is still to be done."""

import sqlite3

from gateway.core.arrival import Outcome, arrival
from gateway.core.message import Answer
from gateway.core.names import Micros
from gateway.core.regulation import advance
from gateway.flow.ports import Remembered, TurnedDown
from gateway.flow.transactions import Done, Known, Timed
from gateway.store import deliveries, intake, numbers, sql, transactions, witness
from gateway.store.log import append

Database = sqlite3.Connection
NOBODY = Answer(0, "", b"")  # nobody waits for an answer to a signal


def overdue(database: Database, now: Micros) -> list[Known]:
    """Transactions whose timer has passed, the longest overdue first."""
    return [transactions.known(row) for row in database.execute(sql.OVERDUE_TRANSACTIONS, {"now": now})]


def owing(database: Database) -> list[Known]:
    """Transactions about which a signal is owed or something is untold, the oldest first."""
    return [transactions.known(row) for row in database.execute(sql.OWING_TRANSACTIONS)]


def pass_timer(database: Database, timed: Timed) -> bool:
    """Whether the transaction was still the one whose timer passed, and has moved; with its entry and notice."""
    row = database.execute(sql.TRANSACTION, {"id": timed.number}).fetchone()
    moved = advance(timed.before, timed.event, timed.at)
    if moved is None or transactions.read(row) != timed.before:
        return False
    transactions.keep(database, timed.number, moved, timed.event)
    if timed.entry is not None:
        append(database, timed.entry)
    if timed.notice is not None:
        deliveries.add_notice(database, timed.number, timed.notice, timed.at)
    return True


def fulfil(database: Database, done: Done) -> bool:
    """Whether the same was still owed and untold, and now is neither; signal, entries and notice with it."""
    row = database.execute(sql.TRANSACTION, {"id": done.number}).fetchone()
    if (row["owed"], row["tell"]) != (done.owed, done.tell):
        return False
    database.execute(sql.FULFILLED, {"id": done.number})
    for entry in done.entries:
        append(database, entry)
    if done.notice is not None:
        deliveries.add_notice(database, done.number, done.notice, done.entries[0].at)
    if done.sealed is not None:
        intake.add(database, done.sealed, NOBODY, {})
    return True


def turn_down(database: Database, turned: TurnedDown) -> Remembered:
    """The receipt is remembered, the refusal is logged and its signal waits for delivery; or the earlier answer."""
    known = turned.known
    if not intake.remember(database, known.identity, known, turned.answer, turned.entry.at):
        earlier = intake.find(database, known.identity.key)
        if earlier is not None:
            return earlier
        raise intake.unstable()
    append(database, turned.entry)
    if came := arrival(known, Outcome.TURNED_DOWN, (), turned.entry.at):
        numbers.arrive(database, came)
    witness.told(database, known, turned.entry.at)
    intake.add(database, turned.signal, NOBODY, {})
    return Remembered(known.content, turned.answer, known.salts.key.id)
