"""Real SIGKILLs while content is removed: the next run goes on, nothing goes twice, nothing without its leaf."""

import json
import subprocess
import sys
import time
from pathlib import Path

from gateway.core.retention import Asked
from gateway.flow.retention import Retention
from gateway.machine import SystemClock
from tests.api.edge import rows
from tests.flow.keeping import ALMA, BOLAT
from tests.house import House, of_movement, sample
from tests.town import SECOND, Town

MESSAGES, KILLS = 60, 4
NOTICE = sample("valid/TransitReleaseNotice--road-through-three-states")
SLOWLY = (sys.executable, "-m", "tests.e2e.slow_removal", "retention", "run", "1", "--json", "--config")
ROOT = Path(__file__).parents[2]


def gone(house: House) -> int:
    """How many messages have been removed so far."""
    return int(rows(house, "SELECT count(*) FROM messages WHERE purged_at > 0")[0][0])


def killed(house: House, at: int) -> None:
    """A run that is killed once so many messages have gone."""
    with subprocess.Popen([*SLOWLY, house.folder], cwd=ROOT, stdout=-1, stderr=-1) as process:
        deadline = time.monotonic() + 30
        while gone(house) < at:
            assert process.poll() is None, process.stderr.read().decode() if process.stderr else ""
            assert time.monotonic() < deadline
            time.sleep(0.002)
        process.kill()


def finished(house: House) -> dict[str, int]:
    """What a run to the end says."""
    ended = subprocess.run([*SLOWLY, house.folder], cwd=ROOT, capture_output=True, check=True)
    found: dict[str, int] = json.loads(ended.stdout)
    return found


async def test_a_removal_that_is_killed_again_and_again_ends_as_one(tmp_path: Path) -> None:
    """Killed four times and run to its end: every message is named by exactly one leaf, and the log verifies."""
    town = Town(tmp_path, "KZ.KGD", "BY.GTK")
    house = town.houses[0]
    house.edit("agreements/eurasec-customs.toml", 'retain = "5 years"', 'retain = "1 second"')
    town.clock.time = SystemClock("town").now() - 3600 * SECOND
    await town.open()
    kz = town["KZ.KGD"]
    for number in range(MESSAGES):
        await kz.post(of_movement(NOTICE, number), f"{number}@town", to=("BY.GTK",))
    await kz.operate.act("drop", {}, ALMA)
    await kz.sequence()
    desk = Retention(lambda: kz.settings.register, kz.store, SystemClock("town"))
    await desk.approve((await desk.propose(Asked(), ALMA)).id, BOLAT)
    await town.close()
    seen = []
    for number in range(1, KILLS + 1):
        killed(house, number * MESSAGES // (KILLS + 1))
        seen.append(gone(house))
    assert max(seen) < MESSAGES, "every kill came in the middle"
    last = finished(house)
    assert (last["purged"], last["skipped"]) == (MESSAGES, 0)
    await town.open()
    told = [row["message_id"] for row in await town["KZ.KGD"].store.entries("", "purged", MESSAGES + 1)]
    assert sorted(told) == sorted(f"{n}@town" for n in range(MESSAGES))
    await town["KZ.KGD"].check()
    await town.close()
