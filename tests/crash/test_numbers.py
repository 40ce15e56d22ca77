"""Every write about numbers and days fails once, before it is applied and after: each thing is told once, none is forgotten."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.core.errors import ErrorCode
from gateway.core.names import PartyId
from gateway.flow.ports import Operator
from gateway.flow.ports_days import RECONCILED
from gateway.flow.sending import SendError
from tests.crash.points import Crash, failing
from tests.flow.numbering import arrived, gaps, given
from tests.flow.pairs import leaves
from tests.flow.reconciling import BY, KZ, NORMAL, SECONDS_A_DAY, kept, today
from tests.town import START, Town, down, quiet

TO = "party:BY.GTK"
OPERATOR = Operator("op", "test")
Life = Callable[[Town], Awaitable[None]]


@pytest.fixture
async def quiet_town(tmp_path: Path) -> AsyncIterator[Town]:
    """Two gateways, not yet open, at the beginning of a UTC day."""
    town = Town(tmp_path, KZ, BY)
    town.clock.advance(SECONDS_A_DAY - START // 1_000_000 % SECONDS_A_DAY)
    yield town
    await town.close()


async def rounds(town: Town) -> None:
    """What both gateways have to tell is told."""
    for _ in range(3):
        for party in (KZ, BY):
            await town[party].numbers.round()


async def lose(town: Town) -> None:
    """A message that has its number, and never came; a second one that came."""
    kz = town[KZ]
    if "m@town" not in await given(kz):
        await kz.post(NORMAL, "m@town", to=(BY,))
    kz.loopback.fault = down(TO, code=ErrorCode.TIMED_OUT)
    await kz.deliver()
    kz.loopback.fault = lambda _: None
    await kz.operate.act("hold", {"message_id": "m@town"}, OPERATOR)
    if "next@town" not in await given(kz):
        await kz.post(NORMAL, "next@town", to=(BY,))
    await kz.deliver()


async def refused(town: Town) -> None:
    """BY refuses what KZ sends: nothing is agreed with it."""
    parties = town[BY].settings.register.parties
    parties[PartyId(KZ)] = replace(parties[PartyId(KZ)], agreements=frozenset())  # type: ignore[index]
    await town[KZ].post(NORMAL, "m@town", to=(BY,))
    await quiet(town)


async def void(town: Town) -> None:
    """A message is dropped, and BY is told."""
    await lose(town)
    await town[KZ].operate.act("drop", {"message_id": "m@town"}, OPERATOR)
    town.clock.advance(60)
    await rounds(town)


async def gap(town: Town) -> None:
    """A message is missing past every deadline, then comes."""
    await lose(town)
    town.clock.advance(74 * 3600)
    await town[BY].numbers.round()
    await town[KZ].deliver()
    await town[KZ].operate.act("retry", {"message_id": "m@town"}, OPERATOR)
    await town[KZ].deliver()
    await town[BY].numbers.round()


async def reused(town: Town) -> None:
    """KZ's numbers begin again."""
    for name in ("m@town", "n@town"):
        if name not in await given(town[KZ]):
            await town[KZ].post(NORMAL, name, to=(BY,))
            await town[KZ].real._engine.write(lambda database: database.execute("DELETE FROM sequences"))
        await town[KZ].deliver()
    await rounds(town)


async def reconciled(town: Town) -> None:
    """The day is compared, after a row of BY's list said something that had to be remembered."""
    if not await given(town[KZ]):
        await town[KZ].post(NORMAL, "m@town", to=(BY,))
        await town[KZ].deliver()
        await town[BY].real._engine.write(
            lambda database: database.execute("UPDATE arrivals SET digest = x''")  # as where it was stripped
        )
    if town.clock.time // 1_000_000 % SECONDS_A_DAY < SECONDS_A_DAY // 2:
        town.clock.advance(SECONDS_A_DAY + 3660)
    with contextlib.suppress(SendError):
        await town[BY].reconciler.round()
    town.clock.advance(600)
    await town[KZ].reconciler.round()
    await town[BY].reconciler.round()


async def check(town: Town, life: Life) -> None:
    """Once, on both sides."""
    kz, by = town[KZ], town[BY]
    counts = await by.store.entry_counts()
    if life is refused:
        assert await arrived(by) == {1: ("m@town", "refused")}
    if life is void:
        assert counts["void"] == (await kz.store.entry_counts())["void"] == 1
        assert await gaps(by) == []
    if life is gap:
        assert [(leaf["first"], leaf["last"]) for leaf in await leaves(by, "gap")] == [(1, 1)]
        assert counts["gap-closed"] == 1
        assert sorted(await arrived(by)) == [1, 2]
    if life is reused:
        assert [leaf["message_id"] for leaf in await leaves(by, "number-reused")] == ["n@town"]
    for node in (kz, by):
        await node.check()


@pytest.mark.parametrize("applied", [False, True], ids=["not-applied", "applied"])
@pytest.mark.parametrize(
    ("party", "method", "life"),
    [
        (BY, "refuse", refused),
        (KZ, "lease", void),
        (KZ, "move", void),
        (KZ, "told_voids", void),
        (BY, "hear_voids", void),
        (BY, "alarm_gap", gap),
        (BY, "forget_gap", gap),
        (BY, "told_reuse", reused),
    ],
)
async def test_a_crash_at_any_write_about_numbers_tells_each_once(
    quiet_town: Town, party: str, method: str, life: Life, *, applied: bool
) -> None:
    """After reopening everything is told that was not, and nothing twice."""
    made = failing(quiet_town, party, method, applied=applied, nth=2 if method == "move" else 1)  # the drop
    await quiet_town.open()
    with contextlib.suppress(Crash):
        await life(quiet_town)
    assert made[0].crashed, f"{method} was never called"
    quiet_town.wraps.clear()
    await quiet_town.reopen()
    await life(quiet_town)
    await check(quiet_town, life)


@pytest.mark.parametrize("applied", [False, True], ids=["not-applied", "applied"])
@pytest.mark.parametrize("party", [KZ, BY])
@pytest.mark.parametrize("method", ["keep_marks", "keep_day"])
async def test_a_crash_while_a_day_is_compared_is_compared_again(
    quiet_town: Town, party: str, method: str, *, applied: bool
) -> None:
    """Both end with the same note, and each has it in its log once."""
    made = failing(quiet_town, party, method, applied=applied)
    await quiet_town.open()
    day = today(quiet_town)
    with contextlib.suppress(Crash):
        await reconciled(quiet_town)
    assert made[0].crashed, f"{method} was never called"
    quiet_town.wraps.clear()
    await quiet_town.reopen()
    await reconciled(quiet_town)
    mine, theirs = await kept(quiet_town[KZ], day), await kept(quiet_town[BY], day)
    assert (mine.state, theirs.state) == (RECONCILED, RECONCILED)
    assert mine.note == theirs.note
    for node in (quiet_town[KZ], quiet_town[BY]):
        days = [leaf["day"] for leaf in await leaves(node, "reconciled")]
        assert days.count(day.isoformat()) == 1
        await node.check()
