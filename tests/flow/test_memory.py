"""Memory for large requests: taken in order, given back whole, never more than there is."""

import asyncio

import pytest

from gateway.core.errors import ErrorCode, Rejected
from gateway.flow import memory
from gateway.flow.memory import Hold, Memory, Pool


async def test_who_waits_is_served_in_order() -> None:
    """A small one does not overtake a large one that waits, so the large one's turn comes."""
    pool, order = Pool(10), list[str]()

    async def take(name: str, size: int) -> None:
        await pool.take(size)
        order.append(name)

    await pool.take(8)
    waiting = [asyncio.create_task(take("large", 9)), asyncio.create_task(take("small", 1))]
    await asyncio.sleep(0)
    assert order == []
    pool.give(8)
    await asyncio.gather(*waiting)
    assert order == ["large", "small"]
    assert pool.free == 0


async def test_waiting_ends_as_unavailable_and_takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sender is told to come again; those behind it are served."""
    monkeypatch.setattr(memory, "PATIENCE", 0.01)
    pool = Pool(10)
    await pool.take(8)
    with pytest.raises(Rejected) as refusal:
        await pool.take(5)
    assert refusal.value.first is ErrorCode.UNAVAILABLE
    await pool.take(2)
    assert pool.free == 0


async def test_what_never_fits_is_refused_at_once() -> None:
    """Waiting would not help."""
    with pytest.raises(Rejected) as refusal:
        await Pool(10).take(11)
    assert refusal.value.first is ErrorCode.TOO_HEAVY


async def test_a_turn_that_comes_too_late_is_given_back() -> None:
    """A caller that goes away at the very moment of its turn leaves nothing taken."""
    pool = Pool(10)
    await pool.take(10)
    late = asyncio.create_task(pool.take(10))
    await asyncio.sleep(0)
    pool.give(10)
    late.cancel()
    await asyncio.gather(late, return_exceptions=True)
    assert pool.free == 10


async def test_a_hold_gives_everything_back() -> None:
    """Whatever it took, grew or shrank."""
    found = Memory(100, 10)
    hold = Hold(found)
    before = found.reading.free
    await hold.read(3)
    await hold.read(4)
    await hold.work(60)
    await hold.work(20)
    assert (found.reading.free, found.working.free) == (before - 7, 80)
    hold.end()
    assert (found.reading.free, found.working.free) == (before, 100)
