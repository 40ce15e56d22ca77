"""Two gateways that compare their days, and what either has signed."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from gateway.core.evidence.reconciliation import (
    DIFFERENCES,
    Account,
    day_of,
    opened_rows,
)
from gateway.core.names import PartyId
from gateway.flow.accounts import Partner, partner
from gateway.flow.ports_days import Day
from tests.flow.test_intake import lift
from tests.house import sample
from tests.town import START, Node, Town

NORMAL = sample("valid/DocumentVerificationRequest--invoice-and-waybill")
RESTRICTED = sample("restricted/TransitReleaseNotice--drivers-and-a-representative")
DAY = day_of(START)
SECONDS_A_DAY = 24 * 3600
KZ, BY = "KZ.KGD", "BY.GTK"


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """Two gateways, open, at the beginning of a UTC day."""
    found = Town(tmp_path, KZ, BY)
    await found.open()
    found.clock.advance(SECONDS_A_DAY - START // 1_000_000 % SECONDS_A_DAY)
    yield found
    await found.close()


def today(town: Town) -> date:
    """The day of the clock."""
    return day_of(town.clock.now())


async def exchange(town: Town, *numbers: int) -> None:
    """Messages both ways, delivered."""
    for number in numbers:
        await town[KZ].post(NORMAL, f"k{number}@town", to=(BY,))
        await town[BY].post(NORMAL, f"b{number}@town", to=(KZ,))
    for node in (town[KZ], town[BY]):
        await node.deliver()


def other(node: Node) -> Partner:
    """The other side, as the node knows it."""
    own = node.settings.register.own.id
    found = partner(node.settings.register.parties[PartyId(BY if own == KZ else KZ)])
    assert found
    return found


async def ask(node: Node, day: date) -> Day:
    """The node asks the other side about the day."""
    return await node.reconciler.reconcile(other(node), day)


async def kept(node: Node, day: date) -> Day:
    """How far the node has it."""
    return await node.store.day_with(other(node).id, day)


def rows(node: Node, found: Day) -> tuple[str, ...]:
    """The differences that the node has signed."""
    account = Account(node.settings.register.notary.origin, other(node).log.key.name, found.day)
    return opened_rows(DIFFERENCES, account, found.differences, node.settings.register.notary.signer.verifier)


async def forget(node: Node, message_id: str) -> None:
    """The message's row is gone from the database."""
    for statement in (
        "PRAGMA foreign_keys = OFF",
        f"DELETE FROM messages WHERE message_id = '{message_id}'",  # noqa: S608 - the test's own
        "PRAGMA foreign_keys = ON",
    ):
        node.real._engine._writer.execute(statement)


async def strip_on_arrival(town: Town) -> None:
    """KZ sends what BY's law keeps out; BY strips it and keeps no digest of what came."""
    lift(town[KZ])
    await town[KZ].post(RESTRICTED, "k9@town", to=(BY,))
    await exchange(town, 1)
    came = await town[BY].store.came_on(KZ, today(town))
    assert sorted(bool(row.digest) for row in came) == [False, True]
