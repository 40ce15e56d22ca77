"""Order per movement: of the messages with one lane, only the first that is not settled is under way."""

import sqlite3

from gateway.core.names import Micros
from gateway.core.states import Delivery
from gateway.store import sql

Database = sqlite3.Connection


def first_state(database: Database, target: str, lane: str) -> Delivery:
    """The state that a new delivery begins in: waiting, where an earlier one of its movement is not settled."""
    if lane and database.execute(sql.LANE_TAKEN, {"target": target, "lane": lane}).fetchone():
        return Delivery.WAITING
    return Delivery.QUEUED


def settled(database: Database, target: str, lane: str, now: Micros) -> None:
    """One delivery of the movement is delivered or dropped: the next one's turn has come."""
    if lane:
        database.execute(sql.NEXT_IN_LANE, {"target": target, "lane": lane, "now": now})


def released(database: Database, delivery: int) -> None:
    """A delivery that an operator queued waits again where an earlier one of its movement is not settled."""
    database.execute(sql.BACK_INTO_LANE, {"id": delivery})


def taken_over(database: Database, item: int, now: Micros) -> None:
    """The inbox item is its system's: the next item of the movement can be leased, its push can go out."""
    database.execute(sql.NEXT_ITEM, {"item": item})
    row = database.execute(sql.PUSH_OF, {"item": item}).fetchone()
    if row is not None:
        settled(database, row["target"], row["lane"], now)
