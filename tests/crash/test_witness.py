"""Every write about logs among partners fails once, before it is applied and after: nothing is cosigned twice over, nothing forgotten."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.core.entry import entry
from gateway.core.names import PartyId
from gateway.flow.ports_witness import Log, Settlement
from tests.crash.points import Crash, failing
from tests.flow.pairs import busy, forked, leaves, offered
from tests.flow.test_monitor import saw, serving, states
from tests.flow.witnessing import side
from tests.town import Town

KZ, BY = PartyId("KZ.KGD"), PartyId("BY.GTK")
BOTH = pytest.mark.parametrize("applied", [False, True], ids=["not-applied", "applied"])


@pytest.fixture
async def quiet_town(tmp_path: Path) -> AsyncIterator[Town]:
    """Two gateways, not yet open."""
    town = Town(tmp_path, "KZ.KGD", "BY.GTK")
    yield town
    await town.close()


async def cosigned(town: Town) -> None:
    """KZ has its newest checkpoint cosigned by BY."""
    await side(town, "KZ.KGD").cosigner.round()


@BOTH
@pytest.mark.parametrize(("party", "method"), [("BY.GTK", "witness"), ("KZ.KGD", "keep_cosignature")])
async def test_a_crash_while_a_checkpoint_is_cosigned_loses_nothing(
    quiet_town: Town, party: str, method: str, *, applied: bool
) -> None:
    """After reopening the same checkpoint is cosigned, whichever side had forgotten it; the next one follows it."""
    town, made = quiet_town, failing(quiet_town, party, method, applied=applied)
    await town.open()
    await busy(town["KZ.KGD"], 1, 2)
    with contextlib.suppress(Crash):
        await cosigned(town)
    assert made[0].crashed
    town.wraps.clear()
    await town.reopen()
    await cosigned(town)
    assert await town["KZ.KGD"].store.last_cosigned(BY) == 2
    assert len(await town["KZ.KGD"].store.cosignatures(2)) == 1
    await busy(town["KZ.KGD"], 3)
    await cosigned(town)
    (known,) = await town["BY.GTK"].store.known(Log(KZ, town["KZ.KGD"].settings.register.notary.origin))
    assert known.size == await town["KZ.KGD"].store.last_cosigned(BY) == 3
    assert await town["BY.GTK"].store.disputes(KZ) == []


@BOTH
async def test_a_crash_while_a_fork_is_ruled_keeps_its_proof_once(quiet_town: Town, *, applied: bool) -> None:
    """The dispute and its entry are there together, after the partner has asked again."""
    town = quiet_town
    await town.open()
    log, fork = forked(town["KZ.KGD"], 3, 9)
    await offered(town, log, 0, 9)
    made = failing(town, "BY.GTK", "witness", applied=applied)
    await town.reopen()
    with contextlib.suppress(Crash):
        await offered(town, fork, 9, 9)
    assert made[0].crashed
    town.wraps.clear()
    await town.reopen()
    assert len(await town["BY.GTK"].store.disputes(KZ)) == len(await leaves(town["BY.GTK"], "equivocation")) == applied
    assert (await offered(town, fork, 9, 9))[0] == 409
    assert len(await town["BY.GTK"].store.disputes(KZ)) == len(await leaves(town["BY.GTK"], "equivocation")) == 1
    await town["BY.GTK"].check()


@BOTH
async def test_a_crash_while_a_dispute_is_settled_settles_it_with_its_entry_or_not_at_all(
    quiet_town: Town, *, applied: bool
) -> None:
    """The next one who settles it finds it open, or nothing to settle."""
    town, made = quiet_town, failing(quiet_town, "BY.GTK", "settle_disputes", applied=applied)
    await town.open()
    log, fork = forked(town["KZ.KGD"], 3, 9)
    await offered(town, log, 0, 9)
    await offered(town, fork, 9, 9)
    told = entry("settled", town.clock.now(), town.clock.nonce(), party=KZ)
    with contextlib.suppress(Crash):
        await town["BY.GTK"].store.settle_disputes(Settlement(KZ, 1, "ann", "known", told))
    assert made[0].crashed
    town.wraps.clear()
    await town.reopen()
    assert [row["settled"] for row in await town["BY.GTK"].store.disputes(KZ)] == [applied]
    assert len(await leaves(town["BY.GTK"], "settled")) == applied
    assert await town["BY.GTK"].store.settle_disputes(Settlement(KZ, 1, "ann", "known", told)) == (not applied)


@BOTH
@pytest.mark.parametrize("fork", [False, True], ids=["agrees", "forked"])
async def test_a_crash_while_a_message_s_checkpoint_is_settled_checks_it_again(
    quiet_town: Town, *, fork: bool, applied: bool
) -> None:
    """It is settled once, with what follows from it."""
    town, made = quiet_town, failing(quiet_town, "BY.GTK", "checked", applied=applied)
    await town.open()
    log, other = forked(town["KZ.KGD"], 3, 20)
    await offered(town, log, 0, 9)
    await saw(town, (other if fork else log).note(9))
    by = side(town, "BY.GTK")
    by.ask.bend = serving(log)
    with contextlib.suppress(Crash):
        await by.monitor.round()
    assert made[0].crashed
    town.wraps.clear()
    await town.reopen()
    assert await side(town, "BY.GTK").monitor.round() == (not applied)
    assert await states(town["BY.GTK"]) == [("disputed" if fork else "consistent", 9)]
    assert len(await town["BY.GTK"].store.disputes(KZ)) == len(await leaves(town["BY.GTK"], "equivocation")) == fork
    await town["BY.GTK"].check()
