"""The inbox's rows: leased by competing consumers, gone only when acknowledged."""

import sqlite3

from gateway.core.message import Entry
from gateway.core.names import Micros, SystemId
from gateway.flow.ports import Item, Row
from gateway.flow.ports_inbox import Lease
from gateway.store import lanes, sql, transactions
from gateway.store.deliveries import header, parts
from gateway.store.log import append

Database = sqlite3.Connection


def listing(database: Database, system: SystemId, limit: int) -> list[Row]:
    """Items not acknowledged, urgent first."""
    return [dict(row) for row in database.execute(sql.INBOX, {"system": system, "limit": limit})]


def ready(database: Database, system: SystemId, now: Micros) -> bool:
    """Whether an item can be leased."""
    return database.execute(sql.INBOX_READY, {"system": system, "now": now}).fetchone() is not None


def lease(database: Database, system: SystemId, now: Micros, lease: Lease) -> list[Item]:
    """The items that the lease now holds, urgent first; that they are shown is logged."""
    values = {"system": system, "now": now, "until": lease.until, "lease": lease.name, "limit": lease.limit}
    numbers = [row[0] for row in database.execute(sql.INBOX_LEASE, values).fetchall()]
    items = [found for found in (item(database, system, number) for number in numbers) if found]
    if items:
        append(database, lease.entry([found.header.message_id for found in items]))
    return sorted(items, key=lambda found: (found.facts["priority"], found.item))


def item(database: Database, system: SystemId, number: int) -> Item | None:
    """One item of the system."""
    row = database.execute(sql.INBOX_ITEM, {"item": number, "system": system}).fetchone()
    if row is None:
        return None
    return Item(
        row["item"],
        header(row),
        row["lease"],
        Micros(row["lease_until"]),
        Micros(row["acknowledged_at"]),
        dict(row),
        parts(database, row["id"]),
    )


def count_read(database: Database, number: int, entry: Entry) -> None:
    """The read is counted and logged."""
    database.execute(sql.INBOX_COUNT_READ, {"item": number})
    append(database, entry)


def renew(database: Database, system: SystemId, number: int, lease: str, now: Micros, until: Micros) -> bool:  # noqa: PLR0913, PLR0917 - one statement's values
    """Whether the lease was still held, and now lasts until then."""
    values = {"item": number, "system": system, "lease": lease, "now": now, "until": until}
    return database.execute(sql.INBOX_RENEW, values).rowcount == 1


def acknowledge(database: Database, system: SystemId, number: int, lease: str, now: Micros, entry: Entry) -> bool:  # noqa: PLR0913, PLR0917 - one statement's values
    """Whether the lease was held and the item is now the system's; logged with it."""
    values = {"item": number, "system": system, "lease": lease, "now": now}
    if database.execute(sql.INBOX_ACKNOWLEDGE, values).rowcount != 1:
        return False
    database.execute(sql.CONFIRM_PUSH, {"item": number, "now": now})  # what was read need not be pushed
    transactions.taken_over(database, number)
    lanes.taken_over(database, number, now)
    append(database, entry)
    return True
