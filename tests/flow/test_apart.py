"""Partners are served apart, and the same warning is not told over and over."""

import asyncio
import logging
from pathlib import Path

import pytest

from gateway.core.errors import ErrorCode
from gateway.core.message import Answer
from gateway.core.names import SECOND, Micros
from gateway.core.schedule import Backoff
from gateway.flow.apart import Apart
from gateway.flow.cosigner import Cosigner
from gateway.flow.ports_witness import Asking
from gateway.flow.sending import Reply, SendError
from gateway.flow.telling import Telling
from tests.core.evidence import logs
from tests.flow.pairs import busy
from tests.flow.test_monitor import saw, serving
from tests.flow.witnessing import EVERY, Ask, side
from tests.town import Town


async def test_who_is_slow_holds_up_nobody_else() -> None:
    """The others' work is done meanwhile, and again; the slow one's is not begun twice, and counts once it ends."""
    gate, begun, apart = asyncio.Event(), list[str](), Apart(0.05)

    async def work(name: str, *, slow: bool = False) -> int:
        begun.append(name)
        if slow:
            await gate.wait()
        return 1

    works = {"slow": lambda: work("slow", slow=True), "quick": lambda: work("quick")}
    assert await apart.each(works) == 1
    assert await apart.each(works) == 1
    assert sorted(begun) == ["quick", "quick", "slow"]
    gate.set()
    assert await apart.each(works) == 2
    assert await apart.each({}) == 0


async def test_a_fault_of_one_is_raised_once_the_others_went_on() -> None:
    """Two faults at once are one; the next round begins anew."""
    done, apart = list[int](), Apart()

    async def faulty() -> int:
        raise OSError("disk")

    async def well() -> int:
        await asyncio.sleep(0)
        done.append(1)
        return 1

    with pytest.raises(OSError, match="disk"):
        await apart.each({"a": faulty, "b": faulty, "c": well})
    assert done == [1]
    assert await apart.each({"c": well}) == 1


async def test_what_is_under_way_ends_with_the_loop() -> None:
    """Nothing of it goes on."""
    apart, gone = Apart(0.01), list[int]()

    async def forever() -> int:
        try:
            await asyncio.Event().wait()
        finally:
            gone.append(1)
        return 0

    await apart.each({"a": forever})
    await apart.stop()
    assert gone == [1]


def test_a_thing_is_told_once_in_ten_minutes() -> None:
    """Another thing at once."""
    telling = Telling()
    found = [
        telling.due(what, Micros(second * SECOND)) for what, second in (("a", 0), ("a", 599), ("b", 599), ("a", 600))
    ]
    assert found == [True, False, True, True]


class Hanging(Ask):
    """BY never answers."""

    async def ask(self, target: str, path: str, body: bytes | None = None) -> Reply:
        """As the others' edges would answer."""
        if target == "log:BY.GTK":
            await asyncio.Event().wait()
        return await super().ask(target, path, body)


async def test_a_witness_that_never_answers_keeps_no_other_from_cosigning(tmp_path: Path) -> None:
    """Each new checkpoint is cosigned by those that answer."""
    town = Town(tmp_path, "KZ.KGD", "BY.GTK", "RU.FTS")
    await town.open()
    kz = town["KZ.KGD"]
    asking = Asking(lambda: kz.settings.register, Hanging(town, kz.settings.register.own.id), kz.clock)
    cosigner = Cosigner(asking, kz.store, Backoff(), lambda: EVERY)
    cosigner._apart = Apart(0.2)
    for number in (1, 2):
        await busy(kz, number)
        await cosigner.round()
        town.clock.advance(11)
    assert await kz.store.last_cosigned(kz.settings.register.parties["RU.FTS"].id) == 2
    await cosigner._apart.stop()
    await town.close()


async def test_an_outage_is_told_once_and_that_it_is_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """However often the partner is asked; the next outage is told again."""
    town = Town(tmp_path, "KZ.KGD", "BY.GTK")
    await town.open()
    kz, by = side(town, "KZ.KGD"), side(town, "BY.GTK")
    log = logs.Log(signer=kz.node.settings.register.notary.signer).grown(20)
    await saw(town, log.note(9))
    await by.monitor.round()

    def down(_target: str, _path: str, _answer: Answer) -> Answer:
        raise SendError(ErrorCode.UNREACHABLE)

    for outage in (1, 2):
        kz.ask.bend = by.ask.bend = down
        await busy(kz.node, outage)
        await saw(town, log.note(9 + outage))
        for _ in range(4):
            await kz.cosigner.round()
            await by.monitor.round()
            town.clock.advance(3600)
        assert caplog.text.count("the witness BY.GTK: ") == outage
        assert caplog.text.count("the log of KZ.KGD: ") == outage
        kz.ask.bend = lambda _target, _path, answer: answer
        by.ask.bend = serving(log)
        with caplog.at_level(logging.INFO):
            await kz.cosigner.round()
        await by.monitor.round()
        assert caplog.text.count("cosigns again") == outage
    await town.close()
