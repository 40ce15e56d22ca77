"""A number that is missing is alarmed once and closes when its message comes; one that comes twice is told."""

import asyncio
import logging

import pytest

from gateway.core.names import Micros
from gateway.flow.ports_numbers import Gap
from tests.flow.numbering import HOURS, OPERATOR, gaps, lost_on_the_way, post, town
from tests.flow.pairs import leaves
from tests.town import Town

__all__ = ["town"]


async def test_a_gap_alarms_once_past_every_deadline_and_closes_when_the_number_comes(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    """Not before: what is on its way is not missing yet."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    await lost_on_the_way(town, 1, 2, 3, 4)
    await post(town, 5)
    rows = await kz.store.messages({}, 10)
    for row in rows[1:]:
        await kz.operate.act("hold", {"message_id": row["message_id"]}, OPERATOR)
    town.clock.advance(60)
    await kz.deliver()
    assert len(rows) == 5
    assert await gaps(by) == [(1, 4)]
    town.clock.advance(71 * HOURS)
    await by.numbers.round()
    assert await leaves(by, "gap") == []
    town.clock.advance(2 * HOURS)
    with caplog.at_level(logging.WARNING):
        await by.numbers.round()
        await by.numbers.round()
    assert [(leaf["first"], leaf["last"]) for leaf in await leaves(by, "gap")] == [(1, 4)]
    assert len([record for record in caplog.records if "1 to 4" in record.getMessage()]) == 1
    await kz.deliver()  # all of them have expired, and nobody was told
    await kz.operate.act("retry", {"message_id": "m2@town"}, OPERATOR)
    await kz.deliver()
    await by.numbers.round()
    await by.numbers.round()
    assert [(leaf["first"], leaf["last"]) for leaf in await leaves(by, "gap-closed")] == [(2, 2)]
    assert await gaps(by) == [(1, 1), (3, 4)]
    assert len(await leaves(by, "gap")) == 1, "what is left of an alarmed gap is not alarmed again"


async def test_a_gap_that_changes_while_it_is_alarmed_is_looked_at_again(town: Town) -> None:
    """What is written down is what is missing."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    await lost_on_the_way(town, 1)
    town.clock.advance(60)
    await post(town, 2)
    await kz.deliver()
    real = by.store.gaps_past

    async def stale(party: str, before: Micros) -> list[Gap]:
        await real(party, before)
        return [Gap("KZ.KGD", 1, 9, before)]

    by.numbers._store.gaps_past = stale  # type: ignore[method-assign]
    await by.numbers.round()
    assert await leaves(by, "gap") == []


async def test_a_number_given_twice_is_told(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    """A partner that was set back to an old backup gives its numbers again."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    await post(town, 1)
    await kz.deliver()
    await kz.real._engine.write(lambda database: database.execute("DELETE FROM sequences"))
    await post(town, 2)
    await kz.deliver()
    for _ in range(2):
        await by.numbers.round()
    (leaf,) = await leaves(by, "number-reused")
    assert (leaf["number"], leaf["first"], leaf["message_id"]) == (1, "m1@town", "m2@town")
    assert "gave number 1 to two messages" in caplog.text


async def test_looking_goes_on_after_a_fault(
    town: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A fault of the store is waited out."""
    monkeypatch.setattr("gateway.flow.numbers.POLL", 0.001)
    kz, calls = town["KZ.KGD"], list[int]()

    async def closed() -> list[Gap]:
        calls.append(1)
        if len(calls) == 1:
            raise OSError("disk")
        return []

    kz.numbers._store.closed_gaps = closed  # type: ignore[method-assign]
    task = asyncio.create_task(kz.numbers.run())
    while len(calls) < 3:
        await asyncio.sleep(0.001)
    task.cancel()
    assert "tried again" in caplog.text
