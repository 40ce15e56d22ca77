"""Our log is offered to partners: what their answers come to, and how often anybody is asked."""

import asyncio

import pytest

from gateway.core.errors import ErrorCode
from gateway.core.message import Answer
from gateway.core.names import PartyId
from gateway.flow.sending import SendError
from tests.flow.pairs import busy, forked, leaves, offered, town
from tests.flow.witnessing import Side, side
from tests.town import Town

__all__ = ["town"]

BY = PartyId("BY.GTK")


@pytest.fixture
async def kz(town: Town) -> Side:
    """KZ, with two checkpoints."""
    await busy(town["KZ.KGD"], 1, 2)
    return side(town, "KZ.KGD")


async def asked_again(town: Town, kz: Side) -> int:
    """How many requests another round makes, once its time has come; every entry is in the tree first."""
    before = len(kz.ask.asked)
    await kz.node.sequence()
    town.clock.advance(3600)
    await kz.cosigner.round()
    return len(kz.ask.asked) - before


async def test_without_a_checkpoint_nobody_is_asked(town: Town) -> None:
    """There is nothing to offer."""
    kz = side(town, "KZ.KGD")
    assert (await kz.cosigner.round(), kz.ask.asked) == (0, [])


async def test_a_witness_that_has_cosigned_more_than_there_is_tells_that_the_log_was_rolled_back(
    town: Town, kz: Side
) -> None:
    """An alarm in the log, once; when the log has grown past that size it still does not begin with it."""
    log, _ = forked(kz.node, 1, 9)
    await offered(town, log, 0, 9)
    await kz.cosigner.round()
    await asked_again(town, kz)
    await asked_again(town, kz)
    (leaf,) = await leaves(kz.node, "rolled-back")
    assert (leaf["party"], leaf["why"], leaf["witnessed"], leaf["size"]) == ("BY.GTK", "rolled-back", 9, 2)
    await busy(kz.node, *range(3, 12))
    await asked_again(town, kz)
    await asked_again(town, kz)
    assert [each["why"] for each in await leaves(kz.node, "rolled-back")] == ["rolled-back", "inconsistent"]
    assert await kz.node.store.last_cosigned(BY) == 0
    assert len(await leaves(town["BY.GTK"], "equivocation")) == 1


async def test_a_witness_that_has_another_root_of_the_same_size_tells_it(town: Town, kz: Side) -> None:
    """Found with the second offer: the first one names another old size."""
    log, _ = forked(kz.node, 1, 2)
    await offered(town, log, 0, 2)
    await kz.cosigner.round()
    assert len(kz.ask.asked) == 2
    (leaf,) = await leaves(kz.node, "rolled-back")
    assert (leaf["why"], leaf["witnessed"]) == ("forked", 2)


async def test_a_witness_by_other_keys_refuses_once_in_the_log(town: Town, kz: Side) -> None:
    """Told when it begins and when it begins again; with the right keys the next offer is cosigned (control)."""
    path = town["BY.GTK"].house.folder / "parties" / "KZ.KGD.toml"
    whole = path.read_text()
    for _ in range(2):
        path.write_text(whole.partition("[log]")[0])
        await town.reopen()
        kz = side(town, "KZ.KGD")
        await kz.cosigner.round()
        assert await asked_again(town, kz) == 1
        path.write_text(whole)
    assert [leaf["why"] for leaf in await leaves(kz.node, "cosign-refused")] == ["refused", "refused"]
    await town.reopen()
    kz = side(town, "KZ.KGD")
    await kz.cosigner.round()
    assert await kz.node.store.last_cosigned(BY) == (await kz.node.store.newest_head() or {})["size"]


async def test_who_does_not_answer_is_left_alone_longer_each_time(town: Town, kz: Side) -> None:
    """Nothing in the log; as soon as there is an answer all is as before."""

    def down(_target: str, _path: str, _answer: Answer) -> Answer:
        raise SendError(ErrorCode.UNREACHABLE)

    kz.ask.bend = down
    for seconds, asked in ((0, 1), (9, 0), (11, 1), (11, 1), (11, 1), (11, 1), (11, 0), (30, 1)):
        town.clock.advance(seconds)
        before = len(kz.ask.asked)
        await kz.cosigner.round()
        assert len(kz.ask.asked) - before == asked, seconds
    kz.ask.bend = lambda _target, _path, answer: answer
    assert await asked_again(town, kz) == 2  # what it had cosigned was not heard: it says from where to go on
    assert await kz.node.store.last_cosigned(BY) == 2
    assert await leaves(kz.node, "rolled-back") == []


@pytest.mark.parametrize(
    ("answer", "asked"),
    [
        (Answer(503, "text/plain", b""), 1),
        (Answer(200, "text/plain", b"no signature"), 1),
        (Answer(409, "text/x.tlog.size", b"1\n"), 2),  # what the second offer starts from
    ],
)
async def test_an_answer_of_no_use_is_none(kz: Side, answer: Answer, asked: int) -> None:
    """It is asked again later, and nothing is kept."""
    kz.ask.bend = lambda _target, _path, _answer: answer
    await kz.cosigner.round()
    assert (len(kz.ask.asked), await kz.node.store.last_cosigned(BY)) == (asked, 0)


async def test_a_witness_that_names_another_size_each_time_is_asked_three_times(kz: Side) -> None:
    """Then its turn is over."""
    sizes = iter(b"120120")
    kz.ask.bend = lambda _target, _path, _answer: Answer(409, "text/x.tlog.size", b"%c\n" % next(sizes))
    await kz.cosigner.round()
    assert len(kz.ask.asked) == 3


async def test_a_witness_that_tells_another_tale_each_time_is_told_of_once(town: Town, kz: Side) -> None:
    """Each kind of it: nothing proves what it says, and each entry would be something new to cosign."""
    answers = [Answer(409, "text/x.tlog.size", b"%d\n" % size) for size in (50, 60, 70)]
    answers[1:1] = [Answer(404, "text/plain", b"")]
    for answer in (*answers, answers[1]):
        kz.ask.bend = lambda _target, _path, _answer, answer=answer: answer
        await asked_again(town, kz)
    assert len(await leaves(kz.node, "rolled-back")) == 1
    assert len(await leaves(kz.node, "cosign-refused")) == 1


async def test_the_loop_outlives_a_fault_of_the_store(kz: Side, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next round offers."""
    monkeypatch.setattr("gateway.flow.cosigner.POLL", 0.001)
    original, calls = kz.node.real.newest_head, list[int]()

    async def faulty() -> object:
        calls.append(1)
        if len(calls) == 1:
            raise OSError
        return await original()

    monkeypatch.setattr(kz.node.real, "newest_head", faulty)
    task = asyncio.create_task(kz.cosigner.run())
    async with asyncio.timeout(5):
        while not await kz.node.store.last_cosigned(BY):
            await asyncio.sleep(0.005)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
