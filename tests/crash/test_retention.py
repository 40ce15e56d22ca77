"""A removal that is cut off anywhere goes on where it was: nothing goes twice, nothing without its leaf."""

import contextlib
import json
from pathlib import Path

import pytest

from gateway.core.retention import Asked
from gateway.flow.ports import Operator
from gateway.flow.retention import Retention
from gateway.store.sqlite import SqliteStore
from tests.crash.points import PURGE_WRITES, Crash, Faulty
from tests.house import of_movement, sample
from tests.town import Node, Town, quiet

NOTICE = sample("valid/TransitReleaseNotice--road-through-three-states")
YEARS = 5 * 365 * 86_400
MESSAGES = 7
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
    monkeypatch.setattr("gateway.flow.retention.BATCH", 3)
    monkeypatch.setattr("gateway.flow.retention.PAGE", 4)
    town = Town(tmp_path, "KZ.KGD", "BY.GTK")
    made: list[Faulty] = []

    def wrap(store: SqliteStore) -> Faulty:
        made.append(Faulty(store, method, applied=applied, nth=nth))
        return made[-1]

    town.wraps["KZ.KGD"] = wrap
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
    leaves = [json.loads(bytes(row["body"])) for row in await kz.store.entries("", "purged", 100)]
    named = sorted(name for leaf in leaves for _, name in leaf["messages"])
    assert named == [f"{number}@town" for number in range(MESSAGES)]
    (found,) = await kz.store.purges()
    assert (found.purged, found.skipped, found.done_at > 0) == (MESSAGES, 0, True)
    await kz.check()
    await town.close()
