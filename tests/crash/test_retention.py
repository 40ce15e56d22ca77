"""A removal that is cut off anywhere goes on where it was: nothing goes twice, nothing without its leaf."""

import contextlib
from pathlib import Path

import pytest

from gateway.core.retention import Asked
from gateway.flow.ports import Operator
from gateway.flow.retention import Retention
from tests.crash.points import ARCHIVE_WRITES, PURGE_WRITES, Crash, failing
from tests.flow.archived import Members, archiving, restored
from tests.house import of_movement, sample
from tests.town import Node, Town, quiet

NOTICE = sample("valid/TransitReleaseNotice--road-through-three-states")
YEARS = 5 * 365 * 86_400
MESSAGES = 3
ALMA, BOLAT = Operator("Alma", "old"), Operator("Bolat", "agreed")


async def remove(node: Node) -> None:
    """Whatever is still to be done of one removal."""
    desk = Retention(lambda: node.settings.register, node.store, node.clock, pause=0)
    (found,) = await node.store.purges() or [None]
    if found is None:
        found = await desk.propose(Asked(), ALMA)
    if not found.approved_at:
        await desk.approve(found.id, BOLAT)
    _ = [progress async for progress in desk.run(found.id)]


@pytest.mark.parametrize("applied", [False, True], ids=["not-applied", "applied"])
@pytest.mark.parametrize(("method", "nth"), [*((name, 1) for name in PURGE_WRITES), ("remove", 2), ("choose", 2)])
async def test_a_crash_at_any_write_of_a_removal_loses_and_repeats_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str, nth: int, *, applied: bool
) -> None:
    """After reopening and going on, each message is named by one leaf, its content is gone, and the audit is clean."""
    monkeypatch.setattr("gateway.flow.retention.BATCH", 2)
    monkeypatch.setattr("gateway.flow.retention.PAGE", 2)
    town = Town(tmp_path, "KZ.KGD", "BY.GTK")
    made = failing(town, "KZ.KGD", method, applied=applied, nth=nth)
    await town.open()
    for number in range(MESSAGES):
        await town["KZ.KGD"].post(of_movement(NOTICE, number), f"{number}@town", to=("BY.GTK",))
    await quiet(town)
    await town["KZ.KGD"].sequence()
    town.clock.advance(YEARS + 60)
    with contextlib.suppress(Crash):
        await remove(town["KZ.KGD"])
    assert made[0].crashed, f"{method} was not called {nth} times"
    town.wraps.clear()
    await town.reopen()
    kz = town["KZ.KGD"]
    await remove(kz)
    await remove(kz)
    named = sorted(row["message_id"] for row in await kz.store.entries("", "purged", 100))
    assert named == [f"{number}@town" for number in range(MESSAGES)]
    (found,) = await kz.store.purges()
    assert (found.purged, found.skipped, found.done_at > 0) == (MESSAGES, 0, True)
    await kz.check()
    await town.close()


class Shelf:
    """An archive's file: it outlives every crash."""

    members: Members | None = None


async def there_and_back(node: Node, shelf: Shelf) -> None:
    """Everything old is archived, removed, and put back, as far as it is not yet."""
    desk = Retention(lambda: node.settings.register, node.store, node.clock, pause=0)
    (found,) = await node.store.purges() or [await desk.propose(Asked(), ALMA)]
    if not found.approved_at:
        await desk.approve(found.id, BOLAT)
    async for messages in archiving(node).chosen(found):
        shelf.members = shelf.members or Members((await archiving(node).gather("past", messages)).members)
        await archiving(node).written(await desk.found(found.id), messages, "past", bytes(32), ALMA)
    _ = [progress async for progress in desk.run(found.id)]
    assert shelf.members is not None
    await restored(node, shelf.members)


@pytest.mark.parametrize("applied", [False, True], ids=["not-applied", "applied"])
@pytest.mark.parametrize("method", ARCHIVE_WRITES)
async def test_a_crash_at_any_write_of_an_archive_loses_and_repeats_nothing(
    tmp_path: Path, method: str, *, applied: bool
) -> None:
    """One archive, one removal, one return of each message in the log, its content there, and the audit is clean."""
    town = Town(tmp_path, "KZ.KGD", "BY.GTK")
    made = failing(town, "KZ.KGD", method, applied=applied)
    await town.open()
    await town["KZ.KGD"].post(NOTICE, "one@town", to=("BY.GTK",))
    await quiet(town)
    await town["KZ.KGD"].sequence()
    town.clock.advance(YEARS + 60)
    shelf = Shelf()
    with contextlib.suppress(Crash):
        await there_and_back(town["KZ.KGD"], shelf)
    assert made[0].crashed
    town.wraps.clear()
    await town.reopen()
    kz = town["KZ.KGD"]
    await there_and_back(kz, shelf)
    counts = await kz.store.entry_counts()
    assert [counts[kind] for kind in ("archived", "purged", "restored")] == [1, 1, 1]
    (row,) = await kz.store.messages({}, 10)
    assert row["purged_at"] == 0
    await kz.check()
    await town.close()
