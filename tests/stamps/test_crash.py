"""Every write of stamping fails once, before it is applied and after: no stamp is lost or told twice, no time begins anew."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest

from gateway.core.evidence.stamp import Authority as Asked
from tests.crash.points import Crash, Faulty
from tests.stamps.authority import Authority, Served
from tests.stamps.test_stamping import HOUR, configured, something, stamper
from tests.town import Town


async def live(town: Town, served: Served, asked: Asked | None) -> None:
    """A message, an outage, a stamp; then stamps are given up, if at all."""
    kz = town["KZ.KGD"]
    await something(kz)
    down = configured(served, url="http://127.0.0.1:1/stamp")
    await stamper(kz, down).round()
    town.clock.advance(HOUR)
    await stamper(kz, configured(served)).round()
    await stamper(kz, asked).look()


async def told(town: Town, kind: str) -> list[Any]:
    """The entries of a kind."""
    return [json.loads(row["body"]) for row in await town["KZ.KGD"].real.entries("", kind, 10)]


@pytest.mark.parametrize("applied", [False, True])
@pytest.mark.parametrize("method", ["begin_stamping", "miss_stamp", "keep_stamp", "end_stamping"])
async def test_a_crash_while_a_stamp_is_kept_loses_and_repeats_nothing(
    tmp_path: Path, authority: Authority, method: str, *, applied: bool
) -> None:
    """After the restart there is a stamp for what there is, with one entry each; the log is whole."""
    town = Town(tmp_path, "KZ.KGD", "BY.GTK")
    town.wraps["KZ.KGD"] = lambda store: Faulty(store, method, applied=applied)
    async with Served(authority).serving() as served:
        await town.open()
        with contextlib.suppress(Crash):
            await live(town, served, None)
        assert town["KZ.KGD"].store.crashed
        town.wraps.clear()
        await town.reopen()
        before = await town["KZ.KGD"].real.stamping()
        assert (before is None) == ((method, applied) in {("begin_stamping", False), ("end_stamping", True)})
        await live(town, served, configured(served))
        stamps = await told(town, "stamped")
        rows = [row for leaf in stamps for row in await town["KZ.KGD"].real.stamps_of(leaf["size"])]
        assert len(rows) == len(stamps) >= 1
        standing = await town["KZ.KGD"].real.stamping()
        assert standing is not None
        assert (standing.missing, standing.waiting) == (False, 0)
        assert 1 <= len(await told(town, "stamp-missing")) <= 2
        await town["KZ.KGD"].check()
        await town.close()
