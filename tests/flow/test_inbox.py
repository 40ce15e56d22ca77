"""The inbox: competing consumers, leases that end, nothing dropped before it is acknowledged."""

import asyncio

import pytest

from gateway.core.errors import ErrorCode, Rejected
from gateway.core.names import SystemId
from tests.house import sample
from tests.town import SYSTEM, Node, Town

DOCUMENT = sample("valid/ProcessingResult--rejected")
SLOWER = sample("valid/DocumentVerificationRequest--invoice-and-waybill")


async def arrive(town: Town, count: int, document: bytes = DOCUMENT) -> Node:
    """BY has that many more items."""
    for number in range(count):
        await town["KZ.KGD"].post(document, f"item-{town.clock.count}-{number}@town", to=("BY.GTK",))
    await town["KZ.KGD"].deliver()
    return town["BY.GTK"]


async def test_two_consumers_never_hold_the_same_item(town: Town) -> None:
    """Leases are disjoint, and together they are everything."""
    by = await arrive(town, 6)
    first = await by.desk.lease(SYSTEM, 4, 60, 0)
    second = await by.desk.lease(SYSTEM, 4, 60, 0)
    assert (len(first), len(second)) == (4, 2)
    assert not {item.item for item in first} & {item.item for item in second}


async def test_an_item_comes_back_when_its_lease_ends(town: Town) -> None:
    """And the old lease is worth nothing then."""
    by = await arrive(town, 1)
    (old,) = await by.desk.lease(SYSTEM, 1, 60, 0)
    town.clock.advance(61)
    (new,) = await by.desk.lease(SYSTEM, 1, 60, 0)
    assert new.item == old.item
    for call in (by.desk.read, by.desk.acknowledge):
        with pytest.raises(Rejected) as refusal:
            await call(SYSTEM, old.item, old.lease)
        assert refusal.value.first is ErrorCode.LEASE_LOST
    await by.desk.acknowledge(SYSTEM, new.item, new.lease)


async def test_a_renewed_lease_lasts_longer_and_zero_gives_back(town: Town) -> None:
    """A lost lease cannot be renewed."""
    by = await arrive(town, 1)
    (item,) = await by.desk.lease(SYSTEM, 1, 10, 0)
    town.clock.advance(8)
    await by.desk.renew(SYSTEM, item.item, item.lease, 10)
    town.clock.advance(8)
    await by.desk.read(SYSTEM, item.item, item.lease)
    await by.desk.renew(SYSTEM, item.item, item.lease, 0)
    with pytest.raises(Rejected):
        await by.desk.renew(SYSTEM, item.item, item.lease, 10)
    assert len(await by.desk.lease(SYSTEM, 1, 10, 0)) == 1


async def test_an_acknowledgement_may_be_repeated(town: Town) -> None:
    """Its answer may have been lost; the log has it once."""
    by = await arrive(town, 1)
    (item,) = await by.desk.lease(SYSTEM, 1, 60, 0)
    await by.desk.acknowledge(SYSTEM, item.item, item.lease)
    await by.desk.acknowledge(SYSTEM, item.item, item.lease)
    assert (await by.store.entry_counts())["acknowledged"] == 1
    assert await by.desk.list(SYSTEM, 10) == []
    with pytest.raises(Rejected):
        await by.desk.read(SYSTEM, item.item, item.lease)


async def test_urgent_items_are_read_first(town: Town) -> None:
    """Whatever came first."""
    await arrive(town, 2, SLOWER)
    by = await arrive(town, 1, DOCUMENT)
    items = await by.desk.lease(SYSTEM, 10, 60, 0)
    assert items[0].header.action == "ProcessingResult"


async def test_a_waiting_reader_is_woken_by_an_arrival(town: Town) -> None:
    """It does not wait for its time to pass."""
    by = town["BY.GTK"]
    waiting = asyncio.create_task(by.desk.lease(SYSTEM, 1, 60, 1000))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await arrive(town, 1)
    async with asyncio.timeout(0.5):
        assert len(await waiting) == 1


async def test_a_reader_that_waits_in_vain_gets_nothing(town: Town) -> None:
    """After its time."""
    assert await town["BY.GTK"].desk.lease(SYSTEM, 1, 60, 0.00001) == []


async def test_a_reader_that_loses_the_race_goes_on_waiting(town: Town) -> None:
    """An item that another consumer takes between look and lease is not this one's."""
    by = await arrive(town, 1)
    original = by.real.lease_items

    async def taken(*args: object) -> list[object]:
        by.real.lease_items = original  # type: ignore[method-assign]
        await original(*args)  # type: ignore[arg-type]
        return []

    by.real.lease_items = taken  # type: ignore[assignment, method-assign]
    assert await by.desk.lease(SYSTEM, 1, 60, 0) == []


async def test_other_systems_have_other_inboxes(town: Town) -> None:
    """Another system's item is not found."""
    by = await arrive(town, 1)
    assert await by.desk.lease(SystemId("other"), 1, 60, 0) == []
    (item,) = await by.desk.lease(SYSTEM, 1, 60, 0)
    with pytest.raises(Rejected) as refusal:
        await by.desk.read(SystemId("other"), item.item, item.lease)
    assert refusal.value.first is ErrorCode.NOT_FOUND


@pytest.mark.parametrize("damage", ["zeroblob(10)", "X'00'"])
async def test_a_damaged_body_is_not_handed_out(town: Town, damage: str) -> None:
    """The reader is told, and the log keeps it."""
    by = await arrive(town, 1)
    await by.real._engine.write(lambda db: db.execute(f"UPDATE bodies SET data = {damage}"))  # noqa: S608
    (item,) = await by.desk.lease(SYSTEM, 1, 60, 0)
    with pytest.raises(Rejected) as refusal:
        await by.desk.read(SYSTEM, item.item, item.lease)
    assert refusal.value.first is ErrorCode.INTEGRITY_FAILURE
    assert (await by.store.entry_counts())["integrity"] == 1


async def test_nothing_is_leased_to_a_reader_that_has_gone(town: Town) -> None:
    """The item is there for the next one."""
    by = await arrive(town, 1)
    assert await by.desk.lease(SYSTEM, 1, 60, 0, lambda: False) == []
    assert len(await by.desk.lease(SYSTEM, 1, 60, 0)) == 1
